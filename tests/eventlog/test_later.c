/* SPDX-License-Identifier: MIT */
/* What a running system adds to PCRs and to the log after its boot, and what it takes from the data
 * that no digest covers: it may say worse of the boot, never better. */
#include "tests/eventlog/logs.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"

enum { SEPARATOR = 0x04, TAG = 0x06, COMPACT_HASH = 0x0C, IPL = 0x0D };
#define CONFIG 0x80000001u
#define ACTION 0x80000007u
#define AUTHORITY 0x800000E0u
#define GOOD "root=/dev/sda1 ro lockdown=confidentiality module.sig_enforce=1"
#define BAD "root=/dev/sda1 kgdboc=ttyS0 init=/bin/sh"

static const uint16_t bank = OMADM_TPM_SHA256;
static const uint8_t shim[16] = {0x50, 0xab, 0x5d, 0x60, 0x46, 0xe0, 0x00, 0x43,
                                 0xab, 0xb6, 0x3d, 0xd8, 0x10, 0xdd, 0x8b, 0x23};
static const uint8_t security[16] = {0xcb, 0xb2, 0x19, 0xd7, 0x3a, 0x3d, 0x96, 0x45,
                                     0xa3, 0xbc, 0xda, 0xd0, 0x0e, 0x67, 0x65, 0x6f};
static const uint8_t microsoft[16] = {0xbd, 0x9a, 0xfa, 0x77, 0x59, 0x03, 0x32, 0x4d,
                                      0xbd, 0x60, 0x28, 0xf4, 0xe7, 0x8f, 0x78, 0x4b};

/* Puts what `put` writes at that place of the log. */
static void insert(log_octets *log, size_t at, void (*put)(bootlog *more)) {
  bootlog more;
  bootlog_begin(&more, &bank, 1);
  size_t head = more.octets.len;
  put(&more);
  assert_int_equal(more.err, OMADM_OK);
  splice(log, at, at, (omadm_str){more.octets.ptr + head, more.octets.len - head});
  bootlog_dispose(&more);
}

static void append(log_octets *log, void (*put)(bootlog *more)) {
  insert(log, log->len, put);
}

/* Numbers and grades of a log that holds together. */
static omadm_boot_facts facts_of(const log_octets *log) {
  omadm_eventlog *parsed = NULL;
  omadm_boot_facts facts;
  omadm_error error = {0};
  assert_int_equal(omadm_eventlog_parse(octets_str(log), &parsed, NULL), OMADM_OK);
  if (omadm_eventlog_check(parsed, bank, &error) != OMADM_OK) fail_msg("%s", error.text);
  omadm_boot_facts_derive(parsed, bank, OMADM_TPM_ALL_PCRS, &facts);
  omadm_eventlog_free(parsed);
  return facts;
}

static omadm_boot_facts facts_after(log_octets log, void (*put)(bootlog *more)) {
  append(&log, put);
  omadm_boot_facts facts = facts_of(&log);
  octets_free(&log);
  return facts;
}

static void is_refused(log_octets log, const char *why) {
  omadm_tpm_pcrs pcrs = pcrs_of(octets_str(&log), bank);
  verdict v;
  judge(octets_str(&log), &pcrs, &v);
  if (v.accepted) fail_msg("accepted; to be refused because it %s", why);
  if (strstr(v.why, why) == NULL) fail_msg("refused because \"%s\", not because it %s", v.why, why);
  octets_free(&log);
}

static void put_text(bootlog *log, uint32_t pcr, const char *prefix, const char *text) {
  char data[600];
  size_t n = strlen(prefix);
  snprintf(data, sizeof data, "%s%s", prefix, text);
  bootlog_add(log, pcr, IPL, (omadm_str){data, strlen(data) + 1}, omadm_str_of(text));
  assert_true(n < sizeof data);
}

