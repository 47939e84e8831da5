/* SPDX-License-Identifier: MIT */
/* A plugin for tests: its Exec answers 202 and ends 300 ms later, or as its Data says, with an
 * alert that asks for a session. */
#include <omadm/csp.h>

#include <stdlib.h>
#include <string.h>
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

static void say(const char *text) {
  services->log(host, OMADM_CSP_LOG_INFO, (omadm_str){text, strlen(text)});
}

static void slow_close(uint64_t self) {
  (void)self;
  say("is closed");
}

/* What an Exec's job has to do. */
typedef struct work {
  omadm_token token;
  long ms;
  omadm_status status;
} work;

static void run(void *arg) {
  const work *w = arg;
  nanosleep(&(struct timespec){w->ms / 1000, w->ms % 1000 * 1000000L}, NULL);
}

static void done(void *arg) {
  work *w = arg;
  const omadm_csp_alert alert = {.struct_size = sizeof alert,
                                 .type = OMADM_STR("com.example:slow"),
                                 .format = OMADM_FORMAT_CHR,
                                 .data = OMADM_STR("at last"),
                                 .session_now = 1};
  say("is done");
  services->complete(host, w->token, w->status, &alert);
  free(w);
}

/* "", "MS", "late MS" (answers when it ends) or "fail MS". */
static omadm_status slow_exec(uint64_t self, const omadm_csp_request *request) {
  char text[40] = "";
  work *w = malloc(sizeof *w);
  (void)self;
  if (w == NULL) return OMADM_ST_FAILED;
  if (request->value.len > 0 && request->value.len < sizeof text)
    memcpy(text, request->value.ptr, request->value.len);
  *w = (work){request->token, 300, OMADM_ST_OK};
  if (memcmp(text, "fail ", 5) == 0) w->status = OMADM_ST_FAILED;
  if (text[0] != '\0') w->ms = strtol(text + strcspn(text, "0123456789"), NULL, 10);
  if (services->job(host, run, done, w) == 0)
    return strncmp(text, "late ", 5) == 0 ? OMADM_ST_PENDING : OMADM_ST_ACCEPTED;
  free(w);
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
