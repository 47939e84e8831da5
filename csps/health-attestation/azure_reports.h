/* SPDX-License-Identifier: MIT */
/* What a server may read of its last session; kept in the store, by server. */
#ifndef HEALTH_ATTESTATION_AZURE_REPORTS_H
#define HEALTH_ATTESTATION_AZURE_REPORTS_H

#include "health-attestation/attestation.h"

typedef struct report {
  uint32_t hresult; /* of the last session; 0 also before the first, and while one runs */
  octets ids; /* of the last session that got any */
  octets message; /* of the service's error in the last session */
  octets token; /* the newest report; empty: none yet */
} report;

/* All empty where nothing is kept. False: the store cannot be read. To be disposed in any case. */
bool report_load(const attestation *self, omadm_str server_id, report *out);
void report_dispose(report *r);
omadm_err report_save(const attestation *self, omadm_str server_id, const report *r);
/* Forgets what is kept for that server. */
void report_remove(const attestation *self, omadm_str server_id);

#endif
