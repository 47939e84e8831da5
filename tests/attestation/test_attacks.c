/* SPDX-License-Identifier: MIT */
/* What was once believed, and must not be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <omadm/eventlog.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

#include <openssl/evp.h>

#include "base/mem.h"
#include "base/str.h"

#include "conformance/attestation/dha_codes.h"
#include "conformance/attestation/nonces.h"
#include "conformance/boot/bootlog.h"
#include "scene.h"

/* The device's evidence of its boot, and what the service says of it. */
static void certify(scene *s, answer *a) {
  parts p;
  omadm_buf xml = {.mem = NULL};
  parts_take(&p, &s->d, "");
  request_certificate(&p, 3, PROOF_EK, &xml);
  bench_send(&s->b, "GetHealthCertificate", 3, omadm_buf_str(&xml), a);
  omadm_buf_dispose(&xml);
  parts_dispose(&p);
}

static void assert_refused(scene *s, dha_code code, const char *sentence) {
  answer a;
  certify(s, &a);
  if (a.code != (int)code || strstr(a.message, sentence) == NULL)
    fail_msg("%d '%s', wanted %d '%s'", a.code, a.message, (int)code, sentence);
  answer_dispose(&a);
}

/* A bank that the firmware leaves alone holds what the running system puts there. */
static void a_bank_that_firmware_is_not_trusted_with_is_refused(void **state) {
  scene *s = *state;
  s->b.config.bank = OMADM_TPM_SHA384;
  assert_refused(s, DHA_BANK, "the quote is over bank sha256");
}

/* TPM2_Clear sets the counters back, and leaves a primary key as it was. */
static void as_primary(void *ctx, fake_attest *attest) {
  const omadm_tpm_digest *name = ctx;
  static uint8_t signer[34];
  uint8_t octets[4 + 34] = {0x40, 0, 0, 0x0B};
  size_t size = 0;
  memcpy(octets + 4, name->octets, 34);
  memcpy(signer, name->octets, 2);
  assert_int_equal(EVP_Q_digest(NULL, "SHA256", NULL, octets, sizeof octets, signer + 2, &size), 1);
  attest->body.signer = (omadm_str){(const char *)signer, sizeof signer};
}

static void a_primary_key_of_the_endorsement_hierarchy_is_refused(void **state) {
  scene *s = *state;
  fake_tpm_knobs *knobs = fake_tpm_knobs_of(s->d.tpm);
  knobs->forge = as_primary;
  knobs->forge_ctx = &s->d.ak.name;
  assert_refused(s, DHA_KEY, "primary");
}

/* Any system that leaves PCRs 11 to 14 empty can fill them with Windows' story. */
static void a_windows_story_counts_only_from_a_loader_that_is_windows(void **state) {
  scene *s = *state;
  answer a;
  certify(s, &a);
  assert_non_null(strstr(s->b.line, "a Windows boot"));
  answer_dispose(&a);
  s->b.config.boot_ca = NULL;
  certify(s, &a);
  assert_null(strstr(s->b.line, "a Windows boot"));
  answer_dispose(&a);
}

/* What the device's log says then. */
static void boot_otherwise(scene *s, const bootlog_options *options, bool linux_boot) {
  bootlog log;
  if (linux_boot)
    bootlog_linux(options, &log);
  else
    bootlog_windows(options, &log);
  assert_int_equal(log.err, OMADM_OK);
  device_boot(&s->d, omadm_buf_str(&log.octets));
  bootlog_dispose(&log);
}

static void a_windows_story_without_secure_boot_is_not_believed(void **state) {
  scene *s = *state;
  bootlog_options options;
  answer a;
  bootlog_options_init(&options);
  options.secure_boot = 0;
  boot_otherwise(s, &options, false);
  certify(s, &a);
  assert_int_equal(a.code, DHA_OK);
  assert_null(strstr(s->b.line, "a Windows boot"));
  answer_dispose(&a);
}

/* The digest in PCR 4 of the log's last loader. */
static void loader_of(omadm_str octets, char hex[65]) {
  omadm_eventlog *log = NULL;
  assert_int_equal(omadm_eventlog_parse(octets, &log, NULL), OMADM_OK);
  for (size_t i = 0; i < omadm_eventlog_count(log); i++) {
    omadm_str digest = omadm_eventlog_digest(log, i, OMADM_TPM_SHA256);
    if (omadm_eventlog_at(log, i)->pcr != 4 || digest.len != 32) continue;
    for (size_t k = 0; k < 32; k++)
      snprintf(hex + 2 * k, 3, "%02x", (uint8_t)digest.ptr[k]);
  }
  omadm_eventlog_free(log);
}

static void assert_grade(scene *s, const char *nonce, const char *field, const char *grade) {
  omadm_buf blob = {.mem = NULL};
  answer a;
  device_certify(&s->d, &s->b, &blob);
  device_validate(&s->d, &s->b, omadm_buf_str(&blob), nonce, &a);
  assert_string_equal(answer_grade(&a, field), grade);
  answer_dispose(&a);
  omadm_buf_dispose(&blob);
}

