/* SPDX-License-Identifier: MIT */
/* The value of x-syncml-hmac (OMA-TS-DM_Security 5.4.3). */
#ifndef OMADM_SESSION_AUTH_HMAC_H
#define OMADM_SESSION_AUTH_HMAC_H

#include <omadm/error.h>
#include <omadm/types.h>

#include "base/digest.h"

#include <stdbool.h>

/* Appends the value for a name and a digest. */
omadm_err auth_hmac_write(omadm_str name, const omadm_digest *mac, omadm_buf *out);

/* Reads a value: the user name, unquoted, is appended to *name. False where it is malformed, names
 * another algorithm than MD5, or lacks what it needs. */
bool auth_hmac_read(omadm_str value, omadm_buf *name, omadm_digest *mac);

#endif
