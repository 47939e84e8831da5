/* SPDX-License-Identifier: MIT */
/* A plugin that is built by find_package(omadm). */
#include <omadm/csp.h>

#include "outside_ddf.h"
#include "outside_nodes.h"

static const omadm_csp_services *services;
static uint64_t host;

static omadm_status outside_open(const omadm_csp_services *given, uint64_t given_host,
                                 uint64_t *self) {
  services = given;
  host = given_host;
  *self = 1;
  return OMADM_ST_OK;
}

static void outside_close(uint64_t self) {
  (void)self;
}

static omadm_status outside_get(uint64_t self, const omadm_csp_request *request) {
  (void)self;
  if (request->node != OUTSIDE_ROOT) return OMADM_ST_NOT_FOUND;
  const omadm_str text = OMADM_STR("built outside");
  return services->value(host, request->token, text) == OMADM_OK ? OMADM_ST_OK : OMADM_ST_FAILED;
}

static const omadm_csp_slots slots = {
    .struct_size = sizeof slots, .open = outside_open, .close = outside_close, .get = outside_get};
static const omadm_csp_descriptor descriptor = {.abi = OMADM_CSP_ABI,
                                                .struct_size = sizeof descriptor,
                                                .name = "Outside",
                                                .version = "1.0",
                                                .ddf = (const char *)outside_ddf,
                                                .ddf_len = sizeof outside_ddf - 1,
                                                .slots = &slots};
OMADM_CSP_PLUGIN(descriptor)
