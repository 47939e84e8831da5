/* SPDX-License-Identifier: MIT */
/*
 * Who set a node, so that it can be undone when the account goes; and, where the DDF says how
 * several servers' values become one (MSFT:ConflictResolution), what each of them set.
 *
 * A stored node's row names the server that made it, or, where the device did, the one that set it
 * last, and says which. All else stands among the properties (property.h), under the kind 'O': who
 * made the node (OWNER_MADE), and the servers in the order in which they wrote, each a span and a
 * second one, which is an octet and the value: OWNER_KEPT, or OWNER_UNKNOWN without one, as of a
 * large value. Such a row counts more than the name in a stored row. What the device itself sets
 * belongs to nobody, whoever made it. Where the maker goes and others stay, the first of them
 * becomes the maker.
 *
 * A value that is not kept cannot be put back: where it is the one that counts, what the node has
 * stays, and is its server's. An interior node whose server has gone, and below which others own
 * something, becomes that of one of them (handback.c), so that it goes with the last.
 */
#ifndef OMADM_FRAMEWORK_OWNERS_H
#define OMADM_FRAMEWORK_OWNERS_H

#include "csp-framework/op.h"

enum { OWNER_KEPT = 'v', OWNER_UNKNOWN = '-', OWNER_MADE = 'm' };

typedef struct owner {
  omadm_str server, value;
  bool kept;
  bool made; /* it says who made the node, and nothing of its value */
} owner;

/* The next entry of a row; false at its end. Begin with *rest the row. */
bool owners_next(omadm_str *rest, owner *o);
/* The entry whose value counts, kept or not; false where there is none. */
bool owners_effective(omadm_conflict how, omadm_str row, owner *best);

/* The row of the node, borrowed from the overlay. NOT_FOUND: it has none. */
omadm_err owners_read(omadm_framework *fw, const fw_node *node, omadm_str *row);
/* Did that server make the node? */
bool owners_made_by(omadm_str row, omadm_str server);
/* The same without that server, appended to *out. */
omadm_err owners_without(omadm_str row, omadm_str server, omadm_buf *out);
/* Appends the row of a node that is that server's alone. */
omadm_err owners_alone(omadm_str server, omadm_buf *out);
/* Puts the row in; an empty one goes. */
omadm_err owners_write(omadm_framework *fw, const fw_node *node, size_t up, omadm_str row);

/* Is there a row at all? Asked once, at the first use of the tree. */
void owners_load(omadm_framework *fw);

/* Before a Delete: where other servers' values remain it is a Replace by what they make together,
 * or, where that is not kept, of the owners alone (op->stays). NOMEM. */
omadm_err owners_deleting(omadm_framework *fw, fw_op *op);
/* Before the slot of an Add or Replace: its value becomes what all servers' values make together.
 * NOMEM. */
omadm_err owners_merge(omadm_framework *fw, fw_op *op);
/* After a change that was accepted. */
omadm_err owners_after(omadm_framework *fw, const fw_op *op);

#endif
