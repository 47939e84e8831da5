/* SPDX-License-Identifier: MIT */
/*
 * TNDS: a part of a management tree as a document (OMA-TS-DM_TNDS), in XML or in WBXML. Reading
 * knows no tree and changes none: it makes the document a list of nodes, parents first. The engine
 * reads with it what servers send; who bootstraps a device reads with it the DM profile
 * (OMA-TS-DM_Bootstrap 5.4) and puts the nodes into its tree, in the order of the list.
 */
#ifndef OMADM_TNDS_H
#define OMADM_TNDS_H

#include <omadm/error.h>
#include <omadm/limits.h>
#include <omadm/status.h>
#include <omadm/tree.h>
#include <omadm/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The media types, which alone say what a document is (OMA-TS-DM_TNDS 5). */
#define OMADM_TNDS_XML "application/vnd.syncml.dmtnds+xml"
#define OMADM_TNDS_WBXML "application/vnd.syncml.dmtnds+wbxml"

#define OMADM_TNDS_NONE UINT32_MAX

typedef struct omadm_tnds_node {
  uint32_t parent; /* its index is smaller; NONE: this is the place the document is relative to */
  omadm_str name; /* decoded; of the place: empty */
  int described; /* 0: a Path leads through it, and nothing more is said of it */
  int omitted; /* of a described place: there was no NodeName at all; whoever reads may choose one
                */
  omadm_format format; /* NODE for an interior node; ABSENT: a leaf of whatever format is there */
  omadm_str type; /* MIME type, or MO identifier of an interior node; may be empty */
  omadm_str acl, title; /* empty where there is none */
  omadm_str value; /* of format bin: the octets */
  int has_value;
  int octets; /* the value came as octets (WBXML): base64 is gone, whatever the format */
  omadm_str place; /* the URI that omadm_tnds_place found for this node; else empty */
} omadm_tnds_node;

/*
 * nodes[0] is the place that the document is relative to: the Target of the command. It is
 * described where the first Node has an empty NodeName or none (OMA-TS-DM_TNDS 6.2). Names are
 * those of nodes: no '/' to climb by, neither "." nor "..", each once below its parent.
 */
typedef struct omadm_tnds {
  size_t n; /* at least 2, or 1 where nodes[0] is described */
  omadm_tnds_node *nodes;
} omadm_tnds;

/* XML or WBXML by that media type (parameters do not count), or NOT_FOUND: it is no TNDS. */
OMADM_EXPORT omadm_err omadm_tnds_type(omadm_str type, omadm_encoding *encoding);

/*
 * Reads a document. Of `limits` hold items (nodes), data_depth, decoded and those of URIs. *status
 * (may be NULL) is what a server is told of a failure. SYNTAX, UNSUPPORTED: 415; EXISTS: one node
 * is described twice, 418; ARGUMENT: a name that no node can have, 400 or 414; LIMIT: 413; NOMEM.
 * *tnds is owned by the caller, free with omadm_tnds_free. Nothing points into the document. mem:
 * NULL for malloc.
 */
OMADM_EXPORT omadm_err omadm_tnds_read(omadm_str document, omadm_encoding encoding,
                                       const omadm_limits *limits, const omadm_mem *mem,
                                       omadm_tnds **tnds, omadm_status *status, omadm_error *error);
/* NULL is allowed. */
OMADM_EXPORT void omadm_tnds_free(omadm_tnds *tnds);

/* Appends the way from nodes[0] to nodes[i]: "A/B", encoded as in a URI; nothing for nodes[0]. */
OMADM_EXPORT omadm_err omadm_tnds_path(const omadm_tnds *tnds, size_t i, omadm_buf *out);

/*
 * For a document whose Target is ./Inbox or, where `name` is not empty, ./Inbox/name
 * (OMA-TS-DM_StdObj 5.3.4): asks the tree where each managed object belongs, by the type of its
 * topmost node, and writes the answer to `place` of that node. What values say of
 * ./Inbox/<a node of this document> becomes the final URI (OMA-TS-DM_Bootstrap 5.4.5). Nothing is
 * created: that is done by an Add of each described node at omadm_tnds_uri, in order. 200; 415: an
 * object without a type that has a place; or what the tree's place answered.
 */
OMADM_EXPORT omadm_status omadm_tnds_place(omadm_tnds *tnds, const omadm_tree *tree,
                                           const omadm_origin *origin, omadm_str name);
/* Appends the URI of nodes[i] of a placed document; ARGUMENT for a node above the objects. */
OMADM_EXPORT omadm_err omadm_tnds_uri(const omadm_tnds *tnds, size_t i, omadm_buf *out);

#ifdef __cplusplus
}
#endif
#endif