static void put_utf16(bootlog *log, uint32_t pcr, uint32_t type, const char *text) {
  omadm_buf utf16;
  omadm_buf_init(&utf16, NULL, 0);
  utf16_put(&utf16, text);
  assert_int_equal(omadm_buf_add(&utf16, "\0", 2), OMADM_OK);
  bootlog_event(log, pcr, type, omadm_buf_str(&utf16));
  omadm_buf_dispose(&utf16);
}

typedef enum verdict_kind { WORSE, UNKNOWN, BETTER } verdict_kind;

/* What the facts of a command line come to: a debugger and a shell, nothing, or neither. */
static verdict_kind verdict_of(const omadm_boot_facts *f) {
  assert_int_equal(f->kind, OMADM_BOOT_LINUX);
  if (f->kernel_debugging.grade == OMADM_GRADE_UNKNOWN) {
    assert_int_equal(f->safe_mode.grade, OMADM_GRADE_UNKNOWN);
    assert_int_equal(f->code_integrity.grade, OMADM_GRADE_UNKNOWN);
    assert_int_equal(f->command_line.grade, OMADM_GRADE_UNKNOWN);
    return UNKNOWN;
  }
  assert_int_equal(f->kernel_debugging.value, f->safe_mode.value);
  assert_int_equal(f->code_integrity.value, !f->safe_mode.value);
  return f->safe_mode.value != 0 ? WORSE : BETTER;
}

/* --- GRUB, PCR 8 --- */

static void good_line(bootlog *log) {
  put_text(log, 8, "kernel_cmdline: ", "/vmlinuz " GOOD);
}
static void good_grub(bootlog *log) {
  put_text(log, 8, "grub_cmd: ", "linux /vmlinuz " GOOD);
  good_line(log);
}
static void bad_line(bootlog *log) {
  put_text(log, 8, "kernel_cmdline: ", "/vmlinuz " BAD);
}
static void bad_plain(bootlog *log) {
  put_text(log, 8, "", "/vmlinuz " BAD);
}
static void other_words(bootlog *log) {
  put_text(log, 8, "grub_cmd: ", "linux /vmlinuz quiet");
  good_line(log);
}
static void quoted(bootlog *log) {
  put_text(log, 8, "grub_cmd: ", "linuxefi /vmlinuz x=a b " GOOD);
  put_text(log, 8, "kernel_cmdline: ", "/vmlinuz \"x=a b\" " GOOD);
}
static void grub_with_seal(bootlog *log) {
  good_grub(log);
  put_text(log, 11, "", ".linux");
}
static void grub_with_stub(bootlog *log) {
  good_grub(log);
  put_utf16(log, 12, IPL, GOOD);
}

static void then_elsewhere(bootlog *log) {
  put_text(log, 8, "grub_cmd: ", "chainloader /EFI/other.efi");
}

static void a_command_line_whose_prefix_is_gone_still_counts(void **state) {
  (void)state;
  log_octets log = linux_log("command_line=/vmlinuz " BAD, NULL);
  omadm_boot_facts honest = facts_of(&log);
  assert_int_equal(verdict_of(&honest), WORSE);
  log_place p = find_entry(octets_str(&log), 8, IPL, 3);
  assert_memory_equal(log.ptr + p.data, "kernel_cmdline: ", 16);
  put_u32(&log, p.data - 4, (uint32_t)(p.end - p.data - 17)); /* and the zero at its end */
  splice(&log, p.end - 1, p.end, (omadm_str){"", 0});
  splice(&log, p.data, p.data + 16, (omadm_str){"", 0});
  append(&log, good_grub);
  omadm_boot_facts f = facts_of(&log);
  assert_int_equal(f.kernel_debugging.value, 1);
  assert_int_equal(f.safe_mode.value, 1);
  assert_int_equal(f.code_integrity.value, 0);
  octets_free(&log);
}

