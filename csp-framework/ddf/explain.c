/* SPDX-License-Identifier: MIT */
/* One node of a DDF, explained in full. */
#include "base/str.h"
#include "csp-framework/ddf/index.h"
#include "csp-framework/ddf/model.h"
#include "csp-framework/ddf/phrase.h"
#include "csp-framework/ddf/show.h"

enum { COLUMN = 16 };

/* An explanation under way: the first failure ends all further writing. */
typedef struct explanation {
  const omadm_ddf *ddf;
  const omadm_ddf_node *node;
  omadm_buf *out;
  omadm_err err;
} explanation;

static void text(explanation *e, const char *words) {
  if (e->err == 0) e->err = omadm_buf_add_text(e->out, words);
}

/* Begins the line of that label. */
static void label(explanation *e, const char *name) {
  if (e->err == 0) e->err = omadm_buf_printf(e->out, "  %-*s", COLUMN - 2, name);
}

static void row(explanation *e, const char *name, const char *words) {
  label(e, name);
  text(e, words);
  text(e, "\n");
}

/* A text of the DDF in as many lines as it needs. */
static void words_row(explanation *e, const char *name, omadm_str words) {
  if (words.len == 0) return;
  label(e, name);
  if (e->err == 0) e->err = ddf_phrase_lines(words, COLUMN, e->out);
  text(e, "\n");
}

static void quoted_row(explanation *e, const char *name, omadm_str value) {
  label(e, name);
  if (e->err == 0) e->err = ddf_phrase_quoted(value, 0, e->out);
  text(e, "\n");
}

/* ---- what the node is ---- */

static void explain_kind(explanation *e) {
  const omadm_ddf_node *node = e->node;
  row(e, "format", omadm_format_text(node->format));
  words_row(e, "type", node->type);
  words_row(e, "further types", node->more_types);
  label(e, "commands");
  if (e->err == 0) e->err = ddf_show_access(node->access, e->out);
  text(e, node->atomic_required ? ", only inside Atomic\n" : "\n");
  label(e, "occurrence");
  if (e->err == 0) e->err = ddf_show_occurrence(node, e->out);
  text(e, node->permanent ? ", Permanent\n" : ", Dynamic\n");
  if (node->has_default) quoted_row(e, "default", node->default_value);
}

static void explain_names(explanation *e) {
  static const char *const by[] = {[OMADM_NAMING_SERVER] = "the server, any unique name",
                                   [OMADM_NAMING_CLIENT] = "the device",
                                   [OMADM_NAMING_PATTERN] = "the server, a name that matches"};
  const omadm_ddf_node *node = e->node;
  if (node->naming == OMADM_NAMING_PATTERN) {
    label(e, "named by");
    text(e, by[node->naming]);
    text(e, " ");
    if (e->err == 0) e->err = ddf_phrase_quoted(node->naming_pattern, 0, e->out);
    text(e, "\n");
  } else if (node->naming != OMADM_NAMING_ANY) {
    row(e, "named by", by[node->naming]);
  }
  if (node->case_sense != OMADM_CASE_INHERIT)
    row(e, "letter case",
        node->case_sense == OMADM_CASE_SENSITIVE ? "counts in names below"
                                                 : "does not count in names below");
}

/* ---- values ---- */

/* One choice a line, its description in a column behind it. */
static void explain_choices(explanation *e, const omadm_ddf_allowed *a) {
  enum { WIDEST = 24 };
  size_t width = 1;
  for (size_t i = 0; i < a->n_choices; i++) {
    if (a->choices[i].value.len > width && a->choices[i].value.len <= WIDEST)
      width = a->choices[i].value.len;
  }
  for (size_t i = 0; i < a->n_choices && e->err == 0; i++) {
    const omadm_ddf_choice *choice = &a->choices[i];
    e->err = omadm_buf_printf(e->out, "%*s", COLUMN, "");
    size_t start = e->out->len;
    if (e->err == 0) e->err = ddf_phrase_words(choice->value, 0, e->out);
    size_t used = e->out->len - start;
    if (e->err == 0 && choice->description.len > 0)
      e->err = omadm_buf_printf(e->out, "%*s", (int)(used < width ? width - used : 0) + 2, "");
    if (e->err == 0) e->err = ddf_phrase_lines(choice->description, COLUMN + width + 2, e->out);
    text(e, "\n");
  }
}

