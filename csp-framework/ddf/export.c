/* SPDX-License-Identifier: MIT */
#include "csp-framework/ddf/export.h"

#include <stdio.h>

#include "base/codec.h"
#include "base/str.h"
#include "csp-framework/ddf/index.h"
#include "csp-framework/ddf/model.h"
#include "csp-framework/ddf/show.h"

/* A document under way: the first failure ends all further writing. */
typedef struct writer {
  const omadm_ddf *ddf;
  omadm_buf *out;
  size_t depth; /* of elements that are open */
  omadm_err err;
} writer;

/* ---- XML ---- */

static void raw(writer *w, const char *text) {
  if (w->err == 0) w->err = omadm_buf_add_text(w->out, text);
}

/* Characters that would not come back as they are become references. */
static void escaped(writer *w, omadm_str text, bool attribute) {
  size_t start = 0;
  for (size_t i = 0; i < text.len && w->err == 0; i++) {
    char c = text.ptr[i];
    const char *name = c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : NULL;
    if (attribute && c == '"') name = "&quot;";
    if (c == '\r') name = "&#13;";
    if (attribute && c == '\n') name = "&#10;";
    if (attribute && c == '\t') name = "&#9;";
    if (name == NULL) continue;
    w->err = omadm_buf_add(w->out, text.ptr + start, i - start);
    raw(w, name);
    start = i + 1;
  }
  if (w->err == 0) w->err = omadm_buf_add(w->out, text.ptr + start, text.len - start);
}

static void indent(writer *w) {
  if (w->err == 0) w->err = omadm_buf_printf(w->out, "\n%*s", (int)(w->depth * 2), "");
}

/* Begins an element; attributes and the end of its tag follow. */
static void start_tag(writer *w, const char *name) {
  indent(w);
  raw(w, "<");
  raw(w, name);
}

static void attribute(writer *w, const char *name, omadm_str value) {
  if (w->err == 0) w->err = omadm_buf_printf(w->out, " %s=\"", name);
  escaped(w, value, true);
  raw(w, "\"");
}

static void end_tag(writer *w) {
  raw(w, ">");
  w->depth++;
}

static void open_element(writer *w, const char *name) {
  start_tag(w, name);
  end_tag(w);
}

static void close_element(writer *w, const char *name) {
  w->depth--;
  indent(w);
  if (w->err == 0) w->err = omadm_buf_printf(w->out, "</%s>", name);
}

static void text_element(writer *w, const char *name, omadm_str text) {
  start_tag(w, name);
  raw(w, ">");
  escaped(w, text, false);
  if (w->err == 0) w->err = omadm_buf_printf(w->out, "</%s>", name);
}

static void text_element_if(writer *w, const char *name, omadm_str text) {
  if (text.len > 0) text_element(w, name, text);
}

/* <Scope><Dynamic /></Scope> */
static void choice(writer *w, const char *name, const char *word) {
  start_tag(w, name);
  if (w->err == 0) w->err = omadm_buf_printf(w->out, "><%s /></%s>", word, name);
}

/* ---- what every DDF has ---- */

static void write_access(writer *w, unsigned access) {
  start_tag(w, "AccessType");
  raw(w, ">");
  for (unsigned i = 0; i < DDF_ACCESS_COUNT && w->err == 0; i++) {
    if ((access & 1U << i) != 0) w->err = omadm_buf_printf(w->out, "<%s />", ddf_access_names[i]);
  }
  raw(w, "</AccessType>");
}

static void write_occurrence(writer *w, const omadm_ddf_node *node) {
  bool one = node->occurs_min > 0;
  if (node->occurs_max == 1) {
    choice(w, "Occurrence", one ? "One" : "ZeroOrOne");
  } else if (node->occurs_max == UINT32_MAX) {
    choice(w, "Occurrence", one ? "OneOrMore" : "ZeroOrMore");
  } else {
    const char *word = one ? "OneOrN" : "ZeroOrN";
    start_tag(w, "Occurrence");
    if (w->err == 0)
      w->err = omadm_buf_printf(w->out, "><%s>%u</%s></Occurrence>", word, node->occurs_max, word);
  }
}

