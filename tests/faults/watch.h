/* SPDX-License-Identifier: MIT */
/* The tree between session and framework: passes each call on, and looks at their order. */
#ifndef TESTS_FAULTS_WATCH_H
#define TESTS_FAULTS_WATCH_H

#include "tests/faults/world.h"

/* Fills w->tree, which passes on to w->inner. */
void watch_init(world *w);

/* An operation of w->inner has ended so. */
void watch_completed(world *w, omadm_token token, omadm_status status, const omadm_answer *answer);

#endif
