/* SPDX-License-Identifier: MIT */
/* One step of an operation: a job that runs its command. */
#ifndef OPERATIONS_WORK_H
#define OPERATIONS_WORK_H

#include "operations/object.h"

enum { WORK_VARIABLES = 24 };

typedef struct work {
  object *object;
  const operation *operation;
  size_t step;
  omadm_token token;
  char *name; /* of the instance */
  char *uri; /* of the node of the Exec */
  bool resumed;
  int preset; /* a result that needs no command; 0: none */
  char *command, *folder, *package, *map;
  char **argv;
  char *envp[WORK_VARIABLES];
  size_t n_envp;
  unsigned seconds;
  command_result result;
  bool lost; /* what was fetched could not be brought to the disk */
} work;

/* A step about to run, with copies of all it needs; NULL: no memory. */
work *work_new(object *self, const operation *op, size_t step, const omadm_csp_request *request,
               const row *r, bool resumed);
/* The same operation's next step. */
work *work_next(const work *before, const row *r);
void work_free(work *self);
/* Runs it; `done` gets the work on the CSP's thread. Takes ownership where it returns OK. */
omadm_err work_start(work *self, void (*done)(void *work));
/* The result code of one that is done. */
int work_code(const work *self);

#endif
