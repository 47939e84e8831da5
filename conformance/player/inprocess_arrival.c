/* SPDX-License-Identifier: MIT */
#include "conformance/player/inprocess_arrival.h"

#include <omadm/bootstrap.h>

#include "base/str.h"

static omadm_notification_device scene(device *self) {
  return (omadm_notification_device){.struct_size = sizeof(omadm_notification_device),
                                     .framework = self->framework,
                                     .host = &self->host,
                                     .now = self->now};
}

omadm_err device_notify(device *self, omadm_str octets, omadm_error *error) {
  omadm_error why;
  omadm_notification_device at = scene(self);
  (void)error;
  omadm_error_clear(&why);
  omadm_err err = omadm_notification_read(octets, &self->notification, &why);
  if (err == 0) err = omadm_notification_verify(&self->notification, &at, &self->notified, &why);
  self->arrival = err == 0 ? DEVICE_NOTIFIED : DEVICE_NOT_NOTIFIED;
  if (err != 0) omadm_log_line(self->log, OMADM_LOG_INFO, "notify", "%s", why.text);
  return OMADM_OK;
}

/* The user of the transcript; without one nobody can be asked. */
static bool user_wants(device *self) {
  omadm_ui_question question;
  omadm_ui_reply reply = {.token = 0};
  omadm_token token = 0;
  omadm_ui_outcome outcome = OMADM_UI_CANCELLED;
  omadm_buf text;
  const omadm_notification *n = &self->notification;
  omadm_buf_init(&text, NULL, 0);
  bool asks = omadm_notification_question(n, (omadm_str){NULL, 0}, &text, &question);
  if (asks && self->has_user) outcome = self->user.port.ask(self->user.port.ctx, &question, &reply);
  if (outcome == OMADM_UI_PENDING && !device_user_take(&self->user, &token, &outcome, &reply))
    outcome = OMADM_UI_TIMED_OUT;
  omadm_buf_dispose(&text);
  return omadm_notification_is_allowed(n, outcome);
}

omadm_err device_notified(device *self, omadm_session_config *config, bool *begins,
                          omadm_error *error) {
  omadm_notification_device at = scene(self);
  device_arrival arrival = self->arrival;
  self->arrival = DEVICE_NOTHING_ARRIVED;
  config->server_initiated = 1;
  *begins = arrival == DEVICE_NOTHING_ARRIVED;
  if (arrival != DEVICE_NOTIFIED) return OMADM_OK;
  omadm_err err = omadm_notification_remember(&self->notification, &at, &self->notified, error);
  if (err != 0) return err;
  *begins = user_wants(self);
  if (*begins) err = device_session(self, self->notification.server_id, config, error);
  omadm_notification_session(&self->notified, config);
  return err;
}

omadm_err device_unreached(device *self, omadm_error *error) {
  omadm_notification_device at = scene(self);
  return omadm_notification_forget(&self->notification, &at, &self->notified, error);
}

/* pin="1111 1234": one after the other, as the user would type them. */
static omadm_err next_pin(void *ctx, unsigned attempt, omadm_buf *pin) {
  omadm_str rest = *(const omadm_str *)ctx;
  for (unsigned i = 1; rest.len > 0; i++) {
    const char *blank = memchr(rest.ptr, ' ', rest.len);
    size_t n = blank != NULL ? (size_t)(blank - rest.ptr) : rest.len;
    if (i == attempt) return omadm_buf_add(pin, rest.ptr, n);
    n += blank != NULL;
    rest = (omadm_str){rest.ptr + n, rest.len - n};
  }
  return OMADM_E_NOT_FOUND;
}

omadm_err device_bootstrap(device *self, const omadm_transcript_step *step, omadm_error *error) {
  omadm_bootstrap_source source;
  omadm_bootstrap *bootstrap = NULL;
  omadm_error why;
  omadm_str pins = step->pin;
  omadm_error_clear(&why);
  omadm_bootstrap_source_init(&source);
  source.octets = step->body;
  source.type = step->type;
  source.sec = step->sec;
  source.mac = step->mac;
  source.network_id = step->network_id;
  source.trusted = 1;
  source.pin = next_pin;
  source.pin_ctx = &pins;
  source.log = self->log;
  source.limits = self->limits;
  omadm_err err = omadm_bootstrap_read(&source, &bootstrap, &why);
  if (err == 0) err = omadm_bootstrap_apply(bootstrap, self->framework, 0, &why);
  omadm_bootstrap_free(bootstrap);
  if (err != 0) {
    omadm_log_line(self->log, OMADM_LOG_INFO, "bootstrap", "%s", why.text);
    return OMADM_OK;
  }
  return device_accounts(self, error);
}
