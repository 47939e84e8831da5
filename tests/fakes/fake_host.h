/* SPDX-License-Identifier: MIT */
/* A host for tests: counting octets for random ones, an outbox in memory, the log in memory. */
#ifndef OMADM_TESTS_FAKE_HOST_H
#define OMADM_TESTS_FAKE_HOST_H

#include <omadm/host.h>

enum { FAKE_ALERTS = 16 };

typedef struct fake_host {
  omadm_host port;
  omadm_log log;
  unsigned char next_octet;
  uint32_t session_number; /* the next */
  struct {
    omadm_alert alert;
    omadm_status answered; /* 0: not yet; it stays in the list */
  } alerts[FAKE_ALERTS];
  size_t n_alerts;
  char lines[16384]; /* the log: "module: text\n"; what does not fit is cut */
  size_t length;
} fake_host;

/* The table in host->port borrows *host: it must not move. */
void fake_host_init(fake_host *host);
/* Adds an alert; its spans are borrowed. The id is its place, from 1. */
void fake_host_raise(fake_host *host, const omadm_alert *alert);

#endif
