/* SPDX-License-Identifier: MIT */
/* A device of three CSPs: the store, a plugin that does not stage, one that does. */
#ifndef OMADM_TESTS_CRASH_SCENE_H
#define OMADM_TESTS_CRASH_SCENE_H

#include <stdbool.h>

#include <omadm/framework.h>

typedef struct scene {
  char folder[300]; /* of all state */
  omadm_store *store;
  omadm_framework *framework;
  const omadm_tree *tree;
  omadm_origin origin;
  omadm_log log;
} scene;

/* The two plugins' files, and the program in which one of them gets a process of its own; NULL:
 * none does. */
typedef struct scene_plugins {
  const char *keeps, *stages, *host;
  bool isolates_keeps; /* else the one that stages */
} scene_plugins;

/* Opens it in that folder; what is missing is made. Ends the program where that fails. */
void scene_open(scene *s, const char *folder, const scene_plugins *plugins);
void scene_close(scene *s);

/* The Atomic number i. Told what commit answered, and true where it is done and settled. */
bool scene_run(scene *s, unsigned i, omadm_status *told);
/* Does the tree look as behind Atomic i? Else *why says what does not, and where. */
bool scene_is_after(scene *s, unsigned i, char why[300]);
/* The newest Atomic up to i that succeeds where nothing goes wrong: others change nothing. */
unsigned scene_effective(unsigned i);
/* Is nothing left that should not be: rows of the journal, files? */
bool scene_is_clean(scene *s, char why[300]);

#endif
