/* SPDX-License-Identifier: MIT */
/* The session that is played to a new CSP: which node is read, and what the answer is. */
#include <omadm/status.h>
#include <omadm/uri.h>

#include "base/str.h"
#include "cli/csp_new.h"

/* The node, or one above it, may be missing. */
static bool may_be_missing(const omadm_ddf *ddf, uint32_t at) {
  for (; at != OMADM_DDF_NONE; at = omadm_ddf_node_at(ddf, at)->parent) {
    const omadm_ddf_node *node = omadm_ddf_node_at(ddf, at);
    if (!node->permanent || node->name.len == 0) return true;
  }
  return false;
}

/* A leaf that is there at once, and whose value is text that an answer shows plainly. */
static bool is_plain_leaf(const omadm_ddf *ddf, uint32_t at) {
  const omadm_ddf_node *node = omadm_ddf_node_at(ddf, at);
  bool plain = node->format == OMADM_FORMAT_CHR || node->format == OMADM_FORMAT_INT ||
               node->format == OMADM_FORMAT_BOOL;
  return plain && (node->access & OMADM_ACCESS_GET) != 0 &&
         omadm_str_is(node->type, "text/plain") && !may_be_missing(ddf, at);
}

static uint32_t choose(const omadm_ddf *ddf) {
  for (uint32_t i = 0; i < omadm_ddf_node_count(ddf); i++)
    if (is_plain_leaf(ddf, i)) return i;
  return omadm_ddf_root_at(ddf, 0)->node;
}

static omadm_err add_escaped(omadm_buf *out, omadm_str text) {
  static const struct {
    char c;
    const char *as;
  } table[] = {{'&', "&amp;"},  {'<', "&lt;"},   {'>', "&gt;"},
               {'"', "&quot;"}, {'{', "&#123;"}, {'\r', "&#13;"}};
  omadm_err err = 0;
  for (size_t i = 0; err == 0 && i < text.len; i++) {
    const char *as = NULL;
    for (size_t k = 0; k < sizeof table / sizeof *table; k++)
      if (text.ptr[i] == table[k].c) as = table[k].as;
    err = as != NULL ? omadm_buf_add_text(out, as) : omadm_buf_add(out, &text.ptr[i], 1);
  }
  return err;
}

/* Path of the root, then the names on the way, each encoded. */
static omadm_err add_uri(const omadm_ddf *ddf, uint32_t at, omadm_buf *out) {
  const omadm_ddf_node *node = omadm_ddf_node_at(ddf, at);
  uint32_t way[64];
  size_t n = 0;
  omadm_err err = 0;
  for (; n < 64 && at != OMADM_DDF_NONE; at = omadm_ddf_node_at(ddf, at)->parent)
    way[n++] = at;
  for (size_t i = 0; err == 0 && i < omadm_ddf_root_count(ddf); i++)
    if (n > 0 && omadm_ddf_root_at(ddf, i)->node == way[n - 1])
      err = omadm_buf_add_str(out, omadm_ddf_root_at(ddf, i)->path);
  while (err == 0 && n > 0) {
    node = omadm_ddf_node_at(ddf, way[--n]);
    const omadm_str any = OMADM_STR("x");
    err = omadm_buf_add_text(out, "/");
    if (err == 0) err = omadm_uri_write_name(node->name.len > 0 ? node->name : any, out);
  }
  return err;
}

static omadm_status answer_of(const omadm_ddf *ddf, uint32_t at) {
  if (may_be_missing(ddf, at)) return OMADM_ST_NOT_FOUND;
  bool readable = (omadm_ddf_node_at(ddf, at)->access & OMADM_ACCESS_GET) != 0;
  return readable ? OMADM_ST_OK : OMADM_ST_NOT_ALLOWED;
}

/* Of a leaf that is not plain, and of an interior node, the answer is looked at as far as it is
 * the same for all. */
static omadm_err add_answer(csp_parts *parts, const omadm_ddf *ddf, uint32_t at) {
  const omadm_ddf_node *node = omadm_ddf_node_at(ddf, at);
  omadm_buf *meta = csp_parts_add(parts, "META");
  omadm_buf *data = csp_parts_add(parts, "DATA");
  omadm_buf value;
  omadm_err err = 0;
  omadm_buf_init(&value, NULL, 0);
  bool plain = is_plain_leaf(ddf, at);
  if (node->format != OMADM_FORMAT_CHR || !plain)
    err =
        omadm_buf_printf(meta,
                         "<Meta><Format xmlns=\"syncml:metinf\">%s</Format>"
                         "<Type xmlns=\"syncml:metinf\">%s</Type></Meta>",
                         plain ? omadm_format_text(node->format) : "*", plain ? "text/plain" : "*");
  if (err == 0)
    err = plain ? csp_initial_value(ddf, node, &value) : omadm_buf_add_text(&value, "*");
  if (err == 0) err = add_escaped(data, omadm_buf_str(&value));
  omadm_buf_dispose(&value);
  return err;
}

omadm_err csp_session_make(csp_parts *parts, const omadm_ddf *ddf) {
  uint32_t at = choose(ddf);
  omadm_status status = answer_of(ddf, at);
  omadm_buf uri;
  omadm_buf_init(&uri, NULL, 0);
  omadm_err err = add_uri(ddf, at, &uri);
  if (err == 0) err = add_escaped(csp_parts_add(parts, "URI"), omadm_buf_str(&uri));
  omadm_buf_dispose(&uri);
  if (err == 0) err = omadm_buf_add_u64(csp_parts_add(parts, "STATUS"), status);
  if (err == 0 && status == OMADM_ST_OK)
    err = omadm_buf_add_text(csp_parts_add(parts, "results"), "1");
  return err == 0 ? add_answer(parts, ddf, at) : err;
}
