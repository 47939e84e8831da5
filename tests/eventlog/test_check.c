/* SPDX-License-Identifier: MIT */
/* Lies: each is a log that fits the PCRs of an honest one, or not even that, and is refused. */
#include "tests/eventlog/logs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

enum {
  EV_SEPARATOR = 0x04,
  EV_ACTION = 0x05,
  EV_EVENT_TAG = 0x06,
  EV_COMPACT_HASH = 0x0C,
  EV_IPL = 0x0D
};
#define DRIVER_CONFIG 0x80000001u
#define EFI_ACTION 0x80000007u
#define AUTHORITY 0x800000E0u

static void is_refused(const log_octets *lie, const omadm_tpm_pcrs *honest, const char *why) {
  verdict v;
  judge(octets_str(lie), honest, &v);
  if (v.accepted) fail_msg("accepted; to be refused because it %s", why);
  if (strstr(v.why, why) == NULL) fail_msg("refused because \"%s\", not because it %s", v.why, why);
}

static void is_accepted(const log_octets *log) {
  verdict v;
  omadm_tpm_pcrs pcrs = pcrs_of(octets_str(log), OMADM_TPM_SHA256);
  judge(octets_str(log), &pcrs, &v);
  if (!v.accepted) fail_msg("%s", v.why);
}

static void honest_logs_are_accepted(void **state) {
  (void)state;
  log_octets logs[] = {windows_log(NULL),
                       linux_log(NULL),
                       windows_log("secure_boot=0", "bitlocker=0", "vsm", "safe_mode=1", NULL),
                       windows_log("secure_boot=2", NULL),
                       windows_log("secure_boot", "secure_boot_policy=1", "policies=0", NULL),
                       windows_log("locality=3", "firmware_debugger=1", NULL),
                       linux_log("command_line", "sbat", NULL)};
  for (size_t i = 0; i < sizeof logs / sizeof logs[0]; i++) {
    is_accepted(&logs[i]);
    octets_free(&logs[i]);
  }
}

/* Every entry under every other type: the replay agrees, and no fact may change. */
static void relabel_all(log_octets *log, size_t *refused, size_t *equal) {
  static const uint32_t types[] = {0x00,       0x01,       0x04,       0x05,       0x06,
                                   0x0A,       0x0C,       0x0D,       0x11,       0x13,
                                   0x80000001, 0x80000002, 0x80000003, 0x80000006, 0x80000007,
                                   0x8000000C, 0x800000E0, 0x800000E4, 0x12345678};
  omadm_tpm_pcrs honest = pcrs_of(octets_str(log), OMADM_TPM_SHA256);
  verdict truth, v;
  judge(octets_str(log), &honest, &truth);
  assert_true(truth.accepted);
  omadm_eventlog *parsed = NULL;
  assert_int_equal(omadm_eventlog_parse(octets_str(log), &parsed, NULL), OMADM_OK);
  for (size_t i = 1; i < omadm_eventlog_count(parsed); i++) {
    const omadm_event before = *omadm_eventlog_at(parsed, i);
    for (size_t t = 0; t < sizeof types / sizeof types[0]; t++) {
      if (types[t] == before.type) continue;
      put_u32(log, before.offset + 4, types[t]);
      judge(octets_str(log), &honest, &v);
      if (v.accepted && strcmp(v.facts, truth.facts) != 0) {
        fail_msg("entry %zu as 0x%x changes facts", i, (unsigned)types[t]);
      }
      *(v.accepted ? equal : refused) += 1;
    }
    put_u32(log, before.offset + 4, before.type);
  }
  omadm_eventlog_free(parsed);
}

static void an_entry_under_another_type_is_refused_or_changes_nothing(void **state) {
  (void)state;
  log_octets logs[] = {windows_log("secure_boot_policy=3", "firmware_debugger=1", NULL),
                       linux_log("firmware_debugger=1", NULL)};
  size_t refused = 0, equal = 0;
  for (size_t i = 0; i < 2; i++) {
    relabel_all(&logs[i], &refused, &equal);
    octets_free(&logs[i]);
  }
  print_message("%zu relabelled entries refused, %zu without consequence\n", refused, equal);
  assert_true(refused > 400);
}

