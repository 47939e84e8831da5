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

static void flag_field(json *j, const char *name) {
  key(j, name);
  raw_text(j, "true");
}

/* ---- rules for values ---- */

static void choices_field(json *j, const omadm_ddf_allowed *a) {
  key(j, "values");
  open_with(j, "[");
  for (size_t i = 0; i < a->n_choices; i++) {
    separate(j);
    open_with(j, "{");
    text_field(j, "value", a->choices[i].value);
    text_field_if(j, "description", a->choices[i].description);
    close_with(j, "}");
  }
  close_with(j, "]");
}

static void allowed_field(json *j, const char *name, const omadm_ddf_allowed *a) {
  if (a == NULL) return;
  key(j, name);
  open_with(j, "{");
  text_field(j, "type", a->kind_text);
  if (a->kind == OMADM_ALLOWED_UNKNOWN) flag_field(j, "unknown");
  if (a->n_choices > 0) choices_field(j, a);
  text_field_if(j, "text", a->text);
  text_field_if(j, "description", a->description);
  text_field_if(j, "area", a->admx_area);
  text_field_if(j, "name", a->admx_name);
  text_field_if(j, "file", a->admx_file);
  if (a->is_list) text_field(j, "delimiter", a->delimiter);
  key(j, "line");
  if (j->err == 0) j->err = omadm_buf_add_u64(j->out, a->line);
  close_with(j, "}");
}

static void dependencies_field(json *j, const omadm_ddf *ddf, const omadm_ddf_group *group) {
  key(j, "dependencies");
  open_with(j, "[");
  for (size_t i = 0; i < group->n_dependencies; i++) {
    const omadm_ddf_dependency *d = &group->dependencies[i];
    separate(j);
    open_with(j, "{");
    text_field(j, "uri", d->uri);
    if (d->negated) flag_field(j, "not");
    allowed_field(j, "allowed", omadm_ddf_allowed_at(ddf, d->allowed));
    close_with(j, "}");
  }
  close_with(j, "]");
}

static void groups_field(json *j, const omadm_ddf *ddf, const omadm_ddf_node *node) {
  if (node->n_groups == 0) return;
  key(j, "dependencyGroups");
  open_with(j, "[");
  for (size_t i = 0; i < node->n_groups; i++) {
    separate(j);
    open_with(j, "{");
    text_field(j, "id", node->groups[i].id);
    allowed_field(j, "changed", omadm_ddf_allowed_at(ddf, node->groups[i].changed));
    dependencies_field(j, ddf, &node->groups[i]);
    close_with(j, "}");
  }
  close_with(j, "]");
}

/* ---- the rest of a node ---- */

/* The parts of a text that line breaks join. */
static void lines_field(json *j, const char *name, omadm_str lines) {
  omadm_str rest = lines;
  if (lines.len == 0) return;
  key(j, name);
  open_with(j, "[");
  while (rest.len > 0) {
    const char *end = memchr(rest.ptr, '\n', rest.len);
    size_t n = end != NULL ? (size_t)(end - rest.ptr) : rest.len;
    if (n > 0) separate(j);
    if (n > 0) quoted(j, (omadm_str){rest.ptr, n});
    n += n < rest.len;
    rest = (omadm_str){rest.ptr + n, rest.len - n};
  }
  close_with(j, "]");
}

static void applicability_fields(json *j, const omadm_ddf *ddf, const omadm_ddf_node *node) {
  const omadm_ddf_applicability *a = node->applies;
  const omadm_ddf_node *parent = omadm_ddf_node_at(ddf, node->parent);
  if (a == NULL) return;
  bool inherited = parent != NULL && parent->applies == a;
  text_field(j, "applicability", omadm_str_of(inherited ? "inherited" : "own"));
  text_field_if(j, "osBuild", a->os_build);
  text_field_if(j, "cspVersion", a->csp_version);
  text_field_if(j, "editions", a->editions);
  if (a->requires_entra) flag_field(j, "requiresEntra");
}

static void behavior_fields(json *j, const omadm_ddf_node *node) {
  if (node->replace_behavior != OMADM_REPLACE_REPLACES)
    text_field(j, "replaceBehavior", omadm_str_of(ddf_replace_words[node->replace_behavior]));
  if (node->reboot_behavior != OMADM_REBOOT_NONE)
    text_field(j, "rebootBehavior", omadm_str_of(ddf_reboot_words[node->reboot_behavior]));
  if (node->conflict != OMADM_CONFLICT_NO_MERGE)
    text_field(j, "conflictResolution", omadm_str_of(ddf_conflict_words[node->conflict]));
  if (node->gp_name.len + node->gp_area.len + node->gp_element.len == 0) return;
  key(j, "groupPolicy");
  open_with(j, "{");
  text_field(j, "name", node->gp_name);
  text_field(j, "area", node->gp_area);
  text_field_if(j, "element", node->gp_element);
  close_with(j, "}");
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
  lines_field(j, "moreTypes", node->more_types);
  text_field_if(j, "case", omadm_str_of(cases[node->case_sense]));
  text_field_if(j, "naming", omadm_str_of(ddf_naming_text(node->naming)));
  text_field_if(j, "namingPattern", node->naming_pattern);
  if (node->atomic_required) flag_field(j, "atomicRequired");
  allowed_field(j, "allowed", omadm_ddf_allowed_at(ddf, node->allowed));
  groups_field(j, ddf, node);
  behavior_fields(j, node);
  lines_field(j, "commonErrors", node->common_errors);
  applicability_fields(j, ddf, node);
  text_field_if(j, "deprecated", node->deprecated);
  text_field_if(j, "acl", node->acl);
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
  text_field_if(&j, "diagnostics", ddf->diagnostics);
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

omadm_err omadm_ddf_show_node_json(const omadm_ddf *ddf, uint32_t node, omadm_buf *out) {
  size_t start = out->len;
  if (node >= ddf->node_count) return OMADM_E_NOT_FOUND;
  json j = {.out = out, .first = true};
  open_with(&j, "{");
  write_fields(&j, ddf, node);
  close_with(&j, "}");
  raw_text(&j, "\n");
  if (j.err != 0) out->len = start;
  return j.err;
}
