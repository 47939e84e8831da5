/* SPDX-License-Identifier: MIT */
/* A device in software, and the service it speaks to: makes the evidence of a real one, in parts
 * that a test may spoil before they are sent. Where a test cannot be set up, it aborts. */
#ifndef TESTS_ATTESTATION_DEVICE_H
#define TESTS_ATTESTATION_DEVICE_H

#include <omadm/attestation.h>
#include <omadm/tpm.h>

#include "conformance/attestation/dha.h"
#include "tpm/fake.h"

#include <stdbool.h>

/* What the service is told and says. */
typedef struct bench {
  service_config config;
  dha_service *service;
  int64_t time;
  char line[1024]; /* what the service said last */
  char roots[64]; /* file of makers that count */
  char boot_ca[80]; /* file: who vouches for written Windows logs */
} bench;

/* A service whose only maker is that of `trusted`. */
void bench_open(bench *b, fake_tpm *trusted);
void bench_close(bench *b);

typedef struct device {
  fake_tpm *tpm;
  omadm_tpm port;
  omadm_tpm_key ak;
  omadm_tpm_key_kind kind;
  uint16_t bank;
  omadm_buf log;
} device;

/* A device that booted the test's Windows log in its SHA-256 bank. */
void device_open(device *d);
void device_close(device *d);
/* Starts it again with that log: the PCRs of both banks are extended as the log says. */
void device_boot(device *d, omadm_str log);
/* The same where TPM2_Startup came at that locality. */
void device_boot_at(device *d, omadm_str log, uint8_t locality);
/* Replaces its attestation key. */
void device_use_key(device *d, omadm_tpm_key_kind kind);

/* Evidence, in parts. */
typedef struct parts {
  omadm_buf quote, signature, pcrs, log;
  bool boot; /* claims with a log */
  omadm_buf ak; /* TPMT_PUBLIC */
  omadm_buf ak_blob; /* BCRYPT_RSAPUBLIC_BLOB */
  omadm_buf ek_certificate;
  omadm_buf ek_intermediate; /* empty: none */
} parts;

/* The nonce empty: boot evidence, with the log. */
void parts_take(parts *p, device *d, const char *nonce);
void parts_dispose(parts *p);
void parts_set(omadm_buf *part, const void *octets, size_t n);
void parts_claims(const parts *p, omadm_buf *claims);
void parts_statement(const parts *p, omadm_buf *statement); /* KAClaim */

typedef enum proof { PROOF_EK, PROOF_BARE, PROOF_CERTIFICATE, PROOF_NONE, PROOF_TWO } proof;

void request_certificate(const parts *p, unsigned version, proof how, omadm_buf *xml);
/* nonce NULL: without the element. It is in hexadecimal. */
void request_validation(const parts *p, unsigned version, const char *nonce, omadm_str blob,
                        omadm_buf *xml);

/* What came back. */
typedef struct answer {
  int http;
  int code; /* ErrorCode; -1: the answer is no XML */
  char message[1024]; /* ErrorMessage, or the text */
  omadm_buf xml;
} answer;
/* Sends to …/WHAT/vVERSION. An answer of 200 is held against its schema. */
void bench_send(bench *b, const char *what, unsigned version, omadm_str body, answer *a);
void answer_dispose(answer *a);
/* The content of an element of the answer, without tags; "" where there is none. */
const char *answer_text(const answer *a, const char *element);
/* The grade of a Field of the answer. */
const char *answer_grade(const answer *a, const char *field);

/* Opens what came with a certificate as a device does. False: the TPM refuses, or padding is wrong.
 */
bool device_unwrap(device *d, const answer *a, omadm_buf *blob);

/* The whole way, without lies: the certificate that the device gets; what a validation answers. */
void device_certify(device *d, bench *b, omadm_buf *blob);
void device_validate(device *d, bench *b, omadm_str blob, const char *nonce, answer *a);

/* What became of evidence: the code of the refusal, or DHA_OK and in *report the report, without
 * its time. -1: the device's own TPM cannot open the answer; -400: the request is malformed. */
int outcome(bench *b, device *d, const parts *boot, omadm_buf *report);
/* The second half of it: of a certificate and evidence of now. */
int outcome_now(bench *b, const parts *now, const char *nonce, omadm_str blob, omadm_buf *report);

#define NONCE_A "0102030405060708090a0b0c0d0e0f10"
#define NONCE_B "aaaaaaaaffffffff"

#endif
