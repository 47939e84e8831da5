/* SPDX-License-Identifier: MIT */
/* The ways to the mounts: a small tree of the mounts' roots and what stands above them. */
#ifndef OMADM_FRAMEWORK_PLACE_H
#define OMADM_FRAMEWORK_PLACE_H

#include "csp-framework/core.h"

/* The child of that name; NULL where there is none. With nocase the case of ASCII letters does not
 * count. */
fw_place *place_child(const omadm_framework *fw, const fw_place *parent, omadm_str name,
                      bool nocase);

/* The place of a DDF's Path ("./Vendor/MSFT"; ./Device is dropped) and, below it, of a name; made
   where `make` says so. NULL where it is missing or *error is set: SYNTAX for a Path that is no
   URI, EXISTS for names that differ in letter case only. */
fw_place *place_of(omadm_framework *fw, omadm_str path, omadm_str name, bool make,
                   omadm_error *error);

/* Appends "./Vendor/MSFT/X". */
omadm_err place_write(const fw_place *place, omadm_buf *out);

/* The mount that serves the place's surroundings: of it or of the next place above that has one. */
fw_mount *place_mount_above(const fw_place *place);

/* Puts a mount there, or in the place of the one that is there. */
void place_set_mount(fw_place *place, fw_mount *mount);

/* True where a mount stands below the place. */
bool place_has_below(const fw_place *place);

/* What comes behind `p` of all that stands below `top`, what is below a place before what is beside
 * it; NULL: it was the last. Begin with top->first. */
const fw_place *place_next(const fw_place *top, const fw_place *p);

/* How many segments to skip: 1 where the URI begins with ./Device, of which the tree knows nothing;
 * else 0. */
size_t place_device_prefix(const omadm_uri *uri);

#endif
