/* SPDX-License-Identifier: MIT */
#include "health-attestation/nonce.h"

#include "health-attestation/status.h"
#include "health-attestation/verify_health.h"

/* The documentation says 8 to 32 octets, but 4 are sent too; so digits are counted (ours). */
enum { DIGITS_LEAST = 8, DIGITS_MOST = 64 };

static const char nonce_key[] = "nonce";
static const char unset[] = "\\0"; /* the DDF's default: a backslash and a zero */

static bool is_nonce(omadm_str text) {
  octets decoded = {0};
  bool is =
      text.len >= DIGITS_LEAST && text.len <= DIGITS_MOST && octets_add_from_hex(&decoded, text);
  octets_dispose(&decoded);
  return is;
}

omadm_status nonce_get(attestation *self, const omadm_csp_request *request) {
  octets text = {0};
  omadm_err err = attestation_load(self, nonce_key, &text);
  omadm_status status = OMADM_ST_STORE_FAILED;
  if (err == 0) status = attestation_answer(self, request, octets_str(&text));
  if (err == OMADM_E_NOT_FOUND) status = attestation_answer(self, request, octets_of(unset));
  octets_dispose(&text);
  return status;
}

/* The default is taken back too, and unsets: so that an Atomic can be undone. */
omadm_status nonce_set(attestation *self, const omadm_csp_request *request) {
  omadm_str text = octets_trim(request->value);
  if (octets_is(text, unset))
    text.len = 0;
  else if (!is_nonce(text))
    return OMADM_ST_BAD_FORMAT;
  self->told_no_nonce = false;
  if (attestation_save(self, nonce_key, text) == 0) return OMADM_ST_OK;
  verify_failed(self, HEALTH_NONCE);
  return OMADM_ST_STORE_FAILED;
}

omadm_err nonce_load(const attestation *self, octets *out) {
  octets text = {0};
  omadm_err err = attestation_load(self, nonce_key, &text);
  if (err == 0 && !octets_add_from_hex(out, octets_str(&text))) err = OMADM_E_SYNTAX;
  octets_dispose(&text);
  return err;
}
