/* SPDX-License-Identifier: MIT */
/*
 * A process between the agent and a command. It ends the command, and all that is in the command's
 * process group, when the agent asks for it or is gone: so no command outlives the agent, whatever
 * ended that, and none runs beside the one that the next agent starts.
 */
#ifndef OPERATIONS_KEEPER_H
#define OPERATIONS_KEEPER_H

enum { KEEPER_GRACE_MS = 2000 }; /* between SIGTERM and SIGKILL */

/* What the keeper writes, once. */
typedef enum keeper_end { KEEPER_NOT_STARTED = 1, KEEPER_EXITED, KEEPER_SIGNALLED } keeper_end;
typedef struct keeper_report {
  int end; /* keeper_end */
  int value; /* errno, exit status, number of the signal */
} keeper_report;

/* Everything is made before the fork: between it and execve nothing may allocate. */
typedef struct keeper_plan {
  char *const *argv; /* [0]: an absolute path */
  char *const *envp;
  const char *folder; /* where it runs */
  int life; /* read end of a pipe: readable, or closed, is the end of the command */
  int report; /* write end of a pipe */
  int output; /* its standard output */
  int lock; /* kept open until the command has ended; -1: none */
} keeper_plan;

/* In the child of a fork, whose signals are all blocked; does not return. Calls async-signal-safe
 * functions only. */
_Noreturn void keeper_main(const keeper_plan *plan);

#endif
