/* SPDX-License-Identifier: MIT */
/* Logs of real machines, with the values that were published with them. */
#include "tests/eventlog/logs.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/str.h"

static const char windows[] = "windows-gcp-shielded-vm";

static log_octets file_of(const char *name, const char *end) {
  char path[200];
  snprintf(path, sizeof path, "%s%s", name, end);
  return data_file(path);
}

/* One line: "sha1:0 51c3…". */
static bool read_line(const char *line, uint16_t *bank, unsigned *pcr, omadm_buf *value) {
  char alg[16], hex[140];
  if (sscanf(line, "%15[^:]:%u %139[0-9a-f]", alg, pcr, hex) != 3) return false;
  *bank = strcmp(alg, "sha1") == 0     ? OMADM_TPM_SHA1
          : strcmp(alg, "sha256") == 0 ? OMADM_TPM_SHA256
                                       : OMADM_TPM_SHA384;
  value->len = 0;
  assert_int_equal(omadm_hex_decode(omadm_str_of(hex), value), OMADM_OK);
  return true;
}

/* How many values of a file there are, and how many a log was compared with: those of banks that it
 * carries, but PCR 10, which is IMA's. */
typedef struct tally {
  unsigned values, agree;
} tally;

/* Own: values that were computed from the log, so that PCRs without events count too. */
static tally compare_file(const char *name, const char *end, bool own) {
  log_octets text = file_of(name, end);
  omadm_eventlog *log = NULL;
  omadm_buf value;
  tally found = {0, 0};
  if (text.ptr == NULL) return found;
  log_octets octets_of_log = file_of(name, ".bin");
  omadm_buf_init(&value, NULL, 0);
  assert_int_equal(omadm_eventlog_parse(octets_str(&octets_of_log), &log, NULL), OMADM_OK);
  char *rest = NULL;
  for (char *line = strtok_r(text.ptr, "\n", &rest); line != NULL;
       line = strtok_r(NULL, "\n", &rest)) {
    omadm_tpm_pcrs quoted = {0};
    uint32_t extended = 0, agree = 0, differ = 0;
    uint16_t bank = 0;
    unsigned pcr = 0;
    if (!read_line(line, &bank, &pcr, &value)) continue;
    found.values++;
    if (pcr == 10 || omadm_eventlog_replay(log, bank, &quoted, &extended) != OMADM_OK) continue;
    if (own) assert_memory_equal(quoted.values[pcr], value.ptr, value.len);
    memcpy(quoted.values[pcr], value.ptr, value.len);
    quoted.mask = 1U << pcr;
    assert_int_equal(omadm_eventlog_compare(log, &quoted, &agree, &differ), OMADM_OK);
    if (agree != 1U << pcr || differ != 0) fail_msg("%s%s: %s", name, end, line);
    found.agree++;
  }
  omadm_eventlog_free(log);
  omadm_buf_dispose(&value);
  octets_free(&text);
  octets_free(&octets_of_log);
  return found;
}

static void add_fact(char *to, size_t size, const char *name, const omadm_fact *fact) {
  size_t n = strlen(to);
  if (fact->grade != OMADM_GRADE_ATTESTED) return;
  if (fact->octets.len > 0)
    snprintf(to + n, size - n, " %s (%zu octets)", name, fact->octets.len);
  else
    snprintf(to + n, size - n, " %s=%" PRIu64, name, fact->value);
}

/* A line of the table in docs/health-attestation.md, and one with the facts. */
static void print_log(const char *name, tally published, tally own) {
  static const char *const kinds[] = {"not said", "Windows", "Linux"};
  char bank_names[64] = "", facts_text[2048] = "";
  log_octets octets_of_log = file_of(name, ".bin");
  omadm_eventlog *log = NULL;
  omadm_boot_facts facts;
  uint16_t banks[8] = {0};
  assert_int_equal(omadm_eventlog_parse(octets_str(&octets_of_log), &log, NULL), OMADM_OK);
  size_t n = omadm_eventlog_banks(log, banks, 8);
  for (size_t i = 0; i < n; i++) {
    size_t used = strlen(bank_names);
    snprintf(bank_names + used, sizeof bank_names - used, "%s%s", i > 0 ? "+" : "",
             omadm_tpm_alg_name(banks[i]));
  }
  omadm_boot_facts_derive(log, banks[0], OMADM_TPM_ALL_PCRS, &facts);
#define ADD_(member, kind, label) add_fact(facts_text, sizeof facts_text, #member, &facts.member);
  OMADM_BOOT_FACTS(ADD_)
#undef ADD_
  print_message("%-29s %6zu %6zu %-19s %3u of %-3u %3u of %-3u %s\n  attested:%s\n", name,
                octets_of_log.len, omadm_eventlog_count(log), bank_names, published.agree,
                published.values, own.agree, own.values, kinds[facts.kind],
                facts_text[0] != '\0' ? facts_text : " nothing");
  omadm_eventlog_free(log);
  octets_free(&octets_of_log);
}

