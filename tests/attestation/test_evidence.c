/* SPDX-License-Identifier: MIT */
/* Lies in the evidence: of the key, of the quote, of the log. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <omadm/eventlog.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

#include "conformance/attestation/dha_codes.h"
#include "device.h"

typedef struct scene {
  bench b;
  device d;
  parts p; /* honest boot evidence */
} scene;

static int open_scene(void **state) {
  scene *s = calloc(1, sizeof *s);
  device_open(&s->d);
  bench_open(&s->b, s->d.tpm);
  parts_take(&s->p, &s->d, "");
  *state = s;
  return 0;
}

static int close_scene(void **state) {
  scene *s = *state;
  parts_dispose(&s->p);
  bench_close(&s->b);
  device_close(&s->d);
  free(s);
  return 0;
}

static void retake(scene *s) {
  parts_dispose(&s->p);
  parts_take(&s->p, &s->d, "");
}

/* The parts are refused so. */
static void assert_refused(scene *s, proof how, dha_code code, const char *sentence) {
  char said[16];
  omadm_buf xml = {.mem = NULL};
  answer a;
  request_certificate(&s->p, 3, how, &xml);
  bench_send(&s->b, "GetHealthCertificate", 3, omadm_buf_str(&xml), &a);
  assert_int_equal(a.http, 200);
  if (a.code != (int)code || strstr(a.message, sentence) == NULL)
    fail_msg("%d '%s', wanted %d '%s'", a.code, a.message, (int)code, sentence);
  assert_null(strstr(a.xml.ptr, "HealthCertificateBlob"));
  snprintf(said, sizeof said, "]: %d ", (int)code);
  assert_non_null(strstr(s->b.line, said));
  answer_dispose(&a);
  omadm_buf_dispose(&xml);
}

static void assert_granted(scene *s) {
  omadm_buf report = {.mem = NULL};
  assert_int_equal(outcome(&s->b, &s->d, &s->p, &report), DHA_OK);
  omadm_buf_dispose(&report);
}

static void a_quote_by_another_key_is_refused(void **state) {
  scene *s = *state;
  fake_tpm_knobs_of(s->d.tpm)->stranger = true;
  retake(s);
  assert_refused(s, PROOF_EK, DHA_QUOTE, "");
  assert_refused(s, PROOF_BARE, DHA_QUOTE, "");
}

static void an_endorsement_certificate_of_an_unknown_maker_is_refused(void **state) {
  scene *s = *state;
  device other;
  device_open(&other);
  parts_dispose(&s->p);
  parts_take(&s->p, &other, "");
  assert_refused(s, PROOF_EK, DHA_EK_CERTIFICATE, "");
  device_close(&other);
}

static void without_known_makers_no_endorsement_certificate_counts(void **state) {
  scene *s = *state;
  s->b.config.ek_roots = NULL;
  assert_refused(s, PROOF_EK, DHA_EK_CERTIFICATE, "--ek-roots");
}

/* Both TPMs are of known makers; one has the endorsement key, the other the attestation key. */
static void keys_in_two_tpms_cannot_open_the_answer(void **state) {
  scene *s = *state;
  device other;
  parts theirs;
  omadm_buf report = {.mem = NULL};
  device_open(&other);
  parts_take(&theirs, &other, "");
  parts_set(&s->p.ek_certificate, theirs.ek_certificate.ptr, theirs.ek_certificate.len);
  parts_set(&s->p.ek_intermediate, theirs.ek_intermediate.ptr, theirs.ek_intermediate.len);
  fake_tpm_write_root(other.tpm, s->b.roots);
  assert_int_equal(outcome(&s->b, &s->d, &s->p, &report), -1);
  assert_int_equal(outcome(&s->b, &other, &s->p, &report), -1);
  parts_dispose(&theirs);
  device_close(&other);
}

static void two_keys_in_one_proof_are_refused(void **state) {
  scene *s = *state;
  s->p.ak_blob.ptr[60] ^= 1;
  assert_refused(s, PROOF_EK, DHA_KEY_PROOF, "two keys");
}

