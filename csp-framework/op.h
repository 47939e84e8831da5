/* SPDX-License-Identifier: MIT */
/* One verb of the tree port on its way through one or more slots, some of which may answer late. */
#ifndef OMADM_FRAMEWORK_OP_H
#define OMADM_FRAMEWORK_OP_H

#include "csp-framework/core.h"
#include "csp-framework/txn.h"

typedef enum op_step {
  STEP_DEPENDS = 0, /* reads a node on which this one depends (depends.h) */
  STEP_SOURCE, /* of a Copy: reads the value */
  STEP_APPEND, /* reads the list to which the value is appended (append.h) */
  STEP_BEFORE, /* reads the value that a change may have to put back */
  STEP_ABOVE, /* adds a missing interior node above */
  STEP_SELF
} op_step;

/* What is to be looked at before a change (enforce.h). */
enum {
  ENFORCE_ASK = 1 << 0, /* the nodes on which it depends */
  ENFORCE_APPEND = 1 << 1, /* the list that is there */
  ENFORCE_JUDGE = 1 << 2, /* the value */
  ENFORCE_TELL = 1 << 3 /* behind it: why it was refused, or that a reboot is wanted */
};

typedef struct enforce_op {
  unsigned steps; /* ENFORCE_*; 0: the DDF asks nothing of it */
  uint32_t rule; /* for the value: omadm_ddf_allowed_at */
  omadm_str group_id; /* of the DependencyGroup that names that rule; ptr NULL: the node's own */
  size_t up; /* STEP_DEPENDS: how far above the node is the one whose groups are looked at */
  uint32_t group; /* which group, which of its dependencies */
  size_t dependency;
  unsigned reads;
  const omadm_ddf_node *asked; /* what describes that node; NULL: nothing does */
  omadm_str missed; /* the first URI that did not hold */
  omadm_str why; /* it was refused */
} enforce_op;

struct fw_op {
  fw_op *next;
  omadm_token token; /* the engine's; 0 until it is parked */
  omadm_verb verb;
  op_step step;
  fw_node node;
  omadm_str server_id, session_id, correlator;
  omadm_format format; /* the value, canonical */
  omadm_str type, data;
  bool has_data;
  fw_spool *large; /* the value, in the place of data */
  size_t up; /* STEP_ABOVE: how far above */
  size_t made; /* of an Add: what `up` was at first */
  omadm_str acl; /* of an Add: what interior nodes get */
  omadm_str name; /* of a rename */
  fw_node *renamed; /* where the node will be */
  fw_node *source; /* of a Copy */
  omadm_str gone_server; /* of a Delete: whose account it is */
  bool wants_size; /* of a Get: the property Size is the answer */
  fw_txn *txn; /* NULL: it changes nothing */
  bool own_txn;
  size_t mark; /* of the overlay, when it began */
  txn_undo *undo; /* of the transaction, then */
  bool has_before;
  omadm_str before;
  fw_spool *large_before; /* in the place of before; the transaction's */
  const txn_row *row; /* of the journal, of the step that runs */
  omadm_str owners; /* the row of owners.h that it leaves; ptr NULL: none of its own */
  bool stays; /* what the node has stays: nothing but that row is changed */
  uint32_t quirks;
  omadm_status *told; /* op_run_to_end: where its end is told; NULL: by config.completed */
  enforce_op enforce;
  fw_call *call; /* under way */
  fw_listing *listing;
  bool parked, cancelled;
  bool busy; /* given up: its CSP takes no changes before it ends */
  bool held; /* given up: its transaction ended before it, and is kept for its way back */
  omadm_arena arena; /* of its own copies while it is parked */
};

/* An operation for that node. Everything is borrowed until it has to wait. NULL without memory. */
fw_op *op_new(omadm_framework *fw, const omadm_origin *origin, omadm_verb verb,
              const fw_node *node);
/* Runs it to its end, or PENDING and a token. Fills the answer. Takes ownership. */
omadm_status op_start(omadm_framework *fw, fw_op *op, omadm_answer *answer);

/* Drops one that was not started. */
void op_drop(omadm_framework *fw, fw_op *op);

/* The call of a parked operation is done: go on, and tell the session when it has ended. */
void op_deliver(omadm_framework *fw, fw_call *call);

/* Is an operation of that Atomic under way? */
bool op_is_under_way(const omadm_framework *fw, const fw_txn *txn);
/* Does a late change of that CSP hold the transaction? */
bool op_holds(const omadm_framework *fw, const fw_txn *txn, const fw_csp *csp);

/* The change whose answer is still to come, and that was not given up; NULL: none. There is one at
 * most: transactions come one after the other. */
fw_op *op_change(const omadm_framework *fw);
/* What was before `mark` has left the overlay. */
void op_move_mark(fw_op *change, size_t mark);

/* The same as op_start, but waits for its end and for no other: what else is answered meanwhile is
 * left to pump. Each of its steps may take that many seconds; then it is given up, and FAILED. */
omadm_status op_run_to_end(omadm_framework *fw, fw_op *op, uint64_t seconds);
/* Gives up a parked operation whose end was to be told in `told`. */
void op_forget(omadm_framework *fw, omadm_token token);

/* Slot of the tree port. */
void tree_cancel(void *ctx, omadm_token token);
void op_dispose(omadm_framework *fw);

#endif
