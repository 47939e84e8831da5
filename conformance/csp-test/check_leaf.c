/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/str.h"
#include "conformance/csp-test/checks.h"

static const omadm_ddf_node *node_of(const trial *t, uint32_t node) {
  return omadm_ddf_node_at(t->ddf, node);
}

static bool may(const trial *t, uint32_t node, unsigned right) {
  return (node_of(t, node)->access & right) != 0;
}

void check_samples(const trial *t, uint32_t node, samples *all) {
  const omadm_csp_test_options *options = t->options;
  const char *uri = t->report->rows[node].uri;
  samples_make(all, t->ddf, node_of(t, node), options->seed);
  for (size_t i = 0; i < options->n_values; i++)
    if (omadm_str_is(options->values[i].uri, uri)) samples_also(all, options->values[i].value);
}

void check_no_sample(const subject *s) {
  judge_skip(s, "no value could be made up that the DDF allows; --value '%s=VALUE' gives one",
             s->t->report->rows[s->node].uri);
}

/* What the plugin gives has to be what its own DDF allows; a default may stand outside. */
static void check_given(const subject *s) {
  trial *t = s->t;
  omadm_error why = {0};
  const omadm_ddf_node *d = node_of(t, s->node);
  omadm_str given = omadm_buf_str(&t->data);
  bool is_default = given.len == 0 || (d->has_default && omadm_str_equal(given, d->default_value));
  if (is_default || d->allowed == OMADM_DDF_NONE || d->n_groups > 0) return;
  if (omadm_ddf_allows(t->ddf, d->allowed, d->format, given, &why) == OMADM_ST_OK)
    judge_pass(s);
  else
    judge_fail(s, "gives %s, which the DDF forbids: %s", show_value(given).text, why.text);
}

void check_get(trial *t, uint32_t node) {
  place *p = &t->places[node];
  subject s = subject_of(t, node, REPORT_GET, OMADM_VERB_GET, p->uri, NULL);
  omadm_buf first = {0};
  trial_call(t, OMADM_VERB_GET, p->uri, NULL);
  if (!may(t, node, OMADM_ACCESS_GET)) {
    if (t->called)
      judge_fail(&s, "the DDF does not grant it, and the plugin was called");
    else
      judge_forbidden(&s, OMADM_ST_NOT_ALLOWED);
    return;
  }
  if (!judge_done(&s)) return;
  judge_pass(&s);
  check_given(&s);
  if (omadm_buf_add_str(&first, omadm_buf_str(&t->data)) != 0) {
    judge_skip(&s, "out of memory");
  } else if (trial_call(t, OMADM_VERB_GET, p->uri, NULL) != OMADM_ST_OK ||
             !omadm_str_equal(omadm_buf_str(&first), omadm_buf_str(&t->data))) {
    judge_fail(&s, "two in a row expected to be alike: %s, then %u and %s",
               show_value(omadm_buf_str(&first)).text, t->status,
               show_value(omadm_buf_str(&t->data)).text);
  } else {
    judge_pass(&s);
  }
  omadm_buf_dispose(&first);
}

/* After a refusal the value is what it was. */
static void check_unchanged(const subject *s) {
  trial *t = s->t;
  place *p = &t->places[s->node];
  if (p->kept) judge_holds(s, omadm_buf_str(&p->now));
}

static void try_forbidden(trial *t, uint32_t node, omadm_value value, omadm_status expected) {
  subject s = subject_of(t, node, REPORT_REPLACE, OMADM_VERB_REPLACE, t->places[node].uri, &value);
  judge_change(&s, &value);
  judge_forbidden(&s, expected);
  check_unchanged(&s);
}

static void note(place *p, omadm_str value) {
  p->now.len = 0;
  p->kept = omadm_buf_add_str(&p->now, value) == 0;
}

/* An empty value may stand for the DDF's default. */
static bool means_default(const trial *t, const omadm_ddf_node *d, omadm_str value) {
  return value.len == 0 && d->has_default &&
         omadm_str_equal(omadm_buf_str(&t->data), d->default_value);
}

/* The value was taken: is it given back? */
static void look_back(const subject *s, omadm_str value) {
  trial *t = s->t;
  place *p = &t->places[s->node];
  const omadm_ddf_node *d = node_of(t, s->node);
  bool read = trial_call(t, OMADM_VERB_GET, s->uri, NULL) == OMADM_ST_OK;
  bool is_default = read && means_default(t, d, value);
  if (p->kept && p->now.len > 0 && !omadm_str_equal(value, omadm_buf_str(&p->now))) {
    p->other.len = 0;
    (void)omadm_buf_add_str(&p->other, omadm_buf_str(&p->now));
  }
  note(p, is_default ? d->default_value : value);
  if (is_default)
    judge_pass(s);
  else
    judge_holds(s, value);
  p->kept = p->kept && omadm_str_equal(omadm_buf_str(&t->data), omadm_buf_str(&p->now));
}

static void try_inside(trial *t, uint32_t node, const sample *one) {
  const omadm_ddf_node *d = node_of(t, node);
  place *p = &t->places[node];
  omadm_value value = trial_value(d, one->value);
  subject s = subject_of(t, node, REPORT_REPLACE, OMADM_VERB_REPLACE, p->uri, &value);
  judge_change(&s, &value);
  if (!judge_done(&s)) {
    check_unchanged(&s);
  } else if (!judge_readable(t, node) || d->replace_behavior == OMADM_REPLACE_APPENDS) {
    judge_pass(&s);
  } else {
    look_back(&s, one->canonical);
  }
}

