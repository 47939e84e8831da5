/* SPDX-License-Identifier: MIT */
/* Requests that lie, and what the service says to them. */
#include "forge.h"

#include <stdio.h>

static pair *p;
static forge f;

static int begin(void **state) {
  (void)state;
  p = pair_new();
  forge_init(&f, p);
  return 0;
}

static int end(void **state) {
  (void)state;
  forge_dispose(&f);
  pair_free(p);
  return 0;
}

static void the_truth_is_accepted(void **state) {
  (void)state;
  forge_quote(&f);
  json_t *claims = forge_accepted(&f);
  claim_is(claims, "secureBootEnabled", json_true());
  json_decref(claims);
}

static void a_challenge_serves_once(void **state) {
  (void)state;
  forge_quote(&f);
  json_decref(forge_accepted(&f));
  forge_refused(&f, "InvalidOperation", "was used before");
}

/* What is no evidence cannot fill the list of challenges that were used. */
static void a_challenge_is_used_up_by_a_report_and_by_no_refusal(void **state) {
  (void)state;
  forge_quote(&f);
  f.quote.signature.octets[100] ^= 1;
  forge_refused(&f, "InvalidOperation", "");
  f.quote.signature.octets[100] ^= 1;
  json_decref(forge_accepted(&f));
  forge_refused(&f, "InvalidOperation", "was used before");
}

static void an_old_challenge_is_refused(void **state) {
  (void)state;
  forge_quote(&f);
  p->now += 601;
  forge_refused(&f, "InvalidOperation", "has expired");
}

static void a_challenge_of_somebody_elses_context_is_refused(void **state) {
  forge other;
  (void)state;
  forge_init(&other, p);
  memcpy(f.context, other.context, sizeof f.context);
  forge_quote(&f);
  forge_refused(&f, "InvalidOperation", "not that of service_context");
  forge_dispose(&other);
}

static void a_context_of_another_service_is_refused(void **state) {
  pair *stranger = pair_new();
  forge other;
  (void)state;
  forge_init(&other, stranger);
  memcpy(f.context, other.context, sizeof f.context);
  memcpy(f.challenge_text, other.challenge_text, sizeof f.challenge_text);
  forge_quote(&f);
  forge_refused(&f, "InvalidOperation", "not made by this service");
  forge_dispose(&other);
  pair_free(stranger);
}

static void a_context_that_was_changed_is_refused(void **state) {
  omadm_buf text;
  (void)state;
  forge_quote(&f);
  decode(omadm_str_of(f.context), &text);
  char *sealed = strstr(text.ptr, "ProtectedContext") + 40;
  *sealed = *sealed == 'A' ? 'B' : 'A';
  omadm_buf again = {0};
  omadm_buf_init(&again, &omadm_mem_default, 0);
  encode(omadm_buf_str(&text), &again);
  snprintf(f.context, sizeof f.context, "%.*s", (int)again.len, again.ptr);
  forge_refused(&f, "InvalidOperation", "not made by this service");
  omadm_buf_dispose(&text);
  omadm_buf_dispose(&again);
}

static void a_quote_over_an_older_challenge_is_refused(void **state) {
  forge older;
  (void)state;
  forge_init(&older, p);
  forge_quote(&older);
  jwk_of_public((omadm_str){(char *)older.ak.public_area.octets, older.ak.public_area.len},
                f.aik_pub, sizeof f.aik_pub);
  f.quote = older.quote;
  forge_refused(&f, "InvalidOperation", "nonce");
  forge_dispose(&older);
}

static void a_quote_that_does_not_bind_the_request_key_is_refused(void **state) {
  (void)state;
  forge_quote_over(&f, OMADM_TPM_SHA256, omadm_buf_str(&f.challenge));
  forge_refused(&f, "InvalidOperation", "nonce");
}

static void a_quote_that_binds_another_key_is_refused(void **state) {
  EVP_PKEY *other = EVP_RSA_gen(2048);
  (void)state;
  jwk_of_key(other, f.quoted_jwk, sizeof f.quoted_jwk);
  forge_quote(&f);
  forge_refused(&f, "InvalidOperation", "nonce");
  EVP_PKEY_free(other);
}

