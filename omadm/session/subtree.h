/* SPDX-License-Identifier: MIT */
/*
 * A walk over the nodes of a subtree, parents first, by resolve and list of the tree port: what
 * ?list= tells, and what a Replace with TNDS compares with. No recursion, no node held over a call:
 * it may stop at any list and go on when the late answer comes.
 */
#ifndef OMADM_SESSION_SUBTREE_H
#define OMADM_SESSION_SUBTREE_H

#include "omadm/session/state.h"

typedef struct subtree_place {
  struct subtree_place *next; /* to be visited after it */
  const struct subtree_place *above; /* NULL: this is the start */
  omadm_str name;
  size_t depth; /* of the start: 0 */
  uint32_t mark; /* the caller's; of a new one: OMADM_TNDS_NONE */
} subtree_place;

typedef struct subtree {
  omadm_arena arena;
  omadm_buf text, scratch; /* of uri */
  omadm_str start;
  subtree_place *at; /* the node handed out last */
  subtree_place *next;
  subtree_place **tail; /* where its children go */
  size_t n; /* of places made */
  bool descend, listing, waiting;
  uint64_t cursor;
  omadm_uri uri; /* of `at`, and its node */
  omadm_node node;
} subtree;

void subtree_init(subtree *t, const omadm_mem *mem);
void subtree_dispose(subtree *t);

/* Begins at the node of that path, which is copied. NOMEM. */
omadm_err subtree_begin(subtree *t, omadm_str path);
/* The next node: 200, and `at`, `uri`, `node`; END; PENDING; or why it ends: 413 over
 * limits.items, what resolve said of the start, what list said. A child that cannot be resolved is
 * left out. */
omadm_status subtree_next(omadm_session *s, subtree *t);
/* The children of the node handed out last come next; else they are left out. */
static inline void subtree_descend(subtree *t) {
  t->descend = t->node.format == OMADM_FORMAT_NODE;
}

#endif
