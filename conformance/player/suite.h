/* SPDX-License-Identifier: MIT */
/*
 * Many transcripts: files, folders, HTTP Archives.
 */
#ifndef OMADM_PLAYER_SUITE_H
#define OMADM_PLAYER_SUITE_H

#include "conformance/player/player.h"
#include "conformance/player/report.h"

/*
 * Plays what the path means, in the order of names: a transcript; an HTTP Archive (*.har); or a
 * folder, which stands for its *.xml whose root is a transcript, and for the folders in it. Each
 * result goes to the report. A file that cannot be read as a transcript is a failed one. Fails only
 * where nothing is at the path, or no transcript in the folder (NOT_FOUND), or memory is out.
 */
omadm_err omadm_suite_play(const char *path, const omadm_player_client *client,
                           const omadm_player_options *options, omadm_report *report,
                           omadm_error *error);

#endif
