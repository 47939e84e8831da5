/* SPDX-License-Identifier: MIT */
/* A quote and all that belongs to it, as the tests of this folder want it: by the TPM in software,
 * or as it was recorded from a real one. */
#ifndef TESTS_VERIFY_EVIDENCE_H
#define TESTS_VERIFY_EVIDENCE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <omadm/attestation.h>
#include <stdbool.h>

#include "tpm/fake.h"

typedef struct evidence {
  fake_tpm *fake;
  omadm_tpm tpm;
  omadm_tpm_key ak;
  omadm_tpm_quote quote;
  omadm_quote_expect expect; /* what the quote is */
  omadm_error error; /* of the last verification */
} evidence;

omadm_str span(const omadm_tpm_data *data);
omadm_str span_of_digest(const omadm_tpm_digest *digest);
/* The DER SubjectPublicKeyInfo of a TPMT_PUBLIC. */
void spki_of(const omadm_tpm_data *public_area, omadm_tpm_data *spki);

/* A fake TPM with an attestation key, of which nothing is quoted yet. Its SHA-256 PCRs 0, 4, 7 are
 * not what they were at the start. */
void evidence_begin(evidence *self, omadm_tpm_key_kind kind);
/* Quotes all PCRs of the SHA-256 bank with the nonce "a nonce". */
void evidence_quote(evidence *self);
/* As it stands. */
omadm_err evidence_verify(evidence *self);
/* Asserts that it is refused, with a sentence that holds these words. */
void evidence_is_refused(evidence *self, const char *words);
void evidence_end(evidence *self);

/* The file of the test data, of at most 4,096 octets. False where it is not there. */
bool evidence_read(const char *name, omadm_tpm_data *data);
/* The recorded quote of a real TPM: SHA-1 RSASSA over all PCRs of the SHA-1 bank, empty nonce.
 * expect allows that. False, with a message, where the data is not there. */
bool evidence_recorded(evidence *self);

#endif