static void a_statement_that_is_no_statement_is_refused(void **state) {
  scene *s = *state;
  s->p.ak.len--;
  assert_refused(s, PROOF_EK, DHA_KEY_PROOF, "");
  s->p.ak.len++;
  s->p.ak_blob.len--;
  assert_refused(s, PROOF_EK, DHA_KEY_PROOF, "sizes");
  assert_refused(s, PROOF_BARE, DHA_KEY_PROOF, "sizes");
  s->p.ak_blob.len = 3;
  assert_refused(s, PROOF_BARE, DHA_KEY_PROOF, "BCRYPT_RSAPUBLIC_BLOB");
}

static void a_certificate_of_an_attestation_key_does_not_count(void **state) {
  assert_refused(*state, PROOF_CERTIFICATE, DHA_KEY_CERTIFICATE, "send EKCertificates");
}

static void a_key_that_is_not_restricted_is_refused(void **state) {
  scene *s = *state;
  fake_tpm_knobs_of(s->d.tpm)->attributes = 0x00010000;
  device_use_key(&s->d, OMADM_TPM_AK_RSA_SHA256);
  retake(s);
  assert_refused(s, PROOF_EK, DHA_KEY, "restricted");
}

static void a_key_that_signs_with_sha_1_counts_only_where_allowed(void **state) {
  scene *s = *state;
  device_use_key(&s->d, OMADM_TPM_AK_RSA_SHA1);
  retake(s);
  assert_refused(s, PROOF_EK, DHA_KEY, "SHA-1");
  assert_refused(s, PROOF_BARE, DHA_KEY, "SHA-1");
  s->b.config.allow_sha1_signature = 1;
  assert_granted(s);
}

static void the_sha_1_bank_counts_only_where_allowed(void **state) {
  scene *s = *state;
  s->d.bank = OMADM_TPM_SHA1;
  retake(s);
  assert_refused(s, PROOF_EK, DHA_BANK, "the quote is over bank sha1");
  s->b.config.allow_sha1_bank = 1;
  assert_granted(s);
}

/* What a bare TPM does for a bank that is not allocated: it quotes nothing, and says OK. */
static void quote_nothing(void *ctx, fake_attest *attest) {
  static const uint8_t of_nothing[32] = {0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14,
                                         0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
                                         0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c,
                                         0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55};
  (void)ctx;
  attest->body.mask = 0;
  attest->body.pcr_digest = (omadm_str){(const char *)of_nothing, sizeof of_nothing};
}

static void a_bank_that_is_not_allocated_is_caught(void **state) {
  scene *s = *state;
  fake_tpm_knobs_of(s->d.tpm)->forge = quote_nothing;
  retake(s);
  assert_refused(s, PROOF_EK, DHA_BANK, "not allocated");
  parts_set(&s->p.pcrs, NULL, 0);
  assert_refused(s, PROOF_EK, DHA_BANK, "not allocated");
}

static void quote_without_pcr_7(void *ctx, fake_attest *attest) {
  (void)ctx;
  attest->body.mask &= ~(1u << 7);
}

static void a_quote_over_fewer_pcrs_is_refused(void **state) {
  scene *s = *state;
  fake_tpm_knobs_of(s->d.tpm)->forge = quote_without_pcr_7;
  retake(s);
  assert_refused(s, PROOF_EK, DHA_BANK, "PCRs FFFF7F");
}

static void change_magic(void *ctx, fake_attest *attest) {
  (void)ctx;
  attest->magic ^= 1;
}

static void change_type(void *ctx, fake_attest *attest) {
  (void)ctx;
  attest->body.type = 0x8017;
}

static void what_is_no_quote_is_refused(void **state) {
  scene *s = *state;
  fake_tpm_knobs_of(s->d.tpm)->forge = change_magic;
  retake(s);
  assert_refused(s, PROOF_EK, DHA_QUOTE, "");
  fake_tpm_knobs_of(s->d.tpm)->forge = change_type;
  retake(s);
  assert_refused(s, PROOF_EK, DHA_BANK, "");
}

static void boot_evidence_with_a_nonce_is_refused(void **state) {
  scene *s = *state;
  parts_dispose(&s->p);
  parts_take(&s->p, &s->d, NONCE_A);
  s->p.boot = true;
  parts_set(&s->p.log, s->d.log.ptr, s->d.log.len);
  assert_refused(s, PROOF_EK, DHA_NONCE, "");
}