static void every_log_replays_to_its_recorded_values(void **state) {
  (void)state;
  char names[DATA_LOGS][64];
  unsigned published = 0, own = 0;
  if (data_is_missing()) skip();
  size_t n = data_logs(names);
  print_message("%-29s %6s %6s %-19s %-10s %-10s %s\n", "log", "octets", "events", "banks",
                "published", "recomputed", "boot");
  for (size_t i = 0; i < n; i++) {
    tally from_tpm = compare_file(names[i], ".pcrs.txt", false);
    tally from_log = compare_file(names[i], ".replay.txt", true);
    print_log(names[i], from_tpm, from_log);
    published += from_tpm.agree;
    own += from_log.agree;
  }
  print_message("%u published values and %u of a second reader agree\n", published, own);
  assert_true(published > 100 && own > 50);
}

static void every_log_holds_together_in_each_bank(void **state) {
  (void)state;
  char names[DATA_LOGS][64];
  if (data_is_missing()) skip();
  size_t n_logs = data_logs(names);
  for (size_t i = 0; i < n_logs; i++) {
    log_octets log = file_of(names[i], ".bin");
    omadm_eventlog *parsed = NULL;
    uint16_t banks[8];
    assert_int_equal(omadm_eventlog_parse(octets_str(&log), &parsed, NULL), OMADM_OK);
    size_t n = omadm_eventlog_banks(parsed, banks, 8);
    for (size_t b = 0; b < n; b++) {
      omadm_error error = {0};
      if (omadm_eventlog_check(parsed, banks[b], &error) != OMADM_OK) {
        fail_msg("%s: %s", names[i], error.text);
      }
    }
    omadm_eventlog_free(parsed);
    octets_free(&log);
  }
}

static void other_logs_say_of_secure_boot_what_they_hold(void **state) {
  (void)state;
  static const struct {
    const char *name;
    omadm_boot_kind kind;
    omadm_grade grade;
    uint64_t value;
  } wanted[] = {
      {"crypto-agile-sha256", OMADM_BOOT_UNKNOWN, OMADM_GRADE_ATTESTED, 0},
      {"ebs-event-missing", OMADM_BOOT_UNKNOWN, OMADM_GRADE_ATTESTED, 0},
      {"linux-arch-linux-workstation", OMADM_BOOT_LINUX, OMADM_GRADE_ATTESTED, 0},
      {"linux-coreos36-no-sb", OMADM_BOOT_LINUX, OMADM_GRADE_ATTESTED, 0},
      {"linux-gcp-sb-shim-cert", OMADM_BOOT_LINUX, OMADM_GRADE_ATTESTED, 1},
      {"linux-glinux-alex", OMADM_BOOT_UNKNOWN, OMADM_GRADE_ATTESTED, 0},
      {"linux-rhel8-uefi", OMADM_BOOT_LINUX, OMADM_GRADE_ATTESTED, 1},
      {"linux-ubuntu-1804-amd-sev", OMADM_BOOT_LINUX, OMADM_GRADE_ATTESTED, 0},
      {"short-no-action", OMADM_BOOT_UNKNOWN, OMADM_GRADE_UNKNOWN, 0},
  };
  if (data_is_missing()) skip();
  for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
    log_octets log = file_of(wanted[i].name, ".bin");
    omadm_eventlog *parsed = NULL;
    omadm_boot_facts facts;
    uint16_t bank = 0;
    assert_int_equal(omadm_eventlog_parse(octets_str(&log), &parsed, NULL), OMADM_OK);
    omadm_eventlog_banks(parsed, &bank, 1);
    omadm_boot_facts_derive(parsed, bank, OMADM_TPM_ALL_PCRS, &facts);
    if (facts.kind != wanted[i].kind || facts.secure_boot.grade != wanted[i].grade ||
        facts.secure_boot.value != wanted[i].value) {
      fail_msg("%s", wanted[i].name);
    }
    omadm_eventlog_free(parsed);
    octets_free(&log);
  }
}

