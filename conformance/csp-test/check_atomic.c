/* SPDX-License-Identifier: MIT */
#include "base/str.h"
#include "conformance/csp-test/checks.h"

/* Opens an Atomic that the change may be a member of. False: it has been reported. */
static bool begin(const subject *s) {
  trial *t = s->t;
  if (trial_enlist(t, s->verb, s->uri) != OMADM_ST_OK) {
    judge_skip(s, "in an Atomic: %u: %.*s", t->status, (int)t->detail.len,
               t->detail.len > 0 ? t->detail.ptr : "");
    return false;
  }
  t->status = trial_begin(t);
  if (t->status == OMADM_ST_OK) return true;
  judge_fail(s, "begin of an Atomic expected 200, got %u", t->status);
  return false;
}

static bool rolled_back(const subject *s) {
  omadm_status undone = trial_rollback(s->t);
  if (undone == OMADM_ST_ROLLED_BACK) return true;
  judge_fail(s, "its Atomic failed: expected 216 (undone), got %u", undone);
  return false;
}

/* A member that no node takes, as a server's mistake would be; the engine rolls back then. */
static void fail_member(const subject *s) {
  const omadm_value wrong = {.format = OMADM_FORMAT_NODE, .data = OMADM_STR("x"), .has_data = 1};
  trial_call(s->t, OMADM_VERB_REPLACE, s->uri, &wrong);
  if (omadm_status_is_success(s->t->status))
    judge_fail(s, "a value of format node was accepted behind it");
}

/* Replaces within an Atomic, and looks whether that is seen inside. */
static bool replace_inside(const subject *s, const omadm_value *value) {
  trial *t = s->t;
  trial_call(t, OMADM_VERB_REPLACE, s->uri, value);
  if (!judge_done(s)) return false;
  if (trial_call(t, OMADM_VERB_GET, s->uri, NULL) != OMADM_ST_OK ||
      !omadm_str_equal(omadm_buf_str(&t->data), value->data))
    judge_fail(s, "a Get in the same Atomic expected %s, got %u and %s",
               show_value(value->data).text, t->status, show_value(omadm_buf_str(&t->data)).text);
  else
    judge_pass(s);
  return true;
}

static void try_atomic(const subject *s, const omadm_value *value) {
  place *p = &s->t->places[s->node];
  if (!begin(s)) return;
  if (!replace_inside(s, value)) {
    trial_rollback(s->t);
    return;
  }
  fail_member(s);
  if (rolled_back(s)) judge_holds(s, omadm_buf_str(&p->now));
  if (!begin(s)) return;
  if (!replace_inside(s, value)) {
    trial_rollback(s->t);
    return;
  }
  omadm_status status = trial_commit(s->t);
  if (status != OMADM_ST_OK) {
    judge_fail(s, "the end of its Atomic expected 200, got %u", status);
    return;
  }
  p->now.len = 0;
  p->kept = omadm_buf_add_str(&p->now, value->data) == 0;
  judge_holds(s, value->data);
}

void check_atomic(trial *t, uint32_t node) {
  const omadm_ddf_node *d = omadm_ddf_node_at(t->ddf, node);
  place *p = &t->places[node];
  if ((d->access & OMADM_ACCESS_REPLACE) == 0 || !judge_readable(t, node)) return;
  if (d->replace_behavior != OMADM_REPLACE_REPLACES) return;
  omadm_value value = trial_value(d, omadm_buf_str(&p->other));
  subject s = subject_of(t, node, REPORT_ATOMIC, OMADM_VERB_REPLACE, p->uri, &value);
  bool differs = !omadm_str_equal(omadm_buf_str(&p->other), omadm_buf_str(&p->now));
  if (p->kept && p->other.len > 0 && differs)
    try_atomic(&s, &value);
  else
    judge_skip(&s, "no two values are known that it takes and gives back");
}

void check_atomic_add(trial *t, uint32_t node, const char *uri, const omadm_value *value) {
  omadm_node found;
  subject s = subject_of(t, node, REPORT_ATOMIC, OMADM_VERB_ADD, uri, value);
  if (!begin(&s)) return;
  trial_call(t, OMADM_VERB_ADD, uri, value);
  bool done = judge_done(&s);
  if (done) fail_member(&s);
  if (!done) {
    trial_rollback(t);
    return;
  }
  if (!rolled_back(&s)) return;
  omadm_status status = trial_resolve(t, uri, &found);
  if (status != OMADM_ST_NOT_FOUND)
    judge_fail(&s, "its Atomic failed: expected that it is gone (404), got %u", status);
  else
    judge_pass(&s);
  check_listed(t, node, REPORT_ATOMIC, uri, false);
}

void check_atomic_delete(trial *t, uint32_t node) {
  place *p = &t->places[node];
  omadm_node found;
  subject s = subject_of(t, node, REPORT_ATOMIC, OMADM_VERB_DELETE, p->uri, NULL);
  if (!begin(&s)) return;
  trial_call(t, OMADM_VERB_DELETE, p->uri, NULL);
  bool done = judge_done(&s);
  if (!done) {
    trial_rollback(t);
    return;
  }
  omadm_status status = trial_resolve(t, p->uri, &found);
  if (status != OMADM_ST_NOT_FOUND)
    judge_fail(&s, "in the same Atomic expected 404, got %u", status);
  if (!rolled_back(&s)) return;
  status = trial_resolve(t, p->uri, &found);
  if (status != OMADM_ST_OK)
    judge_fail(&s, "its Atomic failed: expected that it is there (200), got %u", status);
  else if (p->kept)
    judge_holds(&s, omadm_buf_str(&p->now));
  else
    judge_pass(&s);
}
