/* SPDX-License-Identifier: MIT */
/*
 * Access control lists (OMA-TS-DM_TND 7.7.1): who may do what.
 */
#ifndef OMADM_ACL_H
#define OMADM_ACL_H

#include <omadm/error.h>
#include <omadm/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Rights are OMADM_ACCESS_ADD, _DELETE, _EXEC, _GET and _REPLACE. */

/* 1 where an ACL can name a server with that ServerID: visible characters without those of the
 * grammar (OMA-TS-DM_TND 7.7.1.2). Any thread. */
static inline int omadm_acl_is_id(omadm_str id) {
  for (size_t i = 0; i < id.len; i++) {
    unsigned char c = (unsigned char)id.ptr[i];
    if (c <= ' ' || c == 0x7F || c == '=' || c == '*' || c == '&' || c == '+') return 0;
  }
  return id.len > 0;
}

/*
 * 1 where the text of an effective ACL grants `right` to the server with that ServerID (octet-wise
 * comparison, OMA-TS-DM_TND 7.7.1.5). An empty or malformed ACL grants nothing. Any thread.
 */
OMADM_EXPORT int omadm_acl_allows(omadm_str effective_acl, omadm_str server_id, unsigned right);

/*
 * Is the text an ACL (OMA-TS-DM_TND 7.7.1.2)? 0, or SYNTAX. The empty text is one: the node
 * inherits. A command may stand there twice, and "*" beside other ids; an id need not be that of an
 * account. Any thread.
 */
OMADM_EXPORT omadm_err omadm_acl_check(omadm_str acl);

/*
 * Appends the ACL without one id (OMA-TS-DM_TND 7.7.1.4: a server is no longer known). A command
 * that is left without ids is dropped, but for those of the mask `open`, which become "*". What did
 * not name the id is appended as it is. SYNTAX where the text is no ACL; NOMEM. Any thread.
 */
OMADM_EXPORT omadm_err omadm_acl_remove(omadm_str acl, omadm_str server_id, unsigned open,
                                        omadm_buf *out);

/*
 * Appends the ACL of what that server adds where it may not Replace (OMA-TS-DM_TND 7.7.1.3): Add,
 * Delete and Replace. Nothing where the id cannot stand in an ACL. NOMEM. Any thread.
 */
OMADM_EXPORT omadm_err omadm_acl_of_creator(omadm_str server_id, omadm_buf *out);

/*
 * Appends `acl`, and behind it for each id that may Replace by the ACL `root` all that `root`
 * grants it: what a node gives to servers with every right, beside what its own ACL says. NOMEM.
 * Any thread.
 */
OMADM_EXPORT omadm_err omadm_acl_join(omadm_str acl, omadm_str root, omadm_buf *out);

#ifdef __cplusplus
}
#endif
#endif
