/* SPDX-License-Identifier: MIT */
#include "reboot/logind.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <systemd/sd-bus.h>

#define LIBRARY "libsystemd.so.0"
#define SERVICE "org.freedesktop.login1"
#define PATH "/org/freedesktop/login1"
#define MANAGER SERVICE ".Manager"

enum { SECOND = 1000000, MARK = 271828 /* microseconds of what is ours */ };

#define CALLS(X)                                                                                   \
  X(open_system)                                                                                   \
  X(new)                                                                                           \
  X(set_address)                                                                                   \
  X(set_bus_client)                                                                                \
  X(start)                                                                                         \
  X(is_ready)                                                                                      \
  X(process)                                                                                       \
  X(wait)                                                                                          \
  X(set_method_call_timeout)                                                                       \
  X(call_method)                                                                                   \
  X(get_property)                                                                                  \
  X(message_read)                                                                                  \
  X(message_unref)                                                                                 \
  X(error_free)                                                                                    \
  X(close_unref)

typedef struct calls {
#define FIELD(name) __typeof__(&sd_bus_##name) name;
  CALLS(FIELD)
#undef FIELD
} calls;

typedef struct connection {
  calls sd;
  sd_bus *bus;
  sd_bus_error error;
  sd_bus_message *reply;
} connection;

static bool load(calls *sd) {
  static const char *const names[] = {
#define NAME(name) "sd_bus_" #name,
      CALLS(NAME)
#undef NAME
  };
  /* Never unloaded: it has data of threads. */
  void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  void *found[sizeof names / sizeof *names] = {NULL};
  bool good = library != NULL;
  for (size_t i = 0; good && i < sizeof names / sizeof *names; i++) {
    found[i] = dlsym(library, names[i]);
    good = found[i] != NULL;
  }
  _Static_assert(sizeof found == sizeof *sd, "a pointer each");
  if (good) memcpy(sd, found, sizeof found); /* how POSIX turns what dlsym gives into functions */
  if (library != NULL) (void)dlclose(library);
  return good;
}

static int64_t now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * SECOND + t.tv_nsec / 1000;
}

/* A daemon that takes the connection and says nothing must not hold us up. */
static int wait_ready(connection *c, unsigned seconds) {
  const int64_t deadline = now_us() + (int64_t)seconds * SECOND;
  int r = 0;
  while (r >= 0 && c->sd.is_ready(c->bus) <= 0) {
    int64_t left = deadline - now_us();
    if (left <= 0) return -ETIMEDOUT;
    r = c->sd.process(c->bus, NULL);
    if (r == 0) r = c->sd.wait(c->bus, (uint64_t)left);
  }
  return r;
}

static bool fail(logind *self, connection *c, const char *what, int code) {
  const char *why = c->error.message != NULL ? c->error.message : strerror(-code);
  snprintf(self->reason, sizeof self->reason, "%s: %s", what, why);
  return false;
}

static void close_bus(connection *c) {
  if (c->bus == NULL) return;
  c->sd.error_free(&c->error);
  c->sd.message_unref(c->reply);
  (void)c->sd.close_unref(c->bus);
}

static bool open_bus(logind *self, connection *c) {
  int r = 0;
  *c = (connection){.bus = NULL};
  self->other = false;
  if (!load(&c->sd)) {
    snprintf(self->reason, sizeof self->reason, "%s cannot be loaded", LIBRARY);
    return false;
  }
  if (self->address == NULL) {
    r = c->sd.open_system(&c->bus);
  } else {
    r = c->sd.new(&c->bus);
    if (r >= 0) r = c->sd.set_address(c->bus, self->address);
    if (r >= 0) r = c->sd.set_bus_client(c->bus, 1);
    if (r >= 0) r = c->sd.start(c->bus);
  }
  if (r >= 0) r = c->sd.set_method_call_timeout(c->bus, (uint64_t)self->seconds * SECOND);
  if (r >= 0) r = wait_ready(c, self->seconds);
  return r >= 0 || fail(self, c, "the bus cannot be reached", r);
}

bool logind_reboot(logind *self) {
  connection c;
  bool done = open_bus(self, &c);
  if (done) {
    int r = c.sd.call_method(c.bus, SERVICE, PATH, MANAGER, "Reboot", &c.error, NULL, "b", 0);
    if (r < 0) done = fail(self, &c, "Reboot", r);
  }
  close_bus(&c);
  return done;
}

/* What logind has scheduled; *at 0: nothing. */
static int scheduled(connection *c, bool *is_ours, uint64_t *at) {
  const char *type = "";
  *at = 0;
  int r = c->sd.get_property(c->bus, SERVICE, PATH, MANAGER, "ScheduledShutdown", &c->error,
                             &c->reply, "(st)");
  if (r >= 0) r = c->sd.message_read(c->reply, "(st)", &type, at);
  if (r < 0 || type[0] == '\0') *at = 0;
  *is_ours = *at != 0 && strcmp(type, "reboot") == 0 && *at % SECOND == MARK;
  return r;
}

bool logind_schedule(logind *self, int64_t at) {
  const uint64_t wanted = at > 0 ? (uint64_t)at * SECOND + MARK : 0;
  const char *what = "ScheduledShutdown";
  uint64_t found = 0;
  bool is_ours = false;
  connection c;
  bool done = open_bus(self, &c);
  int r = done ? scheduled(&c, &is_ours, &found) : 0;
  self->other = done && !is_ours && found != 0 && wanted != 0 && found <= wanted;
  if (done && r >= 0 && wanted == 0 && is_ours) {
    what = "CancelScheduledShutdown";
    r = c.sd.call_method(c.bus, SERVICE, PATH, MANAGER, what, &c.error, NULL, "");
  } else if (done && r >= 0 && wanted != 0 && !self->other && found != wanted) {
    what = "ScheduleShutdown";
    r = c.sd.call_method(c.bus, SERVICE, PATH, MANAGER, what, &c.error, NULL, "st", "reboot",
                         wanted);
  }
  if (done && r < 0) done = fail(self, &c, what, r);
  close_bus(&c);
  return done;
}
