/* SPDX-License-Identifier: MIT */
/* What a recording begins with. */
#ifndef OMADM_TRANSPORT_RECORDER_SETUP_H
#define OMADM_TRANSPORT_RECORDER_SETUP_H

#include <omadm/transport.h>

#include "transport/mask.h"

/* Appends what the player has to know of this device and its account to be the same client again:
 * nothing without a device_id. Of a recording without secrets *secrets names them. */
omadm_err recorder_add_setup(omadm_buf *text, const omadm_recording *what, mask *secrets);

#endif
