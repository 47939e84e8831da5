/* SPDX-License-Identifier: MIT */
#include "conformance/csp-test/judge.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

shown show_value(omadm_str value) {
  shown s;
  enum { MOST = 40 };
  if (value.len <= MOST)
    snprintf(s.text, sizeof s.text, "\"%.*s\"", (int)value.len, value.len > 0 ? value.ptr : "");
  else
    snprintf(s.text, sizeof s.text, "\"%.20s…\" (%zu octets)", value.ptr, value.len);
  return s;
}

subject subject_of(trial *t, uint32_t node, report_column column, omadm_verb verb, const char *uri,
                   const omadm_value *value) {
  subject s = {.t = t, .node = node, .column = column, .verb = verb, .uri = uri};
  const char *name = trial_verb_name(verb);
  if (value != NULL && value->has_data)
    snprintf(s.sent, sizeof s.sent, "%s with %s of format %s", name, show_value(value->data).text,
             omadm_format_text(value->format));
  else
    snprintf(s.sent, sizeof s.sent, "%s", name);
  return s;
}

void judge_pass(const subject *s) {
  report_pass(s->t->report, s->node, s->column);
}

/* What explains most of the failures of a list whose nodes come and go. */
static const char *hint(const subject *s) {
  const omadm_csp_slots *slots = &s->t->watch.theirs;
  if (s->t->options->isolation != NULL || s->node == REPORT_PLUGIN) return "";
  if (s->verb == OMADM_VERB_LIST && slots->list == NULL)
    return " (the plugin has no slot list: only the nodes that the DDF names are listed)";
  if (!omadm_ddf_node_at(s->t->ddf, s->node)->permanent && slots->find == NULL)
    return " (the plugin has no slot find: every Dynamic node is taken to be there)";
  return "";
}

static void other(const subject *s, omadm_csp_test_outcome outcome, const char *format,
                  va_list arguments) {
  char *text = NULL;
  if (vasprintf(&text, format, arguments) < 0) text = NULL;
  report_other(s->t->report, outcome, s->node, s->column, "%s: %s%s", s->sent,
               text != NULL ? text : "out of memory",
               outcome == OMADM_CSP_TEST_FAILED ? hint(s) : "");
  free(text);
}

void judge_fail(const subject *s, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  other(s, OMADM_CSP_TEST_FAILED, format, arguments);
  va_end(arguments);
}

void judge_skip(const subject *s, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  other(s, OMADM_CSP_TEST_NOT_TRIED, format, arguments);
  va_end(arguments);
}

static const char *detail_of(trial *t) {
  if (omadm_buf_add(&t->detail, "", 1) != 0) return "";
  t->detail.len--;
  return t->detail.ptr;
}

bool judge_done(const subject *s) {
  trial *t = s->t;
  omadm_status status = t->status;
  const char *detail = detail_of(t);
  const char *before = detail[0] != '\0' ? ": " : "";
  if (omadm_status_is_success(status)) return true;
  if (t->silent) {
    judge_fail(s, "expected an answer, got none in time");
  } else if (trial_lacks(t, s->verb)) {
    judge_fail(s, "the DDF grants it, and the plugin has no slot for it (%u)", status);
  } else if (status >= 500 && status != OMADM_ST_UNAVAILABLE) {
    judge_fail(s, "expected success, got %u%s%s", status, before, detail);
  } else if (t->called || t->options->isolation != NULL) {
    judge_skip(s, "refused by the CSP with %u%s%s", status, before, detail);
  } else {
    judge_skip(s, "refused by the framework with %u%s%s", status, before, detail);
  }
  return false;
}

void judge_forbidden(const subject *s, omadm_status expected) {
  trial *t = s->t;
  bool refused = t->status >= 400 && t->status < 500;
  if (t->changes > 0) {
    judge_fail(s, "expected a refusal, and the plugin was called; got %u", t->status);
  } else if (expected != 0 && t->status != expected) {
    judge_fail(s, "expected %u, got %u: %s", expected, t->status, detail_of(t));
  } else if (!refused) {
    judge_fail(s, "expected a refusal, got %u", t->status);
  } else {
    judge_pass(s);
  }
}

bool judge_needs_atomic(const trial *t, uint32_t node) {
  for (const omadm_ddf_node *d = omadm_ddf_node_at(t->ddf, node); d != NULL;
       d = omadm_ddf_node_at(t->ddf, d->parent))
    if (d->atomic_required) return true;
  return false;
}

omadm_status judge_change(const subject *s, const omadm_value *value) {
  trial *t = s->t;
  if (t->atomic || !judge_needs_atomic(t, s->node)) return trial_call(t, s->verb, s->uri, value);
  omadm_status status = trial_begin(t);
  if (status != OMADM_ST_OK) return t->status = status;
  status = trial_call(t, s->verb, s->uri, value);
  if (omadm_status_is_success(status)) {
    status = trial_commit(t);
    t->status = status == OMADM_ST_OK ? t->status : status;
  } else {
    trial_rollback(t);
  }
  return t->status;
}

bool judge_readable(const trial *t, uint32_t node) {
  const omadm_ddf_node *d = omadm_ddf_node_at(t->ddf, node);
  return d->format != OMADM_FORMAT_NODE && (d->access & OMADM_ACCESS_GET) != 0;
}

bool judge_read(trial *t, uint32_t node, const char *uri, omadm_buf *out) {
  out->len = 0;
  return judge_readable(t, node) && trial_call(t, OMADM_VERB_GET, uri, NULL) == OMADM_ST_OK &&
         omadm_buf_add_str(out, omadm_buf_str(&t->data)) == 0;
}

void judge_holds(const subject *s, omadm_str value) {
  trial *t = s->t;
  omadm_status status = trial_call(t, OMADM_VERB_GET, s->uri, NULL);
  bool refused = t->called && status >= 400 && status < 500 && status != OMADM_ST_NOT_FOUND;
  if (refused && !t->silent)
    judge_skip(s, "done, but the CSP refuses the Get that would show it with %u", status);
  else if (status != OMADM_ST_OK)
    judge_fail(s, "afterwards Get expected %s, got %u", show_value(value).text, t->status);
  else if (!omadm_str_equal(omadm_buf_str(&t->data), value))
    judge_fail(s, "afterwards Get expected %s, got %s", show_value(value).text,
               show_value(omadm_buf_str(&t->data)).text);
  else
    judge_pass(s);
}
