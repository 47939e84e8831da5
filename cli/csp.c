/* SPDX-License-Identifier: MIT */
/* omadm csp list */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "cli/agent.h"
#include "cli/commands.h"
#include "cli/isolation.h"

static const char *text_or(const char *text, const char *other) {
  return text != NULL && text[0] != '\0' ? text : other;
}

static const char *kind(const omadm_mount_info *info) {
  return info->failure != NULL ? "refused" : info->stored ? "stored" : "code";
}

static int widest(int width, size_t len) {
  return len > (size_t)width && len < 100 ? (int)len : width;
}

static bool is_isolated(const omadm_mount_info *info) {
  return info->failure == NULL && !info->stored && info->process >= 0;
}

static void print_rows(const agent *self) {
  const omadm_framework *framework = self->framework;
  omadm_mount_info info;
  int name = (int)strlen("NAME");
  int root = (int)strlen("ROOT");
  for (size_t i = 0; omadm_framework_mount_at(framework, i, &info) == 0; i++) {
    name = widest(name, strlen(text_or(info.name, "-")));
    root = widest(root, info.root.len);
  }
  printf("%-*s  %-7s  %-7s  %5s  %-*s  %s\n", name, "NAME", "VERSION", "KIND", "NODES", root,
         "ROOT", "FROM");
  for (size_t i = 0; omadm_framework_mount_at(framework, i, &info) == 0; i++) {
    printf("%-*s  %-7s  %-7s  %5zu  %-*.*s  %s\n", name, text_or(info.name, "-"),
           text_or(info.version, "-"), kind(&info), info.nodes, root,
           (int)(info.root.len > 0 ? info.root.len : 1), info.root.len > 0 ? info.root.ptr : "-",
           text_or(info.from, "-"));
    if (info.failure != NULL) printf("  %s\n", info.failure);
    if (is_isolated(&info))
      printf("  process %lld, user %s\n", (long long)info.process,
             agent_isolated_user(self, info.name));
  }
}

static json_t *json_row(const omadm_mount_info *info) {
  json_t *row = json_pack("{s:s, s:s, s:s, s:I, s:s%, s:s}", "name", text_or(info->name, ""),
                          "version", text_or(info->version, ""), "kind", kind(info), "nodes",
                          (json_int_t)info->nodes, "root", info->root.len > 0 ? info->root.ptr : "",
                          info->root.len, "from", text_or(info->from, ""));
  if (row != NULL && info->failure != NULL)
    json_object_set_new(row, "failure", json_string(info->failure));
  return row;
}

static void write_json(const agent *self) {
  omadm_mount_info info;
  json_t *rows = json_array();
  for (size_t i = 0; omadm_framework_mount_at(self->framework, i, &info) == 0; i++) {
    json_t *row = json_row(&info);
    if (is_isolated(&info)) {
      json_object_set_new(row, "process", json_integer(info.process));
      json_object_set_new(row, "user", json_string(agent_isolated_user(self, info.name)));
    }
    json_array_append_new(rows, row);
  }
  json_dumpf(rows, stdout, JSON_INDENT(2));
  putchar('\n');
  json_decref(rows);
}

/* A plugin that was not loaded; a DDF that gives way to code is nothing to mend. */
static bool has_refused(const omadm_framework *framework) {
  omadm_mount_info info;
  for (size_t i = 0; omadm_framework_mount_at(framework, i, &info) == 0; i++)
    if (info.failure != NULL && !info.stored) return true;
  return false;
}

cli_exit cli_csp(const cli_options *options) {
  agent self;
  if (strcmp(options->verb->name, "test") == 0) return cli_csp_test(options);
  if (strcmp(options->verb->name, "new") == 0) return cli_csp_new(options);
  cli_exit code = agent_open(&self, options);
  if (code == CLI_DONE && cli_options_count(options, CLI_OPT_JSON) > 0)
    write_json(&self);
  else if (code == CLI_DONE)
    print_rows(&self);
  if (code == CLI_DONE && has_refused(self.framework)) code = CLI_NO;
  agent_close(&self);
  return code;
}
