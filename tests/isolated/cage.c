/* SPDX-License-Identifier: MIT */
#include "cage.h"

#include <stdio.h>

omadm_err cage_try(rig *r, const char *path, const char *program, omadm_error *error) {
  const omadm_isolation how = {
      .struct_size = sizeof how, .program = program, .slot_seconds = 3, .user = "nobody"};
  return omadm_framework_load_isolated(r->framework, path, &how, error);
}

void cage_load(rig *r, const char *name) {
  char path[400];
  omadm_error error = {0};
  snprintf(path, sizeof path, "%s/%s.so", PLUGINS, name);
  if (cage_try(r, path, CHILD, &error) != 0) fail_msg("%s\n%s", error.text, r->log);
}

rig *cage_new(const char *name, const rig_options *options) {
  rig *r = rig_new(options);
  cage_load(r, name);
  return r;
}

int cage_process(const rig *r) {
  omadm_mount_info info;
  assert_int_equal(omadm_framework_mount_at(r->framework, 0, &info), 0);
  return (int)info.process;
}

void cage_pump(rig *r) {
  for (int i = 0; i < 10 && omadm_framework_pending(r->framework) > 0; i++)
    omadm_framework_pump(r->framework, 50);
}

void cage_expect_status(rig *r, const char *uri, omadm_status status) {
  omadm_status got = rig_get(r, uri);
  if (got != status) fail_msg("Get %s: %u, not %u; %s", uri, got, status, r->log);
}
