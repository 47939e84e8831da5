/* SPDX-License-Identifier: MIT */
/*
 * What Microsoft's extension of a DDF asks of a change, beyond Format and AccessType. What is asked
 * of a node is known when its DDF is mounted: a byte a node, so that a node of which nothing is
 * asked costs one look. docs/ddf.md says for each element what is enforced, and where.
 */
#ifndef OMADM_FRAMEWORK_ENFORCE_H
#define OMADM_FRAMEWORK_ENFORCE_H

#include "csp-framework/op.h"

/* Bits of fw_csp.rules. */
enum {
  ENFORCE_HIDDEN = 1 << 0, /* it, or a node above, does not apply to this device */
  ENFORCE_ATOMIC = 1 << 1, /* it, or a node above, is changed in an Atomic only */
  ENFORCE_VALUE = 1 << 2, /* there are values that AllowedValues forbids */
  ENFORCE_DEPENDS = 1 << 3, /* whether it may be changed depends on other nodes */
  ENFORCE_APPENDS = 1 << 4, /* a Replace appends to the list that is there */
  ENFORCE_REBOOT = 1 << 5, /* a change asks for a reboot */
  ENFORCE_DEPRECATED = 1 << 6, /* and its first change has still to be mentioned */
  ENFORCE_ATOMIC_BELOW = 1 << 7 /* a node below it is changed in an Atomic only */
};

/* Finds out what is asked of each node: fills csp->rules, NULL where nothing is. NOMEM. */
omadm_err enforce_prepare(omadm_framework *fw, fw_csp *csp);

static inline unsigned enforce_rules(const fw_csp *csp, uint32_t ddf) {
  return csp->rules != NULL ? csp->rules[ddf] : 0;
}

/* Is it as if there were no such node on this device? */
static inline bool enforce_hides(const fw_csp *csp, uint32_t ddf) {
  return (enforce_rules(csp, ddf) & ENFORCE_HIDDEN) != 0;
}

/* Of an operation of whose node something is asked: may it begin? 200; 405, 413 or 415 and the
 * answer's detail. What can only be said when other nodes are read is a step of the operation. */
omadm_status enforce_change(omadm_framework *fw, fw_op *op, omadm_answer *answer);
static inline omadm_status enforce_begin(omadm_framework *fw, fw_op *op, omadm_answer *answer) {
  const fw_csp *csp = op->node.mount->csp;
  /* Of what is missing above something may be asked, too. */
  if (csp->rules == NULL || (csp->rules[op->node.ddf] == 0 && op->up == 0)) return OMADM_ST_OK;
  return enforce_change(fw, op, answer);
}
/* The same of a value that is to be set later, as far as it can be said now. */
omadm_status enforce_check(omadm_framework *fw, fw_op *op, omadm_answer *answer);

/* Does the rule that counts for the operation allow its value? 200; 413 or 415, which is logged and
 * kept for enforce_end. */
omadm_status enforce_value(omadm_framework *fw, fw_op *op);
/* A step of STEP_DEPENDS or STEP_APPEND ended. True: it goes on, with op->step. Else *status is
 * that of the operation. */
bool enforce_next(omadm_framework *fw, fw_op *op, omadm_status *status);
/* The operation has ended: what was kept becomes the answer's detail, and a change that asks for a
 * reboot is noted. */
void enforce_tell(omadm_framework *fw, const fw_op *op, omadm_status status, omadm_answer *answer);
static inline void enforce_end(omadm_framework *fw, const fw_op *op, omadm_status status,
                               omadm_answer *answer) {
  if ((op->enforce.steps & ENFORCE_TELL) != 0) enforce_tell(fw, op, status, answer);
}

/* May a node have a value that its CSP gives? 200, or not and *why. */
omadm_status enforce_given(const omadm_ddf *ddf, const omadm_ddf_node *d, omadm_str value,
                           omadm_error *why);

/* The operation is refused with that status: logs the sentence with the URI, and keeps it. Returns
 * status. */
omadm_status enforce_refuse(omadm_framework *fw, fw_op *op, omadm_status status, const char *format,
                            ...) OMADM_PRINTF(4, 5);
/* All of a value that may be large, in the operation's memory. 200, 413 where it is larger than
 * what is checked (16 times inline-value), 500, 510. */
omadm_status enforce_text(omadm_framework *fw, fw_op *op, fw_spool *large, omadm_str *text);

#endif
