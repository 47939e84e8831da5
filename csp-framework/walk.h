/* SPDX-License-Identifier: MIT */
/* The way that a URI leads through places and DDFs. It does not depend on what exists, so ways
 * to parents walked before are remembered. */
#ifndef OMADM_FRAMEWORK_WALK_H
#define OMADM_FRAMEWORK_WALK_H

#include "csp-framework/core.h"

typedef struct walk {
  omadm_status status; /* 200; 404: nothing can be there; 405: below a leaf */
  fw_mount *mount;
  fw_place *place; /* NULL below all places */
  uint32_t ddf;
  size_t n; /* segments */
  size_t dynamic; /* segments down to the deepest node that a CSP must be asked for, 0: none */
  size_t base; /* segments down to the deepest place that is always there */
  uint32_t quirks;
  fw_instances instances; /* of the mount's DDF */
  size_t key_tail; /* of the slot's key, where the separator of the last segment stands */
} walk;

/* Walks, and puts the canonical segments into the slot's text and ends, and the key of the store
 * into its key. any_case: see resolve_uri. NOMEM. */
omadm_err walk_uri(omadm_framework *fw, const omadm_uri *uri, bool any_case, fw_slot *slot,
                   walk *way);

/* Something was mounted: forgets all ways. */
void walk_forget(omadm_framework *fw);
void walk_dispose(omadm_framework *fw);

#endif
