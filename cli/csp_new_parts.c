/* SPDX-License-Identifier: MIT */
/* What is told of a DDF in the files of a new CSP. */
#include <omadm/status.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "cli/csp_new.h"

void csp_parts_dispose(csp_parts *parts) {
  for (size_t i = 0; i < parts->n; i++)
    omadm_buf_dispose(&parts->part[i].text);
  parts->n = 0;
}

omadm_str csp_parts_get(const csp_parts *parts, omadm_str name) {
  for (size_t i = 0; i < parts->n; i++)
    if (omadm_str_is(name, parts->part[i].name)) return omadm_buf_str(&parts->part[i].text);
  return (omadm_str){NULL, 0};
}

omadm_buf *csp_parts_add(csp_parts *parts, const char *name) {
  csp_part *part = &parts->part[parts->n++];
  part->name = name;
  omadm_buf_init(&part->text, NULL, 0);
  return &part->text;
}

static omadm_err add_text(csp_parts *parts, const char *name, const char *text) {
  return omadm_buf_add_text(csp_parts_add(parts, name), text);
}

/* An identifier of C made from the name: small letters or capitals. One that does not begin with a
 * letter, or is one of omadm's, gets "csp_" before it. */
static void make_id(const char *name, bool capitals, char *id, size_t size) {
  size_t n = 0;
  bool letter = (name[0] >= 'a' && name[0] <= 'z') || (name[0] >= 'A' && name[0] <= 'Z');
  if (!letter || strncmp(name, "omadm", 5) == 0) n = (size_t)snprintf(id, size, "csp_");
  for (; *name != '\0' && n + 1 < size; name++) {
    char c = *name;
    if (c >= 'A' && c <= 'Z') c = (char)(c - 'A' + 'a');
    bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (plain || id[n - 1] != '_') id[n++] = plain ? c : '_';
  }
  id[n] = '\0';
  for (size_t i = 0; capitals && i < n; i++)
    if (id[i] >= 'a' && id[i] <= 'z') id[i] = (char)(id[i] - 'a' + 'A');
}

/* As it stands in a literal of C: what is not printable in octal, and no trigraphs. */
static omadm_err add_literal(omadm_buf *out, omadm_str text) {
  omadm_err err = omadm_buf_add_text(out, "\"");
  for (size_t i = 0; err == 0 && i < text.len; i++) {
    unsigned char c = (unsigned char)text.ptr[i];
    if (c == '"' || c == '\\' || c == '?')
      err = omadm_buf_printf(out, "\\%c", c);
    else if (c < ' ' || c >= 0x7F)
      err = omadm_buf_printf(out, "\\%03o", c);
    else
      err = omadm_buf_add(out, &text.ptr[i], 1);
  }
  return err == 0 ? omadm_buf_add_text(out, "\"") : err;
}

static bool is_number(omadm_format format, omadm_str value) {
  char text[40];
  char *end = NULL;
  if (value.len == 0 || value.len >= sizeof text) return false;
  memcpy(text, value.ptr, value.len);
  text[value.len] = '\0';
  if (strspn(text, "+-.0123456789eE") != value.len) return false;
  if (format == OMADM_FORMAT_INT) {
    long long number = strtoll(text, &end, 10);
    if (number < INT32_MIN || number > (long long)UINT32_MAX) return false;
  } else {
    strtod(text, &end);
  }
  return *end == '\0';
}

/* Does it look like a value of the format? */
static bool fits(omadm_format format, omadm_str value) {
  if (format == OMADM_FORMAT_INT || format == OMADM_FORMAT_FLOAT) return is_number(format, value);
  if (format == OMADM_FORMAT_BOOL)
    return omadm_str_is(value, "true") || omadm_str_is(value, "false");
  return format == OMADM_FORMAT_CHR || format == OMADM_FORMAT_XML;
}

static bool is_usable(const omadm_ddf *ddf, const omadm_ddf_node *node, omadm_str value) {
  return fits(node->format, value) &&
         (node->allowed == OMADM_DDF_NONE ||
          omadm_ddf_allows(ddf, node->allowed, node->format, value, NULL) == OMADM_ST_OK);
}

/* The first bound of "[-5-10],[20-30]". */
static omadm_str lower_bound(omadm_str range) {
  size_t begin = 0;
  while (begin < range.len && strchr("-0123456789", range.ptr[begin]) == NULL)
    begin++;
  size_t end = begin < range.len ? begin + 1 : begin;
  while (end < range.len && range.ptr[end] >= '0' && range.ptr[end] <= '9')
    end++;
  return (omadm_str){range.ptr + begin, end - begin};
}

