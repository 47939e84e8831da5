/* SPDX-License-Identifier: MIT */
/* Is a file ours to rely on, or could another user have put something else there? */
#ifndef OMADM_BASE_TRUST_H
#define OMADM_BASE_TRUST_H

#include <omadm/error.h>

struct stat;

/* 0 where what these facts describe belongs to this user or to root and nobody else may write it
 * (but our own group: each user has one, and an umask of 002 with it). REFUSED: with what to do. */
omadm_err omadm_trust_facts(const char *path, const struct stat *facts, omadm_error *error);

/* The same for a file or folder and each folder on the way to it, through symbolic links, from the
 * root on: where nobody else may change any of them, the path stays what it is. Others may write
 * to a folder on the way that is sticky, as /tmp is, for what is ours stays there; but not to the
 * one that a file lies in. IO: it is not there. */
omadm_err omadm_trust_path(const char *path, omadm_error *error);

#endif
