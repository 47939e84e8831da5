/* SPDX-License-Identifier: MIT */
/*
 * The Claims of [MS-DHA]: words of 32 bits, little-endian, and the parts that they give the sizes
 * of. The layout is that of published messages; no document has it.
 */
#ifndef CONFORMANCE_ATTESTATION_CLAIMS_H
#define CONFORMANCE_ATTESTATION_CLAIMS_H

#include <omadm/error.h>

#include <stdbool.h>

/* Borrowed from what was parsed. */
typedef struct claims {
  uint32_t hash; /* word 1; as seen, the hash of the signature: not relied upon */
  omadm_str quote; /* TPMS_ATTEST */
  omadm_str signature; /* TPMT_SIGNATURE */
  omadm_str pcrs; /* values in order; may be empty */
  omadm_str log; /* of boot claims only */
} claims;

/* SYNTAX where the sizes do not account for all octets, or one is beyond what can be meant. */
omadm_err claims_parse(omadm_str octets, bool boot, claims *out, omadm_error *error);

#endif