static void explain_rule(explanation *e, const char *name, const omadm_ddf_allowed *a) {
  if (!ddf_phrase_has_rule(a)) return;
  bool choices = a->n_choices > 0;
  label(e, name);
  if (choices && a->is_list) {
    text(e, "a list joined by ");
    if (e->err == 0) e->err = ddf_phrase_delimiter(a->delimiter, e->out);
    text(e, " of ");
  }
  if (choices)
    text(e, a->kind == OMADM_ALLOWED_FLAG ? "any of these, joined by OR:" : "one of:");
  else if (e->err == 0)
    e->err = ddf_phrase_allowed(a, false, e->out);
  text(e, "\n");
  if (choices) explain_choices(e, a);
  words_row(e, "", a->description);
  bool shown = a->kind == OMADM_ALLOWED_XSD || a->kind == OMADM_ALLOWED_JSON;
  if (shown) words_row(e, "", a->text);
  if (a->kind == OMADM_ALLOWED_ADMX) words_row(e, "policy area", a->admx_area);
}

static void explain_dependencies(explanation *e) {
  for (size_t i = 0; i < e->node->n_groups; i++) {
    const omadm_ddf_group *group = &e->node->groups[i];
    label(e, i > 0 ? "or when" : "only when");
    if (e->err == 0) e->err = ddf_phrase_group(e->ddf, group, false, e->out);
    text(e, "\n");
    explain_rule(e, "  then", omadm_ddf_allowed_at(e->ddf, group->changed));
  }
}

/* ---- what a change does, and where it applies ---- */

static void explain_behavior(explanation *e) {
  const omadm_ddf_node *node = e->node;
  if (node->replace_behavior == OMADM_REPLACE_APPENDS)
    row(e, "Replace", "appends to the value that is there");
  if (node->reboot_behavior != OMADM_REBOOT_NONE)
    row(e, "reboot", ddf_reboot_phrases[node->reboot_behavior]);
  if (node->conflict != OMADM_CONFLICT_NO_MERGE)
    row(e, "conflict", ddf_conflict_phrases[node->conflict]);
}

static void explain_applicability(explanation *e) {
  const omadm_ddf_applicability *a = e->node->applies;
  if (a != NULL) {
    words_row(e, "since build", a->os_build);
    words_row(e, "CSP version", a->csp_version);
    words_row(e, "editions", a->editions);
    if (a->requires_entra) row(e, "joined to", "Entra ID");
  }
  bool unstated = omadm_str_is(e->node->deprecated, "unstated");
  if (unstated)
    row(e, "deprecated", "yes");
  else if (e->node->deprecated.len > 0)
    words_row(e, "deprecated", e->node->deprecated);
}

static void explain_rest(explanation *e) {
  const omadm_ddf_node *node = e->node;
  words_row(e, "group policy", node->gp_name);
  words_row(e, "  area", node->gp_area);
  words_row(e, "  element", node->gp_element);
  for (omadm_str rest = node->common_errors; rest.len > 0;) {
    const char *end = memchr(rest.ptr, '\n', rest.len);
    size_t n = end != NULL ? (size_t)(end - rest.ptr) : rest.len;
    words_row(e, "error", (omadm_str){rest.ptr, n});
    n += n < rest.len;
    rest = (omadm_str){rest.ptr + n, rest.len - n};
  }
  words_row(e, "ACL", node->acl);
}

omadm_err omadm_ddf_show_node(const omadm_ddf *ddf, uint32_t node, omadm_buf *out) {
  const omadm_ddf_node *n = omadm_ddf_node_at(ddf, node);
  if (n == NULL) return OMADM_E_NOT_FOUND;
  size_t start = out->len;
  explanation e = {.ddf = ddf, .node = n, .out = out};
  e.err = omadm_ddf_write_uri(ddf, node, out);
  if (e.err == 0) omadm_octets_tame(out->ptr + start, out->len - start);
  text(&e, "\n");
  words_row(&e, "title", n->title);
  words_row(&e, "description", n->description);
  explain_kind(&e);
  explain_names(&e);
  explain_rule(&e, "allowed", omadm_ddf_allowed_at(ddf, n->allowed));
  explain_dependencies(&e);
  explain_behavior(&e);
  explain_applicability(&e);
  explain_rest(&e);
  if (e.err != 0) out->len = start;
  return e.err;
}