static void a_line_of_grub_counts_as_good_where_grub_is_seen_to_load_the_kernel(void **state) {
  (void)state;
  static const struct {
    void (*first)(bootlog *log), (*then)(bootlog *log);
    verdict_kind verdict;
  } cases[] = {
      {good_grub, NULL, BETTER},
      {quoted, NULL, BETTER},
      {good_line, NULL, UNKNOWN},
      {other_words, NULL, UNKNOWN},
      {good_grub, then_elsewhere, UNKNOWN},
      {good_grub, bad_line, WORSE},
      {good_grub, bad_plain, WORSE},
      {bad_line, good_grub, WORSE},
      {bad_plain, good_grub, WORSE},
      {good_line, good_grub, UNKNOWN},
      {grub_with_seal, NULL, UNKNOWN},
      {grub_with_stub, NULL, UNKNOWN},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    log_octets log = linux_log("command_line", NULL);
    append(&log, cases[i].first);
    if (cases[i].then != NULL) append(&log, cases[i].then);
    omadm_boot_facts f = facts_of(&log);
    if (verdict_of(&f) != cases[i].verdict) fail_msg("case %zu", i);
    octets_free(&log);
  }
}

/* --- systemd's stub, PCRs 11 and 12 --- */

static void stub(bootlog *log) {
  static const omadm_str name = OMADM_STR(".linux\0");
  omadm_buf utf16;
  omadm_buf_init(&utf16, NULL, 0);
  utf16_put(&utf16, ".linux");
  bootlog_add(log, 11, IPL, omadm_buf_str(&utf16), name);
  bootlog_add(log, 11, IPL, omadm_buf_str(&utf16), (omadm_str)OMADM_STR("a kernel"));
  omadm_buf_dispose(&utf16);
}
static void stub_good(bootlog *log) {
  stub(log);
  put_utf16(log, 12, IPL, GOOD);
}
static void stub_embedded(bootlog *log) {
  stub_good(log);
  bootlog_add(log, 11, TAG, (omadm_str)OMADM_STR("\1\2\3\4\0\0\0\0"),
              (omadm_str)OMADM_STR(".cmdline\0"));
}
static void stub_relabelled(bootlog *log) {
  stub_good(log);
  bootlog_add(log, 12, TAG, (omadm_str)OMADM_STR("\x2a\x58\xbc\xf5\4\0\0\0none"),
              (omadm_str)OMADM_STR("a line"));
}
static void stub_archive(bootlog *log) {
  static const omadm_str name = OMADM_STR("x\0 \0i\0n\0i\0t\0r\0d\0\0\0");
  stub_good(log);
  bootlog_add(log, 12, IPL, name, (omadm_str)OMADM_STR("a line"));
}
static void stub_bad_tag(bootlog *log) {
  stub_good(log);
  put_utf16(log, 12, TAG, BAD);
}
static void stub_blank(bootlog *log) {
  stub(log);
  put_utf16(log, 12, IPL, " " BAD);
}
static void stub_high(bootlog *log) {
  stub(log);
  bootlog_event(log, 12, IPL, (omadm_str)OMADM_STR("\x2d\x4e \0s\0i\0n\0g\0l\0e\0\0"));
}
static void no_stub(bootlog *log) {
  put_utf16(log, 12, IPL, GOOD);
}

static void a_line_in_pcr_12_counts_as_good_where_a_stub_is_seen_that_measures_it(void **state) {
  (void)state;
  static const struct {
    void (*put)(bootlog *log);
    verdict_kind verdict;
  } cases[] = {{stub_good, BETTER},     {stub_embedded, UNKNOWN}, {stub_relabelled, UNKNOWN},
               {stub_archive, UNKNOWN}, {stub_bad_tag, WORSE},    {stub_blank, WORSE},
               {stub_high, WORSE},      {no_stub, UNKNOWN}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    bootlog log;
    bootlog_begin(&log, &bank, 1);
    cases[i].put(&log);
    log_octets o = {log.octets.ptr, log.octets.len};
    omadm_boot_facts f = facts_of(&o);
    if (verdict_of(&f) != cases[i].verdict) fail_msg("case %zu", i);
    bootlog_dispose(&log);
  }
}

