/* SPDX-License-Identifier: MIT */
/* What follows from logs: one setting of the writer changed, one fact changed. */
#include "tests/eventlog/logs.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

static omadm_boot_facts facts_of(log_octets *log, uint32_t trusted) {
  omadm_eventlog *parsed = NULL;
  omadm_boot_facts facts;
  assert_int_equal(omadm_eventlog_parse(octets_str(log), &parsed, NULL), OMADM_OK);
  omadm_boot_facts_derive(parsed, OMADM_TPM_SHA256, trusted, &facts);
  omadm_eventlog_free(parsed);
  return facts;
}

/* Numbers only: what is borrowed is gone with the log. */
static omadm_boot_facts facts_with(bool windows, const char *setting) {
  log_octets log = windows ? windows_log(setting, NULL) : linux_log(setting, NULL);
  omadm_boot_facts facts = facts_of(&log, OMADM_TPM_ALL_PCRS);
  octets_free(&log);
  return facts;
}

static void a_fact_follows_from_its_setting(void **state) {
  (void)state;
  static const struct {
    const char *setting;
    size_t fact;
    omadm_grade grade;
    uint64_t value;
  } wanted[] = {
#define FACT(setting, fact, grade, value)                                                          \
  {setting, offsetof(omadm_boot_facts, fact), OMADM_GRADE_##grade, value}
      FACT("secure_boot=1", secure_boot, ATTESTED, 1),
      FACT("secure_boot=0", secure_boot, ATTESTED, 0),
      FACT("secure_boot=2", secure_boot, ATTESTED, 0),
      FACT("secure_boot", secure_boot, UNKNOWN, 0),
      FACT("authority=0", secure_boot, ATTESTED, 0),
      FACT("firmware_debugger=0", firmware_debugger, ATTESTED, 0),
      FACT("firmware_debugger=1", firmware_debugger, ATTESTED, 1),
      FACT("bitlocker=4", bitlocker, ATTESTED, 4),
      FACT("bitlocker=0x40", bitlocker, ATTESTED, 0x40),
      FACT("bitlocker=0", bitlocker, ATTESTED, 0),
      FACT("bitlocker", bitlocker, UNKNOWN, 0),
      FACT("boot_debugging=1", boot_debugging, ATTESTED, 1),
      FACT("boot_debugging", boot_debugging, UNKNOWN, 1),
      FACT("kernel_debugging=1", kernel_debugging, ATTESTED, 1),
      FACT("kernel_debugging", kernel_debugging, UNKNOWN, 1),
      FACT("code_integrity=0", code_integrity, ATTESTED, 0),
      FACT("code_integrity", code_integrity, UNKNOWN, 0),
      FACT("test_signing=1", test_signing, ATTESTED, 1),
      FACT("test_signing", test_signing, UNKNOWN, 1),
      FACT("flight_signing=1", flight_signing, ATTESTED, 1),
      FACT("flight_signing", flight_signing, UNKNOWN, 1),
      FACT("safe_mode=1", safe_mode, ATTESTED, 1),
      FACT("safe_mode", safe_mode, UNKNOWN, 0),
      FACT("winpe=1", winpe, ATTESTED, 1),
      FACT("winpe", winpe, UNKNOWN, 0),
      FACT("dep_policy=3", dep_policy, ATTESTED, 3),
      FACT("dep_policy", dep_policy, UNKNOWN, 0),
      FACT("vsm=1", vsm, ATTESTED, 1),
      FACT("vsm=0", vsm, ATTESTED, 0),
      FACT("vsm", vsm, ATTESTED, 1),
      FACT("vsm_mandatory=0", vsm, ATTESTED, 0),
      FACT("hvci=1", hvci, ATTESTED, 1),
      FACT("hvci=2", hvci, ATTESTED, 0),
      FACT("hvci", hvci, UNKNOWN, 0),
      FACT("iommu=0", iommu, ATTESTED, 0),
      FACT("iommu", iommu, UNKNOWN, 0),
      FACT("elam_driver=1", elam_driver, ATTESTED, 1),
      FACT("elam_driver=0", elam_driver, ATTESTED, 0),
      FACT("elam_driver", elam_driver, ATTESTED, 0),
      FACT("boot_manager_svn=9", boot_manager_svn, ATTESTED, 9),
      FACT("boot_app_svn=5", boot_app_svn, ATTESTED, 5),
      FACT("boot_app_svn", boot_app_svn, UNKNOWN, 0),
      FACT("transfer_control=2", boot_app_svn, ATTESTED, 3),
      FACT("transfer_control=3", boot_app_svn, UNKNOWN, 0),
      FACT("transfer_control=2", transfer_control, ATTESTED, 2),
      FACT("boot_count=7", boot_count, ATTESTED, 7),
      FACT("hypervisor=0", hypervisor, ATTESTED, 0),
      FACT("vsm_launch_type=2", vsm_launch_type, ATTESTED, 2),
      FACT("os_device=0x10006", os_device, ATTESTED, 0x10006),
      FACT("boot_revocation_list", boot_revocation_list, UNKNOWN, 0),
      FACT("os_revocation_list", os_revocation_list, UNKNOWN, 0),
      FACT("secure_boot_policy=1", secure_boot_policy, ATTESTED, 0),
      FACT("secure_boot_policy", secure_boot_policy, UNKNOWN, 0),
      FACT("dbx", dbx, UNKNOWN, 0),
#undef FACT
  };
  for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
    omadm_boot_facts facts = facts_with(true, wanted[i].setting);
    const omadm_fact *fact = (const void *)((const char *)&facts + wanted[i].fact);
    assert_int_equal(facts.kind, OMADM_BOOT_WINDOWS);
    if (fact->grade != wanted[i].grade || fact->value != wanted[i].value) {
      fail_msg("%s: grade %d, value %" PRIu64, wanted[i].setting, (int)fact->grade, fact->value);
    }
  }
}