static void a_key_that_is_spaced_otherwise_than_it_was_quoted_is_refused(void **state) {
  (void)state;
  forge_quote(&f);
  memmove(f.jwk + 2, f.jwk + 1, strlen(f.jwk));
  f.jwk[1] = ' ';
  forge_refused(&f, "InvalidOperation", "nonce");
}

static void a_key_with_blanks_is_accepted_as_it_was_quoted(void **state) {
  (void)state;
  memmove(f.jwk + 2, f.jwk + 1, strlen(f.jwk));
  f.jwk[1] = '\n';
  memcpy(f.quoted_jwk, f.jwk, sizeof f.jwk);
  forge_quote(&f);
  json_decref(forge_accepted(&f));
}

static void a_request_signed_by_another_key_than_it_names_is_refused(void **state) {
  EVP_PKEY *other = EVP_RSA_gen(2048);
  (void)state;
  jwk_of_key(other, f.jwk, sizeof f.jwk);
  jwk_of_key(other, f.quoted_jwk, sizeof f.quoted_jwk);
  forge_quote(&f);
  forge_refused(&f, "InvalidOperation", "not signed by the key");
  EVP_PKEY_free(other);
}

/* Under the exponent 1 a signature is made by nobody in particular. */
static void a_request_key_with_another_exponent_is_refused(void **state) {
  (void)state;
  char *e = strstr(f.jwk, "AQAB");
  assert_non_null(e);
  memcpy(e, "AAAB", 4);
  memcpy(f.quoted_jwk, f.jwk, sizeof f.quoted_jwk);
  forge_quote(&f);
  forge_refused(&f, "InvalidParameter", "exponent 65537");
}

/* What the service has not looked at, it does not sign. */
static void more_members_of_the_request_key_do_not_reach_the_token(void **state) {
  (void)state;
  size_t len = strlen(f.jwk);
  assert_int_equal(f.jwk[len - 1], '}');
  snprintf(f.jwk + len - 1, sizeof f.jwk - len + 1, ",\"x5c\":[\"forged\"]}");
  memcpy(f.quoted_jwk, f.jwk, sizeof f.quoted_jwk);
  forge_quote(&f);
  json_t *claims = forge_accepted(&f);
  const json_t *jwk = json_object_get(json_object_get(claims, "cnf"), "jwk");
  assert_int_equal(json_object_size(jwk), 3);
  jwk = json_object_get(json_object_get(claims, "x-ms-tpm-request-key"), "jwk");
  assert_int_equal(json_object_size(jwk), 3);
  json_decref(claims);
}

static void a_quote_by_another_key_is_refused(void **state) {
  (void)state;
  fake_tpm_knobs_of(p->tpm)->stranger = true;
  forge_quote(&f);
  forge_refused(&f, "InvalidOperation", "");
}

static void pcr_values_that_were_not_quoted_are_refused(void **state) {
  (void)state;
  forge_quote(&f);
  f.quote.pcrs.values[23][0] ^= 1;
  forge_refused(&f, "InvalidOperation", "");
}

static void fewer_pcrs_than_were_quoted_are_refused(void **state) {
  (void)state;
  forge_quote(&f);
  f.pcrs = 0x7FFFFF;
  forge_refused(&f, "InvalidOperation", "");
}

static void another_bank_than_was_quoted_is_refused(void **state) {
  (void)state;
  forge_quote(&f);
  f.quote.pcrs.bank = OMADM_TPM_SHA1;
  f.quote.pcrs.digest_len = 20;
  forge_refused(&f, "InvalidOperation", "");
}

/* What a bare TPM does for a bank that is not allocated: it quotes nothing, and says OK. */
static void quote_nothing(void *ctx, fake_attest *attest) {
  static uint8_t of_nothing[32];
  (void)ctx;
  EVP_Q_digest(NULL, "SHA256", NULL, "", 0, of_nothing, NULL);
  attest->body.mask = 0;
  attest->body.pcr_digest = (omadm_str){(const char *)of_nothing, sizeof of_nothing};
}

