/* SPDX-License-Identifier: MIT */
/* A TNDS document in either encoding: what is read keeps the promises of <omadm/tnds.h>, and names
 * lead nowhere else. */
#include <omadm/tnds.h>
#include <omadm/uri.h>

#include "base/codec.h"
#include "base/mem.h"
#include "base/str.h"

#include "tests/fuzz/fuzz.h"

static void check_node(const omadm_tnds *tnds, size_t i, const omadm_limits *limits) {
  const omadm_tnds_node *n = &tnds->nodes[i];
  require(i == 0 ? n->parent == OMADM_TNDS_NONE : n->parent < i);
  require((i == 0) == (n->name.len == 0));
  require(memchr(n->name.ptr, '\0', n->name.len) == NULL);
  require(omadm_utf8_is_valid(n->name) && omadm_utf8_is_valid(n->acl));
  require(omadm_utf8_is_valid(n->title) && omadm_utf8_is_valid(n->type));
  require(n->format != OMADM_FORMAT_UNKNOWN);
  require(n->has_value || n->value.len == 0 || n->format == OMADM_FORMAT_NODE);
  require(n->format != OMADM_FORMAT_NODE || !n->has_value);
  require(i == 0 || tnds->nodes[n->parent].format == OMADM_FORMAT_NODE);
  omadm_buf uri;
  omadm_buf_init(&uri, NULL, 0);
  require(omadm_buf_add_text(&uri, ".") == 0);
  if (i > 0) require(omadm_buf_add_text(&uri, "/") == 0);
  if (omadm_tnds_path(tnds, i, &uri) == 0) {
    omadm_uri parsed;
    char *scratch = omadm_mem_default.alloc(NULL, uri.len);
    omadm_status status = omadm_uri_parse(omadm_buf_str(&uri), 0, limits, scratch, NULL, &parsed);
    require(status == OMADM_ST_OK || status == OMADM_ST_URI_TOO_LONG);
    require(status != OMADM_ST_OK || i == 0 ||
            omadm_str_equal(parsed.segment[parsed.n - 1], n->name));
    omadm_mem_default.release(NULL, scratch);
  }
  omadm_buf_dispose(&uri);
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t n) {
  omadm_limits limits;
  omadm_tnds *tnds = NULL;
  omadm_error error = {0};
  omadm_status status = 0;
  omadm_limits_init(&limits);
  limits.items = 200;
  /* Neither can begin like the other. */
  omadm_encoding encoding = n > 0 && octets[0] < 9 ? OMADM_ENCODING_WBXML : OMADM_ENCODING_XML;
  omadm_err err = omadm_tnds_read((omadm_str){(const char *)octets, n}, encoding, &limits, NULL,
                                  &tnds, &status, &error);
  require((err == 0) == (tnds != NULL) && (err == 0) == (error.text[0] == '\0'));
  require((err == 0) == (status == OMADM_ST_OK) && (err == 0 || status >= 400));
  for (size_t i = 0; tnds != NULL && i < tnds->n; i++)
    check_node(tnds, i, &limits);
  omadm_tnds_free(tnds);
  return 0;
}