static void policies_and_lists_are_given_as_they_stand(void **state) {
  (void)state;
  log_octets log = windows_log("policies=40", NULL);
  omadm_boot_facts facts = facts_of(&log, OMADM_TPM_ALL_PCRS);
  assert_int_equal(facts.n_policies, 40);
  assert_int_equal(facts.n_modules, 8);
  assert_int_equal(facts.boot_revocation_list.octets.len, 46);
  assert_int_equal(facts.os_revocation_list.octets.len, 46);
  assert_memory_equal(facts.policies[31].ptr + 16, "P\0o\0l\0i\0c\0y\0003\0001\0", 16);
  octets_free(&log);
}

static void a_value_to_the_contrary_in_one_pcr_decides(void **state) {
  (void)state;
  static const uint8_t ids[] = {0x02, 0x05}; /* CODEINTEGRITY, SAFEMODE */
  for (size_t i = 0; i < 2; i++) {
    log_octets log = windows_log(NULL);
    bootlog more;
    omadm_buf run;
    log_place at = find_entry(octets_str(&log), 12, 4, 0);
    omadm_buf_init(&run, NULL, 0);
    size_t place = sipa_open(&run, 0x40010001);
    sipa_add_uint(&run, 0x00050000U | ids[i], i, 1);
    sipa_close(&run, place);
    const uint16_t bank = OMADM_TPM_SHA256;
    bootlog_begin(&more, &bank, 1);
    size_t begin = more.octets.len;
    bootlog_event(&more, 19, 6, omadm_buf_str(&run));
    splice(&log, at.entry, at.entry, (omadm_str){more.octets.ptr + begin, more.octets.len - begin});
    omadm_boot_facts facts = facts_of(&log, OMADM_TPM_ALL_PCRS);
    omadm_boot_facts without = facts_of(&log, OMADM_TPM_ALL_PCRS & ~(1U << 19));
    assert_int_equal(i == 0 ? facts.code_integrity.value : facts.safe_mode.value, i);
    assert_int_equal(i == 0 ? without.code_integrity.value : without.safe_mode.value, !i);
    bootlog_dispose(&more);
    omadm_buf_dispose(&run);
    octets_free(&log);
  }
}

static void an_element_of_no_known_class_is_no_value(void **state) {
  (void)state;
  static const uint32_t ids[] = {0, 1, 0x40000000, 0xFFFFFFFF};
  omadm_boot_facts honest = facts_with(true, "safe_mode=0");
  for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
    const uint16_t bank = OMADM_TPM_SHA256;
    bootlog log;
    omadm_buf run;
    log_octets whole = windows_log(NULL);
    log_place at = find_entry(octets_str(&whole), 12, 4, 0);
    omadm_buf_init(&run, NULL, 0);
    size_t place = sipa_open(&run, 0x40010001);
    sipa_add_uint(&run, ids[i], 1, 1);
    sipa_close(&run, place);
    bootlog_begin(&log, &bank, 1);
    size_t begin = log.octets.len;
    bootlog_event(&log, 12, 6, omadm_buf_str(&run));
    splice(&whole, at.entry, at.entry, (omadm_str){log.octets.ptr + begin, log.octets.len - begin});
    omadm_boot_facts facts = facts_of(&whole, OMADM_TPM_ALL_PCRS);
#define SAME_(name, kind, label)                                                                   \
  assert_int_equal(facts.name.grade, honest.name.grade);                                           \
  assert_int_equal(facts.name.value, honest.name.value);
    OMADM_BOOT_FACTS(SAME_)
#undef SAME_
    bootlog_dispose(&log);
    omadm_buf_dispose(&run);
    octets_free(&whole);
  }
}

