/* SPDX-License-Identifier: MIT */
/* A CSP in twenty lines. Its DDF says that ./Vendor/Hello is a leaf that can be read; nothing else
 * arrives here. */
#include <omadm/csp.h>

#include <stdlib.h>

#include "hello_ddf.h"

/* What open is given. `self` is its address: nothing is global, since two hosts may open a CSP. */
typedef struct hello {
  const omadm_csp_services *services;
  uint64_t host;
} hello;

static omadm_status hello_open(const omadm_csp_services *services, uint64_t host, uint64_t *self) {
  hello *h = malloc(sizeof *h);
  if (h == NULL) return OMADM_ST_FAILED;
  *h = (hello){services, host};
  *self = (uint64_t)(uintptr_t)h;
  return OMADM_ST_OK;
}

static void hello_close(uint64_t self) {
  free((hello *)(uintptr_t)self);
}

static omadm_status hello_get(uint64_t self, const omadm_csp_request *request) {
  const hello *h = (const hello *)(uintptr_t)self;
  const omadm_str greeting = OMADM_STR("hello, world");
  return h->services->value(h->host, request->token, greeting) == 0 ? OMADM_ST_OK : OMADM_ST_FAILED;
}

static const omadm_csp_slots slots = {
    .struct_size = sizeof slots, .open = hello_open, .close = hello_close, .get = hello_get};

OMADM_CSP_DEFINE("Hello", "1.0", hello_ddf, slots)
