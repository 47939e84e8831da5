/* SPDX-License-Identifier: MIT */
/*
 * The stored CSP: what serves a DDF without code. It is written to the table of <omadm/csp.h> like
 * any other, so that every host holds it as it holds a plugin; only its values go into the
 * framework's overlay.
 *
 * The path of a node is its segments, each behind an octet 1; its key is the path with an octet 0
 * before the last segment. So a node is found by one key, the direct children of a node are the
 * keys that begin with its path and an octet 0, and what is deeper begins with its path and an
 * octet 1. Behind the name a further octet 0 and a ServerID may follow, for a second owner. Where
 * names compare without case they stand in lower case, and the value holds the name as it was
 * given.
 *
 * A value: an octet 2 (version); an octet for the format; when it was changed and how often
 * (stamps.h), which a value of version 1 lacks; lengths of type, owner and name, each in
 * 7 bits an octet, lowest first, the top bit set where more follow; type, owner, name; the octets
 * of the value, or, where the top bit of the format is set, the reference of a file (values.h). An
 * interior node has a row where it is dynamic. The bit below the top one of the format says that
 * the description lets nobody read the value: what replaces it has it erased. The next one says
 * that the owner has set the value of a node that it did not make.
 */
#ifndef OMADM_FRAMEWORK_STORED_H
#define OMADM_FRAMEWORK_STORED_H

#include "csp-framework/core.h"
#include "csp-framework/stamps.h"

/* The table; `self` of a stored CSP is services_handle(csp). */
extern const omadm_csp_slots stored_slots;

enum { STORED_LAST = 0, STORED_BEFORE = 1 }; /* the octets before segments */

/* Appends a segment to a path: the octet and the name, in lower case where `fold` says so. */
omadm_err stored_add_segment(omadm_buf *path, omadm_str name, bool fold);
/* Where the octet before the last segment stands. */
size_t stored_path_tail(omadm_str path);

/* Makes m->path. */
omadm_err stored_mount_path(omadm_framework *fw, fw_mount *m);

typedef struct stored_row {
  omadm_format format;
  omadm_str type, owner, name, value;
  fw_stamp stamp;
  bool in_file; /* value is a reference */
  bool secret; /* nobody may read it */
  bool set; /* the owner set it, and did not make it */
} stored_row;

/* Reads a row; false where it is not one. Spans point into it. */
bool stored_read_row(omadm_str octets, stored_row *row);
/* Appends a row. */
omadm_err stored_write_row(const stored_row *row, omadm_buf *out);

/* The reference that a row holds; false where it holds none. */
bool stored_reference(omadm_str octets, omadm_str *reference);

/* Is there a node with that key? 200, 404, 510; *type is the type of its own, borrowed from the
 * overlay. */
omadm_status stored_find_key(fw_csp *csp, omadm_str key, omadm_str *type);

/* Puts the key of the node `up` levels above `node` into out. */
omadm_err stored_key(const fw_node *node, size_t up, omadm_buf *out);
/* Removes the rows of the node with that key, and of all below it. The buffer is used. */
omadm_err stored_remove(omadm_framework *fw, omadm_buf *key);

#endif
