/* SPDX-License-Identifier: MIT */
/*
 * Builds the list of nodes from events: an element begins, text, an element ends. The readers of
 * both encodings call it. After a failure `err` is set, `problem` says why, and every further call
 * does nothing.
 */
#ifndef OMADM_TREE_TNDS_BUILD_H
#define OMADM_TREE_TNDS_BUILD_H

#include <omadm/tnds.h>

#include "base/mem.h"
#include "base/str.h"
#include "omadm/tree/tnds_elements.h"

typedef struct tnds_frame {
  unsigned char context;
  unsigned char text; /* of a text: what it is */
  bool placed; /* of a Node: `node` is its own */
  bool has_name, has_path;
  uint32_t node; /* of the Node around, or of the one above it */
  omadm_str name, path;
} tnds_frame;

typedef struct tnds_build {
  omadm_err err;
  omadm_status status;
  char problem[400]; /* and in which node */
  const omadm_limits *limits;
  omadm_arena *arena;
  uint64_t used; /* octets, for the limit `decoded` */
  tnds_frame *frames;
  size_t depth, room; /* of frames[depth], the innermost open element; 0: the document */
  uint64_t skipped; /* open elements within one that is skipped */
  bool complete; /* the root has ended */
  omadm_tnds_node *nodes;
  unsigned char *marks; /* one a node */
  size_t n, cap;
  uint32_t *table; /* indices of nodes by parent and name; 0: free */
  uint64_t seed;
  omadm_buf text; /* of the open element */
  bool octets; /* a piece of it came as OPAQUE */
} tnds_build;

/* What lives as long as the nodes goes into the arena. */
void tnds_build_init(tnds_build *b, const omadm_limits *limits, omadm_arena *arena);
void tnds_build_dispose(tnds_build *b);

/* Notes a failure, and what a server is told of it. Returns err. */
omadm_err tnds_build_fail(tnds_build *b, omadm_err err, const char *format, ...) OMADM_PRINTF(3, 4);

/* `element` is NONE for one that is unknown or not of the DTD's namespace. */
void tnds_build_start(tnds_build *b, tnds_element element);
void tnds_build_text(tnds_build *b, omadm_str piece, bool octets);
void tnds_build_end(tnds_build *b);
/* The end of the document: judges what needs all of it. */
omadm_err tnds_build_finish(tnds_build *b);

#endif