/* --- Windows' story, told by another system --- */

static void ipl_in_11(bootlog *log) {
  put_text(log, 11, "", ".linux");
}
static void tag_in_11(bootlog *log) {
  bootlog_add(log, 11, TAG, (omadm_str)OMADM_STR("\1\2\3\4\0\0\0\0"),
              (omadm_str)OMADM_STR("something else"));
}
static void file_in_9(bootlog *log) {
  put_text(log, 9, "", "/vmlinuz");
}
static void initrd_in_9(bootlog *log) {
  bootlog_add(log, 9, TAG, (omadm_str)OMADM_STR("\xec\x22\x3b\x8f\0\0\0\0"),
              (omadm_str)OMADM_STR("an initrd"));
}
static void command_in_8(bootlog *log) {
  put_text(log, 8, "grub_cmd: ", "insmod part_gpt");
}
static void shim_authority(bootlog *log) {
  bootlog_variable(log, 7, AUTHORITY, shim, "Shim", (omadm_str)OMADM_STR("x"));
}

static void a_windows_story_beside_that_of_another_boot_loader_is_refused(void **state) {
  (void)state;
  static const struct {
    const char *why;
    void (*put)(bootlog *log);
  } cases[] = {{"another boot loader", ipl_in_11},    {"not that of its data", tag_in_11},
               {"another boot loader", file_in_9},    {"another boot loader", initrd_in_9},
               {"another boot loader", command_in_8}, {"another boot loader", bad_plain},
               {"another boot loader", bad_line},     {"is of shim", shim_authority}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    log_octets log = windows_log(NULL);
    append(&log, cases[i].put);
    is_refused(log, cases[i].why);
  }
}

/* --- PCR 7 --- */

static void other_authority(bootlog *log) {
  bootlog_variable(log, 7, AUTHORITY, security, "db", (omadm_str)OMADM_STR("anything"));
}
static void ca_again(bootlog *log) {
  char data[2000] = "an owner, 16 oct";
  memcpy(data + 16, bootlog_ca.ptr, bootlog_ca.len);
  bootlog_variable(log, 7, AUTHORITY, security, "db", (omadm_str){data, 16 + bootlog_ca.len});
}
static void new_policy(bootlog *log) {
  bootlog_variable(log, 7, CONFIG, microsoft, "CurrentPolicy", (omadm_str)OMADM_STR("good"));
}
static void new_policy_authority(bootlog *log) {
  bootlog_variable(log, 7, AUTHORITY, microsoft, "CurrentPolicy", (omadm_str)OMADM_STR("good"));
}
static void new_sbat(bootlog *log) {
  bootlog_variable(log, 7, AUTHORITY, shim, "SbatLevel", (omadm_str)OMADM_STR("sbat,1,2099"));
}
static void new_mok(bootlog *log) {
  bootlog_variable(log, 7, AUTHORITY, shim, "MokListTrusted", (omadm_str)OMADM_STR("\1"));
}

static void what_boot_loaders_measure_once_is_refused_a_second_time(void **state) {
  (void)state;
  log_octets log = windows_log(NULL);
  append(&log, new_policy);
  append(&log, new_policy_authority);
  is_refused(log, "measures CurrentPolicy a second time");
  log = linux_log("sbat=sbat,1,2021030218", NULL);
  append(&log, new_sbat);
  is_refused(log, "measures SbatLevel a second time");
  log = linux_log(NULL);
  append(&log, new_mok);
  is_refused(log, "measures MokListTrusted a second time");
}

