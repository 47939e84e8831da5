/* SPDX-License-Identifier: MIT */
/* Version numbers and time stamps of nodes (OMA-TS-DM_TND 7.7.6, 7.7.8), and their titles. */
#ifndef OMADM_FRAMEWORK_STAMPS_H
#define OMADM_FRAMEWORK_STAMPS_H

#include "csp-framework/meta.h"

enum { STAMP_OCTETS = 8 };

typedef struct fw_stamp {
  uint64_t seconds; /* since 1970; 0: never changed */
  uint16_t version; /* counts changes, and begins again behind 65535 */
} fw_stamp;

/* As rows hold it: 6 octets of seconds, 2 of the version, together a number of 8. */
enum { STAMP_VERSION_BITS = 16 };
static inline void stamp_put(char out[STAMP_OCTETS], fw_stamp stamp) {
  meta_put_u64(out, stamp.seconds << STAMP_VERSION_BITS | stamp.version);
}
static inline fw_stamp stamp_get(const char in[STAMP_OCTETS]) {
  uint64_t both = meta_get_u64(in);
  return (fw_stamp){both >> STAMP_VERSION_BITS, (uint16_t)both};
}

/* The stamp after one more change, now; of a node that is new, with `version` 0, before any. */
fw_stamp stamp_next(const omadm_framework *fw, fw_stamp last);
fw_stamp stamp_new(const omadm_framework *fw);

/* Counts a change of the node `up` levels above `node` that its own row does not count. */
omadm_err stamps_bump(omadm_framework *fw, const fw_node *node, size_t up);
/* Notes that the node is new, where no row of its own says so. */
omadm_err stamps_begin(omadm_framework *fw, const fw_node *node, size_t up);
/* What bump counted, and the title, which is borrowed from the overlay. */
omadm_err stamps_read(omadm_framework *fw, const fw_node *node, fw_stamp *stamp, omadm_str *title);
/* Sets the title, which is a change. */
omadm_err stamps_set_title(omadm_framework *fw, const fw_node *node, omadm_str title);

#endif