static void entries_after_the_separator_count_for_nothing(void **state) {
  (void)state;
  log_octets log = windows_log("safe_mode=1", NULL);
  log_octets good = windows_log("safe_mode=0", NULL);
  log_place from = find_entry(octets_str(&good), 12, 6, 1);
  splice(&log, log.len, log.len, (omadm_str){good.ptr + from.entry, from.end - from.entry});
  omadm_boot_facts facts = facts_of(&log, OMADM_TPM_ALL_PCRS);
  omadm_boot_facts alone = facts_with(true, "safe_mode=1");
  assert_int_equal(facts.safe_mode.value, 1);
  assert_int_equal(facts.n_modules, alone.n_modules);
  octets_free(&log);
  octets_free(&good);
}

static void pcrs_that_are_not_trusted_say_nothing(void **state) {
  (void)state;
  log_octets log = windows_log(NULL);
  omadm_boot_facts facts = facts_of(&log, OMADM_TPM_ALL_PCRS & ~(1U << 7));
  assert_int_equal(facts.secure_boot.grade, OMADM_GRADE_UNKNOWN);
  assert_int_equal(facts.code_integrity.value, 1);
  facts = facts_of(&log, 1U << 7);
  assert_int_equal(facts.kind, OMADM_BOOT_UNKNOWN);
  assert_int_equal(facts.secure_boot.value, 1);
  assert_int_equal(facts.code_integrity.value, 0);
  assert_int_equal(facts.test_signing.value, 1);
  octets_free(&log);
}

static void data_that_was_not_measured_says_nothing(void **state) {
  (void)state;
  log_octets log = windows_log(NULL);
  log_place p = find_entry(octets_str(&log), 7, 0x80000001, 0);
  log.ptr[p.end - 1] = 0;
  omadm_boot_facts facts = facts_of(&log, OMADM_TPM_ALL_PCRS);
  assert_int_equal(facts.secure_boot.grade, OMADM_GRADE_UNKNOWN);
  octets_free(&log);
}

static void linux_claims_no_fact_of_windows(void **state) {
  (void)state;
  omadm_boot_facts facts = facts_with(false, "secure_boot=1");
  const omadm_fact none[] = {facts.bitlocker,    facts.test_signing,    facts.flight_signing,
                             facts.winpe,        facts.dep_policy,      facts.vsm,
                             facts.hvci,         facts.iommu,           facts.elam_driver,
                             facts.boot_app_svn, facts.boot_manager_svn};
  assert_int_equal(facts.kind, OMADM_BOOT_LINUX);
  for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
    assert_int_equal(none[i].grade, OMADM_GRADE_NOT_APPLICABLE);
  assert_int_equal(facts.secure_boot.value, 1);
  assert_int_equal(facts.boot_debugging.value, 0);
  assert_int_equal(facts.sbat.octets.len, strlen("sbat,1,2022052400\ngrub,2\n"));
}

#define HASH "0123456789abcdef0123456789ABCDEF0123456789abcdef0123456789abcdef"

