/* SPDX-License-Identifier: MIT */
/* omadm ddf check, show and export */
#include <omadm/ddf.h>

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/str.h"
#include "cli/agent.h"
#include "cli/commands.h"
#include "cli/log.h"

/* What is gathered while files are checked. */
typedef struct check {
  const char *file;
  size_t verbose;
  size_t errors; /* said so far */
  json_t *complaints; /* of this file; NULL: for a person */
} check;

static void complain(void *ctx, int error, uint32_t line, const char *text) {
  check *self = ctx;
  if (error) self->errors++;
  if (self->complaints != NULL)
    json_array_append_new(self->complaints,
                          json_pack("{s:s, s:I, s:s}", "kind", error ? "error" : "warning", "line",
                                    (json_int_t)line, "text", text));
  else if (error || self->verbose > 0)
    fprintf(stderr, "%s:%u: %s%s\n", self->file, line, error ? "" : "warning: ", text);
}

/* 1 where the file is a usable DDF. */
static bool check_file(check *self, json_t *rows) {
  omadm_error error;
  omadm_error_clear(&error);
  omadm_ddf *ddf = NULL;
  json_t *row = rows != NULL ? json_object() : NULL;
  self->errors = 0;
  self->complaints = row != NULL ? json_array() : NULL;
  bool good = omadm_ddf_read(self->file, complain, self, &ddf, &error) == 0;
  if (row != NULL) {
    json_object_set_new(row, "file", json_string(self->file));
    json_object_set_new(row, "ok", json_boolean(good));
    if (good)
      json_object_set_new(row, "nodes", json_integer((json_int_t)omadm_ddf_node_count(ddf)));
    else
      json_object_set_new(row, "error", json_string(error.text));
    json_object_set_new(row, "complaints", self->complaints);
    json_array_append_new(rows, row);
  } else if (!good && self->errors == 0) {
    cli_complain("%s", error.text);
  } else if (good && self->verbose > 0) {
    printf("%s: ok, %zu nodes\n", self->file, omadm_ddf_node_count(ddf));
  }
  omadm_ddf_free(ddf);
  return good;
}

static cli_exit check_files(const cli_options *options) {
  json_t *rows = cli_options_count(options, CLI_OPT_JSON) > 0 ? json_array() : NULL;
  check self = {.verbose = cli_options_count(options, CLI_OPT_VERBOSE)};
  size_t refused = 0;
  for (size_t i = 0; i < options->n_arguments; i++) {
    self.file = options->arguments[i];
    refused += !check_file(&self, rows);
  }
  if (rows != NULL) {
    json_dumpf(rows, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(rows);
  } else {
    printf("%zu accepted, %zu refused\n", options->n_arguments - refused, refused);
  }
  return refused == 0 ? CLI_DONE : CLI_NO;
}

/* What is written to standard output, once it is whole. */
static cli_exit print_text(omadm_err err, const char *of, const omadm_buf *text) {
  if (err == 0) {
    fwrite(text->ptr, 1, text->len, stdout);
    return CLI_DONE;
  }
  cli_complain("%s: %s", of, omadm_err_text(err));
  return CLI_NO;
}

static cli_exit print_node(const cli_options *options, const omadm_ddf *ddf, uint32_t node,
                           const char *uri) {
  omadm_buf text = {0};
  bool as_json = cli_options_count(options, CLI_OPT_JSON) > 0;
  omadm_err err =
      as_json ? omadm_ddf_show_node_json(ddf, node, &text) : omadm_ddf_show_node(ddf, node, &text);
  cli_exit code = print_text(err, uri, &text);
  omadm_buf_dispose(&text);
  return code;
}

static cli_exit print_ddf(const cli_options *options, const omadm_ddf *ddf) {
  omadm_buf text = {0};
  bool as_json = cli_options_count(options, CLI_OPT_JSON) > 0;
  omadm_err err = as_json ? omadm_ddf_show_json(ddf, &text) : omadm_ddf_show(ddf, &text);
  cli_exit code = print_text(err, omadm_ddf_name(ddf), &text);
  omadm_buf_dispose(&text);
  return code;
}

static cli_exit show_file(const cli_options *options, const char *file, const char *uri) {
  omadm_error error = {0};
  omadm_ddf *ddf = NULL;
  if (omadm_ddf_read(file, NULL, NULL, &ddf, &error) != 0) {
    cli_complain("%s", error.text);
    return CLI_NO;
  }
  cli_exit code = CLI_NO;
  uint32_t node = uri != NULL ? omadm_ddf_find(ddf, omadm_str_of(uri)) : OMADM_DDF_NONE;
  if (uri == NULL)
    code = print_ddf(options, ddf);
  else if (node != OMADM_DDF_NONE)
    code = print_node(options, ddf, node, uri);
  else
    cli_complain("%s describes no %s; omadm ddf show %s lists what it describes", file, uri, file);
  omadm_ddf_free(ddf);
  return code;
}

/* ---- what is mounted ---- */

static cli_exit show_mounted(const cli_options *options, const agent *self, const char *uri) {
  uint32_t node = OMADM_DDF_NONE;
  const omadm_ddf *ddf = omadm_framework_describes(self->framework, omadm_str_of(uri), &node);
  if (ddf != NULL) return print_node(options, ddf, node, uri);
  cli_complain("no CSP describes %s; omadm csp list shows their roots", uri);
  return CLI_NO;
}

static cli_exit export_mounted(const cli_options *options, const agent *self, const char *uri) {
  omadm_buf text = {0};
  omadm_err err = omadm_framework_export(self->framework, omadm_str_of(uri), &text);
  cli_exit code = CLI_NO;
  (void)options;
  if (err == OMADM_E_NOT_FOUND)
    cli_complain("no CSP describes %s or what is below it; omadm csp list shows their roots", uri);
  else
    code = print_text(err, uri, &text);
  omadm_buf_dispose(&text);
  return code;
}

typedef cli_exit mounted_verb(const cli_options *options, const agent *self, const char *uri);

static cli_exit with_mounted(const cli_options *options, mounted_verb *verb) {
  agent self;
  cli_exit code = agent_open(&self, options);
  if (code == CLI_DONE) code = verb(options, &self, options->arguments[0]);
  agent_close(&self);
  return code;
}

/* A name that begins with "./" is a file where there is one, else a URI. */
static bool is_uri(const char *text) {
  bool dotted = strcmp(text, ".") == 0 || strncmp(text, "./", 2) == 0;
  struct stat st;
  return dotted && (stat(text, &st) != 0 || S_ISDIR(st.st_mode));
}

cli_exit cli_ddf(const cli_options *options) {
  const char *verb = options->verb->name;
  const char *first = options->arguments[0];
  if (strcmp(verb, "check") == 0) return check_files(options);
  if (strcmp(verb, "export") == 0) return with_mounted(options, export_mounted);
  if (options->n_arguments == 1 && is_uri(first)) return with_mounted(options, show_mounted);
  return show_file(options, first, options->n_arguments > 1 ? options->arguments[1] : NULL);
}
