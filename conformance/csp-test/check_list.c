/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/str.h"
#include "conformance/csp-test/checks.h"

static const omadm_ddf_node *node_of(const trial *t, uint32_t node) {
  return omadm_ddf_node_at(t->ddf, node);
}

/* One node, or two? Where the letter case of names does not count, a CSP may list the name in
 * another one than it was added in; then both spellings are answered alike. */
static bool is_same(trial *t, const char *listed, const char *uri) {
  omadm_node found;
  if (strcmp(listed, uri) == 0) return true;
  return omadm_str_equal_nocase(omadm_str_of(listed), omadm_str_of(uri)) &&
         trial_resolve(t, listed, &found) == trial_resolve(t, uri, &found);
}

/* Is the child of that URI among the names? Compared as URIs, since names are listed decoded. */
static bool is_among(trial *t, omadm_str names, const char *above, const char *uri) {
  bool found = false;
  for (size_t at = 0; !found && at < names.len;) {
    omadm_str name = omadm_str_of(names.ptr + at);
    char *listed = check_uri(above, name);
    found = listed != NULL && is_same(t, listed, uri);
    free(listed);
    at += name.len + 1;
  }
  return found;
}

void check_listed(trial *t, uint32_t node, report_column column, const char *uri, bool expected) {
  uint32_t parent = node_of(t, node)->parent;
  const char *above = parent != OMADM_DDF_NONE ? t->places[parent].uri : NULL;
  if (above == NULL || (node_of(t, parent)->access & OMADM_ACCESS_GET) == 0) return;
  subject s = subject_of(t, node, column, OMADM_VERB_LIST, above, NULL);
  trial_list(t, above);
  if (!judge_done(&s)) return;
  if (is_among(t, omadm_buf_str(&t->data), above, uri) == expected)
    judge_pass(&s);
  else
    judge_fail(&s, "the node above %s %s", expected ? "does not name" : "still names", uri);
}

/* Each name that is listed has to be one that exists. */
static void check_names(const subject *s, omadm_str names) {
  omadm_node found;
  for (size_t at = 0; at < names.len;) {
    omadm_str name = omadm_str_of(names.ptr + at);
    char *uri = check_uri(s->uri, name);
    omadm_status status = uri != NULL ? trial_resolve(s->t, uri, &found) : OMADM_ST_FAILED;
    if (status == OMADM_ST_OK)
      judge_pass(s);
    else
      judge_fail(s, "names %s, which is answered %u", show_value(name).text, status);
    free(uri);
    at += name.len + 1;
  }
}

/* What exists by the DDF's names has to be listed. */
static void check_children(const subject *s, omadm_str names) {
  trial *t = s->t;
  omadm_node found;
  uint32_t child = node_of(t, s->node)->first_child;
  for (; child != OMADM_DDF_NONE; child = node_of(t, child)->next_sibling) {
    omadm_str name = node_of(t, child)->name;
    char *uri = name.len > 0 ? check_uri(s->uri, name) : NULL;
    if (uri == NULL) continue;
    bool exists = trial_resolve(t, uri, &found) == OMADM_ST_OK;
    if (is_among(t, names, s->uri, uri) == exists)
      judge_pass(s);
    else
      judge_fail(s, "%s %s, which is %sthere", exists ? "does not name" : "names", uri,
                 exists ? "" : "not ");
    free(uri);
  }
}

void check_list(trial *t, uint32_t node) {
  const char *uri = t->places[node].uri;
  omadm_buf first = {0};
  subject s = subject_of(t, node, REPORT_LIST, OMADM_VERB_LIST, uri, NULL);
  trial_list(t, uri);
  if ((node_of(t, node)->access & OMADM_ACCESS_GET) == 0) {
    t->changes = 0;
    judge_forbidden(&s, OMADM_ST_NOT_ALLOWED);
    return;
  }
  if (!judge_done(&s)) return;
  judge_pass(&s);
  if (omadm_buf_add_str(&first, omadm_buf_str(&t->data)) != 0) return;
  omadm_str names = omadm_buf_str(&first);
  trial_list(t, uri);
  if (t->status == OMADM_ST_OK && omadm_str_equal(omadm_buf_str(&t->data), names))
    judge_pass(&s);
  else
    judge_fail(&s, "two in a row expected to be alike, and are not (%u)", t->status);
  check_names(&s, names);
  check_children(&s, names);
  omadm_buf_dispose(&first);
}
