/* SPDX-License-Identifier: MIT */
/* The report as a person reads it, and as JSON. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/str.h"
#include "conformance/csp-test/report.h"

static const report_row *row_of(const omadm_csp_test_report *self, uint32_t node) {
  return &self->rows[node == REPORT_PLUGIN ? self->n_rows - 1 : node];
}

static size_t sum_of(const uint32_t count[OMADM_CSP_TEST_OUTCOMES]) {
  size_t sum = 0;
  for (size_t i = 0; i < OMADM_CSP_TEST_OUTCOMES; i++)
    sum += count[i];
  return sum;
}

static bool is_empty(const report_row *row) {
  for (size_t c = 0; c < REPORT_COLUMN_COUNT; c++)
    if (sum_of(row->count[c]) > 0) return false;
  return true;
}

static omadm_err write_row(const report_row *row, int width, omadm_buf *out) {
  omadm_err err = omadm_buf_printf(out, "%-*s", width, row->uri);
  for (size_t c = 0; err == 0 && c < REPORT_COLUMN_COUNT; c++) {
    const uint32_t *n = row->count[c];
    char cell[48] = "-";
    if (sum_of(n) > 0)
      snprintf(cell, sizeof cell, "%u/%u/%u", n[OMADM_CSP_TEST_PASSED], n[OMADM_CSP_TEST_FAILED],
               n[OMADM_CSP_TEST_NOT_TRIED]);
    err = omadm_buf_printf(out, "  %9s", cell);
  }
  return err == 0 ? omadm_buf_add_text(out, "\n") : err;
}

static omadm_err write_table(const omadm_csp_test_report *self, omadm_buf *out) {
  enum { WIDEST = 80 };
  size_t width = strlen("passed/failed/not tried");
  for (size_t i = 0; i < self->n_rows; i++)
    if (strlen(self->rows[i].uri) > width) width = strlen(self->rows[i].uri);
  if (width > WIDEST) width = WIDEST;
  omadm_err err = omadm_buf_printf(out, "%-*s", (int)width, "passed/failed/not tried");
  for (size_t c = 0; err == 0 && c < REPORT_COLUMN_COUNT; c++)
    err = omadm_buf_printf(out, "  %9s", report_column_names[c]);
  if (err == 0) err = omadm_buf_add_text(out, "\n");
  for (size_t i = 0; err == 0 && i < self->n_rows; i++)
    if (i + 1 < self->n_rows || !is_empty(&self->rows[i]))
      err = write_row(&self->rows[i], (int)width, out);
  return err;
}

/* " (late, copying)"; nothing where it was so on each host. */
static omadm_err write_hosts(unsigned hosts, omadm_buf *out) {
  const char *before = " (";
  omadm_err err = 0;
  if (hosts == (1U << REPORT_HOSTS) - 1) return 0;
  for (unsigned i = 0; err == 0 && i < REPORT_HOSTS; i++) {
    if ((hosts & 1U << i) == 0) continue;
    err = omadm_buf_printf(out, "%s%s", before, report_host_names[i]);
    before = ", ";
  }
  return err == 0 ? omadm_buf_add_text(out, ")") : err;
}

static omadm_err write_items(const omadm_csp_test_report *self, omadm_csp_test_outcome outcome,
                             const char *title, omadm_buf *out) {
  bool first = true;
  omadm_err err = 0;
  for (size_t i = 0; err == 0 && i < self->n_items; i++) {
    const report_item *item = &self->items[i];
    if (item->outcome != outcome) continue;
    if (first) err = omadm_buf_printf(out, "\n%s\n", title);
    first = false;
    if (err == 0)
      err = omadm_buf_printf(out, "  %s %s: %s", report_column_names[item->column],
                             row_of(self, item->node)->uri, item->text);
    if (err == 0) err = write_hosts(item->hosts, out);
    if (err == 0) err = omadm_buf_add_text(out, "\n");
  }
  return err;
}

static omadm_err write_remarks(const omadm_csp_test_report *self, omadm_buf *out) {
  omadm_err err = self->n_remarks > 0 ? omadm_buf_add_text(out, "\nIts DDF\n") : 0;
  for (size_t i = 0; err == 0 && i < self->n_remarks; i++)
    err = omadm_buf_printf(out, "  %s\n", self->remarks[i]);
  return err;
}

