/* SPDX-License-Identifier: MIT */
/* The nodes below Schedule: their values, and what logind is told of them. */
#ifndef REBOOT_PLANNED_H
#define REBOOT_PLANNED_H

#include <omadm/csp.h>

#include <stdbool.h>

#include "reboot/schedule.h"

typedef struct planned_job planned_job;

/* A part of the CSP; everything is called on its thread. */
typedef struct planned {
  const omadm_csp_services *services;
  uint64_t host;
  planned_job *busy; /* one at a time: logind knows one shutdown */
  planned_job *next; /* a change that waits for it */
} planned;

/* The node's value: NOT_FOUND where there is none, and where no logind is configured. */
omadm_status planned_find(const planned *self, schedule_kind kind);
omadm_status planned_get(const planned *self, schedule_kind kind, omadm_token token);
/* Sets the value, or removes it (value NULL): answered when logind has agreed. */
omadm_status planned_change(planned *self, schedule_kind kind, omadm_token token,
                            const omadm_str *value);
/* Tells logind of the next time, where there is one: now and then, since logind forgets when the
 * machine restarts. At a start also that there is none: who was killed while it told of a time may
 * not have kept that. */
void planned_renew(planned *self, bool at_start);

#endif