static void relabel_pcrs(log_octets *log, uint32_t first, uint32_t last, uint32_t type) {
  omadm_eventlog *parsed = NULL;
  log_octets copy = octets_copy(log);
  assert_int_equal(omadm_eventlog_parse(octets_str(&copy), &parsed, NULL), OMADM_OK);
  for (size_t i = 0; i < omadm_eventlog_count(parsed); i++) {
    const omadm_event *e = omadm_eventlog_at(parsed, i);
    if (e->pcr >= first && e->pcr <= last) put_u32(log, e->offset + 4, type);
  }
  omadm_eventlog_free(parsed);
  octets_free(&copy);
}

static void all_of_windows_entries_under_another_type_are_refused(void **state) {
  (void)state;
  static const uint32_t types[] = {EV_IPL, EV_COMPACT_HASH, EV_ACTION,
                                   0x01,   0x12345678,      DRIVER_CONFIG};
  for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
    log_octets log = windows_log("safe_mode=1", "winpe=1", NULL);
    omadm_tpm_pcrs honest = pcrs_of(octets_str(&log), OMADM_TPM_SHA256);
    verdict v;
    relabel_pcrs(&log, 12, 14, types[i]);
    judge(octets_str(&log), &honest, &v);
    assert_false(v.accepted);
    octets_free(&log);
  }
}

/* The data too is rewritten: nothing covers it once the type promises nothing. */
static void windows_entries_made_to_look_like_those_of_systemd_are_refused(void **state) {
  (void)state;
  static const char text[] = "C\0r\0e\0d\0e\0n\0t\0i\0a\0l\0s\0 \0i\0n\0i\0t\0r\0d\0\0";
  log_octets log = windows_log("safe_mode=1", NULL);
  omadm_tpm_pcrs honest = pcrs_of(octets_str(&log), OMADM_TPM_SHA256);
  for (uint32_t pcr = 12; pcr <= 14; pcr++) {
    for (size_t n = 0; n < 3; n++) {
      uint32_t type = n < 2 ? EV_EVENT_TAG : EV_SEPARATOR;
      log_place p = find_entry(octets_str(&log), pcr, type, 0);
      put_u32(&log, p.type, EV_IPL);
      put_u32(&log, p.data - 4, sizeof text);
      splice(&log, p.data, p.end, (omadm_str){text, sizeof text});
    }
  }
  is_refused(&log, &honest, "Windows' configuration and is none");
  octets_free(&log);
}

static void entries_that_are_gone_added_or_moved_differ(void **state) {
  (void)state;
  log_octets log = windows_log(NULL);
  omadm_tpm_pcrs honest = pcrs_of(octets_str(&log), OMADM_TPM_SHA256);
  static const uint32_t pcrs[] = {7, 12, 13};
  for (size_t i = 0; i < 3; i++) {
    uint32_t type = pcrs[i] == 7 ? DRIVER_CONFIG : (uint32_t)EV_EVENT_TAG;
    log_place p = find_entry(octets_str(&log), pcrs[i], type, 0);
    log_octets gone = octets_copy(&log), twice = octets_copy(&log);
    splice(&gone, p.entry, p.end, (omadm_str){"", 0});
    is_refused(&gone, &honest, "PCRs differ");
    splice(&twice, p.end, p.end, (omadm_str){log.ptr + p.entry, p.end - p.entry});
    is_refused(&twice, &honest, "PCRs differ");
    octets_free(&gone);
    octets_free(&twice);
  }
  octets_free(&log);
}

static void a_log_without_the_last_pcrs_is_refused(void **state) {
  (void)state;
  log_octets log = windows_log("safe_mode=1", NULL);
  omadm_tpm_pcrs honest = pcrs_of(octets_str(&log), OMADM_TPM_SHA256);
  log.len = find_entry(octets_str(&log), 12, EV_EVENT_TAG, 0).entry;
  is_refused(&log, &honest, "PCRs differ");
  octets_free(&log);
}

