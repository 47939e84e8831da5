/* SPDX-License-Identifier: MIT */
/* The state directory, and the lock that makes one process its owner. */
#ifndef OMADM_CLI_STATE_H
#define OMADM_CLI_STATE_H

#include <omadm/error.h>

#include <stdint.h>

#define STATE_LOCK_TIMEOUT 10 /* seconds */

typedef struct state {
  char *path;
  int lock; /* -1: not owned */
} state;

/*
 * Makes the directory (mode 0700) where it is missing, and owns it: STATE/lock, mode 0600, holds
 * the owner's process id. `path` NULL: /var/lib/omadm for root, $XDG_STATE_HOME/omadm or
 * ~/.local/state/omadm for a user. LOCKED: another process, named in *error, did not let go of it
 * in `timeout` seconds. REFUSED: others may write to the directory. IO. Close in any case.
 */
omadm_err state_open(state *self, const char *path, uint64_t timeout, omadm_error *error);
void state_close(state *self);

#endif
