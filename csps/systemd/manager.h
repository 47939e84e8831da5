/* SPDX-License-Identifier: MIT */
/* What is asked of systemd's manager over D-Bus (org.freedesktop.systemd1). Each call has a
 * connection of its own and blocks: for jobs, any thread. */
#ifndef SYSTEMD_MANAGER_H
#define SYSTEMD_MANAGER_H

#include <stdbool.h>
#include <stddef.h>

enum { MANAGER_TEXT = 1024, MANAGER_REASON = 300 };

typedef struct manager {
  const char *address; /* of the bus; NULL: the system's */
  unsigned seconds; /* a call, or a unit's job, may take; then it has failed */
  char reason[MANAGER_REASON]; /* a sentence, where a call failed */
} manager;

/* A property of the unit that is a text: "ActiveState". False where it failed. */
bool manager_property(manager *self, const char *unit, const char *property,
                      char text[MANAGER_TEXT]);
/* "StartUnit", "StopUnit" or "RestartUnit", and waits for the job's end. */
bool manager_run(manager *self, const char *method, const char *unit);
/* Enables or disables the unit's file, and has systemd read it anew. */
bool manager_enable(manager *self, const char *unit, bool enabled);

#endif
