/* SPDX-License-Identifier: MIT */
#include "support/client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "transport/clock.h"

static void keep_line(void *ctx, omadm_log_level level, const char *module, const char *text) {
  client *self = ctx;
  size_t len = strlen(self->lines);
  snprintf(self->lines + len, sizeof self->lines - len, "%d %s: %s\n", (int)level, module, text);
}

void client_init(client *self, const char *scheme, unsigned port) {
  *self = (client){0};
  /* Whatever proxy the machine has: the servers of the tests are on loopback. */
  setenv("no_proxy", "*", 1);
  snprintf(self->address, sizeof self->address, "%s://localhost:%u/dm", scheme, port);
  self->log = (omadm_log){sizeof self->log, self, OMADM_LOG_DEBUG, keep_line};
  omadm_http_config_init(&self->config);
  self->config.log = &self->log;
  self->config.address = self->address;
  self->config.reply_time = 1;
  self->config.retries = 2;
  self->config.backoff_ms = 20;
  self->config.retry_after_max = 2;
}

omadm_err client_open(client *self) {
  return omadm_http_new(&self->config, &self->transport, &self->error);
}

int client_send(client *self, const char *uri) {
  omadm_out out = {.content_type = OMADM_STR(CLIENT_TYPE "; charset=\"utf-8\""),
                   .body = OMADM_STR(CLIENT_BODY)};
  if (uri != NULL) out.uri = (omadm_str){uri, strlen(uri)};
  omadm_error_clear(&self->error);
  if (self->transport == NULL) assert_int_equal(client_open(self), 0);
  int done = self->transport->ops->post(self->transport, &out, &self->error);
  for (int64_t until = omadm_clock_ms() + 10000; done == 0 && clock_left(until, 1) > 0;) {
    done = self->transport->ops->step(self->transport, 50, &self->response, &self->error);
  }
  assert_int_not_equal(done, 0);
  return done;
}

void client_close(client *self) {
  omadm_transport_free(self->transport);
  self->transport = NULL;
}

void client_expect_error(const client *self, omadm_err code, const char *text) {
  if (self->error.code != code || strstr(self->error.text, text) == NULL) {
    fail_msg("expected %d with \"%s\", found %d: %s", code, text, self->error.code,
             self->error.text);
  }
}