static void write_type(writer *w, const omadm_ddf_node *node) {
  bool interior = node->format == OMADM_FORMAT_NODE;
  open_element(w, "DFType");
  text_element(w, interior ? "DDFName" : "MIME", node->type);
  for (omadm_str rest = node->more_types; rest.len > 0;) {
    /* Each stands behind a line break. */
    rest = (omadm_str){rest.ptr + 1, rest.len - 1};
    const char *end = memchr(rest.ptr, '\n', rest.len);
    size_t n = end != NULL ? (size_t)(end - rest.ptr) : rest.len;
    text_element(w, "MIME", (omadm_str){rest.ptr, n});
    rest = (omadm_str){rest.ptr + n, rest.len - n};
  }
  close_element(w, "DFType");
}

/* ---- Microsoft's extension ---- */

static void write_applicability(writer *w, const omadm_ddf_applicability *a) {
  open_element(w, "MSFT:Applicability");
  text_element_if(w, "MSFT:OsBuildVersion", a->os_build);
  text_element_if(w, "MSFT:CspVersion", a->csp_version);
  text_element_if(w, "MSFT:EditionAllowList", a->editions);
  if (a->requires_entra) text_element(w, "MSFT:RequiresAzureAd", (omadm_str){"", 0});
  close_element(w, "MSFT:Applicability");
}

static void write_naming(writer *w, const omadm_ddf_node *node) {
  static const char *const words[] = {[OMADM_NAMING_SERVER] =
                                          "MSFT:ServerGeneratedUniqueIdentifier",
                                      [OMADM_NAMING_CLIENT] = "MSFT:ClientInventory",
                                      [OMADM_NAMING_PATTERN] = "MSFT:UniqueName"};
  if (node->naming == OMADM_NAMING_ANY) return;
  open_element(w, "MSFT:DynamicNodeNaming");
  text_element(w, words[node->naming], node->naming_pattern);
  close_element(w, "MSFT:DynamicNodeNaming");
}

/* A character that a person does not see, or XML does not hold, is written as its number. */
static void write_delimiter(writer *w, omadm_str delimiter) {
  uint32_t code = 0;
  char number[16];
  size_t n = omadm_utf8_decode(delimiter, 0, &code);
  if (delimiter.len > 0 && n == delimiter.len && (code < 0x21 || code > 0x7E)) {
    snprintf(number, sizeof number, "0x%04X", code);
    delimiter = omadm_str_of(number);
  }
  start_tag(w, "MSFT:List");
  attribute(w, "Delimiter", delimiter);
  raw(w, " />");
}

static void write_choices(writer *w, const omadm_ddf_allowed *a) {
  for (size_t i = 0; i < a->n_choices; i++) {
    open_element(w, "MSFT:Enum");
    text_element(w, "MSFT:Value", a->choices[i].value);
    text_element_if(w, "MSFT:ValueDescription", a->choices[i].description);
    close_element(w, "MSFT:Enum");
  }
}

static void write_admx(writer *w, const omadm_ddf_allowed *a) {
  if (a->admx_area.len + a->admx_name.len + a->admx_file.len == 0) return;
  start_tag(w, "MSFT:AdmxBacked");
  attribute(w, "Area", a->admx_area);
  attribute(w, "Name", a->admx_name);
  attribute(w, "File", a->admx_file);
  raw(w, " />");
}

static void write_allowed(writer *w, const char *name, const omadm_ddf_allowed *a) {
  if (a == NULL) return;
  start_tag(w, name);
  attribute(w, "ValueType", a->kind_text);
  end_tag(w);
  write_choices(w, a);
  if (a->text.len + a->description.len > 0) text_element(w, "MSFT:Value", a->text);
  text_element_if(w, "MSFT:ValueDescription", a->description);
  write_admx(w, a);
  if (a->is_list) write_delimiter(w, a->delimiter);
  close_element(w, name);
}

static void write_dependency(writer *w, const omadm_ddf_dependency *d) {
  start_tag(w, "MSFT:Dependency");
  attribute(w, "Type", omadm_str_of(d->negated ? "Not" : "DependsOn"));
  end_tag(w);
  text_element(w, "MSFT:DependencyUri", (omadm_str){d->uri.ptr + 2, d->uri.len - 2});
  write_allowed(w, "MSFT:DependencyAllowedValue", omadm_ddf_allowed_at(w->ddf, d->allowed));
  close_element(w, "MSFT:Dependency");
}

