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

/*
 * Finds and judges the source of a Copy, which is in the Item's Source. 200, or the code that
 * refuses the Item.
 */
omadm_status target_source(omadm_session *s, omadm_node *node);

/* The ACL that nodes added at the walk's target get (OMA-TS-DM_TND 7.7.1.3): of a server that may
 * not Replace the node above, one that lets it change what it made. Else empty. Lives as long as
 * the session. */
omadm_str target_new_acl(omadm_session *s);

/* Finds without judging: parses and resolves only, for an Item of `command`. */
omadm_status target_resolve(omadm_session *s, const wire_item *item, omadm_uri *uri,
                            uint32_t *quirks, omadm_node *node);

/* The structure of the walk's Item, which target_locate looks at first: 200, or what refuses it. */
omadm_status target_structure(omadm_session *s);

/* May the server do that to the node, as far as the ACL (one that resolve handed out with it)
 * decides? Where ACLs do not count, yes. */
bool target_grants(omadm_session *s, const omadm_node *node, omadm_str acl, unsigned right);

/* The Format in force for an Item: its own, its command's, its container's
 * (OMA-TS-SyncML_RepPro 6.3.3), per element. */
omadm_str target_format(const omadm_session *s, const wire_item *item);
omadm_str target_type(const omadm_session *s, const wire_item *item);

#endif
