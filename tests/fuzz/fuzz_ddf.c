/* SPDX-License-Identifier: MIT */
/* Octets as a DDF: a failure has its sentence; what is read is explained, and every node found. */
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
  omadm_buf_dispose(&out);
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
  omadm_ddf_free(ddf);
  return 0;
}
