/* SPDX-License-Identifier: MIT */
#include "health-attestation/versions.h"

#include <stdlib.h>

/* There never was a version 2 ([MS-DHA] 1.7). */
static const unsigned versions[] = {1, 3, 4};
enum { N_VERSIONS = sizeof versions / sizeof *versions, DEFAULT_PREFERRED = 3 };

static const char preferred_key[] = "preferred-version";

/* 0 where it is no number from 1 on. */
static long number_of(omadm_str text) {
  octets terminated = {0};
  octets_add_str(&terminated, text);
  octets_add(&terminated, "", 1);
  char *end = terminated.ptr;
  long number = terminated.failed || text.len == 0 ? 0 : strtol(terminated.ptr, &end, 10);
  if (end != terminated.ptr + text.len) number = 0;
  octets_dispose(&terminated);
  return number > 0 && number <= INT32_MAX ? number : 0;
}

static long preferred(const attestation *self) {
  octets text = {0};
  long number = 0;
  if (attestation_load(self, preferred_key, &text) == 0) number = number_of(octets_str(&text));
  octets_dispose(&text);
  return number > 0 ? number : DEFAULT_PREFERRED;
}

unsigned versions_current(const attestation *self) {
  long most = preferred(self);
  unsigned current = versions[0];
  for (size_t i = 0; i < N_VERSIONS && (long)versions[i] <= most; i++)
    current = versions[i];
  return current;
}

omadm_status versions_current_get(attestation *self, const omadm_csp_request *request) {
  return attestation_answer_number(self, request, (int32_t)versions_current(self));
}

omadm_status versions_preferred_get(attestation *self, const omadm_csp_request *request) {
  return attestation_answer_number(self, request, (int32_t)preferred(self));
}

omadm_status versions_preferred_set(attestation *self, const omadm_csp_request *request) {
  if (number_of(request->value) == 0) return OMADM_ST_BAD_FORMAT;
  omadm_err err = attestation_save(self, preferred_key, request->value);
  return err == 0 ? OMADM_ST_OK : OMADM_ST_STORE_FAILED;
}

omadm_status versions_supported_get(attestation *self, const omadm_csp_request *request) {
  return attestation_answer_number(self, request, (int32_t)versions[N_VERSIONS - 1]);
}
