/* SPDX-License-Identifier: MIT */
/* What both answers of [MS-DHA] share: their root. */
#ifndef CONFORMANCE_ATTESTATION_DHA_RESPONSE_H
#define CONFORMANCE_ATTESTATION_DHA_RESPONSE_H

#include <omadm/types.h>

#include "conformance/attestation/dha_codes.h"

/* The version that an answer to a request of this version has: 1, or 3. */
unsigned dha_response_version(unsigned version);
/* Appends declaration and root up to its last attribute, without the closing ">". `space` is the
 * end of the namespace before its version. */
omadm_err dha_response_begin(const char *root, const char *space, unsigned version, dha_code code,
                             const char *sentence, omadm_buf *out);
/* The text of a code; lives for ever. */
const char *dha_code_text(dha_code code);
/* The HTTP status that a code goes with. */
int dha_code_http(dha_code code);

#endif
