/* SPDX-License-Identifier: MIT */
/*
 * A CSP at ./Vendor/Test/Slow that answers in every way there is. The Data of an Exec of Run is a
 * word that says how: "later", "later-500", "accepted", "twice", "never", "busy"; any other is
 * done at once. A Replace of Value, or an Add below Box, with one of these words does the same.
 * Value and Box keep what they are given in the CSP's part of the store.
 */
#ifndef TESTS_FAULTS_SLOW_H
#define TESTS_FAULTS_SLOW_H

#include <omadm/csp.h>

extern const omadm_csp_descriptor slow_csp;

#endif
