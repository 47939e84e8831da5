/* SPDX-License-Identifier: MIT */
/*
 * SyncML messages as this side reads them: with libxml2 alone, so that no mistake of the client's
 * own reader is repeated.
 */
#ifndef OMADM_PLAYER_MESSAGE_H
#define OMADM_PLAYER_MESSAGE_H

#include <stdbool.h>

#include <libxml/tree.h>

#include <omadm/error.h>
#include <omadm/types.h>

#include "conformance/player/bindings.h"

/* The first place where two messages differ. */
typedef struct message_difference {
  char path[256]; /* SyncBody/Status[2]/Data */
  char why[512]; /* one line */
  const xmlNode *expected; /* NULL: nothing is expected there */
  const xmlNode *actual; /* NULL: it is missing */
} message_difference;

/* Reads a message; no network, no document type. *out is owned by the caller, free with xmlFreeDoc.
 * SYNTAX with the reason. */
omadm_err omadm_message_parse(omadm_str octets, xmlDoc **out, omadm_error *error);

/*
 * Compares as messages: white space between elements, prefixes, comments and the order of
 * attributes do not matter. In `expected` the whole text * matches any content, {{name}} binds,
 * <any/> stands for elements, however many. On false *difference is filled and names bound on the
 * way stay bound.
 */
bool message_matches(const xmlDoc *expected, const xmlDoc *actual, bindings *names,
                     message_difference *difference);

/* The path of an element below the root, "" for the root. */
void omadm_message_path(const xmlNode *node, char *out, size_t size);

/* True for the placeholder <any/>. */
bool message_is_any(const xmlNode *node);

/* The first child element of this name, in any namespace; NULL node gives NULL. */
xmlNode *omadm_message_child(const xmlNode *parent, const char *name);
/* The next sibling element of this name, or NULL. */
xmlNode *omadm_message_sibling(const xmlNode *node, const char *name);
/* The text of an element, owned by the caller, free with xmlFree; NULL for NULL. */
char *omadm_message_text(const xmlNode *node);

#endif
