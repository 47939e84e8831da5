/* SPDX-License-Identifier: MIT */
/* From a URI to the node that answers. */
#ifndef OMADM_FRAMEWORK_RESOLVE_H
#define OMADM_FRAMEWORK_RESOLVE_H

#include "csp-framework/core.h"

/*
 * 200: the node exists. 404: it does not, the slot says what it would be there (node.ddf NONE:
 * nothing can be). 405: below a leaf, or of ./Inbox. 500: without memory, or of a user who is not
 * there. *slot is NULL where nothing is known; it is borrowed from the ring, for the next FW_RING -
 * 1 calls. With any_case a name that is written in another case than the one node it can mean is
 * that node, but where CaseSense says CS; *quirks gets URI_CASE.
 */
omadm_status resolve_uri(omadm_framework *fw, const omadm_uri *uri, bool any_case, uint32_t *quirks,
                         fw_slot **slot);

/* The same for the text of a URI; also what omadm_uri_parse answers. *slot is NULL then. */
omadm_status resolve_text(omadm_framework *fw, omadm_str text, bool any_case, fw_slot **slot);

/* The node that a ref of the tree port names; NULL where it is too old. */
fw_node *resolve_ref(omadm_framework *fw, const omadm_node *node);

/* Puts the node that `ddf` describes below `parent`, named so, into a slot of the ring; without
   asking whether it exists. The same slot can be given again for a sibling; NULL takes a new one.
   NULL without memory. */
fw_slot *resolve_child(omadm_framework *fw, fw_slot *slot, const fw_node *parent, uint32_t ddf,
                       omadm_str name);

/* Does the node of that DDF description exist, `up` levels above `node`? 200, 404, or what the
 * CSP's find answered. */
omadm_status resolve_exists(omadm_framework *fw, const fw_node *node, size_t up);

/* The slots of the tree port. */
omadm_status tree_resolve(void *ctx, const omadm_origin *origin, const omadm_uri *uri,
                          omadm_node *node);

#endif
