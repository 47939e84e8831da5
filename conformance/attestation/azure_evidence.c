/* SPDX-License-Identifier: MIT */
#include "conformance/attestation/azure_evidence.h"

#include <string.h>

#include "base/str.h"
#include "conformance/attestation/azure_binding.h"

/*
 * Version 1: current_claim is over the challenge, boot_claim over nothing. srtm_boot_log is of the
 * cold boot; after a hibernation srtm_resume_log is of what goes on now. How attest_key is bound to
 * the TPM is not published: here it is not, and the token does not say that it were.
 */
static omadm_err verify_1(const azure_request *request, const service_config *config,
                          azure_evidence *self, omadm_error *error) {
  const json_t *from = json_object_get(request->data, "tpm_att_data");
  bool resumed = json_object_get(from, "srtm_resume_log") != NULL;
  omadm_err err = azure_aik_read(from, config, &self->aik, error);
  if (err == 0)
    err =
        azure_boot_read_claim(from, "current_claim", resumed ? "srtm_resume_log" : "srtm_boot_log",
                              &self->current, error);
  if (err == 0)
    err = azure_boot_verify(&self->current, &self->aik, config, omadm_buf_str(&request->challenge),
                            error);
  if (err != 0 || json_object_get(from, "boot_claim") == NULL) return err;
  self->has_before = true;
  err = azure_boot_read_claim(from, "boot_claim", "srtm_boot_log", &self->before, error);
  if (err == 0) err = azure_boot_verify(&self->before, &self->aik, config, (omadm_str){0}, error);
  return err;
}

static omadm_err verify_before(const json_t *from, const service_config *config,
                               azure_evidence *self, omadm_error *error) {
  azure_aik aik = {0};
  self->has_before = true;
  omadm_err err = azure_aik_read(from, config, &aik, error);
  if (err == 0 && EVP_PKEY_eq(aik.key, self->aik.key) != 1)
    err = omadm_error_set(error, OMADM_E_REFUSED,
                          "boot_attestation is by another key than current_attestation");
  if (err == 0) err = azure_boot_read(from, &self->before, error);
  if (err == 0) err = azure_boot_verify(&self->before, &self->aik, config, (omadm_str){0}, error);
  azure_aik_dispose(&aik);
  return err;
}

static omadm_err verify_2(const azure_request *request, const service_config *config,
                          azure_evidence *self, omadm_error *error) {
  azure_bound bound = {0};
  const json_t *from = json_object_get(request->data, "tpm_att_data");
  const json_t *current = json_object_get(from, "current_attestation");
  const json_t *before = json_object_get(from, "boot_attestation");
  omadm_err err = azure_aik_read(current, config, &self->aik, error);
  if (err == 0) err = azure_boot_read(current, &self->current, error);
  if (err == 0) err = azure_binding_read(request, &bound, error);
  if (err == 0)
    err = azure_boot_verify(&self->current, &self->aik, config,
                            (omadm_str){(const char *)bound.nonce, bound.nonce_len}, error);
  if (err == 0) err = azure_binding_verify(request, &bound, &self->current.ak, self, error);
  return err == 0 && before != NULL ? verify_before(before, config, self, error) : err;
}

/* Both were quoted in one cold boot: the TPM was not reset between them, and time went on. */
static omadm_err compare_clocks(const azure_evidence *self, omadm_error *error) {
  const omadm_tpm_clock *now = &self->current.clock, *then = &self->before.clock;
  if (!self->has_before) return OMADM_OK;
  if (then->reset_count != now->reset_count || then->restart_count > now->restart_count ||
      then->milliseconds > now->milliseconds)
    return omadm_error_set(error, OMADM_E_REFUSED,
                           "the attestation from before the hibernation is of another boot");
  return OMADM_OK;
}

omadm_err azure_evidence_verify(const azure_request *request, const service_config *config,
                                azure_evidence *self, omadm_error *error) {
  memset(self, 0, sizeof *self);
  azure_boot_init(&self->current);
  azure_boot_init(&self->before);
  self->version = request->version;
  omadm_err err = request->version == 1 ? verify_1(request, config, self, error)
                                        : verify_2(request, config, self, error);
  return err != 0 ? err : compare_clocks(self, error);
}

void azure_evidence_dispose(azure_evidence *self) {
  azure_aik_dispose(&self->aik);
  azure_boot_dispose(&self->current);
  azure_boot_dispose(&self->before);
  json_decref(self->request_key);
  json_decref(self->other_keys);
  memset(self, 0, sizeof *self);
}
