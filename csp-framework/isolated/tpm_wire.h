/* SPDX-License-Identifier: MIT */
/* The TPM's calls on the wire: a number, up to four numbers and two spans go, octets come back. */
#ifndef OMADM_ISOLATED_TPM_WIRE_H
#define OMADM_ISOLATED_TPM_WIRE_H

#include <omadm/tpm.h>

typedef enum tpm_wire {
  TPM_INFO = 0,
  TPM_EK_PUBLIC,
  TPM_EK_CERTIFICATE,
  TPM_KEY_OPEN,
  TPM_KEY_CLOSE,
  TPM_ACTIVATE,
  TPM_QUOTE,
  TPM_PCR_READ,
  TPM_CLOCK,
  TPM_CERTIFY,
  TPM_SIGN,
  TPM_EVENT_LOG,
  TPM_RANDOM,
  TPM_CALLS
} tpm_wire;

enum { TPM_NUMBERS = 4, TPM_SPANS = 2, TPM_OCTETS = 65536 /* of a log or of random, at once */ };

#endif
