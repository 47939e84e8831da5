/* SPDX-License-Identifier: MIT */
/*
 * Where properties of nodes are kept: the table OMADM_STORE_PROPERTY, for nodes of every CSP.
 *
 * The path of a node is its segments, each behind an octet 1 (as in stored.h; that of the root is
 * empty). A key is an octet for the kind of row, and the path:
 *
 *   'A'  the ACL: an octet of flags (ACL_*), its text
 *   'S'  what changed: 6 octets of seconds since 1970, 2 of the version number, both highest first;
 *        the Title
 *   'O'  who set it (owners.h)
 *
 * A node of a stored CSP that has a row of its own counts the changes of its value there, so that a
 * Replace writes one row; its version number is the sum of both.
 */
#ifndef OMADM_FRAMEWORK_PROPERTY_H
#define OMADM_FRAMEWORK_PROPERTY_H

#include "csp-framework/core.h"

enum { PROPERTY_ACL = 'A', PROPERTY_STAMP = 'S', PROPERTY_OWNER = 'O' };

/* Puts the key of the node `up` levels above `node` into `out`. NOT_FOUND where nothing can be;
 * NOMEM. */
omadm_err property_key(const fw_node *node, size_t up, char kind, omadm_buf *out);

/* Is the octet one that stands before a segment? */
static inline bool property_is_separator(char c) {
  return c == 0 || c == 1;
}

/* Takes all rows of the node and of what is below it away. */
omadm_err property_remove(omadm_framework *fw, const fw_node *node, size_t up);
/* Moves them to where the node stands when it has the other name. */
omadm_err property_move(omadm_framework *fw, const fw_node *node, const fw_node *to);

#endif
