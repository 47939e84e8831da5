/* SPDX-License-Identifier: MIT */
/*
 * What is asked of systemd-logind over D-Bus (org.freedesktop.login1). Each call has a connection
 * of its own and blocks: for jobs, any thread. libsystemd is loaded when it is needed, so that who
 * does not use this needs no systemd.
 */
#ifndef REBOOT_LOGIND_H
#define REBOOT_LOGIND_H

#include <stdbool.h>
#include <stdint.h>

enum { LOGIND_REASON = 300 };

typedef struct logind {
  const char *address; /* of the bus; NULL: the system's */
  unsigned seconds; /* a call may take; then it has failed */
  bool other; /* logind_schedule left another's shutdown as it is */
  char reason[LOGIND_REASON]; /* a sentence, where a call failed */
} logind;

/* Restarts the machine now. */
bool logind_reboot(logind *self);
/*
 * Has the machine restarted at that time (seconds since 1970); 0: takes back what an earlier call
 * has scheduled. logind knows one shutdown at a time: what somebody else has scheduled stays where
 * it comes first, and is replaced where it comes later. What is ours is known by its microseconds,
 * for nothing else tells it, and nothing has to be kept.
 */
bool logind_schedule(logind *self, int64_t at);

#endif
