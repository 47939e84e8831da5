/* SPDX-License-Identifier: MIT */
#include "csp-framework/ddf/index.h"

#include <stdlib.h>

#include "base/str.h"
#include "csp-framework/ddf/model.h"

static unsigned char fold(char c) {
  return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static int compare_folded(omadm_str a, omadm_str b) {
  size_t n = a.len < b.len ? a.len : b.len;
  for (size_t i = 0; i < n; i++) {
    int order = fold(a.ptr[i]) - fold(b.ptr[i]);
    if (order != 0) return order;
  }
  return (a.len > b.len) - (a.len < b.len);
}

/* By name without case, then by name, then in document order. */
static int compare_entries(const void *left, const void *right) {
  const ddf_entry *a = left;
  const ddf_entry *b = right;
  int order = compare_folded(a->name, b->name);
  if (order == 0) order = omadm_str_compare(a->name, b->name);
  return order != 0 ? order : (a->node > b->node) - (a->node < b->node);
}

uint32_t omadm_ddf_child(const omadm_ddf *ddf, uint32_t parent, omadm_str name, bool ignore_case) {
  if (parent >= ddf->node_count) return OMADM_DDF_NONE;
  const ddf_entry *entries = ddf->entries + ddf->links[parent].first;
  uint32_t count = ddf->links[parent].count;
  uint32_t low = 0;
  uint32_t high = count;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (compare_folded(entries[middle].name, name) < 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  /* All spellings of the name follow one another; they are few. */
  uint32_t found = OMADM_DDF_NONE;
  for (uint32_t i = low; i < count && compare_folded(entries[i].name, name) == 0; i++) {
    if (omadm_str_equal(entries[i].name, name)) return entries[i].node;
    if (ignore_case && found == OMADM_DDF_NONE) found = entries[i].node;
  }
  return found;
}

uint32_t omadm_ddf_unnamed_child(const omadm_ddf *ddf, uint32_t parent) {
  return parent < ddf->node_count ? ddf->links[parent].unnamed : OMADM_DDF_NONE;
}

bool omadm_ddf_ignores_case(const omadm_ddf *ddf, uint32_t node) {
  return ddf->links[node].ignores_case;
}

bool omadm_ddf_path_ignores_case(omadm_str path) {
  static const omadm_str places[] = {OMADM_STR("./Vendor/MSFT"), OMADM_STR("./Device/Vendor/MSFT"),
                                     OMADM_STR("./User/Vendor/MSFT")};
  for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
    omadm_str start = {path.ptr, path.len < places[i].len ? path.len : places[i].len};
    if (!omadm_str_equal_nocase(start, places[i])) continue;
    if (path.len == places[i].len || path.ptr[places[i].len] == '/') return true;
  }
  return false;
}

omadm_err omadm_ddf_write_uri(const omadm_ddf *ddf, uint32_t node, omadm_buf *out) {
  uint32_t chain[DDF_MAX_DEPTH + 1];
  size_t n = 0;
  for (uint32_t at = node; at != OMADM_DDF_NONE && n <= DDF_MAX_DEPTH; at = ddf->nodes[at].parent)
    chain[n++] = at;
  omadm_err err = omadm_buf_add_str(out, ddf->roots[ddf->links[node].root].path);
  while (n > 0 && err == 0) {
    omadm_str name = ddf->nodes[chain[--n]].name;
    err = omadm_buf_add_text(out, "/");
    if (err == 0) err = name.len > 0 ? omadm_buf_add_str(out, name) : omadm_buf_add_text(out, "*");
  }
  return err;
}

/* ---- by URI ---- */

/* The next segment of "A/B", "./A/B" or "/A/B", which is taken off; empty at the end. */
static omadm_str next_segment(omadm_str *uri) {
  while (uri->len > 0 && uri->ptr[0] == '/')
    *uri = (omadm_str){uri->ptr + 1, uri->len - 1};
  omadm_str segment = {uri->ptr, 0};
  while (segment.len < uri->len && uri->ptr[segment.len] != '/')
    segment.len++;
  *uri = (omadm_str){uri->ptr + segment.len, uri->len - segment.len};
  return segment;
}

uint32_t omadm_ddf_describing_child(const omadm_ddf *ddf, uint32_t parent, omadm_str name) {
  uint32_t child = omadm_ddf_child(ddf, parent, name, omadm_ddf_ignores_case(ddf, parent));
  return child != OMADM_DDF_NONE ? child : omadm_ddf_unnamed_child(ddf, parent);
}

/* The segments of a URI behind "." and "./Device". */
static omadm_str below_device(omadm_str uri) {
  omadm_str rest = uri;
  if (!omadm_str_is(next_segment(&rest), ".")) rest = uri;
  omadm_str behind = rest;
  return omadm_str_is(next_segment(&behind), "Device") && behind.len > 0 ? behind : rest;
}

/* Takes the root's path off the URI; false where it is another one's. */
static bool take_path(const omadm_ddf_root *root, omadm_str *uri) {
  bool ignore_case = omadm_ddf_path_ignores_case(root->path);
  omadm_str path = below_device(root->path);
  for (omadm_str want = next_segment(&path); want.len > 0; want = next_segment(&path)) {
    omadm_str got = next_segment(uri);
    if (!(ignore_case ? omadm_str_equal_nocase(got, want) : omadm_str_equal(got, want)))
      return false;
  }
  return true;
}

/* The root's node and down from there; NONE where a name is missing. */
static uint32_t find_below(const omadm_ddf *ddf, const omadm_ddf_root *root, omadm_str uri) {
  uint32_t node = root->node;
  omadm_str own = ddf->nodes[node].name;
  bool ignore_case = omadm_ddf_path_ignores_case(root->path);
  omadm_str name = next_segment(&uri);
  if (name.len == 0) return OMADM_DDF_NONE;
  if (own.len > 0 &&
      !(ignore_case ? omadm_str_equal_nocase(name, own) : omadm_str_equal(name, own)))
    return OMADM_DDF_NONE;
  for (name = next_segment(&uri); name.len > 0 && node != OMADM_DDF_NONE;
       name = next_segment(&uri)) {
    node = omadm_ddf_describing_child(ddf, node, name);
  }
  return node;
}

uint32_t omadm_ddf_find(const omadm_ddf *ddf, omadm_str uri) {
  for (uint32_t i = 0; i < ddf->root_count; i++) {
    omadm_str rest = below_device(uri);
    uint32_t node = OMADM_DDF_NONE;
    if (take_path(&ddf->roots[i], &rest)) node = find_below(ddf, &ddf->roots[i], rest);
    if (node != OMADM_DDF_NONE) return node;
  }
  return OMADM_DDF_NONE;
}

/* ---- making it ---- */

static bool case_below(const omadm_ddf *ddf, uint32_t i) {
  const omadm_ddf_node *node = &ddf->nodes[i];
  if (node->case_sense != OMADM_CASE_INHERIT) return node->case_sense == OMADM_CASE_INSENSITIVE;
  if (node->parent != OMADM_DDF_NONE) return ddf->links[node->parent].ignores_case;
  return omadm_ddf_path_ignores_case(ddf->roots[ddf->links[i].root].path);
}

static void check_unnamed(const omadm_ddf *ddf, uint32_t first, uint32_t second,
                          ddf_complaints *c) {
  /* OMA-TS-DM_TND 9.4.1.6: nothing says which of two unnamed siblings describes an instance. */
  ddf_complain(c, OMADM_E_SYNTAX, ddf->nodes[second].line,
               "a second child without a name, beside the one of line %u: a name could mean either",
               ddf->nodes[first].line + c->line_offset);
}

static void check_names(const omadm_ddf *ddf, const ddf_entry *entries, size_t n, bool ignore_case,
                        ddf_complaints *c) {
  for (size_t i = 1; i < n; i++) {
    const ddf_entry *a = &entries[i - 1];
    const ddf_entry *b = &entries[i];
    if (!(ignore_case ? omadm_str_equal_nocase(a->name, b->name)
                      : omadm_str_equal(a->name, b->name)))
      continue;
    bool in_order = a->node < b->node;
    ddf_complain(c, OMADM_E_SYNTAX, ddf->nodes[in_order ? b->node : a->node].line,
                 "the name \"%.*s\" stands twice below one node, first in line %u%s",
                 (int)(b->name.len < 100 ? b->name.len : 100), b->name.ptr,
                 ddf->nodes[in_order ? a->node : b->node].line + c->line_offset,
                 omadm_str_equal(a->name, b->name) ? "" : "; letter case does not count here");
  }
}

static void check_roots(const omadm_ddf *ddf, ddf_complaints *c) {
  for (uint32_t i = 0; i < ddf->root_count; i++) {
    const omadm_ddf_node *a = &ddf->nodes[ddf->roots[i].node];
    for (uint32_t k = 0; k < i; k++) {
      const omadm_ddf_node *b = &ddf->nodes[ddf->roots[k].node];
      if (!omadm_str_equal(ddf->roots[i].path, ddf->roots[k].path) ||
          !omadm_str_equal(a->name, b->name))
        continue;
      ddf_complain(c, OMADM_E_SYNTAX, a->line, "describes the same node as line %u",
                   b->line + c->line_offset);
    }
  }
}

/* Puts the named children of a node into entries from *used on. */
static void link_children(omadm_ddf *ddf, uint32_t parent, uint32_t *used, ddf_complaints *c) {
  ddf_link *link = &ddf->links[parent];
  link->first = *used;
  link->unnamed = OMADM_DDF_NONE;
  for (uint32_t i = ddf->nodes[parent].first_child; i != OMADM_DDF_NONE;
       i = ddf->nodes[i].next_sibling) {
    ddf->links[i].root = link->root;
    if (ddf->nodes[i].name.len > 0) {
      ddf->entries[(*used)++] = (ddf_entry){ddf->nodes[i].name, i};
    } else if (link->unnamed == OMADM_DDF_NONE) {
      link->unnamed = i;
    } else {
      check_unnamed(ddf, link->unnamed, i, c);
    }
  }
  link->count = *used - link->first;
  if (link->count > 1)
    qsort(ddf->entries + link->first, link->count, sizeof *ddf->entries, compare_entries);
  check_names(ddf, ddf->entries + link->first, link->count, link->ignores_case, c);
}

omadm_err ddf_index_build(omadm_ddf *ddf, ddf_complaints *c) {
  ddf->links = omadm_arena_new(&ddf->arena, ddf->node_count, sizeof *ddf->links);
  ddf->entries = omadm_arena_new(&ddf->arena, ddf->node_count, sizeof *ddf->entries);
  if (ddf->links == NULL || ddf->entries == NULL) return OMADM_E_NOMEM;
  for (uint32_t i = 0; i < ddf->root_count; i++)
    ddf->links[ddf->roots[i].node].root = i;
  uint32_t used = 0;
  for (uint32_t i = 0; i < ddf->node_count; i++) {
    ddf->links[i].ignores_case = case_below(ddf, i);
    link_children(ddf, i, &used, c);
  }
  check_roots(ddf, c);
  return 0;
}
