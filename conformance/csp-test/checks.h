/* SPDX-License-Identifier: MIT */
/* The checks of one node, in the order in which they are made. */
#ifndef OMADM_CSP_TEST_CHECKS_H
#define OMADM_CSP_TEST_CHECKS_H

#include "conformance/csp-test/judge.h"
#include "conformance/csp-test/samples.h"

/* Finds or adds the one of this node that is tried; its uri is NULL where there is none. The node
 * above was done before. */
void check_place(trial *t, uint32_t node);
/* The children of an interior node: after all nodes below it were placed. */
void check_list(trial *t, uint32_t node);
/* Is that name listed below the node above, as `expected` says? */
void check_listed(trial *t, uint32_t node, report_column column, const char *uri, bool expected);

/* Get, Replace, Exec, and Add of what exists: what the DDF allows and what it forbids. */
void check_get(trial *t, uint32_t node);
void check_replace(trial *t, uint32_t node);
void check_exec(trial *t, uint32_t node);
void check_add_again(trial *t, uint32_t node);
/* What is late is given up: it ends, and changes nothing. */
void check_give_up(trial *t, uint32_t node);
/* Another server sets the node, too. */
void check_second(trial *t, uint32_t node);
/* Begins an Exec that is to go on after a restart; OMADM_DDF_NONE where none is known to be told
 * 202. And looks how it ends. */
uint32_t check_resume_begin(trial *t);
void check_resume_end(trial *t, uint32_t node);
/* A change that an Atomic takes back, and one that it keeps. */
void check_atomic(trial *t, uint32_t node);
/* The same for an Add and a Delete of the node at `uri`. */
void check_atomic_add(trial *t, uint32_t node, const char *uri, const omadm_value *value);
void check_atomic_delete(trial *t, uint32_t node);
void check_delete(trial *t, uint32_t node);

/* The values to try a leaf with: those made up, and those that were given. */
void check_samples(const trial *t, uint32_t node, samples *all);
/* There is no value for the leaf. */
void check_no_sample(const subject *s);

/* The URI of a child; owned by the caller, free with free(). NULL without memory. */
char *check_uri(const char *above, omadm_str name);

#endif