static void a_bank_that_is_not_allocated_is_caught(void **state) {
  (void)state;
  fake_tpm_knobs_of(p->tpm)->forge = quote_nothing;
  forge_quote(&f);
  forge_refused(&f, "InvalidOperation", "not allocated");
  f.pcrs = 0;
  forge_renew(&f);
  forge_quote(&f);
  forge_refused(&f, "InvalidOperation", "not allocated");
}

static void the_sha_1_bank_counts_only_where_allowed(void **state) {
  (void)state;
  forge_quote_in(&f, OMADM_TPM_SHA1);
  forge_refused(&f, "InvalidOperation", "the quote is over bank sha1");
  p->config.allow_sha1_bank = 1;
  forge_renew(&f);
  forge_quote_in(&f, OMADM_TPM_SHA1);
  json_decref(forge_accepted(&f));
}

static void a_key_that_was_certified_over_another_nonce_is_refused(void **state) {
  omadm_tpm_key key;
  (void)state;
  assert_int_equal(
      p->port.calls->key_open(p->port.self, OMADM_TPM_SIGN_RSA, (omadm_str){NULL, 0}, &key), 0);
  forge_certify(&f, key.handle, (omadm_str){(char *)key.public_area.octets, key.public_area.len},
                omadm_str_of("another"), f.info, sizeof f.info);
  forge_quote_over(&f, OMADM_TPM_SHA256, omadm_buf_str(&f.challenge));
  forge_refused(&f, "InvalidOperation", "");
}

static void a_certificate_about_another_key_than_the_request_key_is_refused(void **state) {
  omadm_tpm_key key;
  (void)state;
  assert_int_equal(
      p->port.calls->key_open(p->port.self, OMADM_TPM_SIGN_RSA, (omadm_str){NULL, 0}, &key), 0);
  forge_certify(&f, key.handle, (omadm_str){(char *)key.public_area.octets, key.public_area.len},
                omadm_buf_str(&f.challenge), f.info, sizeof f.info);
  forge_quote_over(&f, OMADM_TPM_SHA256, omadm_buf_str(&f.challenge));
  forge_refused(&f, "InvalidOperation", "another key than its jwk");
}

static void a_certified_key_that_may_leave_its_tpm_is_refused(void **state) {
  omadm_tpm_key key;
  (void)state;
  fake_tpm_knobs_of(p->tpm)->attributes = 1 << 1; /* fixedTPM */
  assert_int_equal(
      p->port.calls->key_open(p->port.self, OMADM_TPM_SIGN_RSA, (omadm_str){NULL, 0}, &key), 0);
  forge_certify(&f, key.handle, (omadm_str){(char *)key.public_area.octets, key.public_area.len},
                omadm_buf_str(&f.challenge), f.info, sizeof f.info);
  forge_quote_over(&f, OMADM_TPM_SHA256, omadm_buf_str(&f.challenge));
  forge_refused(&f, "InvalidOperation", "");
}

/* other_keys with one key that is truly certified. */
static void add_other_key(const char *info_instead) {
  omadm_tpm_key key;
  char jwk[1024], info[8192];
  assert_int_equal(
      p->port.calls->key_open(p->port.self, OMADM_TPM_SIGN_RSA, (omadm_str){NULL, 0}, &key), 0);
  omadm_str area = {(char *)key.public_area.octets, key.public_area.len};
  jwk_of_public(area, jwk, sizeof jwk);
  forge_certify(&f, key.handle, area, omadm_buf_str(&f.challenge), info, sizeof info);
  snprintf(f.members, sizeof f.members, "\"other_keys\":[{\"jwk\":%s,\"info\":%s}],", jwk,
           info_instead != NULL ? info_instead : info);
}

static void another_key_that_is_certified_stands_in_the_report(void **state) {
  (void)state;
  add_other_key(NULL);
  forge_quote(&f);
  json_t *claims = forge_accepted(&f);
  assert_int_equal(json_array_size(json_object_get(claims, "x-ms-tpm-other-keys")), 1);
  json_decref(claims);
}

