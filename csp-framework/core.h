/* SPDX-License-Identifier: MIT */
/*
 * The framework's own structures, shared by the files of this folder. What a file offers to the
 * others stands under its name.
 */
#ifndef OMADM_FRAMEWORK_CORE_H
#define OMADM_FRAMEWORK_CORE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include <omadm/framework.h>

#include "base/mem.h"
#include "base/str.h"
#include "csp-framework/ddf/model.h"
#include "csp-framework/overlay.h"

typedef struct fw_csp fw_csp;
typedef struct fw_mount fw_mount;
typedef struct fw_place fw_place;
typedef struct fw_call fw_call;
typedef struct fw_op fw_op;
typedef struct fw_txn fw_txn;
typedef struct fw_job fw_job;
typedef struct fw_listing fw_listing;
typedef struct fw_spool fw_spool;

/* A DDF and the slots that serve it: a plugin, a descriptor linked in, or the stored CSP of
 * stored.c. */
struct fw_csp {
  uint64_t mark; /* its handle ^ FW_CSP_MARK: by this a handle is known */
  fw_csp *next;
  omadm_framework *fw;
  const omadm_csp_slots *slots;
  uint64_t flags; /* OMADM_CSP_PIECES */
  uint64_t self;
  const char *name, *version, *from;
  omadm_ddf *ddf;
  fw_mount *mounts;
  void *library; /* of dlopen */
  unsigned char *rules; /* enforce.h: bits for each node of the DDF; NULL: none has any */
  bool stored;
  bool own; /* of the program itself: it counts as code where two meet */
  bool staging; /* has begin, prepare, commit and rollback */
  bool broken; /* an undo or a commit failed: changes are 503 until the next start */
  unsigned busy; /* changes that the engine gave up and that have not ended: changes are 503 */
  char *lent; /* by the last service that lends (services.c) */
  uint64_t slow; /* the slots that were warned of (slow.c) */
  size_t jobs; /* of it, in this process */
  _Atomic uint64_t keys[16]; /* of the TPM that it has opened (keys.h); 0: a free place */
  bool respelled; /* its library was opened by the other spelling of its path (reload.c) */
  uint64_t ddf_hash; /* of the text: a plugin that is loaded anew has the same */
  struct fw_isolated
      *isolated; /* it has a process of its own (isolated/); NULL: it is in this one */
};

#define FW_CSP_MARK UINT64_C(0x6F6D61646D435350)

/* A root of a CSP that serves. */
struct fw_mount {
  fw_mount *next; /* of the same CSP */
  fw_csp *csp;
  fw_place *place;
  uint32_t root; /* number in the DDF */
  uint32_t node; /* of the root */
  size_t depth; /* segments of its path, its own name included */
  omadm_str path; /* as keys of the store hold it (stored.h) */
  omadm_str acl; /* the factory's, of the servers at hand (acls.h); empty: none */
  const fw_mount *guard; /* itself or the next above that has one; NULL: none */
};

/* A mount's root or an ancestor of one. */
struct fw_place {
  fw_place *parent;
  fw_place *first, *last, *next; /* children, in the order of mounting */
  fw_place *chain; /* of the hash table */
  omadm_str name;
  uint64_t hash; /* of parent and name without case */
  fw_mount *mount; /* NULL: an ancestor */
  uint64_t claim; /* number of the check of a CSP that has a root here (mount.c) */
  uint32_t claimed; /* that root's node */
  size_t depth;
  size_t
      mounts; /* here and below; 0: left over from a mount that failed, and not there for anybody */
  bool nocase; /* names below it compare without case where no DDF describes it */
};

/* Which segments of a URI stand for unnamed nodes of the DDF: bit i % 64 of word i / 64. */
typedef struct fw_instances {
  uint64_t bits[OMADM_URI_SEGMENTS / 64];
} fw_instances;

/* Where a URI leads: canonical segments and what describes the last of them. A view; its memory is
 * the ring's or an operation's. */
typedef struct fw_node {
  fw_mount *mount; /* who serves it; NULL: an ancestor that no DDF describes */
  fw_place *place; /* NULL below all places */
  uint32_t ddf; /* OMADM_DDF_NONE: an ancestor, or nothing can be there */
  bool exists;
  bool held; /* a mount stands below: it is there whatever the DDF says, and cannot go */
  bool below_leaf;
  size_t base; /* of its segments, how many lead to what is always there */
  size_t n;
  const char *text; /* the segments, one behind the other */
  const uint32_t *ends; /* where each ends */
  fw_instances instances; /* of the mount's DDF */
  omadm_str key; /* in the store, of a stored CSP; ptr NULL: not made yet */
  omadm_str path; /* of its properties (property.h); ptr NULL: not made yet */
} fw_node;

typedef struct fw_slot {
  uint64_t serial; /* of its last use */
  fw_node node;
  omadm_buf text;
  omadm_buf key;
  omadm_buf acl; /* its effective ACL and that of the node above, where they are not the root's */
  omadm_str type; /* of the value, where that has one of its own; until the store is read again */
  uint32_t ends[OMADM_URI_SEGMENTS];
} fw_slot;

enum { FW_RING = 256 }; /* resolved nodes that are valid at once */

/* Which nodes may have an ACL of their own: three bits of a node's hash each (B. Bloom, 1970). None
 * is ever cleared, so that a roll-back needs no word of it; a bit too many costs one look-up. */
typedef struct fw_acls {
  bool any;
  bool guards; /* a mount has an ACL from the factory */
  uint64_t seed; /* names come from servers: where they fall must not be foreseen */
  uint64_t bits[1024];
} fw_acls;

