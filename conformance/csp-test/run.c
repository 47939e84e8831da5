/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/str.h"
#include "conformance/csp-test/checks.h"
#include "conformance/csp-test/crash.h"

static const omadm_ddf_node *node_of(const trial *t, uint32_t node) {
  return omadm_ddf_node_at(t->ddf, node);
}

/* Nodes stand in document order, so that what is above comes first. */
static void go_down(trial *t) {
  for (uint32_t node = 0; node < t->n_places; node++)
    check_place(t, node);
  for (uint32_t node = 0; node < t->n_places; node++) {
    bool interior = node_of(t, node)->format == OMADM_FORMAT_NODE;
    if (t->places[node].uri == NULL) continue;
    if (interior)
      check_list(t, node);
    else
      check_get(t, node);
    check_add_again(t, node);
    check_exec(t, node);
    check_replace(t, node);
    if (interior) continue;
    check_atomic(t, node);
    check_give_up(t, node);
    check_second(t, node);
  }
}

/* What was set or added has to be there, and what was deleted gone. */
static void look_after_restart(trial *t) {
  omadm_node found;
  for (uint32_t node = 0; node < t->n_places; node++) {
    place *p = &t->places[node];
    if (p->uri == NULL) continue;
    subject s = subject_of(t, node, REPORT_RESTART, OMADM_VERB_GET, p->uri, NULL);
    omadm_status status = trial_resolve(t, p->uri, &found);
    omadm_status expected = p->gone ? OMADM_ST_NOT_FOUND : OMADM_ST_OK;
    if (!p->gone && !p->made && !p->kept) continue;
    if (status != expected)
      judge_fail(&s, "after a restart the node expected %u, got %u", expected, status);
    else if (p->kept && !p->gone)
      judge_holds(&s, omadm_buf_str(&p->now));
    else
      judge_pass(&s);
  }
}

static void put_back(trial *t, uint32_t node) {
  place *p = &t->places[node];
  if (!p->had || p->made || (node_of(t, node)->access & OMADM_ACCESS_REPLACE) == 0) return;
  if (omadm_str_equal(omadm_buf_str(&p->before), omadm_buf_str(&p->now))) return;
  omadm_value value = trial_value(node_of(t, node), omadm_buf_str(&p->before));
  subject s = subject_of(t, node, REPORT_REPLACE, OMADM_VERB_REPLACE, p->uri, &value);
  p->kept = false;
  (void)judge_change(&s, &value);
}

/* With a node goes all below it. */
static void note_gone(trial *t, uint32_t node) {
  t->places[node].gone = true;
  for (uint32_t below = node + 1; below < t->n_places; below++) {
    uint32_t above = node_of(t, below)->parent;
    if (above != OMADM_DDF_NONE && above >= node && t->places[above].gone)
      t->places[below].gone = true;
  }
}

void check_delete(trial *t, uint32_t node) {
  const omadm_ddf_node *d = node_of(t, node);
  place *p = &t->places[node];
  omadm_node found;
  subject s = subject_of(t, node, REPORT_DELETE, OMADM_VERB_DELETE, p->uri, NULL);
  bool may = (d->access & OMADM_ACCESS_DELETE) != 0 && !d->permanent;
  if (may && !p->made) {
    judge_skip(&s, "it was there before the test");
    return;
  }
  if (may) check_atomic_delete(t, node);
  judge_change(&s, NULL);
  if (!may) {
    judge_forbidden(&s, OMADM_ST_NOT_ALLOWED);
    if (trial_resolve(t, p->uri, &found) != OMADM_ST_OK) judge_fail(&s, "and the node is gone");
    return;
  }
  if (!judge_done(&s)) return;
  omadm_status status = trial_resolve(t, p->uri, &found);
  if (status != OMADM_ST_NOT_FOUND) {
    judge_fail(&s, "afterwards the node expected 404, got %u", status);
    return;
  }
  note_gone(t, node);
  judge_pass(&s);
  check_listed(t, node, REPORT_DELETE, p->uri, false);
}

static void go_up(trial *t) {
  for (uint32_t node = (uint32_t)t->n_places; node-- > 0;) {
    if (t->places[node].uri == NULL) continue;
    put_back(t, node);
    check_delete(t, node);
  }
}

/* Is the line about the plugin? Others are about what the test asked of it. */
static bool is_of_plugin(const trial *t, const char *line) {
  omadm_str text = omadm_str_of(line);
  if (omadm_str_starts(text, "CSP ")) text = omadm_str_of(line + strlen("CSP "));
  return omadm_str_starts(text, t->report->name);
}

/* What the framework had to say of the plugin. */
static void tell_complaints(trial *t) {
  const size_t most = sizeof t->complaints / sizeof *t->complaints;
  bool any = false;
  for (size_t i = 0; i < most && t->complaints[i] != NULL; i++) {
    if (!is_of_plugin(t, t->complaints[i])) continue;
    any = true;
    report_other(t->report, OMADM_CSP_TEST_FAILED, REPORT_PLUGIN, REPORT_LOG,
                 "expected no complaint of the framework, got \"%s\"", t->complaints[i]);
  }
  if (!any) report_pass(t->report, REPORT_PLUGIN, REPORT_LOG);
}

static omadm_err restart(trial *t, omadm_error *error) {
  trial_close(t);
  omadm_err err = trial_open(t, error);
  if (err != 0) {
    report_other(t->report, OMADM_CSP_TEST_FAILED, REPORT_PLUGIN, REPORT_RESTART,
                 "expected that it opens again after a restart: %s",
                 error != NULL ? error->text : omadm_err_text(err));
    return err;
  }
  look_after_restart(t);
  return 0;
}

/* One host. Where the plugin opens once and not again, that is its failure, and no error. */
static omadm_err run_host(trial *t, omadm_error *error) {
  omadm_error found = {0};
  omadm_err err = trial_open(t, error);
  if (err != 0) return err;
  go_down(t);
  uint32_t going_on = check_resume_begin(t);
  if (restart(t, &found) == 0) {
    check_resume_end(t, going_on);
    go_up(t);
    (void)restart(t, &found);
  }
  trial_close(t);
  tell_complaints(t);
  return 0;
}

omadm_err omadm_csp_test_run(const omadm_csp_test_options *options, omadm_csp_test_report **report,
                             omadm_error *error) {
  static const unsigned hosts[REPORT_HOSTS] = {0, OMADM_HOST_LATE, OMADM_HOST_COPYING};
  omadm_csp_test_report *made = report_new(options->plugin, options->seed);
  omadm_err err = made != NULL ? 0 : omadm_error_set(error, OMADM_E_NOMEM, "out of memory");
  if (options->isolation == NULL) crash_begin(options->plugin);
  for (unsigned i = 0; err == 0 && i < REPORT_HOSTS; i++) {
    trial *t = calloc(1, sizeof *t);
    if (t == NULL) {
      err = omadm_error_set(error, OMADM_E_NOMEM, "out of memory");
      break;
    }
    t->options = options;
    t->report = made;
    t->host_flags = hosts[i];
    made->host = i;
    err = run_host(t, error);
    trial_dispose(t);
    free(t);
  }
  if (options->isolation == NULL) crash_end();
  if (err == 0 && made->poor) err = omadm_error_set(error, OMADM_E_NOMEM, "out of memory");
  if (err == 0) {
    *report = made;
    return 0;
  }
  omadm_csp_test_free(made);
  *report = NULL;
  return err;
}
