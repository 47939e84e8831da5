/* SPDX-License-Identifier: MIT */
/*
 * The tokens of client provisioning in WBXML (OMA-WAP-TS-ProvCont 7), for reader and writer.
 * Private to provisioning.
 */
#ifndef OMADM_PROVISIONING_CP_TOKENS_H
#define OMADM_PROVISIONING_CP_TOKENS_H

#include <omadm/types.h>

#include <stdbool.h>

enum { CP_PUBLIC_ID = 0x0B };

/* The same on both pages. */
enum { CP_TAG_ROOT = 0x05, CP_TAG_CHARACTERISTIC, CP_TAG_PARM, CP_TAG_BEYOND };

typedef enum cp_attribute { CP_OTHER = 0, CP_NAME, CP_VALUE, CP_TYPE, CP_VERSION } cp_attribute;

/* An attribute's token: page, token, which attribute, and what its value begins with. */
typedef struct cp_attribute_token {
  unsigned char page, token;
  cp_attribute kind;
  const char *begins;
} cp_attribute_token;

typedef struct cp_value_token {
  unsigned char page, token;
  const char *text;
} cp_value_token;

extern const cp_attribute_token cp_attribute_tokens[];
extern const size_t cp_attribute_token_count;
extern const cp_value_token cp_value_tokens[];
extern const size_t cp_value_token_count;

/* By name; 0 and CP_OTHER for one of no such name. */
unsigned char cp_tag_of(omadm_str name);
cp_attribute cp_attribute_of(omadm_str name);
/* NULL for what has no name. Live for ever. */
const char *cp_tag_name(unsigned char tag);
const char *cp_attribute_name(cp_attribute kind);

#endif
