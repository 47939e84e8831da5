/* SPDX-License-Identifier: MIT */
/*
 * HTTP Archives (HAR 1.2, as proxies and browsers record them) as transcripts.
 */
#ifndef OMADM_PLAYER_HAR_H
#define OMADM_PLAYER_HAR_H

#include <stdbool.h>

#include <omadm/error.h>
#include <omadm/types.h>

/*
 * Appends a transcript with the POSTs of the archive whose content type is SyncML: what the client
 * sent is what a client must send, what the server answered is what it receives. <setup> is made
 * from package 1: the device's id, the address, the dialect; its SessionID becomes {{session}}.
 * Nothing is masked: secrets stay in. `id` becomes the transcript's. SYNTAX for what is no archive;
 * NOT_FOUND where it holds no such request. *out is as before on failure.
 */
omadm_err omadm_har_convert(omadm_str json, const char *id, omadm_buf *out, omadm_error *error);

/* The same for a file. */
omadm_err omadm_har_read(const char *path, omadm_buf *out, omadm_error *error);

#endif