static void write_dependencies(writer *w, const omadm_ddf_node *node) {
  if (node->n_groups == 0) return;
  open_element(w, "MSFT:DependencyBehavior");
  for (size_t i = 0; i < node->n_groups; i++) {
    const omadm_ddf_group *group = &node->groups[i];
    start_tag(w, "MSFT:DependencyGroup");
    attribute(w, "FriendlyId", group->id);
    end_tag(w);
    write_allowed(w, "MSFT:DependencyChangedAllowedValues",
                  omadm_ddf_allowed_at(w->ddf, group->changed));
    for (size_t k = 0; k < group->n_dependencies; k++)
      write_dependency(w, &group->dependencies[k]);
    close_element(w, "MSFT:DependencyGroup");
  }
  close_element(w, "MSFT:DependencyBehavior");
}

static void write_group_policy(writer *w, const omadm_ddf_node *node) {
  if (node->gp_name.len + node->gp_area.len + node->gp_element.len == 0) return;
  start_tag(w, "MSFT:GpMapping");
  attribute(w, "GpEnglishName", node->gp_name);
  attribute(w, "GpAreaPath", node->gp_area);
  if (node->gp_element.len > 0) attribute(w, "GpElement", node->gp_element);
  raw(w, " />");
}

/* The schema wants all ten, also where fewer say something. */
static void write_common_errors(writer *w, const omadm_ddf_node *node) {
  static const char *const words[] = {"One", "Two",   "Three", "Four", "Five",
                                      "Six", "Seven", "Eight", "Nine", "Ten"};
  omadm_str rest = node->common_errors;
  if (rest.len == 0) return;
  open_element(w, "MSFT:CommonErrorResults");
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    const char *end = rest.len > 0 ? memchr(rest.ptr, '\n', rest.len) : NULL;
    size_t n = end != NULL ? (size_t)(end - rest.ptr) : rest.len;
    char name[40];
    snprintf(name, sizeof name, "MSFT:CommonError%s", words[i]);
    text_element(w, name, (omadm_str){rest.ptr, n});
    n += n < rest.len;
    rest = (omadm_str){rest.ptr + n, rest.len - n};
  }
  close_element(w, "MSFT:CommonErrorResults");
}

static void write_deprecated(writer *w, const omadm_ddf_node *node) {
  if (node->deprecated.len == 0) return;
  start_tag(w, "MSFT:Deprecated");
  if (!omadm_str_is(node->deprecated, "unstated"))
    attribute(w, "OsBuildDeprecated", node->deprecated);
  raw(w, " />");
}

static void write_behavior(writer *w, const omadm_ddf_node *node) {
  if (node->replace_behavior != OMADM_REPLACE_REPLACES)
    text_element(w, "MSFT:ReplaceBehavior",
                 omadm_str_of(ddf_replace_words[node->replace_behavior]));
  if (node->reboot_behavior != OMADM_REBOOT_NONE)
    text_element(w, "MSFT:RebootBehavior", omadm_str_of(ddf_reboot_words[node->reboot_behavior]));
}

/* ---- nodes ---- */

/* What a node tells of itself. `top`: nothing is inherited there. */
static void write_properties(writer *w, const omadm_ddf_node *node, bool top) {
  const omadm_ddf_node *parent = top ? NULL : omadm_ddf_node_at(w->ddf, node->parent);
  open_element(w, "DFProperties");
  write_access(w, node->access);
  if (node->has_default) text_element(w, "DefaultValue", node->default_value);
  text_element_if(w, "Description", node->description);
  choice(w, "DFFormat", omadm_format_text(node->format));
  write_occurrence(w, node);
  choice(w, "Scope", node->permanent ? "Permanent" : "Dynamic");
  text_element_if(w, "DFTitle", node->title);
  write_type(w, node);
  if (node->case_sense != OMADM_CASE_INHERIT)
    choice(w, "CaseSense", node->case_sense == OMADM_CASE_SENSITIVE ? "CS" : "CIS");
  bool own = node->applies != NULL && (parent == NULL || parent->applies != node->applies);
  if (own) write_applicability(w, node->applies);
  write_naming(w, node);
  write_allowed(w, "MSFT:AllowedValues", omadm_ddf_allowed_at(w->ddf, node->allowed));
  write_behavior(w, node);
  write_group_policy(w, node);
  write_common_errors(w, node);
  write_deprecated(w, node);
  write_dependencies(w, node);
  if (node->conflict != OMADM_CONFLICT_NO_MERGE)
    text_element(w, "MSFT:ConflictResolution", omadm_str_of(ddf_conflict_words[node->conflict]));
  if (node->atomic_required) text_element(w, "MSFT:AtomicRequired", (omadm_str){"", 0});
  close_element(w, "DFProperties");
}

