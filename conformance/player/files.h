/* SPDX-License-Identifier: MIT */
/*
 * Files read whole, into an arena.
 */
#ifndef OMADM_PLAYER_FILES_H
#define OMADM_PLAYER_FILES_H

#include <omadm/error.h>
#include <omadm/types.h>

#include "base/mem.h"

/* At most 64 MiB; a zero octet stands behind the content. NOT_FOUND, IO, LIMIT name the file. */
omadm_err files_read(const char *path, omadm_arena *arena, omadm_str *out, omadm_error *error);

#endif