static void pcr_values_that_are_not_the_quoted_ones_are_refused(void **state) {
  scene *s = *state;
  s->p.pcrs.ptr[7 * 32] ^= 1;
  assert_refused(s, PROOF_EK, DHA_PCRS, "");
  s->p.pcrs.len -= 32;
  assert_refused(s, PROOF_EK, DHA_PCRS, "octets of PCR values");
  s->p.pcrs.len = 0;
  assert_refused(s, PROOF_EK, DHA_PCRS, "0 octets of PCR values, bank sha256 has 768");
}

/* An event of the honest log, by number of all. */
typedef struct place {
  size_t at, len; /* in the log */
  bool measured;
} place;

static size_t find_places(const omadm_buf *log, place *places, size_t max) {
  omadm_eventlog *parsed = NULL;
  assert_int_equal(omadm_eventlog_parse(omadm_buf_str(log), &parsed, NULL), OMADM_OK);
  size_t n = omadm_eventlog_count(parsed);
  assert_true(n <= max);
  for (size_t i = 0; i < n; i++) {
    const omadm_event *event = omadm_eventlog_at(parsed, i);
    const omadm_event *next = omadm_eventlog_at(parsed, i + 1);
    places[i].at = event->offset;
    places[i].len = (next == NULL ? log->len : next->offset) - event->offset;
    places[i].measured = event->type != 3 && event->pcr < OMADM_TPM_PCRS;
  }
  omadm_eventlog_free(parsed);
  return n;
}

/* The log with `len` octets at `at` replaced. */
static void splice(scene *s, size_t at, size_t len, omadm_str by) {
  omadm_buf log = {.mem = NULL};
  parts_set(&log, s->d.log.ptr, at);
  assert_int_equal(omadm_buf_add_str(&log, by), OMADM_OK);
  assert_int_equal(omadm_buf_add(&log, s->d.log.ptr + at + len, s->d.log.len - at - len), OMADM_OK);
  parts_set(&s->p.log, log.ptr, log.len);
  omadm_buf_dispose(&log);
}

/* Refused because of the log, and not otherwise. */
static void assert_log_refused(scene *s, size_t i, const char *how) {
  omadm_buf report = {.mem = NULL};
  int code = outcome(&s->b, &s->d, &s->p, &report);
  if (code != DHA_LOG && code != DHA_LOG_PCRS)
    fail_msg("event %zu %s: %d; %s", i, how, code, s->b.line);
}

static void a_log_with_one_event_dropped_is_refused(void **state) {
  scene *s = *state;
  place places[256];
  size_t n = find_places(&s->d.log, places, 256);
  for (size_t i = 1; i < n; i++) {
    if (!places[i].measured) continue;
    splice(s, places[i].at, places[i].len, (omadm_str){NULL, 0});
    assert_log_refused(s, i, "dropped");
  }
}

static void a_log_with_one_event_added_is_refused(void **state) {
  scene *s = *state;
  place places[256];
  size_t n = find_places(&s->d.log, places, 256);
  for (size_t i = 1; i < n; i++) {
    if (!places[i].measured) continue;
    splice(s, places[i].at, 0, (omadm_str){s->d.log.ptr + places[i].at, places[i].len});
    assert_log_refused(s, i, "added");
  }
}

static void a_log_with_one_digest_changed_is_refused(void **state) {
  scene *s = *state;
  place places[256];
  size_t n = find_places(&s->d.log, places, 256);
  for (size_t i = 1; i < n; i++) {
    if (!places[i].measured) continue;
    /* The last digest of the entry is that of the quoted bank: before size and data. */
    size_t digest = places[i].at + 12 + 2 + 20 + 2;
    char changed = (char)(s->d.log.ptr[digest] ^ 0x10);
    splice(s, digest, 1, (omadm_str){&changed, 1});
    assert_log_refused(s, i, "changed");
  }
}

/* But for the actions at exit-boot-services, at its end: firmware is known that does not log them,
 * and the report is the same without. */
