/* SPDX-License-Identifier: MIT */
/* ?list=Struct, ?list=StructData, ?list=TNDS (OMA-TS-DM_TND 8). */
#ifndef OMADM_SESSION_LIST_H
#define OMADM_SESSION_LIST_H

#include "omadm/session/state.h"

typedef enum list_form { LIST_STRUCT = 0, LIST_STRUCT_DATA, LIST_TNDS } list_form;

/* What a TNDS document may tell of a node, as a mask. */
typedef enum list_part {
  LIST_ACL = 1 << 0,
  LIST_FORMAT = 1 << 1,
  LIST_NAME = 1 << 2,
  LIST_SIZE = 1 << 3,
  LIST_TITLE = 1 << 4,
  LIST_TSTAMP = 1 << 5,
  LIST_TYPE = 1 << 6,
  LIST_VERNO = 1 << 7,
  LIST_VALUE = 1 << 8
} list_part;

typedef struct list_query {
  list_form form;
  unsigned parts; /* of LIST_TNDS */
  unsigned asked; /* named by '+': they have to be supported */
} list_query;

/* Reads what stands behind "?list=". 200; 406 for anything that the standard does not have, a '+'
 * beside a '-', and a property that there is none of. "%2B" is a '+' too. */
omadm_status list_parse(omadm_str text, list_query *query);

/* Get of the walk's Item, located, whose URI has ?list=. PENDING: called again. */
omadm_status list_item(omadm_session *s);
void list_free(omadm_session *s);

#endif
