/* SPDX-License-Identifier: MIT */
/* The values of the node Status: how VerifyHealth stands, or why it failed. */
#ifndef HEALTH_ATTESTATION_STATUS_H
#define HEALTH_ATTESTATION_STATUS_H

/*  name, code, text for the log. 4, 8, 12, 13, 15, 35 and 36 are never sent: they belong to parts
 *  that exist on Windows only. */
/* clang-format off */
#define HEALTH_STATUSES(X) \
  X(UNINITIALIZED, 0, "nobody has asked for it in this boot") \
  X(REQUESTED, 1, "the health certificate is being fetched") \
  X(FAILED, 2, "the service did not give a health certificate") \
  X(COMPLETE, 3, "the health certificate is there") \
  X(QUOTE, 5, "the TPM gave no quote") \
  X(NOT_READY, 6, "there is no TPM, or it is not ready") \
  X(KEY, 7, "the attestation key can be neither opened nor made") \
  X(TPM_VERSION, 9, "the TPM is not of version 2.0") \
  X(NONCE, 10, "the nonce is not stored") \
  X(CORRELATION_ID, 11, "the correlation id is not stored") \
  X(ENCODING, 14, "what the TPM or the store gave cannot be encoded") \
  X(NOT_XML, 16, "the service's answer is not XML") \
  X(CORRUPT_XML, 17, "the service's answer is damaged") \
  X(EMPTY, 18, "the service's answer holds an empty health certificate") \
  X(CHALLENGE, 19, "the TPM could not open the service's challenge") \
  X(DECRYPTION, 20, "the health certificate could not be decrypted") \
  X(EXPORT_KEY, 21, "the public attestation key cannot be read") \
  X(KEY_CLAIM, 22, "the TPM's key is no attestation key") \
  X(ADD_KEY, 23, "the attestation key is not of a kind that the service takes") \
  X(ADD_CERTIFICATE, 24, "the endorsement certificates cannot be read") \
  X(HTTP_HANDLE, 25, "there is no HTTP client") \
  X(HTTP_CONNECT, 26, "no connection to the service, or none that can be trusted") \
  X(HTTP_URL, 27, "the service's address is not usable, or not one of the setting services") \
  X(HTTP_OPTIONS, 28, "a setting of the HTTP client is not usable") \
  X(HTTP_HEADERS, 29, "a header of the request is not usable") \
  X(HTTP_SEND, 30, "the request could not be sent") \
  X(HTTP_RECEIVE, 31, "the service did not answer, or not in time, or too much") \
  X(HTTP_STATUS, 32, "the service's answer has no usable status line") \
  X(EMPTY_REPLY, 33, "the service's answer is empty") \
  X(MISSING_REPLY, 34, "the service answered with an HTTP error and nothing else") \
  X(BAD_REQUEST, 400, "the service calls the request malformed") \
  X(NOT_REACHABLE, 404, "the service cannot be found") \
  X(UNKNOWN, 0xFFFF, "it failed in a way that has no number")
/* clang-format on */

typedef enum health_status {
#define HEALTH_STATUS_ENUM_(name, code, text) HEALTH_##name = (code),
  HEALTH_STATUSES(HEALTH_STATUS_ENUM_)
#undef HEALTH_STATUS_ENUM_
} health_status;

/* Lives for ever; "" for a number that is none of these. */
const char *health_status_text(int status);

#endif
