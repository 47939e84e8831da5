/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/str.h"
#include "machine.h"

#define REBOOT_NOW "./Vendor/MSFT/Reboot/RebootNow"

static void finish_jobs(machine *self) {
  for (int i = 0; omadm_framework_pending(self->framework) > 0 && i < 1000; i++)
    (void)omadm_framework_pump(self->framework, 10);
}

static void end_session(machine *self) {
  omadm_framework_event(self->framework, OMADM_CSP_SESSION_ENDED, omadm_str_of("a"));
  finish_jobs(self);
}

/* Begins with `command`, which may name the root as $R. */
static void begin(machine *self, const char *plugin, const char *command) {
  machine_init(self);
  if (command != NULL) machine_set(self, "Reboot/command", command);
  setenv("R", self->root, 1);
  assert_int_equal(omadm_worker_new(1, &self->worker, NULL), 0);
  machine_start(self, plugin, 0);
  self->server = omadm_str_of("a");
  self->session = omadm_str_of("1");
}

static bool was_run(const machine *self) {
  char path[128];
  snprintf(path, sizeof path, "%s/done", self->root);
  return access(path, F_OK) == 0;
}

static void the_command_runs_when_the_session_has_ended(void **state) {
  static const char *const plugins[] = {NULL, PLUGIN};
  (void)state;
  for (size_t i = 0; i < 2; i++) {
    machine self;
    begin(&self, plugins[i], "touch $R/done");
    assert_int_equal(machine_exec(&self, REBOOT_NOW), OMADM_ST_OK);
    finish_jobs(&self);
    assert_false(was_run(&self));
    end_session(&self);
    assert_true(was_run(&self));
    assert_int_equal(omadm_framework_alerts(self.framework, omadm_str_of("a")), 0);
    machine_end(&self);
  }
}

static void it_runs_once_for_any_number_of_execs(void **state) {
  machine self;
  (void)state;
  begin(&self, NULL, "mkdir $R/done");
  assert_int_equal(machine_exec(&self, REBOOT_NOW), OMADM_ST_OK);
  assert_int_equal(machine_exec(&self, REBOOT_NOW), OMADM_ST_OK);
  end_session(&self);
  end_session(&self);
  assert_true(was_run(&self));
  assert_int_equal(omadm_framework_alerts(self.framework, omadm_str_of("a")), 0);
  machine_end(&self);
}

static void the_device_itself_needs_no_session(void **state) {
  machine self;
  (void)state;
  begin(&self, NULL, "touch $R/done");
  self.server = self.session = (omadm_str){0};
  assert_int_equal(machine_exec(&self, REBOOT_NOW), OMADM_ST_OK);
  finish_jobs(&self);
  assert_true(was_run(&self));
  machine_end(&self);
}

/* The first alert that waits for the server "a". */
static omadm_alert first_alert(machine *self) {
  omadm_host host = {.struct_size = sizeof host};
  omadm_alert alert;
  omadm_framework_host(self->framework, &host);
  assert_int_equal(host.alert_next(host.ctx, omadm_str_of("a"), 0, &alert), 0);
  return alert;
}

static void a_command_that_fails_is_told_by_an_alert(void **state) {
  machine self;
  (void)state;
  begin(&self, NULL, "exit 3");
  assert_int_equal(machine_exec(&self, REBOOT_NOW), OMADM_ST_OK);
  end_session(&self);
  assert_int_equal(omadm_framework_alerts(self.framework, omadm_str_of("a")), 1);
  omadm_alert alert = first_alert(&self);
  assert_true(omadm_str_is(alert.type, "urn:omadm:alert:reboot"));
  assert_true(omadm_str_is(alert.data, "the reboot command ended with status 3"));
  assert_true(omadm_str_is(alert.source, REBOOT_NOW));
  machine_end(&self);
}

static void success_is_told_where_the_setting_asks_for_it(void **state) {
  machine self;
  (void)state;
  begin(&self, NULL, "true");
  machine_set(&self, "Reboot/alert", "yes");
  assert_int_equal(machine_exec(&self, REBOOT_NOW), OMADM_ST_OK);
  end_session(&self);
  assert_true(omadm_str_is(first_alert(&self).data, "the reboot command was run"));
  machine_end(&self);
}

static void without_a_command_nothing_happens(void **state) {
  machine self;
  (void)state;
  begin(&self, NULL, NULL);
  assert_int_equal(machine_exec(&self, REBOOT_NOW), OMADM_ST_OK);
  end_session(&self);
  assert_int_equal(omadm_framework_pending(self.framework), 0);
  machine_end(&self);
}

static void reboot_now_can_be_read_and_has_no_value(void **state) {
  machine self;
  (void)state;
  begin(&self, NULL, NULL);
  machine_assert(&self, REBOOT_NOW, "");
  machine_end(&self);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_command_runs_when_the_session_has_ended),
      cmocka_unit_test(it_runs_once_for_any_number_of_execs),
      cmocka_unit_test(the_device_itself_needs_no_session),
      cmocka_unit_test(a_command_that_fails_is_told_by_an_alert),
      cmocka_unit_test(success_is_told_where_the_setting_asks_for_it),
      cmocka_unit_test(without_a_command_nothing_happens),
      cmocka_unit_test(reboot_now_can_be_read_and_has_no_value),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
