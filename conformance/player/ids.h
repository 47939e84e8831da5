/* SPDX-License-Identifier: MIT */
/* What a grammar cannot say of a client's message: its CmdIDs differ (OMA-TS-SyncML_RepPro 6.1.4).
 */
#ifndef OMADM_PLAYER_IDS_H
#define OMADM_PLAYER_IDS_H

#include <libxml/tree.h>

#include <omadm/error.h>

/* 0, or SYNTAX naming the CmdID that two commands have; NOMEM. */
omadm_err ids_check(const xmlDoc *message, omadm_error *error);

#endif