/* A line of omadm_framework_mount_at. */
typedef struct fw_entry {
  struct fw_entry *next;
  omadm_mount_info info;
  bool gives_way; /* a DDF without code that is not the program's own */
  const fw_csp *csp; /* NULL where it was refused */
} fw_entry;

enum { FW_SNAPSHOTS = 64 }; /* large values that are read at once: a server may ask for many */

typedef struct fw_snapshot {
  omadm_token token;
  fw_spool *value; /* NULL: free */
} fw_snapshot;

/* values.c */
typedef struct fw_values {
  int folder; /* -1: large values stay in memory */
  bool touched; /* there may be files that no row names */
  omadm_buf fresh; /* names of files that were made since all was settled */
  uint64_t octets; /* of all files */
  omadm_buf piece; /* read last */
  fw_snapshot snapshots[FW_SNAPSHOTS];
} fw_values;

enum { FW_BUILD_NUMBERS = 4 };

/* omadm_profile, read. */
typedef struct fw_profile {
  bool has_build;
  uint32_t build[FW_BUILD_NUMBERS];
  uint32_t edition;
  omadm_join join;
} fw_profile;

struct omadm_framework {
  omadm_mem mem;
  omadm_framework_config config;
  const omadm_log *log;
  omadm_tree tree;
  bool used; /* nothing is mounted any more */
  omadm_arena arena; /* what lives as long as the framework */

  fw_csp *csps, *last_csp;
  struct fw_isolated *isolated; /* those with a process of their own */
  fw_entry *entries, *last_entry;
  fw_place *root;
  fw_place **places; /* hash table */
  size_t n_places, places_cap;
  uint64_t claims; /* CSPs that were checked */

  bool passing; /* what is being set changes all the time: what it replaces is erased later */
  fw_overlay overlay;
  fw_values values;
  struct fw_write *write; /* write.c: the large value that comes in pieces; NULL: none */
  bool own_values; /* CSPs stored values that may not be durable yet */
  omadm_err lost; /* why what was accepted could not be stored, for who settles next (txn.c) */
  omadm_buf gone; /* ServerIDs of accounts that were removed, a zero octet behind each, for the
                     CSPs once it is settled (upkeep.c) */
  omadm_buf reboots; /* reboots.h */
  size_t reboots_mark;
  bool reboots_automatic, reboots_automatic_mark; /* one that did not fit is automatic */
  fw_profile profile;
  omadm_str root_acl; /* the factory's */
  fw_acls *acls;
  bool handing_back;
  bool owners; /* there may be rows of owners.h */
  omadm_buf property_key, property_row; /* of property.c, acls.c and stamps.c */
  omadm_buf property_text; /* lent by an answer about a property */
  fw_slot aside; /* where a URI leads, while others use the ring */

  struct fw_way *ways; /* walked before (walk.c) */
  fw_slot *ring;
  uint64_t serial;

  uint64_t next_token;
  fw_call *running; /* the call whose slot runs now, or ran last */
  fw_call *calls; /* all that are not free */
  fw_call *idle_calls;
  fw_call *done, *last_done; /* completed, to be delivered by pump */
  fw_call *lent; /* whose value the last answer lends */
  uint64_t shuffle;

  fw_op *ops; /* parked: they wait for a call */
  fw_op *idle_ops;
  fw_txn *txn; /* of the open Atomic, or of the operation that runs */
  fw_txn *idle_txns;
  uint64_t next_number, numbers_end; /* transaction numbers that are reserved in the store */
  fw_listing *listings;
  uint64_t list_clock;

  fw_job *jobs, *last_job; /* without a worker: they run in pump */
  size_t n_jobs;
  pthread_t thread; /* that its CSPs are called from */
  bool in_job; /* without a worker: a job runs, on that thread */

  uint64_t next_alert; /* 0: not read from the store yet */
  omadm_buf alert; /* lent by alert_next */
  omadm_buf key, row, scratch; /* for one function at a time */
  omadm_buf uri;
  omadm_str segments[OMADM_URI_SEGMENTS]; /* of the request under way */
  omadm_str names[OMADM_URI_SEGMENTS];
  omadm_str asked_key; /* fw_node.key of the request filled last */
  char detail[320]; /* lent as answer->detail */
};

/* log.h's line under the module's name. */
#define fw_log(fw, level, ...) omadm_log_line((fw)->log, (level), "framework", __VA_ARGS__)

/* framework.c: the message of an answer; returns status. */
omadm_status fw_answer(omadm_framework *fw, omadm_answer *answer, omadm_status status,
                       const char *format, ...) OMADM_PRINTF(4, 5);
/* What looks at the tree calls this first: mounting is over, and what an earlier run left under way
 * goes on. */
void fw_use(omadm_framework *fw);
/* Milliseconds since 1970. Any thread. */
int64_t fw_now(const omadm_framework *fw);

static inline const omadm_ddf_node *fw_described(const fw_node *node) {
  return node->mount != NULL ? ddf_node(node->mount->csp->ddf, node->ddf) : NULL;
}

static inline bool fw_is_interior(const omadm_ddf_node *d) {
  return d == NULL || d->format == OMADM_FORMAT_NODE;
}

static inline omadm_str fw_segment(const fw_node *node, size_t i) {
  uint32_t begin = i > 0 ? node->ends[i - 1] : 0;
  return (omadm_str){node->text + begin, node->ends[i] - begin};
}

#endif
