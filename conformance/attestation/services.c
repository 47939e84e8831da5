/* SPDX-License-Identifier: MIT */
#include "conformance/attestation/services.h"

#include <stdlib.h>

#include "base/str.h"

#include "conformance/attestation/azure.h"
#include "conformance/attestation/dha.h"
#include "conformance/attestation/vouched.h"

struct services {
  service_config config;
  vouched vouched;
  dha_service *dha;
  azure *azure;
};

typedef struct route {
  const char *path; /* letter case does not count */
  const char *method;
  void (*answer)(services *self, const service_request *request, service_reply *reply);
} route;

static void to_dha(services *self, const service_request *request, service_reply *reply) {
  dha_answer(self->dha, request, reply);
}

static void to_azure(services *self, const service_request *request, service_reply *reply) {
  if (azure_answer(self->azure, request, reply) != OMADM_OK) reply->status = 500;
}

static const route routes[] = {
    {"/DeviceHealthAttestation/GetHealthCertificate/v1", "POST", to_dha},
    {"/DeviceHealthAttestation/GetHealthCertificate/v3", "POST", to_dha},
    {"/DeviceHealthAttestation/GetHealthCertificate/v4", "POST", to_dha},
    {"/DeviceHealthAttestation/ValidateHealthCertificate/v1", "POST", to_dha},
    {"/DeviceHealthAttestation/ValidateHealthCertificate/v3", "POST", to_dha},
    {"/DeviceHealthAttestation/ValidateHealthCertificate/v4", "POST", to_dha},
    {"/attest/Tpm", "POST", to_azure},
    {"/certs", "GET", to_azure},
    {"/.well-known/openid-configuration", "GET", to_azure},
};

omadm_err services_new(const service_config *config, services **out, omadm_error *error) {
  *out = NULL;
  services *self = calloc(1, sizeof *self);
  if (self == NULL) return omadm_error_set(error, OMADM_E_NOMEM, "out of memory");
  self->config = *config;
  self->config.vouched = &self->vouched;
  omadm_err err = dha_new(&self->config, &self->dha, error);
  if (err == OMADM_OK) err = azure_new(&self->config, &self->azure, error);
  if (err != OMADM_OK) {
    services_free(self);
    return err;
  }
  *out = self;
  return OMADM_OK;
}

void services_free(services *self) {
  if (self == NULL) return;
  dha_free(self->dha);
  azure_free(self->azure);
  free(self);
}

void services_answer(void *ctx, const service_request *request, service_reply *reply) {
  reply->status = 404;
  for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
    if (!omadm_str_equal_nocase(request->path, omadm_str_of(routes[i].path))) continue;
    if (omadm_str_is(request->method, routes[i].method)) {
      routes[i].answer(ctx, request, reply);
    } else {
      reply->status = 405;
    }
    return;
  }
}
