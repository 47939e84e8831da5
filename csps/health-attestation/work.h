/* SPDX-License-Identifier: MIT */
/*
 * Work with the attestation key, one piece at a time: two that run together would each make a key
 * where there is none, and the certificate of one would be for a key that the other replaced.
 */
#ifndef HEALTH_ATTESTATION_WORK_H
#define HEALTH_ATTESTATION_WORK_H

#include "health-attestation/attestation.h"
#include "health-attestation/evidence.h"

/* First member of a job's structure. The owner fills run and done and zeroes the rest. */
typedef struct work {
  void (*run)(struct work *work); /* on a worker; may touch the work only */
  /* Back on the CSP's thread; ends the owner's structure. A new key is kept already. */
  void (*done)(struct work *work);
  evidence evidence; /* set up before run, disposed after done by work_dispose */
  bool started;
  bool ran; /* false in done: it could not be started */
  attestation *self;
  struct work *next;
} work;

/* Starts it, or lets it wait for what runs. Its done is called in any case; in here already, where
 * it cannot be started. */
void work_start(attestation *self, work *work);
/* For done: releases what belongs to the work itself. */
void work_dispose(work *work);

#endif
