/* SPDX-License-Identifier: MIT */
/*
 * Changes of one message, one at a time: each is made, shown, and taken back.
 */
#ifndef OMADM_TESTS_MUTATIONS_H
#define OMADM_TESTS_MUTATIONS_H

#include <libxml/tree.h>

typedef enum mutation_kind {
  MUTATION_STATUS = 0, /* another code in a Status */
  MUTATION_REMOVE, /* an element less */
  MUTATION_SWAP, /* two neighbours change places */
  MUTATION_ALTER, /* another text, or attribute */
  MUTATION_HTTP, /* another address, media type, or header */
  MUTATION_KINDS
} mutation_kind;

extern const char *const mutation_names[MUTATION_KINDS];

/* Called while the message is changed. `place` names where, without numbers: the same in every
 * transcript. */
typedef void (*mutation_try)(void *ctx, mutation_kind kind, const char *place);

/* Makes all changes of the message, HTTP's excepted. */
void mutations_make(xmlDoc *message, mutation_try try, void *ctx);

/* A text that differs from this one; a number stays a number. Owned by the caller, free. */
char *mutation_altered(const char *text);

#endif
