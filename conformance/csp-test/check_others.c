/* SPDX-License-Identifier: MIT */
/* What others do meanwhile: a server that waits no longer, another server, a restart. */
#include <stdlib.h>

#include "base/str.h"
#include "conformance/csp-test/checks.h"

static const omadm_ddf_node *node_of(const trial *t, uint32_t node) {
  return omadm_ddf_node_at(t->ddf, node);
}

/* Two values are known that the leaf takes and gives back, and it may be set by itself. */
static bool is_settable(const trial *t, uint32_t node) {
  const omadm_ddf_node *d = node_of(t, node);
  const place *p = &t->places[node];
  return (d->access & OMADM_ACCESS_REPLACE) != 0 && judge_readable(t, node) &&
         d->replace_behavior == OMADM_REPLACE_REPLACES && !judge_needs_atomic(t, node) && p->kept &&
         p->other.len > 0 && !omadm_str_equal(omadm_buf_str(&p->other), omadm_buf_str(&p->now));
}

static void give_up(trial *t, uint32_t node, report_column column, omadm_verb verb,
                    const omadm_value *value) {
  const place *p = &t->places[node];
  subject s = subject_of(t, node, column, verb, p->uri, value);
  if (!trial_give_up(t, verb, p->uri, value)) return;
  if (t->silent)
    judge_fail(&s, "it was given up, expected that it ends all the same, and it does not");
  else if (p->kept)
    judge_holds(&s, omadm_buf_str(&p->now));
  else if (trial_call(t, OMADM_VERB_GET, p->uri, NULL) == OMADM_ST_OK)
    judge_pass(&s);
  else
    judge_fail(&s, "it was given up, the next Get expected 200, got %u", t->status);
}

void check_give_up(trial *t, uint32_t node) {
  const place *p = &t->places[node];
  if (!judge_readable(t, node) || trial_call(t, OMADM_VERB_GET, p->uri, NULL) != OMADM_ST_OK)
    return;
  give_up(t, node, REPORT_GET, OMADM_VERB_GET, NULL);
  if (!is_settable(t, node)) return;
  omadm_value value = trial_value(node_of(t, node), omadm_buf_str(&p->other));
  give_up(t, node, REPORT_REPLACE, OMADM_VERB_REPLACE, &value);
}

static bool is_number(omadm_str text, long long *number) {
  char digits[24];
  char *end = NULL;
  if (text.len == 0 || text.len >= sizeof digits) return false;
  memcpy(digits, text.ptr, text.len);
  digits[text.len] = '\0';
  *number = strtoll(digits, &end, 10);
  return *end == '\0';
}

/* What two servers' values become: the first one's, or the one that was set last? */
static bool first_counts(omadm_conflict how, omadm_str first, omadm_str last) {
  long long a = 0, b = 0;
  bool zero_yields = how == OMADM_CONFLICT_LOWEST_ZERO || how == OMADM_CONFLICT_HIGHEST_ZERO;
  bool lowest = how == OMADM_CONFLICT_LOWEST || how == OMADM_CONFLICT_LOWEST_ZERO;
  bool merges = how != OMADM_CONFLICT_NO_MERGE && how != OMADM_CONFLICT_LAST_WRITE;
  if (!merges || !is_number(first, &a) || !is_number(last, &b)) return false;
  if (zero_yields && (a == 0 || b == 0)) return b == 0;
  return lowest ? a < b : a > b;
}

/* Afterwards it holds what it held before, set by the first server. */
void check_second(trial *t, uint32_t node) {
  const omadm_ddf_node *d = node_of(t, node);
  const place *p = &t->places[node];
  if (!is_settable(t, node)) return;
  const omadm_str now = omadm_buf_str(&p->now), other = omadm_buf_str(&p->other);
  omadm_value value = trial_value(d, other);
  subject s = subject_of(t, node, REPORT_SERVERS, OMADM_VERB_REPLACE, p->uri, &value);
  t->second = true;
  trial_call(t, OMADM_VERB_REPLACE, p->uri, &value);
  t->second = false;
  if (!judge_done(&s)) return;
  judge_holds(&s, first_counts(d->conflict, now, other) ? now : other);
  value = trial_value(d, now);
  s = subject_of(t, node, REPORT_SERVERS, OMADM_VERB_REPLACE, p->uri, &value);
  if (d->conflict != OMADM_CONFLICT_NO_MERGE && trial_forget_second(t) != 0)
    judge_fail(&s, "the second server's account cannot go");
  else if (d->conflict == OMADM_CONFLICT_NO_MERGE)
    trial_call(t, OMADM_VERB_REPLACE, p->uri, &value);
  judge_holds(&s, now);
}

uint32_t check_resume_begin(trial *t) {
  if (t->options->isolation != NULL || t->watch.theirs.resume == NULL) return OMADM_DDF_NONE;
  const omadm_value nothing = {.format = OMADM_FORMAT_ABSENT};
  for (uint32_t node = 0; node < t->n_places; node++) {
    if (!t->places[node].accepted) continue;
    trial_call(t, OMADM_VERB_EXEC, t->places[node].uri, &nothing);
    return t->status == OMADM_ST_ACCEPTED ? node : OMADM_DDF_NONE;
  }
  return OMADM_DDF_NONE;
}

void check_resume_end(trial *t, uint32_t node) {
  if (node == OMADM_DDF_NONE) return;
  subject s = subject_of(t, node, REPORT_RESTART, OMADM_VERB_EXEC, t->places[node].uri, NULL);
  omadm_status status = trial_end(t);
  if (status == OMADM_ST_NONE)
    judge_fail(&s, "202 was told, expected that it ends after a restart, and it does not");
  else if (omadm_status_is_success(status))
    judge_pass(&s);
  else
    judge_skip(&s, "after a restart the CSP ended it with %u", status);
}
