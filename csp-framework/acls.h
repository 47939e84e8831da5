/* SPDX-License-Identifier: MIT */
/* ACLs of nodes: kept here, judged by the engine (OMA-TS-DM_TND 7.7.1). */
#ifndef OMADM_FRAMEWORK_ACLS_H
#define OMADM_FRAMEWORK_ACLS_H

#include "csp-framework/core.h"

enum {
  ACL_GUARDED = 1 << 0, /* the device itself set it: it counts in every dialect */
  ACL_DERIVED = 1 << 1 /* of the root: the factory's without accounts that went; a new start makes
                          it anew */
};

enum { ACL_OCTETS = 16384 }; /* the longest that is kept */

/* NULL without memory. Lives as long as the framework. */
fw_acls *acls_new(omadm_framework *fw);
/* Looks which nodes have one. */
void acls_load(omadm_framework *fw);

/* What acls_fill does where any node but the root has one. */
omadm_err acls_look_up(omadm_framework *fw, fw_slot *slot, omadm_node *out);

/*
 * Makes the ACLs that descriptions give to their roots: what stands there, and all rights of the
 * servers that have every right by the factory's ACL of the tree. A mount with one is guarded: it
 * holds in every dialect, and no server changes an ACL there. NOMEM.
 */
omadm_err acls_guard(omadm_framework *fw);

/* Fills acl, parent_acl and guarded of what resolve hands out. NOMEM, or the store's failure. */
static inline omadm_err acls_fill(omadm_framework *fw, fw_slot *slot, omadm_node *out) {
  out->acl = fw->root_acl;
  out->parent_acl = slot->node.n > 0 ? fw->root_acl : (omadm_str){NULL, 0};
  return fw->acls->any || fw->acls->guards ? acls_look_up(fw, slot, out) : OMADM_OK;
}

/* The node's own value: 0 and its flags, the text borrowed from the overlay; empty where it has
 * none. That of the root is never empty. */
omadm_err acls_own(omadm_framework *fw, const fw_node *node, omadm_str *text, unsigned *flags);

/* Sets the value of the node `up` levels above `node`, and flags with it. Empty and no flags: none.
 */
omadm_err acls_set(omadm_framework *fw, const fw_node *node, size_t up, omadm_str text,
                   unsigned flags);

/* A row with that key is there: it is looked for from now on. */
void acls_note(omadm_framework *fw, omadm_str key);

/* Takes the id out of all ACLs (OMA-TS-DM_TND 7.7.1.4). */
omadm_err acls_forget_server(omadm_framework *fw, omadm_str server_id);

#endif
