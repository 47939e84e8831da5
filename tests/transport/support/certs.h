/* SPDX-License-Identifier: MIT */
/* An authority, certificates of every kind that a test needs, and one that nobody knows; made anew
 * in a folder of its own. */
#ifndef OMADM_TEST_CERTS_H
#define OMADM_TEST_CERTS_H

/* Files NAME.pem (certificate and key together) and NAME.key; "ca" and "other-ca" sign the rest. */
typedef struct certs {
  char folder[64];
} certs;

/*
 *   ca, other-ca   authorities
 *   good           for localhost and 127.0.0.1
 *   expired        the same, no longer valid
 *   elsewhere      for another host
 *   client         for the device
 *   stranger       a client, signed by other-ca
 */
void certs_make(certs *self);
/* The path of a file; valid until the fourth call after it. */
const char *certs_path(const certs *self, const char *file);
/* The file's text. Owned by the caller, free with free. */
char *certs_text(const certs *self, const char *file);
void certs_remove(certs *self);

#endif
