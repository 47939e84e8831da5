/* SPDX-License-Identifier: MIT */
/* A CSP in twenty lines. Its DDF says that ./Vendor/Hello is a leaf that can be read; nothing else
 * arrives here. */
#include <omadm/csp.h>

#include "hello_ddf.h"

static const omadm_csp_services *services;
static uint64_t host;

static omadm_status hello_open(const omadm_csp_services *given, uint64_t handle, uint64_t *self) {
  services = given;
  host = handle;
  *self = 0;
  return OMADM_ST_OK;
}

static void hello_close(uint64_t self) {
  (void)self;
}

static omadm_status hello_get(uint64_t self, const omadm_csp_request *request) {
  static const omadm_str greeting = OMADM_STR("hello, world");
  (void)self;
  return services->value(host, request->token, greeting) == 0 ? OMADM_ST_OK : OMADM_ST_FAILED;
}

static const omadm_csp_slots slots = {
    .struct_size = sizeof slots, .open = hello_open, .close = hello_close, .get = hello_get};

static const omadm_csp_descriptor hello = {.abi = OMADM_CSP_ABI,
                                           .struct_size = sizeof hello,
                                           .name = "Hello",
                                           .version = "1.0",
                                           .ddf = (const char *)hello_ddf,
                                           .ddf_len = sizeof hello_ddf - 1,
                                           .slots = &slots};
OMADM_CSP_PLUGIN(hello)
