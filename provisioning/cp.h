/* SPDX-License-Identifier: MIT */
/*
 * A document of OMA Client Provisioning: characteristics that hold parameters and characteristics
 * (OMA-WAP-TS-ProvCont). Read from XML or WBXML into one arena. Private to provisioning.
 */
#ifndef OMADM_PROVISIONING_CP_H
#define OMADM_PROVISIONING_CP_H

#include <omadm/error.h>
#include <omadm/types.h>

#include "base/mem.h"

#include <stdbool.h>

typedef struct cp_parm {
  struct cp_parm *next;
  omadm_str name;
  omadm_str value;
  bool has_value;
} cp_parm;

typedef struct cp_characteristic {
  struct cp_characteristic *next;
  struct cp_characteristic *parent;
  struct cp_characteristic *children;
  struct cp_characteristic **children_end;
  cp_parm *parms;
  cp_parm **parms_end;
  omadm_str type; /* of the root: empty */
} cp_characteristic;

typedef struct cp_document {
  omadm_arena arena;
  cp_characteristic *root;
} cp_document;

/* Everything is copied into the document; dispose in any case. SYNTAX: malformed; LIMIT: larger
 * than any such document is. */
omadm_err cp_read_xml(cp_document *document, omadm_str octets, omadm_error *error);
omadm_err cp_read_wbxml(cp_document *document, omadm_str octets, omadm_error *error);
void cp_document_dispose(cp_document *document);

/* The next characteristic of that type among its siblings, from `at` on; NULL: there is none. Types
 * and names are compared without regard to the case of letters: documents in XML are written by
 * hand. */
const cp_characteristic *cp_find(const cp_characteristic *at, const char *type);
/* The next parameter of that name, from `at` on. */
const cp_parm *cp_parm_find(const cp_parm *at, const char *name);
/* The value of the first of that name; empty where there is none. */
omadm_str cp_value(const cp_characteristic *c, const char *name);

/* For the readers. */
typedef struct cp_build {
  cp_document *document;
  cp_characteristic *open; /* NULL: the root has not begun, or is over */
  size_t depth, count;
  omadm_err err;
  const char *problem; /* with err; lives for ever */
} cp_build;

omadm_err cp_build_fail(cp_build *b, omadm_err err, const char *problem);
void cp_build_begin(cp_build *b, cp_document *document);
/* wap-provisioningdoc, characteristic, parm; texts are copied. Failures stay in b->err. */
void cp_build_root(cp_build *b);
void cp_build_characteristic(cp_build *b, omadm_str type);
void cp_build_parm(cp_build *b, omadm_str name, omadm_str value, bool has_value);
/* The end of the open characteristic, or of the root. */
void cp_build_up(cp_build *b);

enum { CP_MOST = 262144 }; /* octets of a document */

#endif
