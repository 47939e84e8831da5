/* SPDX-License-Identifier: MIT */
/* One session with the service, on a worker: challenge, evidence, report. */
#ifndef HEALTH_ATTESTATION_AZURE_SESSION_H
#define HEALTH_ATTESTATION_AZURE_SESSION_H

#include "health-attestation/azure_request.h"
#include "health-attestation/work.h"

typedef struct session {
  work base;
  /* Set before it runs. */
  trigger trigger;
  /* What came of it. */
  uint32_t hresult; /* 0: there is a report */
  octets report;
  octets ids; /* the service's ids of the calls, `;` between them */
  octets message; /* of the service's error; empty where it gave none */
  /* On the way. */
  challenge challenge;
  request_key key;
  attest_request request;
  octets body, reply;
  /* The owner's, untouched here. */
  struct azure *owner;
  octets server_id;
  omadm_token token;
  bool forgotten; /* nothing of it is kept */
  struct session *next;
} session;

/* On the worker: work.run of a session. */
void session_run(work *base);
/* Ends the work too. */
void session_free(session *self);

#endif
