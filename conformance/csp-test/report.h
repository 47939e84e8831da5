/* SPDX-License-Identifier: MIT */
/* What the checks found. */
#ifndef OMADM_CSP_TEST_REPORT_H
#define OMADM_CSP_TEST_REPORT_H

#include "conformance/csp-test/csp_test.h"

/* Columns of the table; the last ones are no verbs. */
#define REPORT_COLUMNS(X)                                                                          \
  X(GET, "get")                                                                                    \
  X(LIST, "list")                                                                                  \
  X(ADD, "add")                                                                                    \
  X(REPLACE, "replace")                                                                            \
  X(DELETE, "delete")                                                                              \
  X(EXEC, "exec")                                                                                  \
  X(ATOMIC, "atomic")                                                                              \
  X(SERVERS, "servers")                                                                            \
  X(RESTART, "restart")                                                                            \
  X(LOG, "log")

typedef enum report_column {
#define REPORT_COLUMN_ENUM(id, text) REPORT_##id,
  REPORT_COLUMNS(REPORT_COLUMN_ENUM)
#undef REPORT_COLUMN_ENUM
      REPORT_COLUMN_COUNT
} report_column;

extern const char *const report_column_names[REPORT_COLUMN_COUNT];

enum { REPORT_PLUGIN = UINT32_MAX }; /* in the place of a node: the plugin as a whole */

/* A check that did not pass. */
typedef struct report_item {
  omadm_csp_test_outcome outcome;
  uint32_t node; /* or REPORT_PLUGIN */
  report_column column;
  unsigned hosts; /* bits of the hosts on which it came out so */
  char *text; /* what was sent, expected, got; or why it was not tried */
} report_item;

typedef struct report_row {
  char *uri; /* "./Vendor/A/{name}/B" */
  uint32_t count[REPORT_COLUMN_COUNT][OMADM_CSP_TEST_OUTCOMES];
} report_row;

enum { REPORT_HOSTS = 3 };
extern const char *const report_host_names[REPORT_HOSTS];

struct omadm_csp_test_report {
  char *plugin, *name, *version;
  uint64_t seed;
  report_row *rows; /* one a node of the DDF, then the plugin as a whole */
  size_t n_rows;
  report_item *items;
  size_t n_items, items_cap;
  char *remarks[64]; /* on its DDF */
  size_t n_remarks;
  size_t total[OMADM_CSP_TEST_OUTCOMES];
  unsigned host; /* which one is running */
  bool poor; /* memory ran out */
};

/* NULL without memory. */
omadm_csp_test_report *report_new(const char *plugin, uint64_t seed);
/* Once the DDF is known: a row for each node. False without memory. */
bool report_nodes(omadm_csp_test_report *self, const omadm_ddf *ddf);

/* What the DDF's reader took in another way than it is written, once for all hosts. */
void report_remark(omadm_csp_test_report *self, const char *text);

/* One check. `text` is made only of what did not pass. */
void report_pass(omadm_csp_test_report *self, uint32_t node, report_column column);
/* The same as for the node above: counted, and not told again. */
void report_also_not_tried(omadm_csp_test_report *self, uint32_t node, report_column column);
void report_other(omadm_csp_test_report *self, omadm_csp_test_outcome outcome, uint32_t node,
                  report_column column, const char *format, ...) OMADM_PRINTF(5, 6);

#endif
