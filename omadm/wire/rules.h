/* SPDX-License-Identifier: MIT */
/*
 * What may stand where, and what becomes of it: the content models of OMA-TS-SyncML_RepPro 5-7 as
 * one table, read by build.c.
 */
#ifndef OMADM_WIRE_RULES_H
#define OMADM_WIRE_RULES_H

#include "omadm/wire/elements.h"

/* Where the children of an element stand. */
typedef enum wire_context {
  /* Leaves: elements inside them are not looked at. */
  WIRE_IN_SKIPPED = 0,
  WIRE_IN_EMPTY, /* of a flag: nothing is expected */
  WIRE_IN_TEXT,
  WIRE_IN_DATA, /* of an Item: text, or XML kept as it stands */
  /* Structures. */
  WIRE_IN_DOCUMENT,
  WIRE_IN_SYNCML,
  WIRE_IN_HEADER,
  WIRE_IN_BODY,
  WIRE_IN_COMMAND,
  WIRE_IN_ALERT,
  WIRE_IN_STATUS,
  WIRE_IN_RESULTS,
  WIRE_IN_GROUP, /* Atomic, Sequence */
  WIRE_IN_OTHER, /* an unknown command, or one of data synchronisation: only what a Status needs */
  WIRE_IN_ITEM,
  WIRE_IN_ADDRESS, /* Target, Source */
  WIRE_IN_META,
  WIRE_IN_CRED,
  WIRE_IN_CHAL,
  WIRE_CONTEXTS
} wire_context;

enum { WIRE_LAST_LEAF = WIRE_IN_DATA };

/* What becomes of an element. */
typedef enum wire_store {
  WIRE_STORE_NONE = 0, /* there is no rule: it is unknown here */
  WIRE_STORE_SKIP, /* known, and of no use to us */
  WIRE_STORE_PLAIN, /* its children belong to the same structure */
  WIRE_STORE_TEXT, /* a span at `at` */
  WIRE_STORE_TRIMMED,
  WIRE_STORE_FIRST, /* the same, of the first of several */
  WIRE_STORE_DATA, /* an Item's value */
  WIRE_STORE_FLAG, /* true at `at` */
  WIRE_STORE_PART, /* true at `at`, and PLAIN */
  WIRE_STORE_META, /* a wire_meta at `at` */
  WIRE_STORE_ADDRESS, /* two spans at `at`: LocURI and LocName */
  WIRE_STORE_ITEM, /* a new wire_item */
  WIRE_STORE_COMMAND /* a new wire_command of the kind `at` */
} wire_store;

enum {
  WIRE_REPEATS = 1, /* may follow one of its own rank */
  WIRE_ONCE = 2, /* a second one makes the document no message */
  WIRE_OUTSIDE = 4 /* of Meta, where it belongs */
};

/* The place of SyncBody in SyncML. */
enum { WIRE_RANK_OF_BODY = 2 };

typedef struct wire_rule {
  unsigned char store;
  unsigned char opens; /* the context of its children */
  unsigned char rank; /* its place among its siblings; 0: any */
  unsigned char flags;
  unsigned short at; /* in the structure of its parent */
} wire_rule;

extern const wire_rule wire_rules[WIRE_CONTEXTS][WIRE_ELEMENTS];

/* For an element in command position that is none. */
extern const wire_rule wire_rule_unknown_command;
/* For any other unknown element. */
extern const wire_rule wire_rule_unknown;

#endif
