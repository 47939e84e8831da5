/* SPDX-License-Identifier: MIT */
/* Is a file or folder ours to rely on? What lies on the way to it does not count. */
#ifndef OMADM_CLI_TRUST_H
#define OMADM_CLI_TRUST_H

#include <omadm/error.h>

/* 0 where it belongs to this user or to root and nobody else may write it (but our own group).
   REFUSED, with what to do about it; IO: it cannot be looked at. */
omadm_err cli_trust(const char *path, omadm_error *error);

#endif
