/* SPDX-License-Identifier: MIT */
#include "health-attestation/attestation.h"

#include <stdarg.h>
#include <stdio.h>

void attestation_log(const attestation *self, int level, const char *format, ...) {
  char line[512];
  va_list ap;
  va_start(ap, format);
  int n = vsnprintf(line, sizeof line, format, ap);
  va_end(ap);
  if (n < 0) return;
  for (char *c = line; *c != '\0'; c++)
    if (*c == '\n' || *c == '\r') *c = ' ';
  self->services->log(self->host, level, octets_of(line));
}

bool attestation_setting(const attestation *self, const char *key, octets *out) {
  omadm_str value;
  if (self->services->setting(self->host, octets_of(key), &value) != 0 || value.len == 0)
    return false;
  octets_add_str(out, value);
  return true;
}

omadm_err attestation_load(const attestation *self, const char *key, octets *out) {
  omadm_str value;
  omadm_err err = self->services->store_get(self->host, octets_of(key), &value);
  if (err != 0) return err;
  octets_add_str(out, value);
  return out->failed ? OMADM_E_NOMEM : OMADM_OK;
}

omadm_err attestation_save(const attestation *self, const char *key, omadm_str value) {
  omadm_err err = self->services->store_set(self->host, octets_of(key), value);
  if (err != 0) attestation_log(self, OMADM_CSP_LOG_ERROR, "%s could not be stored (%d)", key, err);
  return err;
}

omadm_status attestation_answer(const attestation *self, const omadm_csp_request *request,
                                omadm_str value) {
  omadm_err err = self->services->value(self->host, request->token, value);
  return err == 0 ? OMADM_ST_OK : OMADM_ST_FAILED;
}

omadm_status attestation_answer_number(const attestation *self, const omadm_csp_request *request,
                                       int32_t number) {
  char text[16];
  snprintf(text, sizeof text, "%d", (int)number);
  return attestation_answer(self, request, octets_of(text));
}