static void another_key_cannot_be_bound_by_the_quote(void **state) {
  (void)state;
  add_other_key("{\"tpm_quote\":{\"hash_alg\":\"sha-256\"}}");
  forge_quote(&f);
  forge_refused(&f, "InvalidParameter", "tpm_certify");
}

static void three_other_keys_are_refused(void **state) {
  (void)state;
  snprintf(f.members, sizeof f.members, "\"other_keys\":[{},{},{}],");
  forge_quote(&f);
  forge_refused(&f, "InvalidParameter", "other_keys");
}

/* boot_attestation is what was quoted before; the current one follows a resume. */
static void add_before(omadm_buf *out, omadm_str nonce) {
  omadm_buf_init(out, &omadm_mem_default, 0);
  forge_quote_over(&f, OMADM_TPM_SHA256, nonce);
  (void)omadm_buf_add_text(out, "\"boot_attestation\":{");
  forge_attestation(&f, out);
  (void)omadm_buf_add_text(out, "},");
}

static int send_with_before(const omadm_buf *before, omadm_buf *answer) {
  omadm_buf payload = {0};
  omadm_buf_init(&payload, &omadm_mem_default, 0);
  omadm_buf_init(answer, &omadm_mem_default, 0);
  forge_quote(&f);
  (void)omadm_buf_printf(&payload,
                         "{\"att_type\":\"basic\",\"att_data\":{\"challenge\":\"%s\","
                         "\"service_context\":\"%s\",\"tpm_att_data\":{%.*s"
                         "\"current_attestation\":{",
                         f.challenge_text, f.context, (int)before->len, before->ptr);
  forge_attestation(&f, &payload);
  (void)omadm_buf_printf(&payload, "}},\"request_key\":{\"jwk\":%s,\"info\":%s}}}", f.jwk, f.info);
  int status = forge_send_payload(&f, omadm_buf_str(&payload), answer);
  (void)omadm_buf_add(answer, "", 1);
  omadm_buf_dispose(&payload);
  return status;
}

static void an_attestation_from_before_the_hibernation_is_verified_too(void **state) {
  omadm_buf before, answer;
  (void)state;
  add_before(&before, (omadm_str){NULL, 0});
  fake_tpm_resume(p->tpm);
  assert_int_equal(send_with_before(&before, &answer), 200);
  omadm_buf_dispose(&before);
  omadm_buf_dispose(&answer);
}

static void an_attestation_of_an_earlier_boot_is_refused(void **state) {
  omadm_buf before, answer;
  (void)state;
  add_before(&before, (omadm_str){NULL, 0});
  pair_boot(p);
  assert_int_equal(send_with_before(&before, &answer), 400);
  assert_non_null(strstr(answer.ptr, "of another boot"));
  omadm_buf_dispose(&before);
  omadm_buf_dispose(&answer);
}

/* Both of one boot, as it seems; but the later one is the older one. */
static void counters_that_went_back_are_refused(void **state) {
  omadm_tpm_clock *clock = &fake_tpm_knobs_of(p->tpm)->clock;
  uint32_t *const counters[] = {&clock->reset_count, &clock->restart_count};
  (void)state;
  clock->reset_count = clock->restart_count = 7;
  for (size_t i = 0; i < 2; i++) {
    omadm_buf before, answer;
    add_before(&before, (omadm_str){NULL, 0});
    --*counters[i];
    assert_int_equal(send_with_before(&before, &answer), 400);
    assert_non_null(strstr(answer.ptr, "of another boot"));
    omadm_buf_dispose(&before);
    omadm_buf_dispose(&answer);
    forge_renew(&f);
  }
}

static void an_earlier_attestation_with_a_nonce_is_refused(void **state) {
  omadm_buf before, answer;
  (void)state;
  add_before(&before, omadm_str_of("a nonce"));
  assert_int_equal(send_with_before(&before, &answer), 400);
  omadm_buf_dispose(&before);
  omadm_buf_dispose(&answer);
}

static void a_header_with_another_member_is_refused(void **state) {
  (void)state;
  forge_quote(&f);
  snprintf(f.header, sizeof f.header, "{\"alg\":\"PS256\",\"typ\":\"attReqV2\",\"kid\":\"x\"}");
  forge_refused(&f, "InvalidParameter", "header");
}

