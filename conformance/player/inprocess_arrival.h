/* SPDX-License-Identifier: MIT */
/* What arrives at the device of a transcript without a session: notifications and bootstrap
 * documents. */
#ifndef OMADM_PLAYER_INPROCESS_ARRIVAL_H
#define OMADM_PLAYER_INPROCESS_ARRIVAL_H

#include "conformance/player/inprocess_device.h"

/* A notification. One that is refused is no failure: the log has a line, and the session that would
 * follow does not begin. */
omadm_err device_notify(device *self, omadm_str octets, omadm_error *error);

/* Before a session that a notification starts: what it decides, into *config. The account is the
 * notification's. *begins is false where it was refused, or the user did not want it. Without a
 * notification it only becomes a session of the server's. */
omadm_err device_notified(device *self, omadm_session_config *config, bool *begins,
                          omadm_error *error);

/* That session reached nobody: the same notification may come again. */
omadm_err device_unreached(device *self, omadm_error *error);

/* A bootstrap document. One that is refused is no failure, and changes nothing. */
omadm_err device_bootstrap(device *self, const omadm_transcript_step *step, omadm_error *error);

#endif
