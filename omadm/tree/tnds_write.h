/* SPDX-License-Identifier: MIT */
/*
 * Writes a TNDS document (OMA-TS-DM_TNDS 6), node by node as a walk meets them, in either encoding.
 * The first failure is kept (LIMIT of the buffer, NOMEM) and nothing is written after it.
 */
#ifndef OMADM_TREE_TNDS_WRITE_H
#define OMADM_TREE_TNDS_WRITE_H

#include <omadm/error.h>
#include <omadm/types.h>

#include "base/wbxml.h"
#include "omadm/tree/tnds_elements.h"

typedef struct tnds_writer {
  omadm_buf *out;
  omadm_encoding encoding;
  omadm_wbxml_writer wbxml;
  omadm_err err;
  size_t depth; /* Nodes that are open */
} tnds_writer;

/* What is told of a node. Spans with ptr NULL are left out. */
typedef struct tnds_out_node {
  omadm_str name; /* decoded; empty for the root of the tree */
  omadm_str acl, own_name, size, title, tstamp, verno;
  omadm_format format; /* ABSENT: left out */
  bool interior;
  omadm_str type; /* ptr NULL: left out */
  omadm_str value;
  bool octets; /* the value is binary: base64 in XML, OPAQUE in WBXML */
} tnds_out_node;

void tnds_write_begin(tnds_writer *w, omadm_encoding encoding, omadm_buf *out);
/* Opens a Node below the one that is open; a value is written at once. */
void tnds_write_node(tnds_writer *w, const tnds_out_node *node);
/* Closes the innermost open Node. */
void tnds_write_up(tnds_writer *w);
/* Closes what is open, and the document. Returns the first failure. */
omadm_err tnds_write_finish(tnds_writer *w);

#endif
