/* SPDX-License-Identifier: MIT */
/*
 * Access control lists (OMA-TS-DM_TND 7.7.1): who may do what.
 */
#ifndef OMADM_ACL_H
#define OMADM_ACL_H

#include <omadm/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Rights are OMADM_ACCESS_ADD, _DELETE, _EXEC, _GET and _REPLACE. */

/*
 * 1 where the text of an effective ACL grants `right` to the server with that ServerID (octet-wise
 * comparison, OMA-TS-DM_TND 7.7.1.5). An empty or malformed ACL grants nothing. Any thread.
 */
OMADM_EXPORT int omadm_acl_allows(omadm_str effective_acl, omadm_str server_id, unsigned right);

#ifdef __cplusplus
}
#endif
#endif
