/* SPDX-License-Identifier: MIT */
/* Runs a configured command, without a shell, and waits for its end. */
#ifndef OPERATIONS_COMMAND_H
#define OPERATIONS_COMMAND_H

#include <stdint.h>

#include "operations/output.h"

typedef enum command_end {
  COMMAND_NOT_STARTED, /* value: errno */
  COMMAND_EXITED, /* value: its exit status */
  COMMAND_SIGNALLED, /* value: the number of the signal */
  COMMAND_TOO_LATE /* it was ended */
} command_end;

typedef struct command_request {
  char *const *argv; /* [0]: an absolute path; NULL at the end */
  char *const *envp; /* the whole environment */
  const char *folder; /* where it runs; a file "lock" in it is locked meanwhile. NULL: in / */
  unsigned seconds; /* that it may take */
} command_request;

typedef struct command_result {
  command_end end;
  int value;
  output said; /* on its standard output; standard error is the agent's */
} command_result;

/* Takes the lock of the folder, until `deadline` of the monotonic clock in milliseconds; 0: only
 * where it is free. The keeper of an agent that was killed holds it until its command has ended.
 * The descriptor to be closed; -1 with errno where it cannot be had. Any thread. */
int command_lock(const char *folder, int64_t deadline);
/* Blocks. Any thread. What the command leaves behind in its process group is ended with it. */
void command_run(const command_request *request, command_result *result);

#endif