static void a_log_that_is_cut_is_refused(void **state) {
  scene *s = *state;
  place places[256];
  size_t n = find_places(&s->d.log, places, 256);
  omadm_buf honest = {.mem = NULL}, report = {.mem = NULL};
  assert_int_equal(outcome(&s->b, &s->d, &s->p, &honest), DHA_OK);
  while (!places[n - 1].measured)
    n--;
  for (size_t i = 1; i < n; i++) {
    splice(s, places[i].at, s->d.log.len - places[i].at, (omadm_str){NULL, 0});
    if (i + 2 != n) {
      assert_log_refused(s, i, "and what follows cut");
    } else {
      assert_int_equal(outcome(&s->b, &s->d, &s->p, &report), DHA_OK);
      assert_true(omadm_str_equal(omadm_buf_str(&honest), omadm_buf_str(&report)));
    }
    size_t half = places[i].at + places[i].len / 2;
    splice(s, half, s->d.log.len - half, (omadm_str){NULL, 0});
    assert_log_refused(s, i, "cut in its middle");
  }
  omadm_buf_dispose(&honest);
  omadm_buf_dispose(&report);
}

/* A PCR without a single entry is none that the log speaks of, so that it cannot differ from it;
 * but the quote shows that something was measured. */
static void a_log_without_all_entries_of_a_pcr_is_refused(void **state) {
  static const uint32_t sets[] = {0x7000, 0x7800}; /* 12 to 14; with 11 all that Windows extends */
  scene *s = *state;
  omadm_eventlog *log = NULL;
  unsigned refused = 0;
  assert_int_equal(omadm_eventlog_parse(omadm_buf_str(&s->d.log), &log, NULL), OMADM_OK);
  for (uint32_t set = 0; set < OMADM_TPM_PCRS + 2; set++) {
    uint32_t pcrs = set < OMADM_TPM_PCRS ? 1u << set : sets[set - OMADM_TPM_PCRS];
    parts_set(&s->p.log, NULL, 0);
    for (size_t i = 0; i < omadm_eventlog_count(log); i++) {
      const omadm_event *event = omadm_eventlog_at(log, i), *next = omadm_eventlog_at(log, i + 1);
      size_t len = (next == NULL ? s->d.log.len : next->offset) - event->offset;
      bool stays = i == 0 || event->pcr > 31 || (pcrs >> event->pcr & 1) == 0;
      if (stays) omadm_buf_add(&s->p.log, s->d.log.ptr + event->offset, len);
    }
    if (s->p.log.len == s->d.log.len) continue;
    assert_log_refused(s, set, "(a PCR) left out");
    refused++;
  }
  assert_in_range(refused, 10, OMADM_TPM_PCRS + 2);
  assert_refused(s, PROOF_EK, DHA_LOG_PCRS, "PCR 12 13 14");
  omadm_eventlog_free(log);
}

/* Data of some events is not what was hashed, and no fact comes from it: then the report is the
 * same. There is nothing between. */
static void a_log_with_changed_data_is_refused_or_tells_the_same(void **state) {
  scene *s = *state;
  place places[256];
  size_t n = find_places(&s->d.log, places, 256);
  size_t refused = 0;
  omadm_buf honest = {.mem = NULL}, report = {.mem = NULL};
  assert_int_equal(outcome(&s->b, &s->d, &s->p, &honest), DHA_OK);
  for (size_t i = 1; i < n; i++) {
    size_t last = places[i].at + places[i].len - 1;
    char changed = (char)(s->d.log.ptr[last] ^ 1);
    splice(s, last, 1, (omadm_str){&changed, 1});
    int code = outcome(&s->b, &s->d, &s->p, &report);
    refused += code != DHA_OK;
    if (code == DHA_OK && !omadm_str_equal(omadm_buf_str(&honest), omadm_buf_str(&report)))
      fail_msg("event %zu with other data gives another report", i);
  }
  assert_true(refused > n / 2);
  omadm_buf_dispose(&honest);
  if (report.mem != NULL) omadm_buf_dispose(&report);
}

