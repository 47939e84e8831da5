/* SPDX-License-Identifier: MIT */
/* What the service says of other boots than Windows', and of recorded ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

#include "conformance/attestation/dha_codes.h"
#include "logs.h"
#include "scene.h"

static void certify_and_validate(scene *s, answer *a) {
  omadm_buf blob = {.mem = NULL};
  device_certify(&s->d, &s->b, &blob);
  device_validate(&s->d, &s->b, omadm_buf_str(&blob), NONCE_A, a);
  assert_int_equal(a->code, DHA_OK);
  omadm_buf_dispose(&blob);
}

static void assert_linux(const answer *a) {
  static const char *const none[] = {
      "ELAMDriverLoaded", "VSMEnabled",     "WinPE",   "TestSigningEnabled",
      "BootAppSVN",       "BootManagerSVN", "CIPolicy"};
  assert_non_null(strstr(a->xml.ptr, "boot=\"linux\""));
  for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
    assert_string_equal(answer_grade(a, none[i]), "not-applicable");
  assert_string_equal(answer_text(a, "ELAMDriverLoaded"), "false");
  assert_string_equal(answer_text(a, "VSMEnabled"), "false");
  assert_string_equal(answer_text(a, "BitlockerStatus"), "0");
  assert_string_equal(answer_text(a, "BootAppSVN"), "0");
  assert_string_equal(answer_text(a, "CIPolicy"), "");
  assert_string_equal(answer_grade(a, "PCR0"), "attested");
}

static void a_linux_boot_claims_nothing_that_only_windows_has(void **state) {
  scene *s = *state;
  answer a;
  omadm_buf log = {.mem = NULL};
  parts_set(&log, NULL, 0);
  logs_write(false, &log);
  device_boot(&s->d, omadm_buf_str(&log));
  certify_and_validate(s, &a);
  assert_linux(&a);
  assert_string_equal(answer_text(&a, "SecureBootEnabled"), "true");
  assert_string_equal(answer_grade(&a, "SecureBootEnabled"), "attested");
  assert_non_null(strstr(a.xml.ptr, "<Fact name=\"sbat\" grade=\"attested\""));
  answer_dispose(&a);
  omadm_buf_dispose(&log);
}

/* systemd goes on extending PCR 11 while the system starts, IMA PCR 10: neither spoils a Linux
 * device's report, and neither is compared later. */
static void pcrs_that_linux_extends_later_do_not_count(void **state) {
  static const char digest[32] = {1};
  static const unsigned later[] = {10, 11, 15};
  scene *s = *state;
  answer a;
  omadm_buf log = {.mem = NULL}, blob = {.mem = NULL};
  parts_set(&log, NULL, 0);
  logs_write(false, &log);
  device_boot(&s->d, omadm_buf_str(&log));
  for (size_t i = 0; i < 3; i++)
    fake_tpm_extend(s->d.tpm, OMADM_TPM_SHA256, later[i], (omadm_str){digest, sizeof digest});
  device_certify(&s->d, &s->b, &blob);
  for (size_t i = 0; i < 3; i++)
    fake_tpm_extend(s->d.tpm, OMADM_TPM_SHA256, later[i], (omadm_str){digest, sizeof digest});
  device_validate(&s->d, &s->b, omadm_buf_str(&blob), NONCE_A, &a);
  assert_int_equal(a.code, DHA_OK);
  answer_dispose(&a);
  omadm_buf_dispose(&blob);
  omadm_buf_dispose(&log);
}

/* A recorded boot: the SHA-1 bank where the log has no other. */
typedef struct recorded {
  const char *file;
  uint16_t bank;
  uint8_t locality;
  const char *secure_boot;
  bool windows;
} recorded;

static const recorded recordings[] = {
    {"windows-gcp-shielded-vm.bin", OMADM_TPM_SHA1, 0, "true", true},
    {"crypto-agile-sha256.bin", OMADM_TPM_SHA256, 0, "false", false},
    {"linux-arch-linux-workstation.bin", OMADM_TPM_SHA256, 0, "false", false},
    {"linux-coreos36-no-sb.bin", OMADM_TPM_SHA256, 0, "false", false},
    {"linux-gcp-sb-shim-cert.bin", OMADM_TPM_SHA256, 0, "true", false},
    {"linux-glinux-alex.bin", OMADM_TPM_SHA256, 3, "false", false},
    {"linux-locality3-keylime.bin", OMADM_TPM_SHA256, 3, "false", false},
    {"linux-rhel8-uefi.bin", OMADM_TPM_SHA256, 0, "true", false},
    {"linux-ubuntu-1804-amd-sev.bin", OMADM_TPM_SHA256, 0, "false", false},
};

static bool read_recording(const char *name, omadm_buf *log) {
  static char octets[1 << 20];
  char path[1024];
  const char *folder = getenv("OMADM_TEST_DATA");
  snprintf(path, sizeof path, "%s/data/eventlogs/%s",
           folder == NULL ? PROJECT_ROOT "/../shared" : folder, name);
  FILE *file = fopen(path, "rb");
  if (file == NULL) return false;
  parts_set(log, octets, fread(octets, 1, sizeof octets, file));
  fclose(file);
  return true;
}

static void recorded_boots_are_reported(void **state) {
  scene *s = *state;
  s->b.config.allow_sha1_bank = 1;
  for (size_t i = 0; i < sizeof recordings / sizeof recordings[0]; i++) {
    const recorded *r = &recordings[i];
    omadm_buf log = {.mem = NULL};
    answer a;
    if (!read_recording(r->file, &log)) {
      print_message("%s is not there: skipped (OMADM_TEST_DATA)\n", r->file);
      continue;
    }
    print_message("%s\n", r->file);
    device_boot_at(&s->d, omadm_buf_str(&log), r->locality);
    s->d.bank = r->bank;
    s->b.time += s->b.config.lifetime;
    certify_and_validate(s, &a);
    assert_string_equal(answer_text(&a, "SecureBootEnabled"), r->secure_boot);
    if (r->windows) {
      assert_string_equal(answer_text(&a, "ELAMDriverLoaded"), "true");
      assert_string_equal(answer_text(&a, "CodeIntegrityEnabled"), "true");
      assert_string_equal(answer_text(&a, "DEPPolicy"), "1");
      assert_string_equal(answer_text(&a, "BitlockerStatus"), "0");
      assert_string_equal(answer_text(&a, "VSMEnabled"), "false");
      assert_string_equal(answer_text(&a, "PCRHashAlgorithmID"), "4");
    }
    answer_dispose(&a);
    omadm_buf_dispose(&log);
  }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scene_open, scene_close)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_linux_boot_claims_nothing_that_only_windows_has),
      TEST(pcrs_that_linux_extends_later_do_not_count),
      TEST(recorded_boots_are_reported),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
