/* SPDX-License-Identifier: MIT */
/*
 * What type each member of a request has to be of. Who reads a request that passed need not ask: a
 * member is absent, where that is allowed, or of its type.
 */
#ifndef CONFORMANCE_ATTESTATION_AZURE_SHAPE_H
#define CONFORMANCE_ATTESTATION_AZURE_SHAPE_H

#include <omadm/error.h>

#include <jansson.h>

/* Checks the payload of a request of that version, 1 or 2. A member that is not known here may be
 * anything, but for those of `info`, of which there is exactly one. SYNTAX with the way to the
 * first member that is missing or of another type. */
omadm_err azure_shape_check(const json_t *payload, int version, omadm_error *error);

#endif
