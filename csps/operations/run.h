/* SPDX-License-Identifier: MIT */
/* The operations of a managed object: how they begin, go on and end. */
#ifndef OPERATIONS_RUN_H
#define OPERATIONS_RUN_H

#include "operations/object.h"

/* Once after a start, when all that is resumed was: an operation that nobody resumed has failed. In
 * every slot but find, which comes before resume. */
void run_settle(object *self);
/* Removes the files that no instance has, but for the one that was replaced last. Not in find, list
 * and get: who only looks changes nothing. */
void run_sweep(object *self);

#endif
