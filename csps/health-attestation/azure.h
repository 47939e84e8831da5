/* SPDX-License-Identifier: MIT */
/*
 * The Windows 11 half: TriggerAttestation and the nodes that show what came of it. All on the CSP's
 * thread; a session with the service is work (work.h).
 *
 * Each server has sessions, reports and answers of its own. One session of a server at a time: a
 * second TriggerAttestation is answered 503; another server's runs beside it. While one is
 * under way AttestStatus is 0, as it is when it has succeeded: by the nonce in the report a server
 * knows whether it is of this session.
 */
#ifndef HEALTH_ATTESTATION_AZURE_H
#define HEALTH_ATTESTATION_AZURE_H

#include "health-attestation/attestation.h"

typedef struct azure azure;

typedef enum azure_node {
  AZURE_GET_ATTEST_REPORT,
  AZURE_ATTEST_STATUS,
  AZURE_GET_SERVICE_CORRELATION_IDS,
  AZURE_ATTEST_ERROR_MESSAGE
} azure_node;

/* In the CSP's open; NULL: no memory. owner is borrowed for life. Ended in its close. */
azure *azure_open(attestation *owner);
void azure_close(azure *self);

/* Exec of TriggerAttestation: 202 where a session was started, 400 where its JSON is not usable,
 * 503 while this server's last one runs, else 500. */
omadm_status azure_trigger(azure *self, const omadm_csp_request *request);
/* The same Exec after a restart. The Entra token is never stored, so that the session cannot be
 * repeated: it has failed, which AttestStatus says. Answers 500. */
omadm_status azure_resume(azure *self, const omadm_csp_request *request);
/* A Get of one of the four: its value, or 404 where there is no report. */
omadm_status azure_get(azure *self, azure_node node, const omadm_csp_request *request);
/* Forgets what is kept for a server whose account is gone. */
void azure_account_removed(azure *self, omadm_str server_id);

#endif
