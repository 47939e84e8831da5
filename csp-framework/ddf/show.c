/* SPDX-License-Identifier: MIT */
#include "csp-framework/ddf/show.h"

#include "base/codec.h"
#include "base/str.h"
#include "csp-framework/ddf/index.h"
#include "csp-framework/ddf/model.h"
#include "csp-framework/ddf/phrase.h"

const char *const ddf_access_names[DDF_ACCESS_COUNT] = {"Add",  "Copy", "Delete",
                                                        "Exec", "Get",  "Replace"};

const char *const ddf_replace_words[] = {
    [OMADM_REPLACE_REPLACES] = "Replace", [OMADM_REPLACE_APPENDS] = "Append"};

const char *const ddf_reboot_words[] = {[OMADM_REBOOT_NONE] = "None",
                                        [OMADM_REBOOT_AUTOMATIC] = "Automatic",
                                        [OMADM_REBOOT_SERVER] = "ServerInitiated"};

const char *const ddf_conflict_words[] = {
    [OMADM_CONFLICT_NO_MERGE] = "NoMerge",
    [OMADM_CONFLICT_LOWEST] = "LowestValueMostSecure",
    [OMADM_CONFLICT_HIGHEST] = "HighestValueMostSecure",
    [OMADM_CONFLICT_LAST_WRITE] = "LastWrite",
    [OMADM_CONFLICT_LOWEST_ZERO] = "LowestValueMostSecureZeroHasNoLimits",
    [OMADM_CONFLICT_HIGHEST_ZERO] = "HighestValueMostSecureZeroHasNoLimits"};

const char *const ddf_reboot_phrases[] = {[OMADM_REBOOT_NONE] = "none",
                                          [OMADM_REBOOT_AUTOMATIC] = "automatic",
                                          [OMADM_REBOOT_SERVER] = "by the server"};

const char *const ddf_conflict_phrases[] = {
    [OMADM_CONFLICT_NO_MERGE] = "not merged",
    [OMADM_CONFLICT_LOWEST] = "the lowest value wins",
    [OMADM_CONFLICT_HIGHEST] = "the highest value wins",
    [OMADM_CONFLICT_LAST_WRITE] = "the last value wins",
    [OMADM_CONFLICT_LOWEST_ZERO] = "the lowest value wins, but 0 is no limit",
    [OMADM_CONFLICT_HIGHEST_ZERO] = "the highest value wins, but 0 is no limit"};

const char *ddf_naming_text(omadm_naming naming) {
  static const char *const texts[] = {"", "server", "client", "pattern"};
  return texts[naming];
}

omadm_err ddf_show_occurrence(const omadm_ddf_node *node, omadm_buf *out) {
  const char *least = node->occurs_min > 0 ? "One" : "ZeroOr";
  if (node->occurs_max == 1)
    return omadm_buf_printf(out, "%s%s", least, node->occurs_min > 0 ? "" : "One");
  const char *joint = node->occurs_min > 0 ? "Or" : "";
  if (node->occurs_max == UINT32_MAX) return omadm_buf_printf(out, "%s%sMore", least, joint);
  return omadm_buf_printf(out, "%s%sN %u", least, joint, node->occurs_max);
}

omadm_err ddf_show_access(unsigned access, omadm_buf *out) {
  omadm_err err = access == 0 ? omadm_buf_add_text(out, "-") : 0;
  bool first = true;
  for (unsigned i = 0; i < DDF_ACCESS_COUNT && err == 0; i++) {
    if ((access & 1U << i) == 0) continue;
    err = omadm_buf_printf(out, "%s%s", first ? "" : " ", ddf_access_names[i]);
    first = false;
  }
  return err;
}

/* Columns: how wide the tree of names and the access words are. */
typedef struct layout {
  size_t name;
  size_t access;
} layout;

enum { INDENT = 2 };

static size_t access_width(unsigned access) {
  size_t width = 0;
  for (unsigned i = 0; i < DDF_ACCESS_COUNT; i++) {
    if ((access & 1U << i) != 0) width += strlen(ddf_access_names[i]) + (width > 0);
  }
  return width > 0 ? width : 1;
}

static size_t depth_of(const omadm_ddf *ddf, const omadm_ddf_node *node) {
  size_t depth = 0;
  for (; node->parent != OMADM_DDF_NONE; node = &ddf->nodes[node->parent])
    depth++;
  return depth;
}

/* What stands for the name: of a root its URI, of an unnamed node "*". */
static omadm_err write_name(const omadm_ddf *ddf, uint32_t i, omadm_buf *out) {
  const omadm_ddf_node *node = &ddf->nodes[i];
  size_t start = out->len;
  omadm_err err = 0;
  if (node->parent == OMADM_DDF_NONE)
    err = omadm_ddf_write_uri(ddf, i, out);
  else
    err = node->name.len > 0 ? omadm_buf_add_str(out, node->name) : omadm_buf_add_text(out, "*");
  if (err == 0) omadm_octets_tame(out->ptr + start, out->len - start);
  return err;
}

static omadm_err pad(omadm_buf *out, size_t start, size_t width) {
  size_t used = omadm_utf8_length((omadm_str){out->ptr + start, out->len - start});
  return omadm_buf_printf(out, "%*s", (int)(used < width ? width - used : 0) + 2, "");
}

/* A text in quotes on one line, cut where it is long. */
static omadm_err write_quoted(omadm_buf *out, const char *label, omadm_str text) {
  omadm_err err = omadm_buf_printf(out, "%s ", label);
  return err == 0 ? ddf_phrase_quoted(text, DDF_PHRASE_SHORT, out) : err;
}