static void an_entry_without_a_digest_is_refused(void **state) {
  (void)state;
  static const char bare[] = "\x07\0\0\0\x07\0\0\x80\0\0\0\0\x0f\0\0\0UEFI Debug Mode";
  log_octets log = windows_log(NULL);
  omadm_tpm_pcrs honest = pcrs_of(octets_str(&log), OMADM_TPM_SHA256);
  size_t at = find_entry(octets_str(&log), 7, EV_SEPARATOR, 0).entry;
  splice(&log, at, at, (omadm_str){bare, sizeof bare - 1});
  is_refused(&log, &honest, "has no digest in the bank");
  octets_free(&log);
}

static void an_entry_measured_into_no_pcr_is_refused(void **state) {
  (void)state;
  log_octets log = windows_log(NULL);
  omadm_tpm_pcrs honest = pcrs_of(octets_str(&log), OMADM_TPM_SHA256);
  log_place p = find_entry(octets_str(&log), 0xFFFFFFFF, 3, 0);
  put_u32(&log, p.type, EV_EVENT_TAG);
  is_refused(&log, &honest, "a PCR that does not exist");
  octets_free(&log);
}

/* Honest by its PCRs: what firmware, or a machine made to lie, could have measured. */
static void odd(const char *why, void (*change)(bootlog *log)) {
  const uint16_t bank = OMADM_TPM_SHA256;
  bootlog log;
  bootlog_begin(&log, &bank, 1);
  change(&log);
  assert_int_equal(log.err, OMADM_OK);
  log_octets o = {log.octets.ptr, log.octets.len};
  omadm_tpm_pcrs pcrs = pcrs_of(octets_str(&o), bank);
  if (why != NULL)
    is_refused(&o, &pcrs, why);
  else
    is_accepted(&o);
  bootlog_dispose(&log);
}

static const uint8_t global[16] = {0x61, 0xdf, 0xe4, 0x8b, 0xca, 0x93, 0xd2, 0x11,
                                   0xaa, 0x0d, 0x00, 0xe0, 0x98, 0x03, 0x2b, 0x8c};
static const uint8_t security[16] = {0xcb, 0xb2, 0x19, 0xd7, 0x3a, 0x3d, 0x96, 0x45,
                                     0xa3, 0xbc, 0xda, 0xd0, 0x0e, 0x67, 0x65, 0x6f};
static const uint8_t shim[16] = {0x50, 0xab, 0x5d, 0x60, 0x46, 0xe0, 0x00, 0x43,
                                 0xab, 0xb6, 0x3d, 0xd8, 0x10, 0xdd, 0x8b, 0x23};
static const omadm_str one = OMADM_STR("\1"), nothing = {"", 0}, zeros = OMADM_STR("\0\0\0\0"),
                       certificate = OMADM_STR("an owner, sixteen octets, and a certificate");

static void put_switch(bootlog *log) {
  bootlog_variable(log, 7, DRIVER_CONFIG, global, "SecureBoot", one);
  bootlog_variable(log, 7, DRIVER_CONFIG, security, "db", nothing);
}
static void close_7(bootlog *log) {
  bootlog_event(log, 7, EV_SEPARATOR, zeros);
}
static void two_separators(bootlog *log) {
  put_switch(log);
  close_7(log);
  close_7(log);
}
static void two_separators_of_pcr_3(bootlog *log) {
  bootlog_event(log, 3, EV_SEPARATOR, zeros);
  bootlog_event(log, 3, EV_SEPARATOR, zeros);
}
static void error_separator(bootlog *log) {
  bootlog_event(log, 7, EV_SEPARATOR, (omadm_str)OMADM_STR("\1\0\0\0"));
}
static void no_separator(bootlog *log) {
  put_switch(log);
}
static void switch_after_separator(bootlog *log) {
  close_7(log);
  put_switch(log);
}
static void two_switches(bootlog *log) {
  put_switch(log);
  bootlog_variable(log, 7, DRIVER_CONFIG, global, "SecureBoot", nothing);
  close_7(log);
}
static void switch_as_authority(bootlog *log) {
  bootlog_variable(log, 7, AUTHORITY, global, "SecureBoot", one);
  close_7(log);
}
static void switch_without_db(bootlog *log) {
  bootlog_variable(log, 7, DRIVER_CONFIG, global, "SecureBoot", one);
  close_7(log);
}
static void dbx_as_authority(bootlog *log) {
  bootlog_variable(log, 7, AUTHORITY, security, "dbx", one);
  close_7(log);
}
static void shim_as_configuration(bootlog *log) {
  bootlog_variable(log, 7, DRIVER_CONFIG, shim, "SbatLevel", one);
  close_7(log);
}
static void blob_in_7(bootlog *log) {
  bootlog_event(log, 7, 0x80000008u, one);
  close_7(log);
}
static void no_variable(bootlog *log) {
  bootlog_event(log, 7, AUTHORITY, one);
  close_7(log);
}
static void option_rom(bootlog *log) {
  put_switch(log);
  bootlog_variable(log, 7, AUTHORITY, security, "db", certificate);
  close_7(log);
  bootlog_variable(log, 7, AUTHORITY, security, "db", certificate);
}
static void old_shim(bootlog *log) {
  omadm_str event = OMADM_STR("\x50\xab\x5d\x60\x46\xe0\0\x43\xab\xb6\x3d\xd8\x10\xdd\x8b\x23"
                              "\x04\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0S\0h\0i\0m\0cx");
  put_switch(log);
  close_7(log);
  bootlog_add(log, 7, AUTHORITY, event, (omadm_str){event.ptr, event.len - 1});
}
static void empty_switch(bootlog *log) {
  bootlog_variable(log, 7, DRIVER_CONFIG, global, "SecureBoot", nothing);
  bootlog_variable(log, 7, DRIVER_CONFIG, security, "db", nothing);
  close_7(log);
}

