/* SPDX-License-Identifier: MIT */
/*
 * A plugin whose slots are counted: between the framework and the plugin stands a table of
 * functions that pass each call on. One at a time and thread; a CSP's slots are called from one
 * thread.
 */
#ifndef OMADM_CSP_TEST_WATCH_H
#define OMADM_CSP_TEST_WATCH_H

#include <omadm/csp.h>
#include <omadm/error.h>

#include <stdbool.h>

/*  slot, does it change something */
#define WATCH_REQUESTS(X)                                                                          \
  X(find, 0)                                                                                       \
  X(list, 0)                                                                                       \
  X(get, 0)                                                                                        \
  X(add, 1)                                                                                        \
  X(replace, 1)                                                                                    \
  X(remove, 1)                                                                                     \
  X(exec, 1)                                                                                       \
  X(rename, 1)

typedef enum watch_slot {
#define WATCH_ENUM(slot, changes) WATCH_##slot,
  WATCH_REQUESTS(WATCH_ENUM)
#undef WATCH_ENUM
      WATCH_SLOTS
} watch_slot;

typedef struct watch {
  void *library;
  omadm_csp_descriptor descriptor; /* the plugin's, with our table of slots */
  omadm_csp_slots ours, theirs;
  uint64_t calls[WATCH_SLOTS];
} watch;

/* Loads the plugin. Close in any case. */
omadm_err watch_open(watch *self, const char *path, omadm_error *error);
void watch_close(watch *self);

/* Calls of slots that change something, so far. */
uint64_t watch_changes(const watch *self);
bool watch_stages(const watch *self);

#endif
