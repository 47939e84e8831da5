/* SPDX-License-Identifier: MIT */
/*
 * What the server does by itself between two packages: waits for an alert, asks an attestation
 * service, judges its answer.
 */
#ifndef OMADM_SERVER_STEPS_H
#define OMADM_SERVER_STEPS_H

#include <libxml/tree.h>

/* The services; each may be NULL. Borrowed for the life of the dialogue. */
typedef struct steps_services {
  const char *dha; /* host[:port] of the Device Health Attestation service */
  const char *azure; /* URL that devices post their evidence to */
  const char *ca; /* file of CA certificates for both */
} steps_services;

struct dialogue;

/* Does the steps from self->step on. Returns the next package, and moves self->step behind it;
 * NULL: nothing more in this session. */
xmlNode *dialogue_advance(struct dialogue *self);

#endif