/* A format that is not the node's. */
static omadm_value other_format(const omadm_ddf_node *d) {
  omadm_value value = {.data = OMADM_STR("1"), .has_data = 1};
  value.format = d->format == OMADM_FORMAT_CHR ? OMADM_FORMAT_INT : OMADM_FORMAT_CHR;
  return value;
}

/* A value that is allowed, outside of the Atomic that the DDF asks for. */
static void try_alone(trial *t, uint32_t node, const sample *one) {
  omadm_value value = trial_value(node_of(t, node), one->value);
  subject s = subject_of(t, node, REPORT_ATOMIC, OMADM_VERB_REPLACE, t->places[node].uri, &value);
  trial_call(t, OMADM_VERB_REPLACE, s.uri, &value);
  judge_forbidden(&s, OMADM_ST_NOT_ALLOWED);
  check_unchanged(&s);
}

static void try_samples(trial *t, uint32_t node, const samples *all) {
  const omadm_ddf_node *d = node_of(t, node);
  const sample *one = NULL;
  static const sample_kind good[] = {SAMPLE_INSIDE, SAMPLE_SPELLING};
  if (judge_needs_atomic(t, node) && (one = samples_at(all, SAMPLE_INSIDE, 0)) != NULL)
    try_alone(t, node, one);
  for (size_t k = 0; k < 2; k++)
    for (size_t i = 0; (one = samples_at(all, good[k], i)) != NULL; i++)
      try_inside(t, node, one);
  for (size_t i = 0; (one = samples_at(all, SAMPLE_MALFORMED, i)) != NULL; i++)
    try_forbidden(t, node, trial_value(d, one->value), one->expected);
  for (size_t i = 0; d->n_groups == 0 && (one = samples_at(all, SAMPLE_OUTSIDE, i)) != NULL; i++)
    try_forbidden(t, node, trial_value(d, one->value), one->expected);
  if (samples_at(all, SAMPLE_INSIDE, 0) == NULL) {
    subject s = subject_of(t, node, REPORT_REPLACE, OMADM_VERB_REPLACE, t->places[node].uri, NULL);
    check_no_sample(&s);
  }
}

void check_replace(trial *t, uint32_t node) {
  const omadm_ddf_node *d = node_of(t, node);
  place *p = &t->places[node];
  samples *all = malloc(sizeof *all);
  if (all == NULL) return;
  check_samples(t, node, all);
  p->had = judge_read(t, node, p->uri, &p->before);
  if (p->had) note(p, omadm_buf_str(&p->before));
  if (d->format == OMADM_FORMAT_NODE || (d->access & OMADM_ACCESS_REPLACE) == 0) {
    const sample *some = samples_at(all, SAMPLE_INSIDE, 0);
    omadm_value value = trial_value(d, some != NULL ? some->value : (omadm_str){NULL, 0});
    try_forbidden(t, node, value, OMADM_ST_NOT_ALLOWED);
    p->kept = false; /* it may be what changes by itself */
  } else {
    try_samples(t, node, all);
    try_forbidden(t, node, other_format(d), OMADM_ST_BAD_FORMAT);
  }
  free(all);
}

/* It was accepted, or done at once. */
static void judge_ended(const subject *s) {
  trial *t = s->t;
  omadm_status status = t->status == OMADM_ST_ACCEPTED ? trial_end(t) : t->status;
  if (status == OMADM_ST_NONE) {
    judge_skip(s, "it still goes on");
  } else if (omadm_status_is_success(status)) {
    t->places[s->node].accepted = t->status == OMADM_ST_ACCEPTED;
    judge_pass(s);
  } else {
    judge_skip(s, "the CSP ended it with %u", status);
  }
}

void check_exec(trial *t, uint32_t node) {
  const omadm_ddf_node *d = node_of(t, node);
  const char *uri = t->places[node].uri;
  omadm_value value = {.format = OMADM_FORMAT_ABSENT};
  subject s = subject_of(t, node, REPORT_EXEC, OMADM_VERB_EXEC, uri, NULL);
  if ((d->access & OMADM_ACCESS_EXEC) == 0) {
    trial_call(t, OMADM_VERB_EXEC, uri, &value);
    judge_forbidden(&s, OMADM_ST_NOT_ALLOWED);
  } else if (!t->options->exec) {
    if (trial_lacks(t, OMADM_VERB_EXEC))
      judge_fail(&s, "the DDF grants it, and the plugin has no slot for it");
    else
      judge_skip(&s, "it may do harm; --exec tries it");
  } else {
    trial_call(t, OMADM_VERB_EXEC, uri, &value);
    if (judge_done(&s)) judge_ended(&s);
  }
}

void check_add_again(trial *t, uint32_t node) {
  const omadm_ddf_node *d = node_of(t, node);
  omadm_value value = trial_value(d, (omadm_str)OMADM_STR(""));
  subject s = subject_of(t, node, REPORT_ADD, OMADM_VERB_ADD, t->places[node].uri, &value);
  judge_change(&s, &value);
  judge_forbidden(&s, OMADM_ST_EXISTS);
  check_unchanged(&s);
}