static void a_linux_command_line_says_what_3_1_derives_from_it(void **state) {
  (void)state;
  static const struct {
    const char *setting;
    int enforce, debug, safe;
  } lines[] = {
      {"command_line=/vmlinuz root=/dev/sda1 quiet", 0, 0, 0},
      {"command_line=/vmlinuz ima_appraise=enforce", 1, 0, 0},
      {"command_line=/vmlinuz ima_appraise=log", 0, 0, 0},
      {"command_line=/vmlinuz module.sig_enforce=1 quiet", 1, 0, 0},
      {"command_line=/vmlinuz module.sig_enforce=0", 0, 0, 0},
      {"command_line=/vmlinuz lockdown=integrity", 1, 0, 0},
      {"command_line=/vmlinuz lockdown=none", 0, 0, 0},
      {"command_line=/vmlinuz \"lockdown=confidentiality\"", 1, 0, 0},
      {"command_line=/vmlinuz roothash=" HASH, 1, 0, 0},
      {"command_line=/vmlinuz xroothash=" HASH, 0, 0, 0},
      {"command_line=/vmlinuz kgdboc=ttyS0", 0, 1, 0},
      {"command_line=/vmlinuz kgdbwait", 0, 1, 0},
      {"command_line=/vmlinuz single", 0, 0, 1},
      {"command_line=/vmlinuz systemd.unit=rescue.target kgdbwait", 0, 1, 1},
      {"command_line=/vmlinuz rd.break=pre-mount", 0, 0, 1},
      {"command_line=/vmlinuz init=/bin/sh", 0, 0, 1},
      {"command_line=/vmlinuz init=/usr/lib/systemd/systemd", 0, 0, 0},
  };
  for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
    omadm_boot_facts facts = facts_with(false, lines[i].setting);
    assert_int_equal(facts.command_line.grade, OMADM_GRADE_ATTESTED);
    assert_int_equal(facts.code_integrity.grade, OMADM_GRADE_ATTESTED);
    if ((int)facts.code_integrity.value != lines[i].enforce ||
        (int)facts.kernel_debugging.value != lines[i].debug ||
        (int)facts.safe_mode.value != lines[i].safe) {
      fail_msg("%s", lines[i].setting);
    }
  }
  omadm_boot_facts facts = facts_with(false, "command_line");
  assert_int_equal(facts.kind, OMADM_BOOT_LINUX);
  assert_int_equal(facts.code_integrity.grade, OMADM_GRADE_UNKNOWN);
  assert_int_equal(facts.kernel_debugging.value, 1);
}