static void put_boundary(bootlog *log, uint32_t pcr, uint32_t type, uint64_t boots) {
  omadm_buf run;
  omadm_buf_init(&run, NULL, 0);
  size_t place = sipa_open(&run, 0x40010001);
  sipa_add_uint(&run, 0x00020002, boots, 8);
  sipa_add_uint(&run, 0x00050005, 1, 1);
  sipa_close(&run, place);
  bootlog_event(log, pcr, type, omadm_buf_str(&run));
  omadm_buf_dispose(&run);
}
static void close_windows(bootlog *log) {
  for (uint32_t pcr = 12; pcr <= 14; pcr++)
    bootlog_text(log, pcr, EV_SEPARATOR, "WBCL");
}
static void not_closed(bootlog *log) {
  put_boundary(log, 12, EV_EVENT_TAG, 1);
}
static void hidden_in_ipl(bootlog *log) {
  put_boundary(log, 12, EV_IPL, 1);
  close_windows(log);
}
static void hidden_in_hash(bootlog *log) {
  put_boundary(log, 13, EV_COMPACT_HASH, 1);
  close_windows(log);
}
static void hidden_in_11(bootlog *log) {
  put_boundary(log, 11, EV_COMPACT_HASH, 1);
}
static void two_boots(bootlog *log) {
  put_boundary(log, 12, EV_EVENT_TAG, 1);
  put_boundary(log, 13, EV_EVENT_TAG, 2);
  close_windows(log);
}
static void after_another_separator(bootlog *log) {
  bootlog_text(log, 14, EV_SEPARATOR, "WBCL");
  put_boundary(log, 12, EV_EVENT_TAG, 1);
  bootlog_text(log, 12, EV_SEPARATOR, "WBCL");
}
static void after_its_separator(bootlog *log) {
  put_boundary(log, 12, EV_EVENT_TAG, 1);
  close_windows(log);
  put_boundary(log, 12, EV_EVENT_TAG, 9);
}
static void kernel_and_windows(bootlog *log) {
  static const omadm_str line = OMADM_STR("kernel_cmdline: /vmlinuz quiet");
  bootlog_add(log, 8, EV_IPL, line, (omadm_str){line.ptr + 16, line.len - 16});
  put_boundary(log, 12, EV_EVENT_TAG, 1);
  close_windows(log);
}
static void cut_element(bootlog *log) {
  bootlog_event(log, 12, EV_EVENT_TAG,
                (omadm_str)OMADM_STR("\1\0\1\x40\x09\0\0\0\5\0\5\0\xff\xff\0\0\1"));
  close_windows(log);
}
static void element_of_no_class(bootlog *log) {
  bootlog_event(log, 12, EV_EVENT_TAG,
                (omadm_str)OMADM_STR("\1\0\1\x40\x09\0\0\0\0\0\0\0\1\0\0\0\1"));
  close_windows(log);
}

