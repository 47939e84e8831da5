/* SPDX-License-Identifier: MIT */
/*
 * What the device answered to one package, over as many messages as it took.
 */
#ifndef OMADM_SERVER_REPLIES_H
#define OMADM_SERVER_REPLIES_H

#include <stdbool.h>
#include <stddef.h>

#include <libxml/tree.h>

/* Starts as all zero. */
typedef struct replies {
  xmlDoc **docs;
  size_t count;
  xmlNode *open; /* the Item of Results whose value goes on in the next message; NULL: none */
} replies;

/* True for Results of which more comes in the next message. */
bool replies_is_chunk(const xmlNode *results);

/* Takes ownership, also on failure (false: out of memory). Chunks are put together in the first
 * one. */
bool replies_add(replies *self, xmlDoc *doc);
void replies_clear(replies *self);

/* The n-th Status for a command (n from 0) in document order, NULL behind the last. */
const xmlNode *replies_status(const replies *self, const char *message_ref, const char *command_ref,
                              size_t n);

/* The Status that speaks for an item: by TargetRef, else by its place, else the only one. */
const xmlNode *replies_item_status(const replies *self, const char *message_ref,
                                   const char *command_ref, const xmlNode *item);

/* The item of a Get's Results with the same URI; for a Get of one item, whatever came. */
const xmlNode *replies_result(const replies *self, const char *message_ref, const char *command_ref,
                              const xmlNode *item);

/* The code of a Status, 0 where it has none. */
unsigned replies_code(const xmlNode *status);

#endif
