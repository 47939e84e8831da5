/* SPDX-License-Identifier: MIT */
/*
 * XML from strangers, read by tables: a document without DTD, and elements whose children are those
 * of a sequence, each of its kind. Nothing is fetched, nothing expanded; libxml2's own limits on
 * depth and size hold.
 */
#ifndef CONFORMANCE_ATTESTATION_XML_IN_H
#define CONFORMANCE_ATTESTATION_XML_IN_H

#include <omadm/error.h>

#include <libxml/tree.h>

#include "base/mem.h"
#include "base/str.h"

/* Of a document; of a tag, namespaces included. The messages need a few dozen and six. */
enum { XML_IN_TAGS = 4096, XML_IN_ATTRIBUTES = 32 };

/* Parses. SYNTAX: empty, not well formed, with a DOCTYPE, a comment or CDATA, or beyond a limit.
 * *doc is owned by the caller, free with xmlFreeDoc. */
omadm_err xml_in_parse(omadm_str body, xmlDoc **doc, omadm_error *error);

/* True for an element of that name in that namespace. */
bool xml_in_is(const xmlNode *element, const char *space, const char *name);

typedef struct xml_in_child xml_in_child;

/* What reading goes into, and whose namespace it has. */
typedef struct xml_in {
  const char *space;
  omadm_arena *arena; /* what is read lives here */
  unsigned variant; /* bits; children of other variants do not exist */
  omadm_error *error;
} xml_in;

/* Reads one element into `target`. */
typedef omadm_err xml_in_read(xml_in *in, const xmlNode *element, void *target);

struct xml_in_child {
  const char *name;
  unsigned variants;
  unsigned min, max;
  xml_in_read *read;
  size_t offset; /* of the member of the target that `read` is given */
};

/* Reads the children of an element in the order of the table. Where max is above 1, `read` is
 * called for each. SYNTAX names what is missing, too many, unknown or out of order. */
omadm_err xml_in_children(xml_in *in, const xmlNode *parent, const xml_in_child *table, size_t n,
                          void *target);

/* xml_in_read: text into an omadm_str; base64 and hexadecimal decoded. */
omadm_err xml_in_base64(xml_in *in, const xmlNode *element, void *target);
omadm_err xml_in_hex(xml_in *in, const xmlNode *element, void *target);
/* Looks at nothing. */
omadm_err xml_in_skip(xml_in *in, const xmlNode *element, void *target);

/* An attribute without a namespace, in base64; SYNTAX where it is missing. */
omadm_err xml_in_base64_attribute(xml_in *in, const xmlNode *element, const char *name,
                                  omadm_str *out);
/* One in decimal digits. */
omadm_err xml_in_number_attribute(xml_in *in, const xmlNode *element, const char *name,
                                  uint64_t *out);

#endif
