/* SPDX-License-Identifier: MIT */
/* HealthAttestation: its slots, and which file serves which node. */
#include "health-attestation/plugin.h"

#include <stdlib.h>

#include "health-attestation/attestation.h"
#include "health-attestation/azure.h"
#include "health-attestation/certificate.h"
#include "health-attestation/endpoint.h"
#include "health-attestation/nonce.h"
#include "health-attestation/tpm_ready.h"
#include "health-attestation/verify_health.h"
#include "health-attestation/versions.h"
#include "health_attestation_ddf.h"
#include "health_attestation_nodes.h"

typedef omadm_status (*node_slot)(attestation *self, const omadm_csp_request *request);

static omadm_status trigger_exec(attestation *self, const omadm_csp_request *request) {
  return azure_trigger(self->azure, request);
}

static omadm_status trigger_resume(attestation *self, const omadm_csp_request *request) {
  return azure_resume(self->azure, request);
}

static omadm_status report_get(attestation *self, const omadm_csp_request *request) {
  return azure_get(self->azure, AZURE_GET_ATTEST_REPORT, request);
}

static omadm_status attest_status_get(attestation *self, const omadm_csp_request *request) {
  return azure_get(self->azure, AZURE_ATTEST_STATUS, request);
}

static omadm_status service_ids_get(attestation *self, const omadm_csp_request *request) {
  return azure_get(self->azure, AZURE_GET_SERVICE_CORRELATION_IDS, request);
}

static omadm_status error_message_get(attestation *self, const omadm_csp_request *request) {
  return azure_get(self->azure, AZURE_ATTEST_ERROR_MESSAGE, request);
}

#define NODE(name) [HEALTH_ATTESTATION_##name]
static const struct {
  node_slot get, replace, exec, resume;
} nodes[HEALTH_ATTESTATION_NODES] = {
    NODE(VERIFYHEALTH) = {.exec = verify_exec},
    NODE(STATUS) = {.get = verify_status_get},
    NODE(FORCERETRIEVE) = {.get = verify_force_get, .replace = verify_force_set},
    NODE(CERTIFICATE) = {.get = certificate_get},
    NODE(NONCE) = {.get = nonce_get, .replace = nonce_set},
    NODE(CORRELATIONID) = {.get = verify_correlation_get},
    NODE(HASENDPOINT) = {.get = endpoint_get, .replace = endpoint_set},
    NODE(TPMREADYSTATUS) = {.get = tpm_ready_get},
    NODE(CURRENTPROTOCOLVERSION) = {.get = versions_current_get},
    NODE(PREFERREDMAXPROTOCOLVERSION) = {.get = versions_preferred_get,
                                         .replace = versions_preferred_set},
    NODE(MAXSUPPORTEDPROTOCOLVERSION) = {.get = versions_supported_get},
    NODE(TRIGGERATTESTATION) = {.exec = trigger_exec, .resume = trigger_resume},
    NODE(GETATTESTREPORT) = {.get = report_get},
    NODE(ATTESTSTATUS) = {.get = attest_status_get},
    NODE(GETSERVICECORRELATIONIDS) = {.get = service_ids_get},
    NODE(ATTESTERRORMESSAGE) = {.get = error_message_get},
};

static attestation *self_of(uint64_t handle) {
  return (attestation *)(uintptr_t)handle;
}

static void plugin_close(uint64_t handle) {
  attestation *self = self_of(handle);
  azure_close(self->azure);
  verify_close(self);
  free(self);
}

static omadm_status plugin_open(const omadm_csp_services *services, uint64_t host,
                                uint64_t *handle) {
  attestation *self = calloc(1, sizeof *self);
  if (self == NULL) return OMADM_ST_FAILED;
  self->services = services;
  self->host = host;
  self->azure = azure_open(self);
  if (self->azure == NULL || !verify_open(self)) {
    attestation_log(self, OMADM_CSP_LOG_ERROR, "no memory for HealthAttestation");
    if (self->azure != NULL) azure_close(self->azure);
    verify_close(self);
    free(self);
    return OMADM_ST_FAILED;
  }
  *handle = (uint64_t)(uintptr_t)self;
  return OMADM_ST_OK;
}

static omadm_status call(uint64_t handle, const omadm_csp_request *request, node_slot slot) {
  return slot != NULL ? slot(self_of(handle), request) : OMADM_ST_NOT_ALLOWED;
}

static omadm_status plugin_get(uint64_t handle, const omadm_csp_request *request) {
  return call(handle, request, nodes[request->node].get);
}

static omadm_status plugin_replace(uint64_t handle, const omadm_csp_request *request) {
  return call(handle, request, nodes[request->node].replace);
}

static omadm_status plugin_exec(uint64_t handle, const omadm_csp_request *request) {
  return call(handle, request, nodes[request->node].exec);
}

static omadm_status plugin_resume(uint64_t handle, const omadm_csp_request *request) {
  return call(handle, request, nodes[request->node].resume);
}

static void plugin_cancel(uint64_t handle, omadm_token token) {
  certificate_cancel(self_of(handle), token);
  tpm_ready_cancel(self_of(handle), token);
}

static void plugin_event(uint64_t handle, omadm_csp_event event, omadm_str text) {
  if (event != OMADM_CSP_ACCOUNT_REMOVED) return;
  verify_account_removed(self_of(handle), text);
  azure_account_removed(self_of(handle)->azure, text);
}

static const omadm_csp_slots slots = {
    .struct_size = sizeof slots,
    .open = plugin_open,
    .close = plugin_close,
    .get = plugin_get,
    .replace = plugin_replace,
    .exec = plugin_exec,
    .cancel = plugin_cancel,
    .resume = plugin_resume,
    .event = plugin_event,
};

const omadm_csp_descriptor omadm_csp_health_attestation = {
    .abi = OMADM_CSP_ABI,
    .struct_size = sizeof(omadm_csp_descriptor),
    .name = "HealthAttestation",
    .version = CSP_VERSION,
    .ddf = (const char *)health_attestation_ddf,
    .ddf_len = sizeof health_attestation_ddf - 1,
    .slots = &slots,
};
