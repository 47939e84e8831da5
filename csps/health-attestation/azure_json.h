/* SPDX-License-Identifier: MIT */
/* JSON as it comes from outside: read member by member, nothing is built. */
#ifndef HEALTH_ATTESTATION_AZURE_JSON_H
#define HEALTH_ATTESTATION_AZURE_JSON_H

#include "health-attestation/octets.h"

/* One member of an object; spans are borrowed from the text. */
typedef struct json_member {
  omadm_str key; /* without quotes, as it is written: one with an escape in it matches no name */
  omadm_str value; /* the text of the value */
} json_member;

typedef struct json_members {
  omadm_str rest;
  bool bare_keys; /* also identifiers without quotes are keys */
  bool begun, ended;
  bool failed; /* the text is no object; what came before says nothing */
} json_members;

/* For the whole text, white space around it allowed. */
json_members json_members_of(omadm_str text, bool bare_keys);
/* The next member; false at the end, or where it is malformed. Values may nest a few levels. */
bool json_next(json_members *it, json_member *member);

/* ASCII letters count as equal in both cases. */
bool json_is(omadm_str key, const char *name);
/* Is the value an object? */
bool json_is_braced(omadm_str value);
/* Adds what a string's text stands for, in UTF-8. False where it is no string. */
bool json_add_string(octets *o, omadm_str value);
/* The value of the member of that name (letter case does not count) of an object; empty where the
 * text is no object, or has none or several. */
omadm_str json_find(omadm_str object, const char *name);

/* Adds a text as a JSON string. */
void json_quote(octets *o, omadm_str text);

#endif
