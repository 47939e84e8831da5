/* SPDX-License-Identifier: MIT */
#include "base/str.h"
#include "csp-framework/ddf/index.h"
#include "csp-framework/ddf/model.h"
#include "csp-framework/ddf/show.h"

/* A JSON text under way: the first failure ends all further writing. */
typedef struct json {
  omadm_buf *out;
  omadm_err err;
  bool first; /* nothing stands in the innermost object or array yet */
} json;

static void raw(json *j, omadm_str text) {
  if (j->err == 0) j->err = omadm_buf_add_str(j->out, text);
}

static void raw_text(json *j, const char *text) {
  raw(j, omadm_str_of(text));
}

static void quoted(json *j, omadm_str text) {
  raw_text(j, "\"");
  size_t start = 0;
  for (size_t i = 0; i < text.len && j->err == 0; i++) {
    unsigned char c = (unsigned char)text.ptr[i];
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    raw(j, (omadm_str){text.ptr + start, i - start});
    if (j->err == 0)
      j->err =
          c < 0x20 ? omadm_buf_printf(j->out, "\\u%04x", c) : omadm_buf_printf(j->out, "\\%c", c);
    start = i + 1;
  }
  raw(j, (omadm_str){text.ptr + start, text.len - start});
  raw_text(j, "\"");
}

static void separate(json *j) {
  if (!j->first) raw_text(j, ",");
  j->first = false;
}

static void key(json *j, const char *name) {
  separate(j);
  quoted(j, omadm_str_of(name));
  raw_text(j, ":");
}

static void text_field(json *j, const char *name, omadm_str value) {
  key(j, name);
  quoted(j, value);
}

static void text_field_if(json *j, const char *name, omadm_str value) {
  if (value.len > 0) text_field(j, name, value);
}

static void open_with(json *j, const char *bracket) {
  raw_text(j, bracket);
  j->first = true;
}

static void close_with(json *j, const char *bracket) {
  raw_text(j, bracket);
  j->first = false;
}

static void uri_field(json *j, const omadm_ddf *ddf, uint32_t i) {
  omadm_buf uri;
  omadm_buf_init(&uri, j->out->mem, 0);
  if (j->err == 0) j->err = omadm_ddf_write_uri(ddf, i, &uri);
  text_field(j, "uri", omadm_buf_str(&uri));
  omadm_buf_dispose(&uri);
}

static void access_field(json *j, unsigned access) {
  key(j, "access");
  open_with(j, "[");
  for (unsigned i = 0; i < DDF_ACCESS_COUNT; i++) {
    if ((access & 1U << i) == 0) continue;
    separate(j);
    quoted(j, omadm_str_of(ddf_access_names[i]));
  }
  close_with(j, "]");
}

static void occurrence_field(json *j, const omadm_ddf_node *node) {
  key(j, "occurrence");
  raw_text(j, "\"");
  if (j->err == 0) j->err = ddf_show_occurrence(node, j->out);
  raw_text(j, "\"");
}

static void write_fields(json *j, const omadm_ddf *ddf, uint32_t i) {
  static const char *const cases[] = {"", "CS", "CIS"};
  const omadm_ddf_node *node = &ddf->nodes[i];
  uri_field(j, ddf, i);
  text_field(j, "name", node->name);
  text_field(j, "format", omadm_str_of(omadm_format_text(node->format)));
  access_field(j, node->access);
  occurrence_field(j, node);
  text_field(j, "scope", omadm_str_of(node->permanent ? "Permanent" : "Dynamic"));
  if (node->has_default) text_field(j, "default", node->default_value);
  text_field(j, "type", node->type);
  text_field_if(j, "case", omadm_str_of(cases[node->case_sense]));
  text_field_if(j, "naming", omadm_str_of(ddf_naming_text(node->naming)));
  text_field_if(j, "namingPattern", node->naming_pattern);
  text_field_if(j, "allowedValues", node->allowed_kind);
  if (node->atomic_required) {
    key(j, "atomicRequired");
    raw_text(j, "true");
  }
  text_field_if(j, "osBuild", node->os_build);
  text_field_if(j, "cspVersion", node->csp_version);
  text_field_if(j, "deprecated", node->deprecated);
  text_field_if(j, "title", node->title);
  text_field_if(j, "description", node->description);
  key(j, "line");
  if (j->err == 0) j->err = omadm_buf_add_u64(j->out, node->line);
}

/* Nodes stand in preorder, so a walk needs no stack: `open` counts the objects whose children are
 * being written. */
static void write_root(json *j, const omadm_ddf *ddf, uint32_t root) {
  size_t open = 0;
  uint32_t i = root;
  for (;;) {
    separate(j);
    open_with(j, "\n{");
    write_fields(j, ddf, i);
    if (ddf->nodes[i].first_child != OMADM_DDF_NONE) {
      key(j, "children");
      open_with(j, "[");
      open++;
      i = ddf->nodes[i].first_child;
      continue;
    }
    close_with(j, "}");
    while (open > 0 && ddf->nodes[i].next_sibling == OMADM_DDF_NONE) {
      i = ddf->nodes[i].parent;
      close_with(j, "]}");
      open--;
    }
    if (open == 0) return;
    i = ddf->nodes[i].next_sibling;
  }
}

omadm_err omadm_ddf_show_json(const omadm_ddf *ddf, omadm_buf *out) {
  size_t start = out->len;
  json j = {.out = out, .first = true};
  open_with(&j, "{");
  text_field(&j, "file", omadm_str_of(ddf->name));
  key(&j, "roots");
  open_with(&j, "[");
  for (uint32_t i = 0; i < ddf->root_count; i++)
    write_root(&j, ddf, ddf->roots[i].node);
  close_with(&j, "]");
  close_with(&j, "}");
  raw_text(&j, "\n");
  if (j.err != 0) out->len = start;
  return j.err;
}