/* What values may be, and when. */
static omadm_err write_rules(const omadm_ddf *ddf, const omadm_ddf_node *node, omadm_buf *out) {
  const omadm_ddf_allowed *a = omadm_ddf_allowed_at(ddf, node->allowed);
  omadm_err err = 0;
  if (ddf_phrase_has_rule(a)) {
    err = omadm_buf_add_text(out, ", allowed: ");
    if (err == 0) err = ddf_phrase_allowed(a, true, out);
  }
  for (size_t i = 0; i < node->n_groups && err == 0; i++) {
    const omadm_ddf_group *group = &node->groups[i];
    const omadm_ddf_allowed *changed = omadm_ddf_allowed_at(ddf, group->changed);
    err = omadm_buf_add_text(out, i > 0 ? ", or when " : ", only when ");
    if (err == 0) err = ddf_phrase_group(ddf, group, true, out);
    if (err == 0 && changed != NULL) err = omadm_buf_add_text(out, ", then allowed: ");
    if (err == 0 && changed != NULL) err = ddf_phrase_allowed(changed, true, out);
  }
  return err;
}

/* What a change does beyond the value. */
static omadm_err write_behavior(const omadm_ddf_node *node, omadm_buf *out) {
  omadm_err err = 0;
  if (node->replace_behavior == OMADM_REPLACE_APPENDS)
    err = omadm_buf_add_text(out, ", a Replace appends");
  if (err == 0 && node->reboot_behavior != OMADM_REBOOT_NONE)
    err = omadm_buf_printf(out, ", reboot: %s", ddf_reboot_phrases[node->reboot_behavior]);
  if (err == 0 && node->conflict != OMADM_CONFLICT_NO_MERGE)
    err = omadm_buf_printf(out, ", conflict: %s", ddf_conflict_phrases[node->conflict]);
  return err;
}

/* Occurrence and scope always; the rest where it says something. */
static omadm_err write_details(const omadm_ddf *ddf, const omadm_ddf_node *node, omadm_buf *out) {
  omadm_err err = ddf_show_occurrence(node, out);
  if (err == 0) err = omadm_buf_add_text(out, node->permanent ? ", Permanent" : ", Dynamic");
  if (err == 0 && node->has_default) err = write_quoted(out, ", default", node->default_value);
  if (err == 0) err = write_rules(ddf, node, out);
  bool plain = node->format == OMADM_FORMAT_NODE ? node->type.len == 0
                                                 : omadm_str_is(node->type, "text/plain");
  if (err == 0 && !plain) err = write_quoted(out, ", type", node->type);
  if (err == 0 && node->naming != OMADM_NAMING_ANY)
    err = omadm_buf_printf(out, ", named by %s", ddf_naming_text(node->naming));
  if (err == 0 && node->naming == OMADM_NAMING_PATTERN)
    err = write_quoted(out, "", node->naming_pattern);
  if (err == 0 && node->case_sense != OMADM_CASE_INHERIT) {
    bool sensitive = node->case_sense == OMADM_CASE_SENSITIVE;
    err =
        omadm_buf_printf(out, ", letter case of names %s", sensitive ? "counts" : "does not count");
  }
  if (err == 0 && node->atomic_required) err = omadm_buf_add_text(out, ", only inside Atomic");
  if (err == 0) err = write_behavior(node, out);
  if (err == 0 && node->deprecated.len > 0) {
    bool unstated = omadm_str_is(node->deprecated, "unstated");
    err = unstated ? omadm_buf_add_text(out, ", deprecated")
                   : write_quoted(out, ", deprecated since", node->deprecated);
  }
  return err;
}

static omadm_err write_node(const omadm_ddf *ddf, uint32_t i, const layout *columns,
                            omadm_buf *out) {
  const omadm_ddf_node *node = &ddf->nodes[i];
  size_t start = out->len;
  omadm_err err = omadm_buf_printf(out, "%*s", (int)(depth_of(ddf, node) * INDENT), "");
  if (err == 0) err = write_name(ddf, i, out);
  if (err == 0) err = pad(out, start, columns->name);
  if (err == 0) err = omadm_buf_printf(out, "%-5s  ", omadm_format_text(node->format));
  start = out->len;
  if (err == 0) err = ddf_show_access(node->access, out);
  if (err == 0) err = pad(out, start, columns->access);
  if (err == 0) err = write_details(ddf, node, out);
  return err == 0 ? omadm_buf_add_text(out, "\n") : err;
}

static omadm_err measure(const omadm_ddf *ddf, layout *columns, omadm_buf *out) {
  size_t start = out->len;
  omadm_err err = 0;
  for (uint32_t i = 0; i < ddf->node_count && err == 0; i++) {
    err = write_name(ddf, i, out);
    size_t width = depth_of(ddf, &ddf->nodes[i]) * INDENT +
                   omadm_utf8_length((omadm_str){out->ptr + start, out->len - start});
    out->len = start;
    /* A few overlong names shall not push all the rest aside. */
    if (width > columns->name && width <= DDF_PHRASE_SHORT) columns->name = width;
    if (access_width(ddf->nodes[i].access) > columns->access)
      columns->access = access_width(ddf->nodes[i].access);
  }
  return err;
}

omadm_err omadm_ddf_show(const omadm_ddf *ddf, omadm_buf *out) {
  layout columns = {0, 0};
  size_t start = out->len;
  omadm_err err = measure(ddf, &columns, out);
  for (uint32_t i = 0; i < ddf->node_count && err == 0; i++) {
    if (i > 0 && ddf->nodes[i].parent == OMADM_DDF_NONE) err = omadm_buf_add_text(out, "\n");
    if (err == 0) err = write_node(ddf, i, &columns, out);
  }
  if (err != 0) out->len = start;
  return err;
}
