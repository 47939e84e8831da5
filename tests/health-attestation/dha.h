/* SPDX-License-Identifier: MIT */
/* The service of the rig: an HTTP port that answers as a health attestation service would. */
#ifndef TESTS_HEALTH_ATTESTATION_DHA_H
#define TESTS_HEALTH_ATTESTATION_DHA_H

#include "rig.h"

void dha_init(rig_service *s);
void dha_dispose(rig_service *s);
/* The framework's http; ctx is the rig. */
omadm_err dha_http(void *ctx, const omadm_csp_http_request *request, omadm_csp_http_reply *reply);

/* The text between two marks, decoded from base64, appended; fails the test where it is not there.
 */
void dha_take(omadm_str text, const char *from, const char *to, omadm_buf *out);

#endif