/* lib/cmdline.c and kernel/params.c; what is bad counts wherever it stands. */
static void words_count_as_the_kernel_reads_them(void **state) {
  (void)state;
  static const struct {
    const char *line;
    int enforce, debug, safe;
  } lines[] = {
      {"quiet -- lockdown=integrity", 0, 0, 0},
      {"quiet \"--\" lockdown=integrity", 0, 0, 0},
      {"quiet --x lockdown=integrity", 1, 0, 0},
      {"lockdown=integrity -- kgdboc=ttyS0 single", 1, 1, 1},
      {"\"x lockdown=integrity\"", 0, 0, 0},
      {"x=\"a lockdown=integrity\"", 0, 0, 0},
      {"x=\"a lockdown=integrity", 0, 0, 0},
      {"lockdown=\"integrity\"", 1, 0, 0},
      {"\"lockdown=integrity\" quiet", 1, 0, 0},
      {"lock\"down=integrity\"", 0, 0, 0},
      {"lockdown=int\"egrity\"", 0, 0, 0},
      {"lockdown=none", 0, 0, 0},
      {"lockdown", 0, 0, 0},
      {"lockdown=", 0, 0, 0},
      {"lockdown=integrityx", 0, 0, 0},
      {"lockdown=integrity lockdown=none", 0, 0, 0},
      {"lockdown=confidentiality lsm=lockdown,yama", 1, 0, 0},
      {"lockdown=confidentiality lsm=yama", 0, 0, 0},
      {"lockdown=confidentiality lsm=", 0, 0, 0},
      {"ima_appraise=enforce ima_appraise=off", 0, 0, 0},
      {"ima_appraise=enforce ima-appraise=fix", 0, 0, 0},
      {"ima_appraise=off ima_appraise=enforce", 1, 0, 0},
      {"ima_appraise=enforce\tquiet", 1, 0, 0},
      {"ima_appraise=enforce\nima_appraise=off", 0, 0, 0},
      {"ima_appraise=enforce\nquiet", 0, 0, 0},
      {"module.sig_enforce", 1, 0, 0},
      {"module.sig-enforce=y", 1, 0, 0},
      {"module.sig_enforce=", 0, 0, 0},
      {"module.sig_enforce=1 module.sig_enforce=0", 0, 0, 0},
      {"module.sig_enforce=0 module.sig_enforce=1", 1, 0, 0},
      {"roothash=", 0, 0, 0},
      {"roothash=" HASH "0", 0, 0, 0},
      {"roothash=x" HASH, 0, 0, 0},
      {"usrhash=" HASH " root=/dev/sda1", 1, 0, 0},
      {"usrhash=0123", 0, 0, 0},
      {"roothash=" HASH " root=/dev/sda1", 0, 0, 0},
      {"roothash=" HASH " root=/dev/mapper/root", 1, 0, 0},
      {"usrhash=" HASH " mount.usr=/dev/sda2", 0, 0, 0},
      {"usrhash=" HASH " systemd.verity=no", 0, 0, 0},
      {"roothash=" HASH " -- rd.systemd.verity=0", 0, 0, 0},
      {"roothash=" HASH " -- roothash=", 0, 0, 0},
      {"roothash=" HASH " systemd.verity-root-options=ignore-corruption", 0, 0, 0},
      {"init=/sbin/init rdinit=/lib/systemd/systemd", 0, 0, 0},
      {"init=/usr/bin/bash", 0, 0, 1},
      {"init=/opt/evil", 0, 0, 1},
      {"rdinit=/evil", 0, 0, 1},
      {"init=", 0, 0, 1},
      {"systemd.debug_shell", 0, 0, 1},
      {"systemd.debug-shell=1", 0, 0, 1},
      {"rd.systemd.debug_shell=ttyS0", 0, 0, 1},
      {"systemd.debug_shell=No", 0, 0, 0},
      {"rd.shell", 0, 0, 1},
      {"rd.shell=0", 0, 0, 0},
      {"rd.systemd.unit=emergency.target", 0, 0, 1},
      {"systemd.unit=rescue.service", 0, 0, 1},
      {"systemd.unit=multi-user.target", 0, 0, 0},
      {"break=premount", 0, 0, 1},
      {"kgdbwait=1", 0, 1, 0},
      {"S", 0, 0, 1},
      {"1", 0, 0, 1},
      {"kgdboc.kgdboc=ttyS0", 0, 1, 0},
      {"kgdboc_earlycon", 0, 1, 0},
      {"-- --unit=rescue.target", 0, 0, 1},
      {"-- --crash-shell", 0, 0, 1},
      {"systemd.wants=debug-shell.service", 0, 0, 1},
      {"systemd.run=/bin/sh", 0, 0, 1},
      {"systemd.crash_shell=1", 0, 0, 1},
      {"rd.cmdline=ask", 0, 0, 1},
      {"roothash=0", 0, 0, 0},
      {"kgdboc=", 0, 0, 0},
      {"ekgdboc=", 0, 0, 0},
      {"\"ekgdboc=kbd\"", 0, 1, 0},
      {"sin'gle'", 0, 0, 1},
      {"\"quiet rd.break\"", 0, 0, 1},
      {"a\xa0single", 0, 0, 1},
      {"\"a\xa0lockdown=integrity\"", 0, 0, 0},
  };
  for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
    char setting[300];
    snprintf(setting, sizeof setting, "command_line=/vmlinuz %s", lines[i].line);
    omadm_boot_facts facts = facts_with(false, setting);
    assert_int_equal(facts.code_integrity.grade, OMADM_GRADE_ATTESTED);
    if ((int)facts.code_integrity.value != lines[i].enforce ||
        (int)facts.kernel_debugging.value != lines[i].debug ||
        (int)facts.safe_mode.value != lines[i].safe) {
      fail_msg("%s", lines[i].line);
    }
  }
}

static void the_kernels_path_is_none_of_its_words(void **state) {
  (void)state;
  assert_int_equal(
      facts_with(false, "command_line=/vm\"linuz lockdown=integrity").code_integrity.value, 1);
  assert_int_equal(facts_with(false, "command_line=/vmlinuz").code_integrity.value, 0);
}

static void a_line_that_a_kernel_cuts_attests_nothing_good(void **state) {
  (void)state;
  char setting[3000] = "command_line=/vmlinuz lockdown=integrity ";
  assert_int_equal(facts_with(false, setting).code_integrity.value, 1);
  memset(setting + strlen(setting), 'x', 2048);
  assert_int_equal(facts_with(false, setting).code_integrity.value, 0);
  strcat(setting, " single");
  assert_int_equal(facts_with(false, setting).safe_mode.value, 1);
}

static void put_line(bootlog *log, uint32_t pcr, const char *text) {
  omadm_buf utf16;
  omadm_buf_init(&utf16, NULL, 0);
  utf16_put(&utf16, text);
  assert_int_equal(omadm_buf_add(&utf16, "\0", 2), OMADM_OK);
  bootlog_event(log, pcr, 0x0D, omadm_buf_str(&utf16));
  omadm_buf_dispose(&utf16);
}

