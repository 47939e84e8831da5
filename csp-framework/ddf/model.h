/* SPDX-License-Identifier: MIT */
/* What an omadm_ddf is made of. Nothing changes once it is read. */
#ifndef OMADM_FRAMEWORK_DDF_MODEL_H
#define OMADM_FRAMEWORK_DDF_MODEL_H

#include <stdbool.h>

#include <omadm/ddf.h>

#include "base/mem.h"

enum {
  DDF_MAX_NODES = 100000,
  DDF_MAX_ROOTS = 1000,
  DDF_MAX_DEPTH = 64, /* segments of a URI, Path included */
  DDF_MAX_ALLOWED = 100000, /* rules for values */
  DDF_MAX_CHOICES = 4096, /* of one rule */
  DDF_MAX_RULE = 256 * 1024, /* octets of its text */
  DDF_MAX_DELIMITER = 16, /* octets */
  DDF_MAX_GROUPS = 64, /* of dependencies of one node */
  DDF_MAX_DEPENDENCIES = 64, /* of one group */
  DDF_MAX_URI = 2048 /* octets of a dependency's URI */
};

/* A named child in the order of names. */
typedef struct ddf_entry {
  omadm_str name;
  uint32_t node;
} ddf_entry;

/* What is found out about a node once all are read. */
typedef struct ddf_link {
  uint32_t first, count; /* its named children, in entries */
  uint32_t unnamed; /* its unnamed child, or NONE */
  uint32_t root; /* number of the root above it (or itself) */
  bool ignores_case; /* of the names below it */
} ddf_link;

struct omadm_ddf {
  omadm_arena arena; /* holds everything */
  const char *name;
  omadm_ddf_node *nodes;
  ddf_link *links; /* one a node */
  ddf_entry *entries; /* for each parent its named children, by name without case, then by name */
  omadm_ddf_root *roots;
  uint32_t node_count;
  uint32_t root_count;
  omadm_ddf_allowed *allowed;
  uint32_t allowed_count;
  uint32_t allowed_max; /* what `allowed` has room for */
  omadm_str diagnostics;
  struct allowed_rules *rules; /* allowed/: what they are compiled to */
};

/* omadm_ddf_node_at without a call, for every segment of every URI. */
static inline const omadm_ddf_node *ddf_node(const omadm_ddf *ddf, uint32_t i) {
  return i < ddf->node_count ? &ddf->nodes[i] : NULL;
}

#endif