omadm_err csp_initial_value(const omadm_ddf *ddf, const omadm_ddf_node *node, omadm_buf *out) {
  static const char *const plain[] = {
      [OMADM_FORMAT_INT] = "0",         [OMADM_FORMAT_BOOL] = "false",
      [OMADM_FORMAT_FLOAT] = "0",       [OMADM_FORMAT_DATE] = "2000-01-01",
      [OMADM_FORMAT_TIME] = "00:00:00", [OMADM_FORMAT_UNKNOWN] = NULL,
  };
  /* What rules of the kinds JSON, ADMX and SDDL take, and many a regular expression. */
  static const char *const guesses[] = {
      "{}", "<disabled/>", "D:", "1", "a", "0.0.0.0", "{00000000-0000-0000-0000-000000000000}"};
  const omadm_ddf_allowed *rule = omadm_ddf_allowed_at(ddf, node->allowed);
  omadm_str otherwise = omadm_str_of(plain[node->format]);
  if (node->has_default && is_usable(ddf, node, node->default_value))
    return omadm_buf_add_str(out, node->default_value);
  if (fits(node->format, otherwise) && is_usable(ddf, node, otherwise))
    return omadm_buf_add_str(out, otherwise);
  for (size_t i = 0; rule != NULL && i < sizeof guesses / sizeof *guesses; i++)
    if (is_usable(ddf, node, omadm_str_of(guesses[i]))) return omadm_buf_add_text(out, guesses[i]);
  for (size_t i = 0; rule != NULL && i < rule->n_choices; i++)
    if (is_usable(ddf, node, rule->choices[i].value))
      return omadm_buf_add_str(out, rule->choices[i].value);
  if (rule != NULL && rule->kind == OMADM_ALLOWED_RANGE &&
      is_usable(ddf, node, lower_bound(rule->text)))
    return omadm_buf_add_str(out, lower_bound(rule->text));
  return omadm_buf_add_str(out, otherwise);
}

/* Rows of the tables in the sources, a node each. */
static omadm_err add_rows(csp_parts *parts, const omadm_ddf *ddf, char *const *names) {
  omadm_err err = 0;
  omadm_buf *initial = csp_parts_add(parts, "INITIAL");
  omadm_buf *unnamed = csp_parts_add(parts, "UNNAMED");
  omadm_buf *execs = csp_parts_add(parts, "EXECS");
  omadm_buf value;
  omadm_buf_init(&value, NULL, 0);
  for (uint32_t i = 0; err == 0 && i < omadm_ddf_node_count(ddf); i++) {
    const omadm_ddf_node *node = omadm_ddf_node_at(ddf, i);
    value.len = 0;
    if (node->format != OMADM_FORMAT_NODE) err = csp_initial_value(ddf, node, &value);
    if (err == 0 && value.len > 0) {
      err = omadm_buf_printf(initial, "    [%s] = ", names[i]);
      if (err == 0) err = add_literal(initial, omadm_buf_str(&value));
      if (err == 0) err = omadm_buf_add_text(initial, ",\n");
    }
    if (err == 0 && node->name.len == 0)
      err = omadm_buf_printf(unnamed, "    [%s] = 1,\n", names[i]);
    if (err == 0 && (node->access & OMADM_ACCESS_EXEC) != 0)
      err = omadm_buf_printf(execs, "%s  case %s:", execs->len > 0 ? "\n" : "", names[i]);
  }
  omadm_buf_dispose(&value);
  if (err == 0 && initial->len == 0) err = omadm_buf_add_text(initial, "    NULL,\n");
  if (err == 0 && unnamed->len == 0) err = omadm_buf_add_text(unnamed, "    0,\n");
  return err;
}

/* Names below ./Vendor/MSFT compare without their case, and where CaseSense says so. */
static bool ignores_case(const omadm_ddf *ddf) {
  static const omadm_str places[] = {OMADM_STR("./Vendor/MSFT"), OMADM_STR("./Device/Vendor/MSFT"),
                                     OMADM_STR("./User/Vendor/MSFT")};
  for (size_t i = 0; i < omadm_ddf_root_count(ddf); i++) {
    omadm_str path = omadm_ddf_root_at(ddf, i)->path;
    for (size_t k = 0; k < sizeof places / sizeof *places; k++) {
      omadm_str start = {path.ptr, path.len < places[k].len ? path.len : places[k].len};
      if (omadm_str_equal_nocase(start, places[k])) return true;
    }
  }
  for (uint32_t i = 0; i < omadm_ddf_node_count(ddf); i++)
    if (omadm_ddf_node_at(ddf, i)->case_sense == OMADM_CASE_INSENSITIVE) return true;
  return false;
}

