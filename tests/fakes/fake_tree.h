/* SPDX-License-Identifier: MIT */
/*
 * A management tree for tests: a plain list of nodes behind the tree port. Every place may hold a
 * node, leaves are chr unless put otherwise, everything is allowed that is not switched off below.
 * It can answer late, refuse, and count what it is asked.
 */
#ifndef OMADM_TESTS_FAKE_TREE_H
#define OMADM_TESTS_FAKE_TREE_H

#include <omadm/session.h>

typedef struct fake_tree fake_tree;

/* What a test sets, and what it reads. */
typedef struct fake_knobs {
  int late; /* 1: every verb answers PENDING, fake_tree_complete finishes it */
  const char *acl; /* the effective ACL of every node; default: everything to everybody */
  const char *refused; /* path of a node whose changes answer refused_status */
  omadm_status refused_status;
  const char *unlisted; /* path of a node that cannot be a member of an Atomic */
  omadm_status exec_status; /* default 200 */
  omadm_status begin_status; /* default 200 */
  omadm_status commit_status; /* default 200; else change 0 refused */
  omadm_status undo_status; /* default 216 */
  omadm_status rest_status; /* the same of a change that failed */
  omadm_err settle_error;
  unsigned settles, begins, commits, rollbacks, cancels, execs, changes, calls;
} fake_knobs;

fake_tree *fake_tree_new(void);
void fake_tree_free(fake_tree *tree);
const omadm_tree *fake_tree_port(fake_tree *tree);
fake_knobs *fake_tree_knobs(fake_tree *tree);

/* Sets the node at "./A/B" and the interior nodes above it. value NULL: an interior node. */
void fake_tree_put(fake_tree *tree, const char *path, omadm_format format, const char *value);
/* The five leaves of ./DevInfo. */
void fake_tree_put_devinfo(fake_tree *tree);
/* The value of a leaf, "" of an interior node, NULL where there is none. Lives until the next
 * change. */
const char *fake_tree_value(const fake_tree *tree, const char *path);

/* The token that is outstanding, or 0. */
omadm_token fake_tree_pending(const fake_tree *tree);
/* Does what is outstanding and tells the session. NOT_FOUND where nothing is, or where the session
 * does not wait. */
omadm_err fake_tree_complete(fake_tree *tree, omadm_session *session);

#endif
