/* SPDX-License-Identifier: MIT */
/* ?prop=NAME (OMA-TS-DM_TND 7): which properties there are, and who may do what with them. */
#ifndef OMADM_SESSION_PROPERTY_H
#define OMADM_SESSION_PROPERTY_H

#include "omadm/session/state.h"

/* May the running command be asked of the property that the walk's URI names? 200; 406: there is no
 * such property of that node, or not in this dialect; 405: it is not for this command. */
omadm_status property_check(const omadm_session *s);

/* The ACLs that grant a change of that property of the walk's node; one of them is enough. The
 * second is empty where there is one only (OMA-TS-DM_TND 7.7.1.3). */
void property_judges(const omadm_session *s, omadm_str acls[2]);

/* Replace of a property: the walk's Item, located. PENDING: called again. */
omadm_status property_replace(omadm_session *s);

#endif
