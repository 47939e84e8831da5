/* SPDX-License-Identifier: MIT */
/* What a document that was read is made of. */
#ifndef OMADM_TREE_TNDS_OWN_H
#define OMADM_TREE_TNDS_OWN_H

#include <omadm/tnds.h>

#include "base/mem.h"

typedef struct tnds_own {
  omadm_tnds tnds; /* first: one is found from the other */
  omadm_mem mem;
  omadm_arena arena; /* of nodes and texts */
  uint32_t *table; /* indices of nodes by parent and name; 0: free */
  size_t slots; /* of it: a power of two */
  uint64_t seed;
} tnds_own;

static inline tnds_own *tnds_own_of(omadm_tnds *tnds) {
  return (tnds_own *)(void *)tnds;
}

/* The node of that name below nodes[parent]; 0: there is none. */
uint32_t tnds_find(const uint32_t *table, size_t slots, uint64_t seed, const omadm_tnds_node *nodes,
                   uint32_t parent, omadm_str name);
static inline uint32_t tnds_child(omadm_tnds *tnds, uint32_t parent, omadm_str name) {
  const tnds_own *own = tnds_own_of(tnds);
  return tnds_find(own->table, own->slots, own->seed, tnds->nodes, parent, name);
}

/* A document of one interior node, the Target, of that type: as a plain Add says it. NULL without
 * memory. */
omadm_tnds *tnds_single(const omadm_mem *mem, omadm_str type);

/* Appends the names from below nodes[from] to nodes[i], joined by '/'. */
omadm_err tnds_write_way(const omadm_tnds *tnds, size_t i, size_t from, omadm_buf *out);

#endif