/* The separators close PCRs 12 and 13. */
static void the_policy_that_windows_names_is_not_replaced_in_pcr_7(void **state) {
  (void)state;
  verdict before, after;
  log_octets log = windows_log("secure_boot_policy=3", NULL);
  omadm_tpm_pcrs pcrs = pcrs_of(octets_str(&log), bank);
  judge(octets_str(&log), &pcrs, &before);
  append(&log, new_policy_authority);
  pcrs = pcrs_of(octets_str(&log), bank);
  judge(octets_str(&log), &pcrs, &after);
  assert_true(after.accepted);
  assert_string_equal(before.facts, after.facts);
  octets_free(&log);
}

static void only_an_authority_that_db_holds_makes_secure_boot(void **state) {
  (void)state;
  assert_int_equal(facts_after(windows_log("authority=0", NULL), other_authority).secure_boot.value,
                   0);
  assert_int_equal(facts_after(windows_log(NULL), other_authority).secure_boot.value, 1);
  assert_int_equal(facts_after(linux_log("authority=0", NULL), shim_authority).secure_boot.value,
                   0);
}

static void the_first_authority_after_the_separator_vouches_for_the_boot_loader(void **state) {
  (void)state;
  static const char *const without[] = {"authority=0", "secure_boot=0"};
  verdict v;
  char hex[2000] = "boot_authority 1 0 ";
  for (size_t i = 0, n = strlen(hex); i < bootlog_ca.len; i++, n += 2)
    snprintf(hex + n, sizeof hex - n, "%02x", (unsigned)(uint8_t)bootlog_ca.ptr[i]);
  for (int windows = 0; windows < 2; windows++) {
    log_octets log = windows ? windows_log(NULL) : linux_log("sbat", NULL);
    omadm_tpm_pcrs pcrs = pcrs_of(octets_str(&log), bank);
    judge(octets_str(&log), &pcrs, &v);
    if (strstr(v.facts, hex) == NULL) fail_msg("%s", v.facts);
    octets_free(&log);
  }
  for (size_t i = 0; i < 2; i++) {
    log_octets log = windows_log(without[i], NULL);
    assert_int_equal(facts_of(&log).boot_authority.grade, OMADM_GRADE_UNKNOWN);
    insert(&log, find_entry(octets_str(&log), 7, SEPARATOR, 0).entry, ca_again);
    assert_int_equal(facts_of(&log).boot_authority.grade, OMADM_GRADE_UNKNOWN);
    append(&log, other_authority);
    append(&log, ca_again);
    assert_int_equal(facts_of(&log).boot_authority.grade, OMADM_GRADE_UNKNOWN);
    octets_free(&log);
  }
}

static void zeros_behind_it_do_not_hide_the_firmwares_debugger(void **state) {
  (void)state;
  for (uint32_t zeros = 1; zeros < 4; zeros++) {
    log_octets log = windows_log("firmware_debugger=1", NULL);
    log_place p = find_entry(octets_str(&log), 7, ACTION, 0);
    put_u32(&log, p.data - 4, (uint32_t)(p.end - p.data) + zeros);
    splice(&log, p.end, p.end, (omadm_str){"\0\0\0", zeros});
    omadm_boot_facts f = facts_of(&log);
    assert_int_equal(f.firmware_debugger.value, 1);
    octets_free(&log);
  }
}

/* --- a dynamic launch, and the order of entries in two PCRs --- */

static void put_number(bootlog *log, uint32_t pcr, uint32_t id, uint64_t value) {
  omadm_buf run;
  omadm_buf_init(&run, NULL, 0);
  size_t place = sipa_open(&run, 0x40010001);
  sipa_add_uint(&run, id, value, 4);
  sipa_close(&run, place);
  bootlog_event(log, pcr, TAG, omadm_buf_str(&run));
  omadm_buf_dispose(&run);
}
static void launch_good(bootlog *log) {
  static const uint32_t good[] = {0x00020005, 0x000A0001, 0x000A0007, 0x000A0003, 0x00050002};
  for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
    put_number(log, 19, good[i], 1);
  put_number(log, 20, 0x00050003, 0);
  put_number(log, 20, 0x00050008, 7);
}
static void launch_bad(bootlog *log) {
  put_number(log, 19, 0x000A0007, 0);
  put_number(log, 20, 0x00050003, 1);
}
static void svn_9(bootlog *log) {
  put_number(log, 12, 0x00020009, 9);
}
static void svn_2(bootlog *log) {
  put_number(log, 12, 0x00020009, 2);
}