static void a_real_command_line_counts_where_its_loader_is_shown(void **state) {
  (void)state;
  static const struct {
    const char *name;
    omadm_grade grade;
  } wanted[] = {
      {"linux-arch-linux-workstation", OMADM_GRADE_UNKNOWN}, /* an old systemd-boot, in PCR 8 */
      {"linux-coreos36-no-sb", OMADM_GRADE_ATTESTED},
      {"linux-gcp-sb-shim-cert", OMADM_GRADE_UNKNOWN}, /* none was measured */
      {"linux-locality3-keylime", OMADM_GRADE_ATTESTED},
      {"linux-rhel8-uefi", OMADM_GRADE_ATTESTED},
      {"linux-ubuntu-1804-amd-sev", OMADM_GRADE_ATTESTED},
  };
  if (data_is_missing()) skip();
  for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
    log_octets log = file_of(wanted[i].name, ".bin");
    omadm_eventlog *parsed = NULL;
    omadm_boot_facts facts;
    uint16_t bank = 0;
    assert_int_equal(omadm_eventlog_parse(octets_str(&log), &parsed, NULL), OMADM_OK);
    omadm_eventlog_banks(parsed, &bank, 1);
    omadm_boot_facts_derive(parsed, bank, OMADM_TPM_ALL_PCRS, &facts);
    if (facts.command_line.grade != wanted[i].grade ||
        facts.code_integrity.grade != wanted[i].grade) {
      fail_msg("%s", wanted[i].name);
    }
    omadm_eventlog_free(parsed);
    octets_free(&log);
  }
}

static void is_flag(const json_t *fields, const char *name, const omadm_fact *fact, bool inverted) {
  const json_t *field = json_object_get(fields, name);
  if (!json_is_boolean(field)) fail_msg("%s is no boolean", name);
  if (json_is_true(field) != ((fact->value != 0) != inverted)) fail_msg("%s", name);
}

static void is_number(const json_t *fields, const char *name, uint64_t value) {
  const json_t *field = json_object_get(fields, name);
  if (json_is_array(field)) field = json_array_get(field, 0);
  uint64_t wanted = json_is_string(field) ? strtoull(json_string_value(field), NULL, 0)
                                          : (uint64_t)json_integer_value(field);
  if (field == NULL || wanted != value) fail_msg("%s: %" PRIu64, name, value);
}

static void is_hex(const json_t *fields, const char *name, omadm_str octets) {
  omadm_buf hex;
  omadm_buf_init(&hex, NULL, 0);
  assert_int_equal(omadm_hex_encode(octets, &hex), OMADM_OK);
  const char *wanted = json_string_value(json_object_get(fields, name));
  if (wanted == NULL || !omadm_str_is(omadm_buf_str(&hex), wanted)) fail_msg("%s", name);
  omadm_buf_dispose(&hex);
}

