/* SPDX-License-Identifier: MIT */
#include "manager.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <systemd/sd-bus.h>

#define SERVICE "org.freedesktop.systemd1"
#define PATH "/org/freedesktop/systemd1"
#define MANAGER SERVICE ".Manager"

static bool fail(manager *self, const char *what, const sd_bus_error *error, int code) {
  const char *why = error != NULL && error->message != NULL ? error->message : strerror(-code);
  snprintf(self->reason, sizeof self->reason, "%s: %s", what, why);
  return false;
}

static int64_t now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* One step of what the bus has to do, or a wait for it; a bus that never rests is held to the
 * deadline too. */
static int step(sd_bus *bus, int64_t deadline) {
  int64_t left = deadline - now_us();
  if (left <= 0) return -ETIMEDOUT;
  int r = sd_bus_process(bus, NULL);
  return r == 0 ? sd_bus_wait(bus, (uint64_t)left) : r;
}

/* A daemon that takes the connection and says nothing must not hold us up. */
static int wait_ready(sd_bus *bus, unsigned seconds) {
  const int64_t deadline = now_us() + (int64_t)seconds * 1000000;
  int r = 0;
  while (r >= 0 && sd_bus_is_ready(bus) <= 0)
    r = step(bus, deadline);
  return r;
}

/* NULL where there is no bus. */
static sd_bus *connect_bus(manager *self) {
  sd_bus *bus = NULL;
  int r = 0;
  if (self->address == NULL) {
    r = sd_bus_open_system(&bus);
  } else {
    r = sd_bus_new(&bus);
    if (r >= 0) r = sd_bus_set_address(bus, self->address);
    if (r >= 0) r = sd_bus_set_bus_client(bus, 1);
    if (r >= 0) r = sd_bus_start(bus);
  }
  if (r >= 0) r = sd_bus_set_method_call_timeout(bus, (uint64_t)self->seconds * 1000000);
  if (r >= 0) r = wait_ready(bus, self->seconds);
  if (r >= 0) return bus;
  fail(self, "the bus cannot be reached", NULL, r);
  sd_bus_close_unref(bus);
  return NULL;
}

/* As much of it as fits, in whole characters. */
static void take_text(const char *value, char text[MANAGER_TEXT]) {
  size_t n = strlen(value);
  if (n >= MANAGER_TEXT) n = MANAGER_TEXT - 1;
  while (n > 0 && ((unsigned char)value[n] & 0xc0) == 0x80)
    n--;
  memcpy(text, value, n);
  text[n] = '\0';
}

bool manager_property(manager *self, const char *unit, const char *property,
                      char text[MANAGER_TEXT]) {
  sd_bus_error error = SD_BUS_ERROR_NULL;
  sd_bus_message *reply = NULL;
  const char *path = NULL;
  char *value = NULL;
  sd_bus *bus = connect_bus(self);
  if (bus == NULL) return false;
  int r = sd_bus_call_method(bus, SERVICE, PATH, MANAGER, "LoadUnit", &error, &reply, "s", unit);
  if (r >= 0) r = sd_bus_message_read(reply, "o", &path);
  if (r >= 0)
    r = sd_bus_get_property_string(bus, SERVICE, path, SERVICE ".Unit", property, &error, &value);
  if (r < 0) fail(self, property, &error, r);
  if (r >= 0) take_text(value, text);
  free(value);
  sd_bus_error_free(&error);
  sd_bus_message_unref(reply);
  sd_bus_close_unref(bus);
  return r >= 0;
}

/* What a job of systemd came to: "done", "failed", "timeout" …; empty: not known yet. */
typedef struct outcome {
  char job[200]; /* its path; empty: the call has not answered */
  char result[40];
} outcome;

static int on_removed(sd_bus_message *message, void *data, sd_bus_error *error) {
  outcome *o = data;
  uint32_t id = 0;
  const char *job = NULL, *unit = NULL, *result = NULL;
  (void)error;
  if (sd_bus_message_read(message, "uoss", &id, &job, &unit, &result) < 0) return 0;
  if (strcmp(job, o->job) == 0) snprintf(o->result, sizeof o->result, "%s", result);
  return 0;
}

/* Signals that came before the call's reply wait in the queue until now. */
static int wait_for_end(sd_bus *bus, outcome *o, unsigned seconds) {
  const int64_t deadline = now_us() + (int64_t)seconds * 1000000;
  int r = 0;
  while (r >= 0 && o->result[0] == '\0')
    r = step(bus, deadline);
  return r;
}

bool manager_run(manager *self, const char *method, const char *unit) {
  sd_bus_error error = SD_BUS_ERROR_NULL;
  sd_bus_message *reply = NULL;
  const char *job = NULL;
  outcome o = {.job = ""};
  sd_bus *bus = connect_bus(self);
  if (bus == NULL) return false;
  /* systemd tells of jobs those only who have asked for it. */
  int r = sd_bus_call_method(bus, SERVICE, PATH, MANAGER, "Subscribe", &error, NULL, "");
  if (r >= 0)
    r = sd_bus_match_signal(bus, NULL, SERVICE, PATH, MANAGER, "JobRemoved", on_removed, &o);
  if (r >= 0)
    r = sd_bus_call_method(bus, SERVICE, PATH, MANAGER, method, &error, &reply, "ss", unit,
                           "replace");
  if (r >= 0) r = sd_bus_message_read(reply, "o", &job);
  if (r >= 0) snprintf(o.job, sizeof o.job, "%s", job);
  if (r >= 0) r = wait_for_end(bus, &o, self->seconds);
  bool done = r >= 0 && strcmp(o.result, "done") == 0;
  if (r < 0)
    fail(self, method, &error, r);
  else if (!done)
    snprintf(self->reason, sizeof self->reason, "%s: systemd's job ended with \"%s\"", method,
             o.result);
  sd_bus_error_free(&error);
  sd_bus_message_unref(reply);
  sd_bus_close_unref(bus);
  return done;
}

bool manager_enable(manager *self, const char *unit, bool enabled) {
  sd_bus_error error = SD_BUS_ERROR_NULL;
  const char *method = enabled ? "EnableUnitFiles" : "DisableUnitFiles";
  sd_bus *bus = connect_bus(self);
  if (bus == NULL) return false;
  /* (files, for this boot only, in the place of links that are there) */
  int r = enabled ? sd_bus_call_method(bus, SERVICE, PATH, MANAGER, method, &error, NULL, "asbb", 1,
                                       unit, 0, 1)
                  : sd_bus_call_method(bus, SERVICE, PATH, MANAGER, method, &error, NULL, "asb", 1,
                                       unit, 0);
  if (r >= 0) r = sd_bus_call_method(bus, SERVICE, PATH, MANAGER, "Reload", &error, NULL, "");
  if (r < 0) fail(self, method, &error, r);
  sd_bus_error_free(&error);
  sd_bus_close_unref(bus);
  return r >= 0;
}
