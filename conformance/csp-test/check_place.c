/* SPDX-License-Identifier: MIT */
/* Where a node stands, and what is listed. */
#include <stdlib.h>

#include "base/str.h"
#include "conformance/csp-test/checks.h"

char *check_uri(const char *above, omadm_str name) {
  omadm_buf uri = {0};
  char *text = NULL;
  if (omadm_buf_printf(&uri, "%s/", above) == 0 && omadm_uri_write_name(name, &uri) == 0)
    text = strndup(uri.ptr, uri.len);
  omadm_buf_dispose(&uri);
  return text;
}

static const omadm_ddf_node *node_of(const trial *t, uint32_t node) {
  return omadm_ddf_node_at(t->ddf, node);
}

/* The value with which a node is added: the first one that its DDF allows. */
static omadm_value first_value(const trial *t, uint32_t node, samples *all) {
  const omadm_ddf_node *d = node_of(t, node);
  check_samples(t, node, all);
  const sample *first = samples_at(all, SAMPLE_INSIDE, 0);
  return trial_value(d, first != NULL ? first->value : (omadm_str){NULL, 0});
}

/* Adds a node that is not there. */
static bool try_add(trial *t, uint32_t node, const char *uri, const omadm_value *value) {
  omadm_node found;
  subject s = subject_of(t, node, REPORT_ADD, OMADM_VERB_ADD, uri, value);
  judge_change(&s, value);
  bool done = judge_done(&s);
  omadm_status status = trial_resolve(t, uri, &found);
  if (status != (done ? OMADM_ST_OK : OMADM_ST_NOT_FOUND)) {
    judge_fail(&s, "afterwards the node expected %u, got %u",
               done ? OMADM_ST_OK : OMADM_ST_NOT_FOUND, status);
    return done && status == OMADM_ST_OK;
  }
  if (done) judge_pass(&s);
  if (done && judge_readable(t, node)) judge_holds(&s, value->data);
  if (done) check_listed(t, node, REPORT_ADD, uri, true);
  return done;
}

/* A dynamic node of that URI is not there: the DDF says who may add it. */
static bool add_missing(trial *t, uint32_t node, const char *uri) {
  samples *all = malloc(sizeof *all);
  bool done = false;
  if (all == NULL) return false;
  omadm_value value = first_value(t, node, all);
  if ((node_of(t, node)->access & OMADM_ACCESS_ADD) != 0) {
    const sample *wrong = samples_at(all, SAMPLE_MALFORMED, 0);
    if (wrong != NULL) {
      omadm_value bad = trial_value(node_of(t, node), wrong->value);
      subject s = subject_of(t, node, REPORT_ADD, OMADM_VERB_ADD, uri, &bad);
      judge_change(&s, &bad);
      judge_forbidden(&s, OMADM_ST_BAD_FORMAT);
    }
    bool none = value.has_data && samples_at(all, SAMPLE_INSIDE, 0) == NULL;
    if (none) {
      subject s = subject_of(t, node, REPORT_ADD, OMADM_VERB_ADD, uri, NULL);
      check_no_sample(&s);
    } else {
      check_atomic_add(t, node, uri, &value);
      done = try_add(t, node, uri, &value);
    }
  } else {
    subject s = subject_of(t, node, REPORT_ADD, OMADM_VERB_ADD, uri, &value);
    judge_change(&s, &value);
    judge_forbidden(&s, OMADM_ST_NOT_ALLOWED);
  }
  free(all);
  return done;
}

static void place_named(trial *t, uint32_t node, const char *above) {
  const omadm_ddf_node *d = node_of(t, node);
  place *p = &t->places[node];
  omadm_node found;
  char *uri = check_uri(above, d->name);
  subject s = subject_of(t, node, REPORT_GET, OMADM_VERB_GET, uri, NULL);
  omadm_status status = uri != NULL ? trial_resolve(t, uri, &found) : OMADM_ST_FAILED;
  if (status == OMADM_ST_OK) {
    p->uri = uri;
  } else if (d->permanent || status != OMADM_ST_NOT_FOUND) {
    judge_fail(&s, "the node expected 200%s, got %u", d->permanent ? "" : " or 404", status);
    free(uri);
  } else if (add_missing(t, node, uri)) {
    p->uri = uri;
    p->made = true;
  } else {
    judge_skip(&s, "it is not there");
    free(uri);
  }
}

