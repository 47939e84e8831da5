/* SPDX-License-Identifier: MIT */
/*
 * The folder of the stores. FOLDER/current is a link to the generation that counts, a folder with
 * one folder a store, in which THUMBPRINT.pem are the certificates and HASH.0, HASH.1 … links to
 * them, as OpenSSL looks for them (-CApath FOLDER/current/Root). A change makes another generation,
 * whose files are links to those that stay; where all is on the disk the link is replaced at once.
 * So whoever reads sees all of a change or nothing, also after a power cut.
 *
 * A generation is called NUMBER-RANDOM, by the transaction that made it.
 */
#ifndef ROOT_CERTIFICATES_FOLDER_H
#define ROOT_CERTIFICATES_FOLDER_H

#include <omadm/csp.h>

#include <stdbool.h>
#include <stdio.h>

#include "certificate.h"

enum { STORES = 5, GENERATION = 48, FILE_NAME = 64 };

/* By number, in the order of the DDF. */
extern const char *const folder_stores[STORES];

typedef struct folder {
  int fd; /* of it; -1: there is none, and there are no certificates */
  char staged[GENERATION]; /* the generation that a transaction makes; empty: none */
} folder;

/* Makes the folder where it is missing. False where it cannot be had: errno says why; EPERM: others
 * may write it. */
bool folder_open(folder *self, const char *path);
void folder_close(folder *self);
/* One process at a time changes it: false while another does. Ends with the process, or close. */
bool folder_lock(const folder *self);
void folder_unlock(const folder *self);

/* The thumbprints of a store, as names. Each is lent for the call. */
void folder_list(const folder *self, unsigned store, void (*each)(void *ctx, omadm_str name),
                 void *ctx);
/* Is there such an instance? A file without a certificate is one to which none was added yet. */
bool folder_has(const folder *self, unsigned store, const char *thumbprint);
/* Its certificate; NULL where it has none. */
X509 *folder_read(const folder *self, unsigned store, const char *thumbprint);

/* Changes of the staged generation, which is made for that transaction where there is none. They
 * are false where something failed. certificate NULL: an instance without one. */
bool folder_put(folder *self, uint64_t transaction, unsigned store, const char *thumbprint,
                X509 *certificate);
bool folder_remove(folder *self, uint64_t transaction, unsigned store, const char *thumbprint);

/* What is staged is on the disk when this returns true. */
bool folder_prepare(folder *self);
/* Makes the generation of that transaction the one that counts. True where it is so already, and,
 * after a restart, where there is none any more: then *gone, for waiting would not bring it back.
 */
bool folder_commit(folder *self, uint64_t transaction, bool *gone);
/* Removes every generation but the one that counts. False where something is left over, which does
 * no harm. */
bool folder_discard(folder *self);

#endif
