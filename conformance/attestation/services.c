/* SPDX-License-Identifier: MIT */
#include "conformance/attestation/services.h"

#include <stdlib.h>

#include "conformance/attestation/azure.h"
#include "conformance/attestation/dha.h"
#include "conformance/attestation/pem_file.h"
#include "conformance/attestation/vouched.h"

struct services {
  service_config config;
  vouched vouched;
  dha_service *dha;
  azure *azure;
};

omadm_err services_new(const service_config *config, services **out, omadm_error *error) {
  *out = NULL;
  services *self = calloc(1, sizeof *self);
  if (self == NULL) return omadm_error_set(error, OMADM_E_NOMEM, "out of memory");
  self->config = *config;
  self->config.vouched = &self->vouched;
  omadm_err err = pem_file_check(config->ek_roots, "--ek-roots", error);
  if (err == OMADM_OK) err = pem_file_check(config->boot_ca, "--boot-ca", error);
  if (err == OMADM_OK) err = dha_new(&self->config, &self->dha, error);
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
  services *self = ctx;
  if (dha_answer(self->dha, request, reply)) return;
  if (azure_answer(self->azure, request, reply) != OMADM_OK) reply->status = 500;
}
