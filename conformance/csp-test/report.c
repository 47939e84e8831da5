/* SPDX-License-Identifier: MIT */
#include "conformance/csp-test/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/str.h"

const char *const report_column_names[REPORT_COLUMN_COUNT] = {
#define REPORT_COLUMN_NAME(id, text) text,
    REPORT_COLUMNS(REPORT_COLUMN_NAME)
#undef REPORT_COLUMN_NAME
};

const char *const report_host_names[REPORT_HOSTS] = {"plain", "late", "copying"};

omadm_csp_test_report *report_new(const char *plugin, uint64_t seed) {
  omadm_csp_test_report *self = calloc(1, sizeof *self);
  if (self == NULL) return NULL;
  self->seed = seed;
  self->plugin = strdup(plugin);
  if (self->plugin != NULL) return self;
  free(self);
  return NULL;
}

void omadm_csp_test_free(omadm_csp_test_report *self) {
  if (self == NULL) return;
  for (size_t i = 0; i < self->n_rows; i++)
    free(self->rows[i].uri);
  for (size_t i = 0; i < self->n_items; i++)
    free(self->items[i].text);
  for (size_t i = 0; i < self->n_remarks; i++)
    free(self->remarks[i]);
  free(self->rows);
  free(self->items);
  free(self->plugin);
  free(self->name);
  free(self->version);
  free(self);
}

size_t omadm_csp_test_count(const omadm_csp_test_report *self, omadm_csp_test_outcome outcome) {
  return self->total[outcome];
}

/* The way from the root, a name a node; what stands before the root is that of its Path. */
static char *write_uri(const omadm_ddf *ddf, uint32_t node) {
  omadm_buf parts[2] = {{0}, {0}}; /* the way below a node, and one segment more */
  omadm_err err = 0;
  for (uint32_t at = node; err == 0 && at != OMADM_DDF_NONE;) {
    const omadm_ddf_node *d = omadm_ddf_node_at(ddf, at);
    omadm_str name = d->name.len > 0 ? d->name : (omadm_str)OMADM_STR("{name}");
    parts[1].len = 0;
    err = omadm_buf_printf(&parts[1], "/%.*s%.*s", (int)name.len, name.ptr, (int)parts[0].len,
                           parts[0].len > 0 ? parts[0].ptr : "");
    omadm_buf swap = parts[0];
    parts[0] = parts[1];
    parts[1] = swap;
    at = d->parent;
    for (size_t i = 0; at == OMADM_DDF_NONE && i < omadm_ddf_root_count(ddf); i++) {
      const omadm_ddf_root *root = omadm_ddf_root_at(ddf, i);
      if (omadm_ddf_node_at(ddf, root->node) != d) continue;
      parts[1].len = 0;
      if (err == 0)
        err = omadm_buf_printf(&parts[1], "%.*s%.*s", (int)root->path.len, root->path.ptr,
                               (int)parts[0].len, parts[0].ptr);
    }
  }
  char *text = err == 0 ? strndup(parts[1].ptr, parts[1].len) : NULL;
  omadm_buf_dispose(&parts[0]);
  omadm_buf_dispose(&parts[1]);
  return text;
}

bool report_nodes(omadm_csp_test_report *self, const omadm_ddf *ddf) {
  size_t n = omadm_ddf_node_count(ddf);
  if (self->rows != NULL) return true;
  self->rows = calloc(n + 1, sizeof *self->rows);
  if (self->rows == NULL) return false;
  self->n_rows = n + 1;
  for (size_t i = 0; i < n; i++)
    if ((self->rows[i].uri = write_uri(ddf, (uint32_t)i)) == NULL) return false;
  return (self->rows[n].uri = strdup("(the plugin)")) != NULL;
}

void report_remark(omadm_csp_test_report *self, const char *text) {
  for (size_t i = 0; i < self->n_remarks; i++)
    if (strcmp(self->remarks[i], text) == 0) return;
  if (self->n_remarks == sizeof self->remarks / sizeof *self->remarks) return;
  char *copy = strdup(text);
  self->poor = self->poor || copy == NULL;
  if (copy != NULL) self->remarks[self->n_remarks++] = copy;
}

static void count(omadm_csp_test_report *self, omadm_csp_test_outcome outcome, uint32_t node,
                  report_column column) {
  size_t row = node == REPORT_PLUGIN ? self->n_rows - 1 : node;
  self->total[outcome]++;
  self->rows[row].count[column][outcome]++;
}

void report_pass(omadm_csp_test_report *self, uint32_t node, report_column column) {
  count(self, OMADM_CSP_TEST_PASSED, node, column);
}

void report_also_not_tried(omadm_csp_test_report *self, uint32_t node, report_column column) {
  count(self, OMADM_CSP_TEST_NOT_TRIED, node, column);
}

/* What came out alike on an earlier host is told once. */
static bool is_told(omadm_csp_test_report *self, const report_item *item) {
  for (size_t i = self->n_items; i > 0; i--) {
    report_item *other = &self->items[i - 1];
    if (other->node != item->node || other->column != item->column ||
        other->outcome != item->outcome || strcmp(other->text, item->text) != 0)
      continue;
    other->hosts |= item->hosts;
    return true;
  }
  return false;
}

void report_other(omadm_csp_test_report *self, omadm_csp_test_outcome outcome, uint32_t node,
                  report_column column, const char *format, ...) {
  report_item item = {outcome, node, column, 1U << self->host, NULL};
  va_list arguments;
  va_start(arguments, format);
  if (vasprintf(&item.text, format, arguments) < 0) item.text = NULL;
  va_end(arguments);
  count(self, outcome, node, column);
  self->poor = self->poor || item.text == NULL;
  if (item.text == NULL) return;
  omadm_str_tame(item.text);
  if (!is_told(self, &item) && self->n_items == self->items_cap) {
    size_t cap = self->items_cap > 0 ? 2 * self->items_cap : 64;
    report_item *items = reallocarray(self->items, cap, sizeof *items);
    self->poor = self->poor || items == NULL;
    if (items != NULL) {
      self->items = items;
      self->items_cap = cap;
    }
  }
  if (is_told(self, &item) || self->n_items == self->items_cap)
    free(item.text);
  else
    self->items[self->n_items++] = item;
}