static void a_request_that_claims_no_signature_is_refused(void **state) {
  (void)state;
  forge_quote(&f);
  snprintf(f.header, sizeof f.header, "{\"alg\":\"none\",\"typ\":\"attReqV2\"}");
  forge_refused(&f, "InvalidParameter", "header");
}

static void a_member_that_is_said_twice_is_refused(void **state) {
  (void)state;
  forge_quote(&f);
  snprintf(f.members, sizeof f.members, "\"rp_id\":\"somebody else\",");
  forge_refused(&f, "InvalidParameter", "twice");
}

static void a_request_of_another_type_is_refused(void **state) {
  (void)state;
  forge_quote(&f);
  snprintf(f.att_type, sizeof f.att_type, "vbs");
  forge_refused(&f, "InvalidParameter", "att_type");
}

static void a_hash_that_is_not_known_binds_nothing(void **state) {
  (void)state;
  forge_quote(&f);
  snprintf(f.info, sizeof f.info, "{\"tpm_quote\":{\"hash_alg\":\"sha-1\"}}");
  forge_refused(&f, "InvalidParameter", "hash_alg");
}

static void a_request_key_without_a_binding_is_refused(void **state) {
  (void)state;
  forge_quote(&f);
  snprintf(f.info, sizeof f.info, "{}");
  forge_refused(&f, "InvalidParameter", "tpm_quote");
}

int main(void) {
#define LIE(name) cmocka_unit_test_setup_teardown(name, begin, end)
  const struct CMUnitTest tests[] = {
      LIE(the_truth_is_accepted),
      LIE(a_challenge_serves_once),
      LIE(a_challenge_is_used_up_by_a_report_and_by_no_refusal),
      LIE(an_old_challenge_is_refused),
      LIE(a_challenge_of_somebody_elses_context_is_refused),
      LIE(a_context_of_another_service_is_refused),
      LIE(a_context_that_was_changed_is_refused),
      LIE(a_quote_over_an_older_challenge_is_refused),
      LIE(a_quote_that_does_not_bind_the_request_key_is_refused),
      LIE(a_quote_that_binds_another_key_is_refused),
      LIE(a_key_that_is_spaced_otherwise_than_it_was_quoted_is_refused),
      LIE(a_key_with_blanks_is_accepted_as_it_was_quoted),
      LIE(a_request_signed_by_another_key_than_it_names_is_refused),
      LIE(a_request_key_with_another_exponent_is_refused),
      LIE(more_members_of_the_request_key_do_not_reach_the_token),
      LIE(a_quote_by_another_key_is_refused),
      LIE(pcr_values_that_were_not_quoted_are_refused),
      LIE(fewer_pcrs_than_were_quoted_are_refused),
      LIE(another_bank_than_was_quoted_is_refused),
      LIE(a_bank_that_is_not_allocated_is_caught),
      LIE(the_sha_1_bank_counts_only_where_allowed),
      LIE(a_key_that_was_certified_over_another_nonce_is_refused),
      LIE(a_certificate_about_another_key_than_the_request_key_is_refused),
      LIE(a_certified_key_that_may_leave_its_tpm_is_refused),
      LIE(another_key_that_is_certified_stands_in_the_report),
      LIE(another_key_cannot_be_bound_by_the_quote),
      LIE(three_other_keys_are_refused),
      LIE(an_attestation_from_before_the_hibernation_is_verified_too),
      LIE(an_attestation_of_an_earlier_boot_is_refused),
      LIE(counters_that_went_back_are_refused),
      LIE(an_earlier_attestation_with_a_nonce_is_refused),
      LIE(a_header_with_another_member_is_refused),
      LIE(a_request_that_claims_no_signature_is_refused),
      LIE(a_member_that_is_said_twice_is_refused),
      LIE(a_request_of_another_type_is_refused),
      LIE(a_hash_that_is_not_known_binds_nothing),
      LIE(a_request_key_without_a_binding_is_refused),
  };
  return cmocka_run_group_tests_name("lies", tests, NULL, NULL);
}