static void begin_node(writer *w, omadm_str name) {
  open_element(w, "Node");
  text_element(w, "NodeName", name);
}

static void begin_root(writer *w, const omadm_ddf_node *node, omadm_str path, omadm_str name) {
  begin_node(w, name);
  if (path.len > 1) text_element(w, "Path", path);
  if (node->acl.len > 0) {
    open_element(w, "RTProperties");
    text_element(w, "ACL", node->acl);
    close_element(w, "RTProperties");
  }
  write_properties(w, node, true);
}

/* The root of a part, with what it has from above. */
static omadm_ddf_node as_root(const omadm_ddf *ddf, uint32_t i, omadm_str path) {
  omadm_ddf_node node = ddf->nodes[i];
  for (uint32_t at = node.parent; at != OMADM_DDF_NONE; at = ddf->nodes[at].parent)
    node.atomic_required |= ddf->nodes[at].atomic_required;
  bool ignores_case = omadm_ddf_ignores_case(ddf, i);
  bool inherits = node.case_sense == OMADM_CASE_INHERIT;
  if (inherits && ignores_case != omadm_ddf_path_ignores_case(path))
    node.case_sense = ignores_case ? OMADM_CASE_INSENSITIVE : OMADM_CASE_SENSITIVE;
  return node;
}

omadm_err ddf_export_node(const omadm_ddf *ddf, uint32_t root, omadm_str path, omadm_str name,
                          omadm_buf *out) {
  writer w = {.ddf = ddf, .out = out, .depth = 1};
  const omadm_ddf_node top = as_root(ddf, root, path);
  uint32_t i = root;
  begin_root(&w, &top, path, name);
  while (w.err == 0) {
    if (ddf->nodes[i].first_child != OMADM_DDF_NONE) {
      i = ddf->nodes[i].first_child;
    } else {
      while (i != root && ddf->nodes[i].next_sibling == OMADM_DDF_NONE) {
        close_element(&w, "Node");
        i = ddf->nodes[i].parent;
      }
      close_element(&w, "Node");
      if (i == root) break;
      i = ddf->nodes[i].next_sibling;
    }
    begin_node(&w, ddf->nodes[i].name);
    write_properties(&w, &ddf->nodes[i], false);
  }
  return w.err;
}

omadm_err ddf_export_begin(omadm_str diagnostics, omadm_buf *out) {
  writer w = {.out = out};
  raw(&w, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
          "<MgmtTree xmlns:MSFT=\"http://schemas.microsoft.com/MobileDevice/DM\">");
  w.depth = 1;
  text_element(&w, "VerDTD", (omadm_str)OMADM_STR("1.2"));
  text_element(&w, "MSFT:Diagnostics", diagnostics);
  return w.err;
}

omadm_err ddf_export_end(omadm_buf *out) {
  return omadm_buf_add_text(out, "\n</MgmtTree>\n");
}

omadm_err omadm_ddf_export(const omadm_ddf *ddf, omadm_buf *out) {
  size_t start = out->len;
  omadm_err err = ddf_export_begin(ddf->diagnostics, out);
  for (uint32_t i = 0; i < ddf->root_count && err == 0; i++) {
    const omadm_ddf_root *root = &ddf->roots[i];
    err = ddf_export_node(ddf, root->node, root->path, ddf->nodes[root->node].name, out);
  }
  if (err == 0) err = ddf_export_end(out);
  if (err != 0) out->len = start;
  return err;
}