/* The first instance that the list of the node above names. */
static char *first_listed(trial *t, uint32_t node, const char *above) {
  uint32_t parent = node_of(t, node)->parent;
  if (trial_list(t, above) != OMADM_ST_OK) return NULL;
  for (size_t at = 0; at < t->data.len;) {
    omadm_str name = omadm_str_of(t->data.ptr + at);
    uint32_t child = node_of(t, parent)->first_child;
    while (child != OMADM_DDF_NONE && !omadm_str_equal_nocase(node_of(t, child)->name, name))
      child = node_of(t, child)->next_sibling;
    if (child == OMADM_DDF_NONE) return check_uri(above, name);
    at += name.len + 1;
  }
  return NULL;
}

static void try_bad_name(trial *t, uint32_t node, const char *above, const omadm_value *value) {
  omadm_str name = {NULL, 0};
  char *uri = samples_bad_name(t->ddf, node, &name) ? check_uri(above, name) : NULL;
  if (uri == NULL) return;
  subject s = subject_of(t, node, REPORT_ADD, OMADM_VERB_ADD, uri, value);
  judge_change(&s, value);
  judge_forbidden(&s, 0);
  free(uri);
}

/* One that is added and deleted again: other names, and how many there may be. */
static void try_more(trial *t, uint32_t node, const char *above, const omadm_value *value) {
  enum { NAMES = 4 };
  const omadm_ddf_node *d = node_of(t, node);
  omadm_str name = {NULL, 0};
  for (size_t i = 1; i < NAMES && samples_name(t->ddf, node, i, &name); i++) {
    char *uri = check_uri(above, name);
    omadm_node found;
    if (uri == NULL || trial_resolve(t, uri, &found) != OMADM_ST_NOT_FOUND) {
      free(uri);
      continue;
    }
    bool full = d->occurs_max <= i;
    subject s = subject_of(t, node, REPORT_ADD, OMADM_VERB_ADD, uri, value);
    if (full) {
      judge_change(&s, value);
      judge_forbidden(&s, OMADM_ST_DEVICE_FULL);
    } else if (try_add(t, node, uri, value) && (d->access & OMADM_ACCESS_DELETE) != 0) {
      s = subject_of(t, node, REPORT_DELETE, OMADM_VERB_DELETE, uri, NULL);
      judge_change(&s, NULL);
      if (judge_done(&s)) {
        omadm_status status = trial_resolve(t, uri, &found);
        if (status == OMADM_ST_NOT_FOUND)
          judge_pass(&s);
        else
          judge_fail(&s, "afterwards the node expected 404, got %u", status);
        check_listed(t, node, REPORT_DELETE, uri, false);
      }
    }
    free(uri);
  }
}

/* A permanent node without a name is there under every name that it may have. */
static bool is_always_there(trial *t, uint32_t node, const char *uri) {
  omadm_node found;
  return uri != NULL && node_of(t, node)->permanent && trial_resolve(t, uri, &found) == OMADM_ST_OK;
}

static void place_unnamed(trial *t, uint32_t node, const char *above) {
  place *p = &t->places[node];
  omadm_str name = {NULL, 0};
  samples *all = malloc(sizeof *all);
  char *uri = samples_name(t->ddf, node, 0, &name) ? check_uri(above, name) : NULL;
  char *listed = first_listed(t, node, above);
  subject s = subject_of(t, node, REPORT_ADD, OMADM_VERB_ADD, uri, NULL);
  if (all == NULL) {
    free(uri);
    free(listed);
    return;
  }
  omadm_value value = first_value(t, node, all);
  if (uri == NULL && listed == NULL) {
    judge_skip(&s, "no name could be made up that the DDF allows");
  } else if (listed == NULL && is_always_there(t, node, uri)) {
    p->uri = uri;
  } else if (uri != NULL && add_missing(t, node, uri)) {
    p->uri = uri;
    p->made = true;
    try_bad_name(t, node, above, &value);
    if (listed == NULL) try_more(t, node, above, &value);
  } else if (listed != NULL) {
    p->uri = strdup(listed);
  } else {
    judge_skip(&s, "there is no instance of it");
  }
  if (p->uri != uri) free(uri);
  free(listed);
  free(all);
}

void check_place(trial *t, uint32_t node) {
  const omadm_ddf_node *d = node_of(t, node);
  const char *above = NULL;
  char path[512];
  for (size_t i = 0; i < omadm_ddf_root_count(t->ddf); i++) {
    const omadm_ddf_root *root = omadm_ddf_root_at(t->ddf, i);
    int n = (int)root->path.len;
    if (root->node != node || root->path.len >= sizeof path) continue;
    memcpy(path, root->path.ptr, root->path.len);
    path[n] = '\0';
    above = path;
  }
  if (d->parent != OMADM_DDF_NONE) above = t->places[d->parent].uri;
  if (above == NULL) {
    report_also_not_tried(t->report, node, REPORT_GET);
  } else if (d->name.len > 0) {
    place_named(t, node, above);
  } else {
    place_unnamed(t, node, above);
  }
}
