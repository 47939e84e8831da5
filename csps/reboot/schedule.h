/* SPDX-License-Identifier: MIT */
/* The times of a schedule: ISO 8601, in local time where no offset from UTC is given. */
#ifndef REBOOT_SCHEDULE_H
#define REBOOT_SCHEDULE_H

#include <omadm/types.h>

#include <stdbool.h>
#include <stdint.h>

typedef enum schedule_kind {
  SCHEDULE_SINGLE = 0,
  SCHEDULE_DAILY,
  SCHEDULE_WEEKLY,
  SCHEDULE_KINDS
} schedule_kind;

/* When it happens next after `now`, in seconds since 1970; 0: never again. False: it is no time of
 * that kind. A day of the calendar has no length: what recurs keeps its hour over a change of the
 * clocks. Uses the process's time zone. */
bool schedule_next(schedule_kind kind, omadm_str text, int64_t now, int64_t *next);

#endif
