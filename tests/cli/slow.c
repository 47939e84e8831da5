/* SPDX-License-Identifier: MIT */
/* A plugin for tests: its Exec answers 202 and ends 300 ms later, with an alert that asks for a
 * session. */
#include <omadm/csp.h>

#include <stdlib.h>
#include <time.h>

#include "slow_ddf.h"

static const omadm_csp_services *services;
static uint64_t host;

static omadm_status slow_open(const omadm_csp_services *given, uint64_t handle, uint64_t *self) {
  services = given;
  host = handle;
  *self = 0;
  return OMADM_ST_OK;
}

static void slow_close(uint64_t self) {
  (void)self;
}

static void run(void *arg) {
  (void)arg;
  nanosleep(&(struct timespec){.tv_nsec = 300000000L}, NULL);
}

static void done(void *arg) {
  omadm_token *token = arg;
  const omadm_csp_alert alert = {.struct_size = sizeof alert,
                                 .type = OMADM_STR("com.example:slow"),
                                 .format = OMADM_FORMAT_CHR,
                                 .data = OMADM_STR("at last"),
                                 .session_now = 1};
  services->complete(host, *token, OMADM_ST_OK, &alert);
  free(token);
}

static omadm_status slow_exec(uint64_t self, const omadm_csp_request *request) {
  omadm_token *token = malloc(sizeof *token);
  (void)self;
  if (token == NULL) return OMADM_ST_FAILED;
  *token = request->token;
  if (services->job(host, run, done, token) == 0) return OMADM_ST_ACCEPTED;
  free(token);
  return OMADM_ST_FAILED;
}

static const omadm_csp_slots slots = {
    .struct_size = sizeof slots, .open = slow_open, .close = slow_close, .exec = slow_exec};

static const omadm_csp_descriptor slow = {.abi = OMADM_CSP_ABI,
                                          .struct_size = sizeof slow,
                                          .name = "Slow",
                                          .version = "1.0",
                                          .ddf = (const char *)slow_ddf,
                                          .ddf_len = sizeof slow_ddf - 1,
                                          .slots = &slots};
OMADM_CSP_PLUGIN(slow)
