/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "machine.h"

static void a_machine_with_dmi_tells_what_it_is(void **state) {
  machine self;
  (void)state;
  machine_init(&self);
  machine_file(&self, "/sys/class/dmi/id/sys_vendor", "ACME Corp.\n");
  machine_file(&self, "/sys/class/dmi/id/product_name", "  Roadrunner 3 \n");
  machine_file(&self, "/sys/class/dmi/id/product_version", "1.0\n");
  machine_file(&self, "/sys/class/dmi/id/board_vendor", "ACME Boards\n");
  machine_file(&self, "/sys/class/dmi/id/bios_version", "F42\n");
  machine_file(&self, "/sys/class/dmi/id/chassis_type", "10\n");
  machine_file(&self, "/etc/os-release",
               "NAME=\"Debian\"\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n");
  machine_file(&self, "/proc/sys/kernel/osrelease", "6.1.0-1-amd64\n");
  machine_file(&self, "/proc/meminfo", "MemTotal:        8192000 kB\nMemFree: 1 kB\n");
  machine_file(&self, "/proc/uptime", "12345.67 99.0\n");
  machine_start(&self, NULL, 0);
  machine_assert(&self, "./DevInfo/Man", "ACME Corp.");
  machine_assert(&self, "./DevInfo/Mod", "Roadrunner 3");
  machine_assert(&self, "./DevDetail/HwV", "1.0");
  machine_assert(&self, "./DevDetail/OEM", "ACME Boards");
  machine_assert(&self, "./DevDetail/FwV", "F42");
  machine_assert(&self, "./DevDetail/DevTyp", "Notebook");
  machine_assert(&self, "./DevDetail/SwV", "Debian GNU/Linux 12 (bookworm)");
  machine_assert(&self, "./DevDetail/Ext/omadm/Kernel", "6.1.0-1-amd64");
  machine_assert(&self, "./DevDetail/Ext/omadm/MemoryTotal", "8000");
  machine_assert(&self, "./DevDetail/Ext/omadm/Uptime", "12345");
  assert_int_equal(machine_get(&self, "./DevDetail/Ext/omadm/StorageTotal"), OMADM_ST_OK);
  assert_true(strtol(self.value, NULL, 10) > 0);
  machine_end(&self);
}

static void what_is_not_known_is_unknown_or_absent(void **state) {
  static const char *const unknown[] = {"./DevInfo/Man",     "./DevInfo/Mod",   "./DevDetail/HwV",
                                        "./DevDetail/OEM",   "./DevDetail/FwV", "./DevDetail/SwV",
                                        "./DevDetail/DevTyp"};
  static const char *const absent[] = {"./DevDetail/Ext/omadm/Kernel",
                                       "./DevDetail/Ext/omadm/MemoryTotal",
                                       "./DevDetail/Ext/omadm/Uptime"};
  machine self;
  (void)state;
  machine_init(&self);
  machine_file(&self, "/sys/class/dmi/id/sys_vendor", "\n");
  machine_file(&self, "/sys/class/dmi/id/product_name", "To Be Filled By O.E.M.\n");
  machine_file(&self, "/sys/class/dmi/id/chassis_type", "2\n");
  machine_file(&self, "/proc/meminfo", "MemTotal: lots\n");
  machine_start(&self, NULL, 0);
  for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++)
    machine_assert(&self, unknown[i], "unknown");
  for (size_t i = 0; i < sizeof absent / sizeof absent[0]; i++)
    assert_int_equal(machine_get(&self, absent[i]), OMADM_ST_NOT_FOUND);
  machine_end(&self);
}

static void a_board_without_dmi_is_named_by_its_device_tree(void **state) {
  machine self;
  (void)state;
  machine_init(&self);
  machine_file(&self, "/proc/device-tree/model", "Raspberry Pi 4 Model B Rev 1.4");
  machine_start(&self, NULL, 0);
  machine_assert(&self, "./DevInfo/Mod", "Raspberry Pi 4 Model B Rev 1.4");
  machine_end(&self);
}

static void the_device_says_its_id_version_and_limits(void **state) {
  machine self;
  (void)state;
  machine_init(&self);
  self.limits.uri_length = 100000;
  machine_start(&self, NULL, 0);
  machine_assert(&self, "./DevInfo/DevId", "IMEI:1");
  assert_int_equal(machine_get(&self, "./DevInfo/DmV"), OMADM_ST_OK);
  assert_non_null(strchr(self.value, '.'));
  machine_assert(&self, "./DevDetail/URI/MaxDepth", "64");
  machine_assert(&self, "./DevDetail/URI/MaxSegLen", "255");
  /* Beyond 16 bit there is only "no limit". */
  machine_assert(&self, "./DevDetail/URI/MaxTotLen", "0");
  machine_assert(&self, "./DevDetail/LrgObj", "true");
  machine_end(&self);
}

static void the_language_is_that_of_the_locale(void **state) {
  static const struct {
    const char *lang;
    const char *file;
    const char *tag;
  } rows[] = {
      {"de_DE.UTF-8", NULL, "de-DE"},
      {"pt_BR", NULL, "pt-BR"},
      {"ca_ES@valencia", NULL, "ca-ES"},
      {"C", "LANG=fr_FR.UTF-8", "fr-FR"},
      {"C.UTF-8", NULL, "en"},
      {"POSIX", NULL, "en"},
      {"", "LANG=\"nl_NL.UTF-8\"\n", "nl-NL"},
      {"../../etc", NULL, "en"},
      {"d\n_X", NULL, "en"},
  };
  (void)state;
  unsetenv("LC_ALL");
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    machine self;
    machine_init(&self);
    setenv("LANG", rows[i].lang, 1);
    if (rows[i].file != NULL) machine_file(&self, "/etc/default/locale", rows[i].file);
    machine_start(&self, NULL, 0);
    machine_assert(&self, "./DevInfo/Lang", rows[i].tag);
    machine_end(&self);
  }
}

static void odd_octets_of_firmware_do_not_reach_the_tree(void **state) {
  machine self;
  (void)state;
  machine_init(&self);
  machine_file(&self, "/sys/class/dmi/id/sys_vendor", "AC\x01ME\xff\n");
  machine_start(&self, NULL, 0);
  machine_assert(&self, "./DevInfo/Man", "AC?ME?");
  machine_end(&self);
}

static void both_test_hosts_give_the_same_answers(void **state) {
  static const unsigned flags[] = {OMADM_HOST_COPYING, OMADM_HOST_LATE,
                                   OMADM_HOST_COPYING | OMADM_HOST_LATE};
  (void)state;
  for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
    machine self;
    machine_init(&self);
    machine_file(&self, "/sys/class/dmi/id/sys_vendor", "ACME\n");
    machine_start(&self, NULL, flags[i]);
    machine_assert(&self, "./DevInfo/Man", "ACME");
    machine_assert(&self, "./DevDetail/LrgObj", "true");
    machine_end(&self);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_machine_with_dmi_tells_what_it_is),
      cmocka_unit_test(what_is_not_known_is_unknown_or_absent),
      cmocka_unit_test(a_board_without_dmi_is_named_by_its_device_tree),
      cmocka_unit_test(the_device_says_its_id_version_and_limits),
      cmocka_unit_test(the_language_is_that_of_the_locale),
      cmocka_unit_test(odd_octets_of_firmware_do_not_reach_the_tree),
      cmocka_unit_test(both_test_hosts_give_the_same_answers),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
