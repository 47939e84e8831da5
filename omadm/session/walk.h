/* SPDX-License-Identifier: MIT */
/*
 * The walk over a message's commands: an explicit stack of frames and a place in the current one,
 * so that it can stop at any tree call and go on there when the late answer comes.
 */
#ifndef OMADM_SESSION_WALK_H
#define OMADM_SESSION_WALK_H

#include "omadm/session/state.h"

/* Items, or steps of one Item, that are run before the caller gets control again. */
enum { WALK_SLICE = 16 };

/* Begins the walk over the body of s->message. */
step walk_begin(omadm_session *s);

/* Walks on. WAIT: at a pending call, the session is to be parked. DONE: every command has its
 * answer. */
step walk_run(omadm_session *s);

/* An Item that is many calls of the tree asks before each: 200: go on. PENDING: it returns that,
 * and is called again. 500: the time for the message is over. */
omadm_status walk_step(omadm_session *s);

/* Opens a container: its members come next. NULL: the session ended for lack of memory. */
walk_frame *walk_push(omadm_session *s, const wire_command *container, answer *a);

/* group.c: a member of the open Atomic ended with a failure at the walk's Item: rolls back and
 * skips the rest. */
void atomic_fail(omadm_session *s);
/* group.c: the last member of the open Atomic is done: commits. */
void atomic_close(omadm_session *s, walk_frame *frame);

#endif