/* "à" is C3 A0 in UTF-8, and A0 is a blank to the kernel. */
static void utf_16_is_read_as_the_utf_8_that_the_kernel_gets(void **state) {
  (void)state;
  static const char *const lines[] = {"\xe0single", "\"\xe0 lockdown=integrity\""};
  const uint16_t bank = OMADM_TPM_SHA256;
  for (size_t i = 0; i < 2; i++) {
    bootlog log;
    omadm_buf utf16;
    omadm_buf_init(&utf16, NULL, 0);
    bootlog_begin(&log, &bank, 1);
    assert_int_equal(omadm_buf_add(&utf16, "x\0 \0", 4), OMADM_OK);
    for (const char *c = lines[i]; *c != '\0'; c++) {
      assert_int_equal(omadm_buf_add(&utf16, c, 1), OMADM_OK);
      assert_int_equal(omadm_buf_add(&utf16, "", 1), OMADM_OK);
    }
    bootlog_event(&log, 12, 0x0D, omadm_buf_str(&utf16));
    log_octets o = {log.octets.ptr, log.octets.len};
    omadm_boot_facts facts = facts_of(&o, OMADM_TPM_ALL_PCRS);
    assert_int_equal(facts.safe_mode.value, i == 0);
    assert_int_equal(facts.code_integrity.value, 0);
    /* Half of a pair of surrogates: nobody knows what becomes of it. */
    utf16.ptr[5] = '\xd8';
    bootlog_dispose(&log);
    bootlog_begin(&log, &bank, 1);
    bootlog_event(&log, 12, 0x0D, omadm_buf_str(&utf16));
    o = (log_octets){log.octets.ptr, log.octets.len};
    facts = facts_of(&o, OMADM_TPM_ALL_PCRS);
    assert_int_equal(facts.safe_mode.value, 1);
    assert_int_equal(facts.kernel_debugging.value, 1);
    bootlog_dispose(&log);
    omadm_buf_dispose(&utf16);
  }
}

/* The running system can extend PCR 12 as it likes, after the boot loader. */
static void what_is_good_must_stand_in_every_line_and_what_is_bad_in_one(void **state) {
  (void)state;
  const uint16_t bank = OMADM_TPM_SHA256;
  bootlog log;
  bootlog_begin(&log, &bank, 1);
  bootlog_add(&log, 11, 0x0D, (omadm_str)OMADM_STR(".linux"), (omadm_str)OMADM_STR(".linux\0"));
  put_line(&log, 12, "root=/dev/sda1 lockdown=integrity");
  log_octets o = {log.octets.ptr, log.octets.len};
  omadm_boot_facts facts = facts_of(&o, OMADM_TPM_ALL_PCRS);
  assert_int_equal(facts.kind, OMADM_BOOT_LINUX);
  assert_int_equal(facts.command_line.value, OMADM_COMMAND_LINE_UTF16LE);
  assert_int_equal(facts.command_line.octets.len, 2 * strlen("root=/dev/sda1 lockdown=integrity"));
  assert_int_equal(facts.code_integrity.value, 1);
  put_line(&log, 12, "kgdbwait");
  o = (log_octets){log.octets.ptr, log.octets.len};
  facts = facts_of(&o, OMADM_TPM_ALL_PCRS);
  assert_int_equal(facts.code_integrity.value, 0);
  assert_int_equal(facts.kernel_debugging.value, 1);
  omadm_tpm_pcrs pcrs = pcrs_of(octets_str(&o), bank);
  verdict v;
  judge(octets_str(&o), &pcrs, &v);
  if (!v.accepted) fail_msg("%s", v.why);
  bootlog_dispose(&log);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_fact_follows_from_its_setting),
      cmocka_unit_test(policies_and_lists_are_given_as_they_stand),
      cmocka_unit_test(a_value_to_the_contrary_in_one_pcr_decides),
      cmocka_unit_test(an_element_of_no_known_class_is_no_value),
      cmocka_unit_test(entries_after_the_separator_count_for_nothing),
      cmocka_unit_test(pcrs_that_are_not_trusted_say_nothing),
      cmocka_unit_test(data_that_was_not_measured_says_nothing),
      cmocka_unit_test(linux_claims_no_fact_of_windows),
      cmocka_unit_test(a_linux_command_line_says_what_3_1_derives_from_it),
      cmocka_unit_test(words_count_as_the_kernel_reads_them),
      cmocka_unit_test(the_kernels_path_is_none_of_its_words),
      cmocka_unit_test(a_line_that_a_kernel_cuts_attests_nothing_good),
      cmocka_unit_test(utf_16_is_read_as_the_utf_8_that_the_kernel_gets),
      cmocka_unit_test(what_is_good_must_stand_in_every_line_and_what_is_bad_in_one),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
