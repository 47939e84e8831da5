/* SPDX-License-Identifier: MIT */
/*
 * Drives a plugin through every node of its DDF, as a server and a restarting device would, on a
 * state that is thrown away: what `omadm csp test` runs.
 *
 * It knows the plugin by its DDF alone and works on the tree port. The whole of it is run on three
 * hosts: plain, one that makes every answer late, one that copies every argument. In the agent's
 * own process the slots are watched, so that it is known who refused: the framework, which a
 * plugin's DDF asks for, or the plugin itself, which is its right where it answers 4xx or 503.
 */
#ifndef OMADM_CSP_TEST_H
#define OMADM_CSP_TEST_H

#include <omadm/framework.h>

#include <stdbool.h>

typedef struct omadm_csp_test_setting {
  omadm_str name;
  omadm_str value; /* "{state}" in it is a folder of its own for each host, which is removed */
} omadm_csp_test_setting;

/* A value to try a leaf with, beside those that are made up. */
typedef struct omadm_csp_test_value {
  omadm_str uri; /* as the report writes it: "./Vendor/A/{name}/B" */
  omadm_str value;
} omadm_csp_test_value;

typedef struct omadm_csp_test_options {
  const char *plugin; /* path of the shared object */
  const omadm_isolation *isolation; /* NULL: in this process */
  uint64_t seed; /* of the order in which late answers come, and of sample values */
  bool exec; /* run Exec as well, which may harm the machine: once or twice on each host */
  unsigned seconds; /* to wait for an answer; 0: 10 */
  const omadm_log *log; /* gets every line; may be NULL */
  const omadm_csp_test_setting *settings; /* what [csp.NAME] would say */
  size_t n_settings;
  const omadm_csp_test_value *values;
  size_t n_values;
} omadm_csp_test_options;

typedef enum omadm_csp_test_outcome {
  OMADM_CSP_TEST_PASSED = 0,
  OMADM_CSP_TEST_FAILED,
  OMADM_CSP_TEST_NOT_TRIED,
  OMADM_CSP_TEST_OUTCOMES
} omadm_csp_test_outcome;

typedef struct omadm_csp_test_report omadm_csp_test_report;

/* Runs everything. *report is owned by the caller, free with omadm_csp_test_free; it says also what
 * failed. Anything but OK: nothing could be tested, and *error says why (the plugin does not load,
 * no memory, no folder). */
omadm_err omadm_csp_test_run(const omadm_csp_test_options *options, omadm_csp_test_report **report,
                             omadm_error *error);
void omadm_csp_test_free(omadm_csp_test_report *report);

size_t omadm_csp_test_count(const omadm_csp_test_report *report, omadm_csp_test_outcome outcome);
/* Appends a table of the nodes, what failed, what was not tried and why, and a line that counts. */
omadm_err omadm_csp_test_write(const omadm_csp_test_report *report, omadm_buf *out);
/* Appends the same as one JSON object. */
omadm_err omadm_csp_test_write_json(const omadm_csp_test_report *report, omadm_buf *out);

#endif