static void what_does_not_belong_where_it_stands_is_refused(void **state) {
  (void)state;
  static const struct {
    const char *why;
    void (*change)(bootlog *log);
  } odds[] = {
      {"a second separator", two_separators},
      {"a second separator", two_separators_of_pcr_3},
      {"other octets than a separator", error_separator},
      {"has entries and no separator", no_separator},
      {"after the separator", switch_after_separator},
      {"a second time", two_switches},
      {"stands as an authority", switch_as_authority},
      {"not the variable db", switch_without_db},
      {"stands as an authority", dbx_as_authority},
      {"names an authority", shim_as_configuration},
      {"does not belong into PCR 7", blob_in_7},
      {"holds no variable", no_variable},
      {"not closed by a separator", not_closed},
      {"Windows' configuration and is none", hidden_in_ipl},
      {"Windows' configuration and is none", hidden_in_hash},
      {"under another type", hidden_in_11},
      {"belongs to another boot", two_boots},
      {"after a separator", after_another_separator},
      {"is of another boot loader", kernel_and_windows},
      {"an element that is cut", cut_element},
      {"an element of no known class", element_of_no_class},
      {NULL, option_rom},
      {NULL, old_shim},
      {NULL, empty_switch},
      {NULL, after_its_separator},
  };
  for (size_t i = 0; i < sizeof odds / sizeof odds[0]; i++)
    odd(odds[i].why, odds[i].change);
}

/* GRUB's prefix is not measured. */
static void a_command_line_called_a_command_is_refused(void **state) {
  (void)state;
  log_octets log = linux_log("command_line=/vmlinuz init=/bin/sh", NULL);
  omadm_tpm_pcrs honest = pcrs_of(octets_str(&log), OMADM_TPM_SHA256);
  log_place p = find_entry(octets_str(&log), 8, EV_IPL, 3);
  assert_memory_equal(log.ptr + p.data, "kernel_cmdline: ", 16);
  put_u32(&log, p.data - 4, (uint32_t)(p.end - p.data - 6));
  splice(&log, p.data, p.data + 16, (omadm_str)OMADM_STR("grub_cmd: "));
  is_refused(&log, &honest, "not that of its text");
  octets_free(&log);
}

static void data_that_is_not_what_was_measured_is_refused(void **state) {
  (void)state;
  static const struct {
    bool windows;
    uint32_t pcr, type;
  } places[] = {{true, 7, DRIVER_CONFIG}, {true, 7, EV_SEPARATOR},  {true, 7, AUTHORITY},
                {true, 12, EV_EVENT_TAG}, {true, 13, EV_EVENT_TAG}, {true, 11, EV_COMPACT_HASH},
                {true, 4, EFI_ACTION},    {true, 5, 0x80000006u},   {false, 8, EV_IPL},
                {false, 14, EV_IPL},      {false, 7, AUTHORITY}};
  for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
    log_octets log = places[i].windows ? windows_log(NULL) : linux_log(NULL);
    omadm_tpm_pcrs honest = pcrs_of(octets_str(&log), OMADM_TPM_SHA256);
    log_place p = find_entry(octets_str(&log), places[i].pcr, places[i].type, 0);
    log.ptr[p.data] ^= 0x40;
    verdict v;
    judge(octets_str(&log), &honest, &v);
    if (v.accepted) fail_msg("data of type 0x%x", (unsigned)places[i].type);
    octets_free(&log);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(honest_logs_are_accepted),
      cmocka_unit_test(an_entry_under_another_type_is_refused_or_changes_nothing),
      cmocka_unit_test(all_of_windows_entries_under_another_type_are_refused),
      cmocka_unit_test(windows_entries_made_to_look_like_those_of_systemd_are_refused),
      cmocka_unit_test(entries_that_are_gone_added_or_moved_differ),
      cmocka_unit_test(a_log_without_the_last_pcrs_is_refused),
      cmocka_unit_test(an_entry_without_a_digest_is_refused),
      cmocka_unit_test(an_entry_measured_into_no_pcr_is_refused),
      cmocka_unit_test(what_does_not_belong_where_it_stands_is_refused),
      cmocka_unit_test(a_command_line_called_a_command_is_refused),
      cmocka_unit_test(data_that_is_not_what_was_measured_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