static void a_log_with_an_event_relabelled_is_refused_or_tells_the_same(void **state) {
  static const uint32_t types[] = {0x01, 0x03, 0x04, 0x05, 0x06, 0x0D, 0x80000001, 0x800000E0};
  scene *s = *state;
  place places[256];
  size_t n = find_places(&s->d.log, places, 256);
  size_t refused = 0, granted = 0;
  omadm_buf honest = {.mem = NULL}, report = {.mem = NULL};
  assert_int_equal(outcome(&s->b, &s->d, &s->p, &honest), DHA_OK);
  for (size_t i = 1; i < n; i++) {
    for (size_t k = 0; k < sizeof types / sizeof types[0]; k++) {
      const uint8_t type[4] = {(uint8_t)types[k], (uint8_t)(types[k] >> 8),
                               (uint8_t)(types[k] >> 16), (uint8_t)(types[k] >> 24)};
      if (memcmp(s->d.log.ptr + places[i].at + 4, type, 4) == 0) continue;
      splice(s, places[i].at + 4, 4, (omadm_str){(const char *)type, 4});
      int code = outcome(&s->b, &s->d, &s->p, &report);
      refused += code != DHA_OK;
      granted += code == DHA_OK;
      if (code == DHA_OK && !omadm_str_equal(omadm_buf_str(&honest), omadm_buf_str(&report)))
        fail_msg("event %zu relabelled %08x gives another report", i, types[k]);
    }
  }
  print_message("relabelled: %zu refused, %zu tell the same\n", refused, granted);
  assert_true(refused > granted);
  omadm_buf_dispose(&honest);
  if (report.mem != NULL) omadm_buf_dispose(&report);
}

static void a_log_without_the_quoted_bank_is_refused(void **state) {
  static const char legacy[32] = {[4] = 3};
  scene *s = *state;
  parts_set(&s->p.log, legacy, sizeof legacy);
  assert_refused(s, PROOF_EK, DHA_LOG_PCRS, "");
}

static void a_device_without_a_log_has_unknown_facts(void **state) {
  scene *s = *state;
  omadm_buf report = {.mem = NULL};
  parts_set(&s->p.log, NULL, 0);
  assert_int_equal(outcome(&s->b, &s->d, &s->p, &report), DHA_OK);
  assert_int_equal(omadm_buf_add(&report, "", 1), OMADM_OK);
  assert_non_null(strstr(report.ptr, "<SecureBootEnabled>false<"));
  assert_non_null(strstr(report.ptr, "<CodeIntegrityEnabled>false<"));
  assert_non_null(strstr(report.ptr, "<BootDebuggingEnabled>true<"));
  assert_non_null(strstr(report.ptr, "<Field name=\"SecureBootEnabled\" grade=\"unknown\"/>"));
  assert_non_null(strstr(report.ptr, "<Field name=\"ResetCount\" grade=\"attested\"/>"));
  omadm_buf_dispose(&report);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_scene, close_scene)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_quote_by_another_key_is_refused),
      TEST(an_endorsement_certificate_of_an_unknown_maker_is_refused),
      TEST(without_known_makers_no_endorsement_certificate_counts),
      TEST(keys_in_two_tpms_cannot_open_the_answer),
      TEST(two_keys_in_one_proof_are_refused),
      TEST(a_statement_that_is_no_statement_is_refused),
      TEST(a_certificate_of_an_attestation_key_does_not_count),
      TEST(a_key_that_is_not_restricted_is_refused),
      TEST(a_key_that_signs_with_sha_1_counts_only_where_allowed),
      TEST(the_sha_1_bank_counts_only_where_allowed),
      TEST(a_bank_that_is_not_allocated_is_caught),
      TEST(a_quote_over_fewer_pcrs_is_refused),
      TEST(what_is_no_quote_is_refused),
      TEST(boot_evidence_with_a_nonce_is_refused),
      TEST(pcr_values_that_are_not_the_quoted_ones_are_refused),
      TEST(a_log_with_one_event_dropped_is_refused),
      TEST(a_log_with_one_event_added_is_refused),
      TEST(a_log_with_one_digest_changed_is_refused),
      TEST(a_log_that_is_cut_is_refused),
      TEST(a_log_without_all_entries_of_a_pcr_is_refused),
      TEST(a_log_with_changed_data_is_refused_or_tells_the_same),
      TEST(a_log_with_an_event_relabelled_is_refused_or_tells_the_same),
      TEST(a_log_without_the_quoted_bank_is_refused),
      TEST(a_device_without_a_log_has_unknown_facts),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
