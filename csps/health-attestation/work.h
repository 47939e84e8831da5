/* SPDX-License-Identifier: MIT */
/*
 * Work with the attestation key, in two jobs. The first opens the key, or makes one: one piece of
 * work at a time, since two would each make a key where there is none, and the certificate of one
 * would be for a key that the other replaced. The second does the rest, beside that of others: what
 * waits for a service keeps nobody waiting.
 */
#ifndef HEALTH_ATTESTATION_WORK_H
#define HEALTH_ATTESTATION_WORK_H

#include "health-attestation/attestation.h"
#include "health-attestation/evidence.h"

/* First member of a job's structure. The owner fills run and done and zeroes the rest. */
typedef struct work {
  /* On a worker; may touch the work only. The key is open, or `key` says why not. It is closed
   * afterwards. */
  void (*run)(struct work *work);
  /* Back on the CSP's thread; ends the owner's structure. A new key is kept already. */
  void (*done)(struct work *work);
  evidence evidence; /* set up before the first job, disposed after done by work_dispose */
  omadm_tpm_status key; /* of evidence_open */
  bool begun; /* run is called, or was */
  bool unwanted; /* the owner's, until then: true, and run is not called */
  bool ran; /* false in done: run was not called */
  attestation *self;
  struct work *next;
} work;

/* Starts it, or lets it wait for its turn with the key. True: its done is called, later. False: it
 * cannot be started, and stays the caller's. */
bool work_start(attestation *self, work *work);
/* True: it still waited for its turn, and is the caller's again. */
bool work_take_back(work *work);
/* Releases what belongs to the work itself. */
void work_dispose(work *work);

#endif
