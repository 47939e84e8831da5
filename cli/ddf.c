/* SPDX-License-Identifier: MIT */
/* omadm ddf check and show */
#include <omadm/ddf.h>

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
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

static cli_exit show_file(const cli_options *options) {
  omadm_error error;
  omadm_error_clear(&error);
  omadm_ddf *ddf = NULL;
  omadm_buf text;
  omadm_buf_init(&text, NULL, 0);
  omadm_err err = omadm_ddf_read(options->arguments[0], NULL, NULL, &ddf, &error);
  bool as_json = cli_options_count(options, CLI_OPT_JSON) > 0;
  if (err == 0) err = as_json ? omadm_ddf_show_json(ddf, &text) : omadm_ddf_show(ddf, &text);
  if (err == 0)
    fwrite(text.ptr, 1, text.len, stdout);
  else
    cli_complain("%s", error.text[0] != '\0' ? error.text : omadm_err_text(err));
  omadm_buf_dispose(&text);
  omadm_ddf_free(ddf);
  return err == 0 ? CLI_DONE : CLI_NO;
}

cli_exit cli_ddf(const cli_options *options) {
  return strcmp(options->verb->name, "check") == 0 ? check_files(options) : show_file(options);
}
