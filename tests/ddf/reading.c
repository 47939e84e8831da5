/* SPDX-License-Identifier: MIT */
#include "tests/ddf/reading.h"

#include <stdio.h>

#include "csp-framework/ddf/index.h"

static void take(void *ctx, int error, uint32_t line, const char *text) {
  reading *r = ctx;
  if (error) r->errors++;
  if (!error) r->warnings++;
  assert_int_equal(
      omadm_buf_printf(&r->log, "%s %u: %s\n", error ? "error" : "warning", line, text), 0);
}

static void check(const reading *r) {
  assert_int_equal(r->err != 0, r->ddf == NULL);
  assert_int_equal(r->err, r->error.code);
  assert_int_equal(r->err != 0, r->errors > 0);
}

void reading_begin(reading *r, const char *text) {
  *r = (reading){0};
  omadm_buf_init(&r->log, NULL, 0);
  r->err = omadm_ddf_parse(omadm_str_of(text), "test.xml", take, r, &r->ddf, &r->error);
  check(r);
}

void reading_begin_file(reading *r, const char *name) {
  char path[1000];
  snprintf(path, sizeof path, "%s/tests/fixtures/ddf/%s", OMADM_SOURCE_DIR, name);
  *r = (reading){0};
  omadm_buf_init(&r->log, NULL, 0);
  r->err = omadm_ddf_read(path, take, r, &r->ddf, &r->error);
  check(r);
}

void reading_end(reading *r) {
  omadm_ddf_free(r->ddf);
  omadm_buf_dispose(&r->log);
}

void reading_expect(const reading *r, const char *text) {
  if (r->log.len == 0 || memmem(r->log.ptr, r->log.len, text, strlen(text)) == NULL) {
    fail_msg("expected \"%s\", got:\n%.*s", text, (int)r->log.len,
             r->log.ptr != NULL ? r->log.ptr : "");
  }
}

void reading_expect_quiet(const reading *r) {
  if (r->log.len > 0) fail_msg("expected no complaint, got:\n%.*s", (int)r->log.len, r->log.ptr);
}

const omadm_ddf_node *reading_node(const reading *r, const char *path) {
  assert_non_null(r->ddf);
  uint32_t at = omadm_ddf_root_at(r->ddf, 0)->node;
  while (*path != '\0') {
    size_t n = strcspn(path, "/");
    omadm_str name = {path, n};
    at = omadm_str_is(name, "*") ? omadm_ddf_unnamed_child(r->ddf, at)
                                 : omadm_ddf_child(r->ddf, at, name, false);
    path += n + (path[n] == '/');
  }
  const omadm_ddf_node *node = omadm_ddf_node_at(r->ddf, at);
  assert_non_null(node);
  return node;
}

void reading_assert_str(omadm_str got, const char *expected, const char *file, int line) {
  if (omadm_str_is(got, expected)) return;
  print_error("%s:%d: \"%.*s\" is not \"%s\"\n", file, line, (int)got.len,
              got.ptr != NULL ? got.ptr : "", expected);
  _fail(file, line);
}
