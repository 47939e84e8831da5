/* SPDX-License-Identifier: MIT */
/*
 * A TPM 2.0 in software, for tests: behind the same table as a real one, with keys of its own,
 * endorsement certificates of a maker of its own, and attestations built by hand and truly signed,
 * so that a test may forge each field, force each status, and see what follows.
 *
 * What may be called at any time is the table, from any thread. The knobs are set while no call
 * runs. Where a test cannot be set up, it aborts.
 */
#ifndef OMADM_TPM_FAKE_H
#define OMADM_TPM_FAKE_H

#include <omadm/attestation.h>
#include <omadm/tpm.h>

#include <stdbool.h>

typedef struct fake_tpm fake_tpm;

typedef enum fake_call {
  FAKE_INFO,
  FAKE_EK_PUBLIC,
  FAKE_EK_CERTIFICATE,
  FAKE_KEY_OPEN,
  FAKE_KEY_CLOSE,
  FAKE_ACTIVATE,
  FAKE_QUOTE,
  FAKE_PCR_READ,
  FAKE_CLOCK,
  FAKE_CERTIFY,
  FAKE_SIGN,
  FAKE_EVENT_LOG,
  FAKE_RANDOM,
  FAKE_CALLS
} fake_call;

/* What is marshalled and signed. Spans that a test sets are borrowed. */
typedef struct fake_attest {
  uint32_t magic;
  omadm_attest body;
} fake_attest;

enum { FAKE_BANKS = 4 };

typedef struct fake_tpm_knobs {
  omadm_tpm_info info; /* the answer; its banks are those below */
  omadm_tpm_clock clock;
  uint64_t firmware; /* as attested */
  omadm_tpm_pcrs banks[FAKE_BANKS]; /* allocated: SHA-1 and SHA-256, all 24 as after a start */
  size_t n_banks;
  omadm_str boot_log, ima_log; /* borrowed; ptr NULL: there is none */
  bool uncertified; /* the maker left no certificates */
  uint32_t attributes; /* these bits are flipped in the public areas of keys made from now on */
  bool stranger; /* attestations are signed by another key of the same kind */
  void (*forge)(void *ctx, fake_attest *attest); /* before it is signed */
  void *forge_ctx;
  unsigned delay_ms; /* before each call */
  unsigned calls[FAKE_CALLS]; /* counted */
  unsigned closed; /* counted: closes of the port */
} fake_tpm_knobs;

fake_tpm *fake_tpm_new(void);
void fake_tpm_free(fake_tpm *tpm);
/* May be copied, and closed; it works until fake_tpm_free. */
omadm_tpm fake_tpm_port(fake_tpm *tpm);
fake_tpm_knobs *fake_tpm_knobs_of(fake_tpm *tpm);

/* From now on, the call is done `after` times more and then answers this status every time; OK
 * heals it. */
void fake_tpm_fail(fake_tpm *tpm, fake_call call, omadm_tpm_status status, unsigned after);
/* PCR = H(PCR, digest). */
void fake_tpm_extend(fake_tpm *tpm, uint16_t bank, unsigned pcr, omadm_str digest);
/* Another start: PCRs as after a start, resetCount one more, restartCount 0. */
void fake_tpm_reboot(fake_tpm *tpm);
/* A resume: PCRs stay, restartCount one more. */
void fake_tpm_resume(fake_tpm *tpm);
/* Another endorsement seed: other EKs, and no blob opens any more. */
void fake_tpm_clear(fake_tpm *tpm);
/* The certificate of the maker's root as a PEM file. */
void fake_tpm_write_root(fake_tpm *tpm, const char *path);

#endif
