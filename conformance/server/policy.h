/* SPDX-License-Identifier: MIT */
/*
 * What this server demands of a device's health: one table (policy.c), which value of which field
 * is good. A server of yours has its own.
 *
 * The decision has three ends. Not healthy: an attested value is bad. Not shown: nothing is bad,
 * but a field that counts is missing, or the service says that nobody vouches for it (the grades
 * "unknown" and "self-reported"). Healthy: each field that counts is good, or "not-applicable":
 * that kind of boot has no such thing. Which kind of boot a device should have is a question that
 * this server does not ask.
 */
#ifndef OMADM_SERVER_POLICY_H
#define OMADM_SERVER_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

typedef enum policy_verdict {
  POLICY_SAYS_NOTHING = 0,
  POLICY_GOOD,
  POLICY_UNSHOWN,
  POLICY_BAD
} policy_verdict;

/* From the worst to the best. */
typedef enum policy_decision {
  POLICY_NOT_HEALTHY = 0,
  POLICY_NOT_SHOWN,
  POLICY_HEALTHY
} policy_decision;

typedef struct policy_outcome {
  policy_decision decision;
  char fields[200]; /* those that decided, cut to size; empty where it is healthy */
} policy_outcome;

/* "healthy", "not healthy", "not shown"; lives for ever. */
const char *policy_word(policy_decision decision);

/* Makes *self no better than `decision`. The worse one stands with its fields; of two that are
 * alike both are named. */
void policy_outcome_add(policy_outcome *self, policy_decision decision, const char *fields);

typedef enum policy_source {
  POLICY_REPORT = 0, /* HealthCertificateProperties of a DHA report ([MS-DHA] 2.2) */
  POLICY_MISMATCH, /* its HealthStatusMismatchFlags */
  POLICY_TOKEN /* claims of an attestation token */
} policy_source;

/* A report while it is judged. */
typedef struct policy {
  policy_source source;
  FILE *out; /* gets a line for each field; borrowed */
  policy_outcome outcome; /* as far as it is judged */
  bool judged[48]; /* rules whose field came */
} policy;

void policy_begin(policy *self, policy_source source, FILE *out);
/* Judges a field, and writes its line. grade: how much the service says that it is worth
 * ("attested" ...), NULL where it does not say. */
void policy_field(policy *self, const char *field, const char *value, const char *grade);
/* Fields that are needed and did not come are not shown. *outcome becomes no better than it was:
 * begin with POLICY_HEALTHY. */
void policy_end(policy *self, policy_outcome *outcome);

#endif
