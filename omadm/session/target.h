/* SPDX-License-Identifier: MIT */
/* From an Item to a node: what SyncML decides before the tree is asked for anything but the node
 * (OMA-TS-DM_TND 5, 7.7.1). */
#ifndef OMADM_SESSION_TARGET_H
#define OMADM_SESSION_TARGET_H

#include "omadm/session/state.h"

/*
 * Finds the node of the walk's current Item into walk.uri and walk.node, unless that was done
 * before. 200, or the code that refuses the Item, in this order: structure, URI, existence,
 * property, rights.
 */
omadm_status target_locate(omadm_session *s);

/* The same without judging: parses and resolves only, for an Item of `command`. */
omadm_status target_resolve(omadm_session *s, const wire_item *item, omadm_uri *uri,
                            uint32_t *quirks, omadm_node *node);

/* The Format in force for an Item: its own, its command's, its container's
 * (OMA-TS-SyncML_RepPro 6.3.3), per element. */
omadm_str target_format(const omadm_session *s, const wire_item *item);
omadm_str target_type(const omadm_session *s, const wire_item *item);

#endif
