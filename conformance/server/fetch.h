/* SPDX-License-Identifier: MIT */
/* The server as an HTTPS client of the attestation services. */
#ifndef OMADM_SERVER_FETCH_H
#define OMADM_SERVER_FETCH_H

#include <omadm/error.h>
#include <omadm/types.h>

#define FETCH_MAX ((size_t)4 << 20) /* octets of an answer */

typedef struct fetch_request {
  const char *url; /* https only */
  const char *ca; /* file of CA certificates, PEM; NULL: the system's */
  const char *header; /* one more header line; NULL: none */
  const char *content_type; /* of body */
  omadm_str body; /* ptr NULL: GET, else POST */
} fetch_request;

/* *status is the HTTP status; the body is appended. An error where there was none, with a sentence.
 */
omadm_err fetch(const fetch_request *request, unsigned *status, omadm_buf *body,
                omadm_error *error);

#endif
