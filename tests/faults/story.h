/* SPDX-License-Identifier: MIT */
/*
 * A session that changes something in every way, told twice: as messages, and as a table of what
 * each change does to which node. Whatever went wrong on the way, story_check says whether the
 * answers and the tree agree.
 */
#ifndef TESTS_FAULTS_STORY_H
#define TESTS_FAULTS_STORY_H

#include "tests/faults/world.h"

enum { STORY_MESSAGES = 3, STORY_CHANGES = 10 };

/* True while the test itself works, in story_play: its own memory is not to fail. */
extern bool story_outside;

typedef struct story {
  int status[STORY_CHANGES]; /* as the device told; 0: it told nothing */
  bool over; /* the session is done */
} story;

/* A store in memory with what the tree holds before. Owned by the caller, close with
   omadm_store_close. */
omadm_store *story_store(void);

/* Plays the messages; ends early where the session does. */
void story_play(world *w, story *told);

/*
 * Fails the test where a change that was told as done has not its new value, one that was told as
 * refused has not its old one, or the members of an Atomic stand apart; `which` is for the message.
 */
void story_check(world *w, const story *told, const char *which);
/* The same for another device, without faults, on that store. */
void story_check_store(omadm_store *store, const story *told, const char *which);

#endif
