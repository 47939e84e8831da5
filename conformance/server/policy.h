/* SPDX-License-Identifier: MIT */
/*
 * What this server demands of a device's health: one table (policy.c), which value of which field
 * is good. A server of yours has its own.
 */
#ifndef OMADM_SERVER_POLICY_H
#define OMADM_SERVER_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

typedef enum policy_verdict { POLICY_SAYS_NOTHING = 0, POLICY_GOOD, POLICY_BAD } policy_verdict;

typedef enum policy_source {
  POLICY_REPORT = 0, /* HealthCertificateProperties of a DHA report ([MS-DHA] 2.2) */
  POLICY_MISMATCH, /* its HealthStatusMismatchFlags */
  POLICY_TOKEN, /* claims of an attestation token */
  POLICY_SOURCES
} policy_source;

/* A report while it is judged. */
typedef struct policy {
  policy_source source;
  FILE *out; /* gets a line for each field; borrowed */
  size_t good, bad, silent;
  bool judged[48]; /* rules whose field came */
} policy;

void policy_begin(policy *self, policy_source source, FILE *out);
/* Judges a field, and writes its line. grade: how much the service says that it is worth
 * ("attested" …), NULL where it does not say; what is not attested is never good. */
void policy_field(policy *self, const char *field, const char *value, const char *grade);
/* Fields that are needed and did not come are bad, too. True: nothing was bad. */
bool policy_end(policy *self);

#endif
