/* SPDX-License-Identifier: MIT */
/* Addresses, taken apart exactly as libcurl will use them, and where a message may go. */
#ifndef OMADM_TRANSPORT_HTTP_ADDRESS_H
#define OMADM_TRANSPORT_HTTP_ADDRESS_H

#include <omadm/error.h>
#include <omadm/types.h>

#include <stdbool.h>

typedef struct http_address {
  char *url; /* whole, absolute, normalised; what is given to libcurl */
  char *host; /* an IPv6 address has its brackets */
  unsigned port; /* the scheme's where none is written */
  bool tls; /* https, else http */
  char shown[200]; /* for people: without query, which may hold a session's key */
} http_address;

/*
 * Parses `text`, relative to `base` where that is not NULL. Refuses what is neither http nor https,
 * carries a user name or password, or holds control characters. On success the caller disposes of
 * *self; on failure *self is empty. ARGUMENT, NOMEM.
 */
omadm_err http_address_parse(http_address *self, const http_address *base, omadm_str text,
                             omadm_error *error);
void http_address_dispose(http_address *self);

/* 0 where a message of the account at `account` may go to `target`, else REFUSED and a sentence.
 * See omadm_http_may_go. */
omadm_err http_address_judge(const http_address *account, const char *hosts,
                             const http_address *target, omadm_error *error);

/* Only this machine can listen there. */
bool http_address_is_loopback(const http_address *self);

#endif