omadm_err omadm_csp_test_write(const omadm_csp_test_report *self, omadm_buf *out) {
  const size_t *n = self->total;
  omadm_err err = omadm_buf_printf(out, "%s %s, %s\n", self->name, self->version, self->plugin);
  if (err == 0) err = write_table(self, out);
  if (err == 0) err = write_remarks(self, out);
  if (err == 0) err = write_items(self, OMADM_CSP_TEST_FAILED, "Failed", out);
  if (err == 0) err = write_items(self, OMADM_CSP_TEST_NOT_TRIED, "Not tried", out);
  if (err != 0) return err;
  return omadm_buf_printf(out, "\n%zu checks: %zu passed, %zu failed, %zu not tried (seed %llu)\n",
                          n[OMADM_CSP_TEST_PASSED] + n[OMADM_CSP_TEST_FAILED] +
                              n[OMADM_CSP_TEST_NOT_TRIED],
                          n[OMADM_CSP_TEST_PASSED], n[OMADM_CSP_TEST_FAILED],
                          n[OMADM_CSP_TEST_NOT_TRIED], (unsigned long long)self->seed);
}

static json_t *json_counts(const uint32_t n[OMADM_CSP_TEST_OUTCOMES]) {
  return json_pack("{s:I, s:I, s:I}", "passed", (json_int_t)n[OMADM_CSP_TEST_PASSED], "failed",
                   (json_int_t)n[OMADM_CSP_TEST_FAILED], "not_tried",
                   (json_int_t)n[OMADM_CSP_TEST_NOT_TRIED]);
}

static json_t *json_rows(const omadm_csp_test_report *self) {
  json_t *rows = json_array();
  for (size_t i = 0; i < self->n_rows; i++) {
    const report_row *row = &self->rows[i];
    json_t *verbs = json_object();
    for (size_t c = 0; c < REPORT_COLUMN_COUNT; c++)
      if (sum_of(row->count[c]) > 0)
        json_object_set_new(verbs, report_column_names[c], json_counts(row->count[c]));
    json_array_append_new(rows, json_pack("{s:s, s:o}", "uri", row->uri, "checks", verbs));
  }
  return rows;
}

static json_t *json_items(const omadm_csp_test_report *self, omadm_csp_test_outcome outcome) {
  json_t *items = json_array();
  for (size_t i = 0; i < self->n_items; i++) {
    const report_item *item = &self->items[i];
    if (item->outcome != outcome) continue;
    json_t *hosts = json_array();
    for (unsigned h = 0; h < REPORT_HOSTS; h++)
      if ((item->hosts & 1U << h) != 0)
        json_array_append_new(hosts, json_string(report_host_names[h]));
    json_array_append_new(
        items, json_pack("{s:s, s:s, s:s, s:o}", "uri", row_of(self, item->node)->uri, "check",
                         report_column_names[item->column], "text", item->text, "hosts", hosts));
  }
  return items;
}

static json_t *json_remarks(const omadm_csp_test_report *self) {
  json_t *remarks = json_array();
  for (size_t i = 0; i < self->n_remarks; i++)
    json_array_append_new(remarks, json_string(self->remarks[i]));
  return remarks;
}

omadm_err omadm_csp_test_write_json(const omadm_csp_test_report *self, omadm_buf *out) {
  const size_t *n = self->total;
  json_t *all = json_pack("{s:s, s:s, s:s, s:I, s:o, s:o, s:o, s:o, s:I, s:I, s:I}", "plugin",
                          self->plugin, "name", self->name, "version", self->version, "seed",
                          (json_int_t)self->seed, "nodes", json_rows(self), "ddf",
                          json_remarks(self), "failures", json_items(self, OMADM_CSP_TEST_FAILED),
                          "not_tried_items", json_items(self, OMADM_CSP_TEST_NOT_TRIED), "passed",
                          (json_int_t)n[OMADM_CSP_TEST_PASSED], "failed",
                          (json_int_t)n[OMADM_CSP_TEST_FAILED], "not_tried",
                          (json_int_t)n[OMADM_CSP_TEST_NOT_TRIED]);
  char *text = all != NULL ? json_dumps(all, JSON_INDENT(2)) : NULL;
  omadm_err err = text != NULL ? omadm_buf_printf(out, "%s\n", text) : OMADM_E_NOMEM;
  free(text);
  json_decref(all);
  return err;
}