static void the_windows_log_gives_its_expected_facts(void **state) {
  (void)state;
  if (data_is_missing()) skip();
  log_octets text = file_of(windows, ".expected.json");
  log_octets log = file_of(windows, ".bin");
  json_t *all = json_loadb(text.ptr, text.len, 0, NULL);
  const json_t *fields = json_object_get(all, "fields");
  omadm_eventlog *parsed = NULL;
  omadm_boot_facts f;
  assert_int_equal(omadm_eventlog_parse(octets_str(&log), &parsed, NULL), OMADM_OK);
  omadm_boot_facts_derive(parsed, OMADM_TPM_SHA1, OMADM_TPM_ALL_PCRS, &f);
  assert_int_equal(f.kind, OMADM_BOOT_WINDOWS);
  is_flag(fields, "secureBootEnabled", &f.secure_boot, false);
  is_flag(fields, "codeIntegrityEnabled", &f.code_integrity, false);
  is_flag(fields, "bitlockerEnabled", &f.bitlocker, false);
  is_flag(fields, "bootDebuggingDisabled", &f.boot_debugging, true);
  is_flag(fields, "osKernelDebuggingDisabled", &f.kernel_debugging, true);
  is_flag(fields, "testSigningDisabled", &f.test_signing, true);
  is_flag(fields, "flightSigningNotEnabled", &f.flight_signing, true);
  is_flag(fields, "notSafeMode", &f.safe_mode, true);
  is_flag(fields, "notWinPE", &f.winpe, true);
  is_flag(fields, "vbsEnabled", &f.vsm, false);
  is_flag(fields, "hvciEnabled", &f.hvci, false);
  is_flag(fields, "iommuEnabled", &f.iommu, false);
  is_flag(fields, "elamDriverLoaded(Defender)", &f.elam_driver, false);
  is_number(fields, "bitlockerValue", f.bitlocker.value);
  is_number(fields, "depPolicy", f.dep_policy.value);
  is_number(fields, "bootMgrSvn", f.boot_manager_svn.value);
  is_number(fields, "bootAppSvn", f.boot_app_svn.value);
  is_number(fields, "loadedModules", f.n_modules);
  is_number(fields, "bootCount", f.boot_count.value);
  is_number(fields, "transferControl", f.transfer_control.value);
  is_number(fields, "vsmLaunchType", f.vsm_launch_type.value);
  is_number(fields, "hypervisorLaunchType", f.hypervisor.value);
  is_number(fields, "osDevice", f.os_device.value);
  is_hex(fields, "bootRevListInfo", f.boot_revocation_list.octets);
  is_hex(fields, "osRevListInfo", f.os_revocation_list.octets);
  assert_true(f.boot_authority.octets.len > 1000); /* Microsoft Windows Production PCA 2011 */
  assert_int_equal(f.n_policies, json_array_size(json_object_get(fields, "siPolicy")));
  json_decref(all);
  omadm_eventlog_free(parsed);
  octets_free(&text);
  octets_free(&log);
}

/* The same machine with SHA-256: every digest of PCRs 7 and 11 to 14 is that of its data. */
static void the_windows_log_as_a_crypto_agile_one_gives_the_same_facts(void **state) {
  (void)state;
  static const uint16_t sha256 = OMADM_TPM_SHA256;
  if (data_is_missing()) skip();
  log_octets log = file_of(windows, ".bin");
  omadm_eventlog *parsed = NULL;
  bootlog agile;
  verdict before, after;
  assert_int_equal(omadm_eventlog_parse(octets_str(&log), &parsed, NULL), OMADM_OK);
  bootlog_begin(&agile, &sha256, 1);
  for (size_t i = 0; i < omadm_eventlog_count(parsed); i++) {
    const omadm_event *e = omadm_eventlog_at(parsed, i);
    bootlog_event(&agile, e->pcr, e->type, e->data);
  }
  omadm_tpm_pcrs old = pcrs_of(octets_str(&log), OMADM_TPM_SHA1);
  omadm_tpm_pcrs new = pcrs_of(omadm_buf_str(&agile.octets), sha256);
  judge(octets_str(&log), &old, &before);
  judge(omadm_buf_str(&agile.octets), &new, &after);
  assert_true(before.accepted);
  if (!after.accepted) fail_msg("%s", after.why);
  char *dbx = strstr(before.facts, "dbx"), *other = strstr(after.facts, "dbx");
  assert_memory_equal(before.facts, after.facts, (size_t)(dbx - before.facts));
  assert_string_equal(strchr(dbx, '\n'), strchr(other, '\n'));
  bootlog_dispose(&agile);
  omadm_eventlog_free(parsed);
  octets_free(&log);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_log_replays_to_its_recorded_values),
      cmocka_unit_test(every_log_holds_together_in_each_bank),
      cmocka_unit_test(other_logs_say_of_secure_boot_what_they_hold),
      cmocka_unit_test(a_real_command_line_counts_where_its_loader_is_shown),
      cmocka_unit_test(the_windows_log_gives_its_expected_facts),
      cmocka_unit_test(the_windows_log_as_a_crypto_agile_one_gives_the_same_facts),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
