/* SPDX-License-Identifier: MIT */
/* Alerts that wait for a server. Each change of the outbox is in the store when its function
 * returns. */
#ifndef OMADM_FRAMEWORK_OUTBOX_H
#define OMADM_FRAMEWORK_OUTBOX_H

#include "csp-framework/core.h"

/* Stores an alert for that server, or for every account when server_id is empty. ARGUMENT: it has
 * no type, or a mark that there is not. LIMIT: as many wait as may, all of them more important. */
omadm_err outbox_raise(omadm_framework *fw, omadm_str server_id, const omadm_csp_alert *alert);

/* The same, and in the same batch of the store a row of the journal goes, whose key is given; it
 * goes also where the answer is LIMIT. */
omadm_err outbox_raise_for(omadm_framework *fw, omadm_str server_id, const omadm_csp_alert *alert,
                           omadm_str journal_key);

/* At the start, when all is mounted: drops what waits for servers whose account is gone. Another
 * one may get the name. */
void outbox_drop_strangers(omadm_framework *fw);

/* Alerts that wait for that server; for any where server_id is empty. */
size_t outbox_count(omadm_framework *fw, omadm_str server_id);

/* Slots of the host port. */
omadm_err host_alert_next(void *ctx, omadm_str server_id, uint64_t after, omadm_alert *alert);
omadm_err host_alert_answered(void *ctx, omadm_str server_id, uint64_t id, omadm_status status);

#endif