static void a_dynamic_launch_may_worsen_a_fact_and_never_improve_it(void **state) {
  (void)state;
  static const char *const without[] = {"bitlocker", "bitlocker=0",    "vsm=0",        "hvci",
                                        "iommu",     "code_integrity", "test_signing", "os_device"};
  for (size_t i = 0; i < sizeof without / sizeof without[0]; i++) {
    log_octets log = windows_log(without[i], NULL);
    omadm_boot_facts before = facts_of(&log), after = facts_after(log, launch_good);
#define SAME_(name, kind, label)                                                                   \
  assert_int_equal(after.name.grade, before.name.grade);                                           \
  assert_int_equal(after.name.value, before.name.value);
    OMADM_BOOT_FACTS(SAME_)
#undef SAME_
  }
  omadm_boot_facts worse = facts_after(windows_log(NULL), launch_bad);
  assert_int_equal(worse.hvci.value, 0);
  assert_int_equal(worse.test_signing.value, 1);
}

/* The boot manager's entry in PCR 13 moved behind those of PCR 12: the PCRs stay the same. */
static void the_order_of_two_pcrs_changes_no_fact(void **state) {
  (void)state;
  log_octets log = windows_log("dep_policy=2", NULL);
  insert(&log, find_entry(octets_str(&log), 12, SEPARATOR, 0).entry, svn_9);
  omadm_tpm_pcrs pcrs = pcrs_of(octets_str(&log), bank);
  verdict before, after;
  judge(octets_str(&log), &pcrs, &before);
  log_place p = find_entry(octets_str(&log), 13, TAG, 0);
  size_t to = find_entry(octets_str(&log), 13, TAG, 1).entry;
  log_octets moved = octets_copy(&log);
  splice(&moved, to, to, (omadm_str){log.ptr + p.entry, p.end - p.entry});
  splice(&moved, p.entry, p.end, (omadm_str){"", 0});
  judge(octets_str(&moved), &pcrs, &after);
  assert_true(after.accepted);
  assert_string_equal(before.facts, after.facts);
  octets_free(&moved);
  assert_int_equal(facts_of(&log).boot_app_svn.value, 3);
  insert(&log, find_entry(octets_str(&log), 12, SEPARATOR, 0).entry, svn_2);
  assert_int_equal(facts_of(&log).boot_app_svn.value, 2);
  assert_int_equal(facts_of(&log).boot_manager_svn.value, 7);
  octets_free(&log);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_command_line_whose_prefix_is_gone_still_counts),
      cmocka_unit_test(a_line_of_grub_counts_as_good_where_grub_is_seen_to_load_the_kernel),
      cmocka_unit_test(a_line_in_pcr_12_counts_as_good_where_a_stub_is_seen_that_measures_it),
      cmocka_unit_test(a_windows_story_beside_that_of_another_boot_loader_is_refused),
      cmocka_unit_test(what_boot_loaders_measure_once_is_refused_a_second_time),
      cmocka_unit_test(the_policy_that_windows_names_is_not_replaced_in_pcr_7),
      cmocka_unit_test(only_an_authority_that_db_holds_makes_secure_boot),
      cmocka_unit_test(the_first_authority_after_the_separator_vouches_for_the_boot_loader),
      cmocka_unit_test(zeros_behind_it_do_not_hide_the_firmwares_debugger),
      cmocka_unit_test(a_dynamic_launch_may_worsen_a_fact_and_never_improve_it),
      cmocka_unit_test(the_order_of_two_pcrs_changes_no_fact),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
