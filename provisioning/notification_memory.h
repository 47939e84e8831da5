/* SPDX-License-Identifier: MIT */
/*
 * Which notifications came before (OMA-TS-DM_Notification 6.2.10). A row of META, under a key that
 * goes with the account of the server, holds records: a head of eight octets, and one bit for each
 * of the 65,536 session ids, so that none is ever forgotten while its nonce lives.
 */
#ifndef OMADM_PROVISIONING_NOTIFICATION_MEMORY_H
#define OMADM_PROVISIONING_NOTIFICATION_MEMORY_H

#include <omadm/framework.h>

#include <stdbool.h>

/* Rows: the heads are names of nonces; there is one record, and its head is when it was, in
 * milliseconds, the highest octet first. */
#define MEMORY_SEEN "notified"
#define MEMORY_RESYNC "resynced"

enum { MEMORY_HEAD = 8, MEMORY_RECORD = MEMORY_HEAD + 65536 / 8 };

typedef struct memory {
  omadm_buf key;
  omadm_buf row; /* records; what is stored, until it is written again */
} memory;

/* Reads the row of that server; an empty one where there is none. Dispose in any case. */
omadm_err memory_read(memory *self, omadm_framework *framework, omadm_str server_id,
                      const char *word);
void memory_dispose(memory *self);
/* The record with that head, with NULL the first; NULL: there is none. Borrowed until add or
 * keep. */
unsigned char *memory_find(memory *self, const unsigned char *head);
/* The same, made where it is missing; NULL without memory. */
unsigned char *memory_add(memory *self, const unsigned char *head);
/* Drops every record whose head is none of these. */
void memory_keep(memory *self, const unsigned char (*heads)[MEMORY_HEAD], size_t n);
omadm_err memory_write(const memory *self, omadm_framework *framework);

bool memory_has(const unsigned char *record, uint32_t session);
void memory_set(unsigned char *record, uint32_t session, bool seen);
uint64_t memory_time(const unsigned char *record);
void memory_set_time(unsigned char *record, uint64_t time);

#endif