/* The running system can measure GRUB's words as well as GRUB. */
static void a_good_command_line_counts_only_from_a_loader_that_is_known(void **state) {
  static char hex[65];
  scene *s = *state;
  bootlog_options options;
  bootlog_options_init(&options);
  options.command_line = "/vmlinuz root=/dev/vda1 lockdown=integrity";
  boot_otherwise(s, &options, true);
  assert_grade(s, NONCE_A, "CodeIntegrityEnabled", "unknown");
  loader_of(omadm_buf_str(&s->d.log), hex);
  s->b.config.loaders[s->b.config.n_loaders++] = hex;
  assert_grade(s, NONCE_B, "CodeIntegrityEnabled", "attested");
}

static void a_change_of_the_boot_loaders_commands_is_a_mismatch(void **state) {
  static const uint8_t digest[32] = {1};
  scene *s = *state;
  omadm_buf blob = {.mem = NULL};
  answer a;
  device_certify(&s->d, &s->b, &blob);
  fake_tpm_extend(s->d.tpm, OMADM_TPM_SHA256, 8, (omadm_str){(const char *)digest, sizeof digest});
  device_validate(&s->d, &s->b, omadm_buf_str(&blob), NONCE_A, &a);
  assert_int_equal(a.code, DHA_MISMATCH);
  assert_string_equal(answer_text(&a, "PCR"), "true");
  answer_dispose(&a);
  omadm_buf_dispose(&blob);
}

static void each_field_has_one_grade(void **state) {
  scene *s = *state;
  omadm_buf blob = {.mem = NULL};
  answer a;
  device_certify(&s->d, &s->b, &blob);
  device_validate(&s->d, &s->b, omadm_buf_str(&blob), NONCE_A, &a);
  assert_int_equal(omadm_buf_add(&a.xml, "", 1), OMADM_OK);
  const char *first = strstr(a.xml.ptr, "<Field name=\"AIKPresent\"");
  assert_non_null(first);
  assert_null(strstr(first + 1, "<Field name=\"AIKPresent\""));
  answer_dispose(&a);
  omadm_buf_dispose(&blob);
}

/* The XML library looks for doubles among attributes in time that grows with their square. */
static void a_tag_with_very_many_attributes_is_refused_at_once(void **state) {
  scene *s = *state;
  omadm_buf xml = {.mem = NULL};
  answer a;
  parts_set(&xml, "<a", 2);
  for (int i = 0; i < 200000; i++)
    assert_int_equal(omadm_buf_printf(&xml, " a%d=\"\"", i), OMADM_OK);
  assert_int_equal(omadm_buf_add_text(&xml, "/>"), OMADM_OK);
  clock_t before = clock();
  bench_send(&s->b, "GetHealthCertificate", 3, omadm_buf_str(&xml), &a);
  assert_int_equal(a.http, 400);
  assert_true(clock() - before < CLOCKS_PER_SEC);
  answer_dispose(&a);
  omadm_buf_dispose(&xml);
}

/* What is no tag may hold a quote, behind which tags would not be counted. */
static void what_could_hide_tags_from_being_counted_is_refused(void **state) {
  static const omadm_str bodies[] = {
      OMADM_STR("<?x \"?><!DOCTYPE a><a/>"),
      OMADM_STR("<?xml version='1.0'?><?x \"?><a/>"),
      OMADM_STR("<!-- \" --><a/>"),
      OMADM_STR("\xFF\xFE<\0a\0/\0>\0"),
      OMADM_STR("<a>\0</a>"),
  };
  scene *s = *state;
  for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
    answer a;
    bench_send(&s->b, "GetHealthCertificate", 3, bodies[i], &a);
    assert_int_equal(a.http, 400);
    assert_non_null(strstr(a.message, "the document is not UTF-8, or has"));
    answer_dispose(&a);
  }
}

/* One key cannot use up the room that nonces are remembered in. */
static void a_key_has_only_its_share_of_nonces(void **state) {
  nonces all = {.list = NULL};
  omadm_tpm_digest one = {.len = 34, .octets = {1}}, other = {.len = 34, .octets = {2}};
  (void)state;
  for (uint32_t i = 0; i <= NONCES_MAX_OF_KEY; i++) {
    omadm_err err = nonces_use(&all, &one, (omadm_str){(const char *)&i, sizeof i}, 0, 10);
    assert_int_equal(err, i < NONCES_MAX_OF_KEY ? OMADM_OK : OMADM_E_LIMIT);
  }
  assert_int_equal(nonces_use(&all, &other, (omadm_str){"abcd", 4}, 0, 10), OMADM_OK);
  nonces_dispose(&all);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scene_open, scene_close)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_bank_that_firmware_is_not_trusted_with_is_refused),
      TEST(a_primary_key_of_the_endorsement_hierarchy_is_refused),
      TEST(a_windows_story_counts_only_from_a_loader_that_is_windows),
      TEST(a_change_of_the_boot_loaders_commands_is_a_mismatch),
      TEST(each_field_has_one_grade),
      TEST(a_tag_with_very_many_attributes_is_refused_at_once),
      TEST(a_windows_story_without_secure_boot_is_not_believed),
      TEST(a_good_command_line_counts_only_from_a_loader_that_is_known),
      TEST(what_could_hide_tags_from_being_counted_is_refused),
      TEST(a_key_has_only_its_share_of_nonces),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
