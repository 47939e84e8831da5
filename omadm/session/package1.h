/* SPDX-License-Identifier: MIT */
/* Package 1: the Alert that opens a session, and what the device says about itself
 * (OMA-TS-DM_Protocol 8.3). */
#ifndef OMADM_SESSION_PACKAGE1_H
#define OMADM_SESSION_PACKAGE1_H

#include "omadm/session/state.h"

/* Reads ./DevInfo from the tree, as the device; DONE: the rows of package 1 are queued. */
step package1_run(omadm_session *s);

#endif
