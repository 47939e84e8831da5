/* SPDX-License-Identifier: MIT */
/* Octets as a DDF: a failure has its sentence; what is read is explained, every node found, each
 * rule answers, and what is exported reads as the same. */
#include <omadm/status.h>

#include "base/str.h"
#include "csp-framework/ddf/index.h"

#include "tests/fuzz/fuzz.h"

static void take(void *ctx, int error, uint32_t line, const char *text) {
  (void)line;
  require(text[0] != '\0' && strchr(text, '\n') == NULL);
  *(size_t *)ctx += error != 0;
}

static void check_nodes(const omadm_ddf *ddf) {
  for (uint32_t i = 0; i < omadm_ddf_node_count(ddf); i++) {
    const omadm_ddf_node *n = omadm_ddf_node_at(ddf, i);
    if (n->parent == OMADM_DDF_NONE) continue;
    bool named = n->name.len > 0;
    require(i == (named ? omadm_ddf_child(ddf, n->parent, n->name, false)
                        : omadm_ddf_unnamed_child(ddf, n->parent)));
  }
}

static void check_shown(const omadm_ddf *ddf) {
  omadm_buf out;
  omadm_buf_init(&out, NULL, 0);
  require(omadm_ddf_show(ddf, &out) == 0);
  out.len = 0;
  require(omadm_ddf_show_json(ddf, &out) == 0);
  for (uint32_t i = 0; i < omadm_ddf_node_count(ddf) && i < 100; i++) {
    out.len = 0;
    require(omadm_ddf_show_node(ddf, i, &out) == 0);
    require(omadm_ddf_show_node_json(ddf, i, &out) == 0);
  }
  omadm_buf_dispose(&out);
}

static void check_rules(const omadm_ddf *ddf) {
  static const omadm_str values[] = {OMADM_STR(""), OMADM_STR("1"), OMADM_STR("<enabled/>"),
                                     OMADM_STR("a;b,c|d")};
  for (uint32_t i = 0; i < omadm_ddf_allowed_count(ddf) && i < 100; i++) {
    for (size_t k = 0; k < sizeof values / sizeof *values; k++) {
      omadm_error why = {0};
      omadm_status status = omadm_ddf_allows(ddf, i, OMADM_FORMAT_CHR, values[k], &why);
      require(status == OMADM_ST_OK || status == OMADM_ST_BAD_FORMAT ||
              status == OMADM_ST_TOO_LARGE || status == OMADM_ST_FAILED);
    }
  }
}

static void check_export(const omadm_ddf *ddf) {
  enum { MOST = 8 * 1024 * 1024 }; /* what is larger may be more than is read */
  omadm_buf first;
  omadm_buf second;
  omadm_ddf *again = NULL;
  omadm_error error = {0};
  size_t errors = 0;
  omadm_buf_init(&first, NULL, MOST);
  omadm_buf_init(&second, NULL, 0);
  if (omadm_ddf_export(ddf, &first) == 0) {
    require(omadm_ddf_parse(omadm_buf_str(&first), "export", take, &errors, &again, &error) == 0);
    require(omadm_ddf_export(again, &second) == 0);
    require(omadm_str_equal(omadm_buf_str(&first), omadm_buf_str(&second)));
  }
  omadm_ddf_free(again);
  omadm_buf_dispose(&first);
  omadm_buf_dispose(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t n) {
  omadm_ddf *ddf = NULL;
  omadm_error error = {0};
  size_t errors = 0;
  omadm_str text = {(const char *)octets, n};
  omadm_err err = omadm_ddf_parse(text, "fuzz.xml", take, &errors, &ddf, &error);
  require((err == 0) == (ddf != NULL) && (err == 0) == (errors == 0) && error.code == err);
  if (err != 0) return 0;
  check_nodes(ddf);
  check_shown(ddf);
  check_rules(ddf);
  check_export(ddf);
  omadm_ddf_free(ddf);
  return 0;
}
