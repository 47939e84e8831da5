/* SPDX-License-Identifier: MIT */
/*
 * How the service decides. The values of ErrorCode are not published ([MS-DHA] 2.2.2, 2.2.4 name
 * the attribute only; 0 is success): these are ours.
 */
#ifndef CONFORMANCE_ATTESTATION_DHA_CODES_H
#define CONFORMANCE_ATTESTATION_DHA_CODES_H

/*  name, ErrorCode, HTTP status, text */
/* clang-format off */
#define DHA_CODES(X) \
  X(OK, 0, 200, "granted") \
  X(MALFORMED, 1, 400, "the request is malformed") \
  X(FAILED, 2, 500, "the service failed") \
  X(KEY_PROOF, 10, 200, "the proof of the attestation key does not hold") \
  X(KEY_CERTIFICATE, 11, 200, "certificates of attestation keys do not count here") \
  X(EK_CERTIFICATE, 12, 200, "the endorsement certificate is not that of a trusted maker") \
  X(KEY, 13, 200, "the key is not an attestation key that counts here") \
  X(QUOTE, 20, 200, "the quote is not genuine") \
  X(NONCE, 21, 200, "the nonce is missing, of a wrong length, or not the quoted one") \
  X(NONCE_USED, 22, 200, "the nonce was used before") \
  X(BANK, 23, 200, "the quote is not over all PCRs of a bank that counts here") \
  X(PCRS, 24, 200, "the PCR values are not the quoted ones") \
  X(LOG, 30, 200, "the log does not hold together") \
  X(LOG_PCRS, 31, 200, "the log does not account for the quoted PCR values") \
  X(CERTIFICATE, 40, 200, "the health certificate is damaged or not of this service") \
  X(EXPIRED, 41, 200, "the health certificate has expired") \
  X(COUNTERS, 42, 200, "a counter of the TPM went back") \
  X(MISMATCH, 43, 200, "the device is no longer in the state of its health certificate")
/* clang-format on */

typedef enum dha_code {
#define DHA_CODE_ENUM_(name, value, http, text) DHA_##name = (value),
  DHA_CODES(DHA_CODE_ENUM_)
#undef DHA_CODE_ENUM_
} dha_code;

#endif
