/* SPDX-License-Identifier: MIT */
/* Random changes of one octet: refused, or the same facts. No third outcome. The seed is printed;
 * OMADM_TEST_SEED sets it. */
#include "tests/eventlog/logs.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static uint64_t seed;

/* xorshift64*. */
static uint64_t draw(void) {
  seed ^= seed >> 12;
  seed ^= seed << 25;
  seed ^= seed >> 27;
  return seed * 0x2545F4914F6CDD1DULL;
}

static uint64_t begin_seed(void) {
  const char *given = getenv("OMADM_TEST_SEED");
  seed = given != NULL ? strtoull(given, NULL, 0) : (uint64_t)time(NULL) * 2654435761U;
  if (seed == 0) seed = 1;
  return seed;
}

static void change_randomly(const char *what, const log_octets *log, uint16_t bank, size_t times) {
  omadm_tpm_pcrs honest = pcrs_of(octets_str(log), bank);
  verdict truth, v;
  size_t refused = 0, equal = 0;
  uint64_t begun = begin_seed();
  judge(octets_str(log), &honest, &truth);
  if (!truth.accepted) fail_msg("%s: %s", what, truth.why);
  for (size_t i = 0; i < times; i++) {
    log_octets copy = octets_copy(log);
    uint64_t number = draw();
    size_t at = (size_t)(number >> 16) % log->len;
    uint8_t with = (uint8_t)(number % 255 + 1);
    copy.ptr[at] = (char)((uint8_t)copy.ptr[at] ^ with);
    judge(octets_str(&copy), &honest, &v);
    if (v.accepted && strcmp(v.facts, truth.facts) != 0) {
      fail_msg("%s, seed %" PRIu64 ": octet %zu ^ 0x%02x changes facts:\n%s", what, begun, at,
               (unsigned)with, v.facts);
    }
    *(v.accepted ? &equal : &refused) += 1;
    octets_free(&copy);
  }
  print_message("%s, seed %" PRIu64 ": %zu changes, %zu refused, %zu without consequence\n", what,
                begun, times, refused, equal);
}

/* The octets that say what an entry is, each with each value of a bit turned: more telling than
 * chance, which mostly hits data. */
static void change_heads(const char *what, const log_octets *log, uint16_t bank) {
  omadm_tpm_pcrs honest = pcrs_of(octets_str(log), bank);
  verdict truth, v;
  omadm_eventlog *parsed = NULL;
  size_t n = 0;
  judge(octets_str(log), &honest, &truth);
  log_octets copy = octets_copy(log);
  assert_int_equal(omadm_eventlog_parse(octets_str(log), &parsed, NULL), OMADM_OK);
  for (size_t i = 0; i < omadm_eventlog_count(parsed); i++) {
    size_t at = omadm_eventlog_at(parsed, i)->offset;
    for (size_t k = 0; k < 8; k++) {
      for (unsigned bit = 0; bit < 8; bit++, n++) {
        copy.ptr[at + k] = (char)((uint8_t)log->ptr[at + k] ^ 1U << bit);
        judge(octets_str(&copy), &honest, &v);
        if (v.accepted && strcmp(v.facts, truth.facts) != 0) {
          fail_msg("%s: entry %zu, octet %zu, bit %u changes facts", what, i, k, bit);
        }
      }
      copy.ptr[at + k] = log->ptr[at + k];
    }
  }
  print_message("%s: %zu changes of entries' heads\n", what, n);
  omadm_eventlog_free(parsed);
  octets_free(&copy);
}

static void a_changed_octet_of_a_windows_log_is_refused_or_changes_nothing(void **state) {
  (void)state;
  log_octets log = windows_log("secure_boot_policy=1", "firmware_debugger=1", NULL);
  change_randomly("Windows", &log, OMADM_TPM_SHA256, 4000);
  change_heads("Windows", &log, OMADM_TPM_SHA256);
  octets_free(&log);
}

static void a_changed_octet_of_a_legacy_windows_log_is_refused_or_changes_nothing(void **state) {
  (void)state;
  bootlog_options options;
  bootlog_options_init(&options);
  options.legacy = true;
  options.safe_mode = 1;
  log_octets log = written_log(&options, true);
  change_randomly("Windows, legacy", &log, OMADM_TPM_SHA1, 3000);
  change_heads("Windows, legacy", &log, OMADM_TPM_SHA1);
  octets_free(&log);
}

static void a_changed_octet_of_a_linux_log_is_refused_or_changes_nothing(void **state) {
  (void)state;
  log_octets log = linux_log("command_line=/vmlinuz single kgdbwait lockdown=integrity", NULL);
  change_randomly("Linux", &log, OMADM_TPM_SHA256, 4000);
  change_heads("Linux", &log, OMADM_TPM_SHA256);
  octets_free(&log);
}

static void a_changed_octet_of_a_real_log_is_refused_or_changes_nothing(void **state) {
  (void)state;
  static const struct {
    const char *name;
    uint16_t bank;
  } logs[] = {
      {"windows-gcp-shielded-vm.bin", OMADM_TPM_SHA1},
      {"linux-gcp-sb-shim-cert.bin", OMADM_TPM_SHA256},
      {"linux-rhel8-uefi.bin", OMADM_TPM_SHA256},
      {"linux-arch-linux-workstation.bin", OMADM_TPM_SHA256},
      {"linux-coreos36-no-sb.bin", OMADM_TPM_SHA384},
      {"linux-locality3-keylime.bin", OMADM_TPM_SHA256},
      {"linux-ubuntu-1804-amd-sev.bin", OMADM_TPM_SHA1},
      {"crypto-agile-sha256.bin", OMADM_TPM_SHA256},
  };
  if (data_is_missing()) skip();
  for (size_t i = 0; i < sizeof logs / sizeof logs[0]; i++) {
    log_octets log = data_file(logs[i].name);
    assert_non_null(log.ptr);
    change_randomly(logs[i].name, &log, logs[i].bank, 1000);
    change_heads(logs[i].name, &log, logs[i].bank);
    octets_free(&log);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_changed_octet_of_a_windows_log_is_refused_or_changes_nothing),
      cmocka_unit_test(a_changed_octet_of_a_legacy_windows_log_is_refused_or_changes_nothing),
      cmocka_unit_test(a_changed_octet_of_a_linux_log_is_refused_or_changes_nothing),
      cmocka_unit_test(a_changed_octet_of_a_real_log_is_refused_or_changes_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