/* Which slots the DDF has work for. */
static omadm_err add_slots(csp_parts *parts, const omadm_ddf *ddf) {
  enum { FIND, LIST, GET, ADD, REPLACE, REMOVE, EXEC, SLOTS };
  static const char *const names[SLOTS] = {"find",    "list",   "get", "add",
                                           "replace", "remove", "exec"};
  bool has[SLOTS] = {false};
  for (uint32_t i = 0; i < omadm_ddf_node_count(ddf); i++) {
    const omadm_ddf_node *node = omadm_ddf_node_at(ddf, i);
    bool leaf = node->format != OMADM_FORMAT_NODE;
    has[FIND] |= !node->permanent || node->name.len == 0;
    has[LIST] |= node->name.len == 0;
    has[GET] |= leaf && (node->access & OMADM_ACCESS_GET) != 0;
    has[ADD] |= (node->access & OMADM_ACCESS_ADD) != 0;
    has[REPLACE] |= leaf && (node->access & OMADM_ACCESS_REPLACE) != 0;
    has[REMOVE] |= (node->access & OMADM_ACCESS_DELETE) != 0;
    has[EXEC] |= (node->access & OMADM_ACCESS_EXEC) != 0;
  }
  has[REMOVE] |= has[ADD]; /* it is how an addition is taken back */
  omadm_buf *slots = csp_parts_add(parts, "SLOTS");
  omadm_err err = 0;
  for (size_t i = 0; err == 0 && i < SLOTS; i++) {
    if (!has[i]) continue;
    err = add_text(parts, names[i], "1");
    if (err == 0) err = omadm_buf_printf(slots, "    .%s = csp_%s,\n", names[i], names[i]);
  }
  return err;
}

/* What a reader of the README should know of the rights. */
static omadm_err add_rights(csp_parts *parts, const omadm_ddf *ddf) {
  static const unsigned strong = OMADM_ACCESS_ADD | OMADM_ACCESS_EXEC;
  bool guarded = true, dangerous = false;
  for (size_t i = 0; i < omadm_ddf_root_count(ddf); i++)
    guarded &= omadm_ddf_node_at(ddf, omadm_ddf_root_at(ddf, i)->node)->acl.len > 0;
  for (uint32_t i = 0; i < omadm_ddf_node_count(ddf); i++)
    dangerous |= (omadm_ddf_node_at(ddf, i)->access & strong) != 0;
  return add_text(parts, "RIGHTS",
                  guarded || !dangerous
                      ? ""
                      : "By the factory's ACL every server may add nodes here, and execute what it "
                        "added. Where that can harm the device, give\nthe topmost Node of the DDF "
                        "`<RTProperties><ACL>Get=*</ACL></RTProperties>`.\n\n");
}

static omadm_err add_roots(csp_parts *parts, const omadm_ddf *ddf) {
  omadm_buf *out = csp_parts_add(parts, "ROOTS");
  omadm_err err = 0;
  for (size_t i = 0; err == 0 && i < omadm_ddf_root_count(ddf); i++) {
    const omadm_ddf_root *root = omadm_ddf_root_at(ddf, i);
    omadm_str name = omadm_ddf_node_at(ddf, root->node)->name;
    err = omadm_buf_printf(out, "%s`%.*s/%.*s`", i > 0 ? ", " : "", (int)root->path.len,
                           root->path.ptr, (int)name.len, name.ptr);
  }
  return err;
}

omadm_err csp_parts_make(csp_parts *parts, const char *name, const omadm_ddf *ddf) {
  char id[80], prefix[80];
  char **names = NULL;
  parts->n = 0;
  make_id(name, false, id, sizeof id);
  make_id(name, true, prefix, sizeof prefix);
  omadm_err err = csp_names_make(ddf, prefix, &names);
  if (err == 0) err = add_text(parts, "NAME", name);
  if (err == 0) err = add_text(parts, "ID", id);
  if (err == 0) err = add_text(parts, "PREFIX", prefix);
  if (err == 0) err = add_text(parts, "IGNORE_CASE", ignores_case(ddf) ? "1" : "0");
  if (err == 0) err = add_rows(parts, ddf, names);
  if (err == 0) err = add_slots(parts, ddf);
  if (err == 0) err = add_rights(parts, ddf);
  if (err == 0) err = add_roots(parts, ddf);
  if (err == 0) err = csp_session_make(parts, ddf);
  csp_names_free(names);
  return err;
}
