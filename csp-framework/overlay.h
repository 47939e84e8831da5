/* SPDX-License-Identifier: MIT */
/*
 * What is changed and not yet in the store (docs/adr/0002-store-overlay.md): a map in memory
 * over the store's get and next, which is put in order when somebody lists, with a log that takes
 * changes back. Spans handed out are
 * borrowed until the next call.
 */
#ifndef OMADM_FRAMEWORK_OVERLAY_H
#define OMADM_FRAMEWORK_OVERLAY_H

#include <stdbool.h>

#include <omadm/error.h>
#include <omadm/log.h>
#include <omadm/store.h>
#include <omadm/types.h>

#include "base/mem.h"

typedef struct overlay_entry overlay_entry;
typedef struct overlay_undone overlay_undone;

typedef struct fw_overlay {
  const omadm_mem *mem;
  omadm_store *store;
  const omadm_log *logger;
  bool secret_now, secret_later; /* was overwritten, and may still be in the store's files */
  bool told; /* the log has the sentence of the store, which could not be read since */
  omadm_arena arena; /* entries and values; dropped when all of it is in the store */
  overlay_entry **buckets; /* hash table of all entries */
  size_t n_buckets; /* a power of two */
  size_t n_entries;
  uint64_t seed; /* keys come from servers: the hash must not be foreseen */
  overlay_entry *first, *last; /* all entries, in the order in which they were made */
  overlay_entry *fresh; /* from here on they are not in the skip list yet */
  overlay_entry *head; /* of the skip list, which only overlay_next needs */
  uint64_t random; /* decides how high an entry stands */
  overlay_undone *log;
  size_t log_len, log_cap;
  omadm_store_change *batch;
  size_t batch_cap;
  size_t changed; /* entries that differ from the store, or may */
  size_t octets; /* of entries and values, those taken back or overwritten too */
  size_t limit; /* of overlay_octets, for rows of nodes; SIZE_MAX: none */
  omadm_buf key; /* of the last overlay_next */
  bool seen; /* the row of a node that was read last is here: a node is resolved, and then its value
                read */
  omadm_buf seen_key, seen_value;
} fw_overlay;

/* NOMEM. All is borrowed; log may be NULL. */
omadm_err overlay_init(fw_overlay *o, const omadm_mem *mem, omadm_store *store,
                       const omadm_log *log);
void overlay_dispose(fw_overlay *o);

/* As the store's functions of these names, seen through the changes. Where the store fails its
 * sentence goes to the log, once until it can be read again. */
omadm_err overlay_get(fw_overlay *o, omadm_store_table table, omadm_str key, omadm_str *value);
omadm_err overlay_next(fw_overlay *o, omadm_store_table table, omadm_str prefix, omadm_str after,
                       omadm_str *key, omadm_str *value);

/* The store's next, past the changes. */
omadm_err overlay_stored(fw_overlay *o, omadm_store_table table, omadm_str prefix, omadm_str after,
                         omadm_str *key, omadm_str *value);

/* Copied. value.ptr NULL: the key goes. NOMEM, or LIMIT (overlay_bound): nothing changed. */
omadm_err overlay_put(fw_overlay *o, omadm_store_table table, omadm_str key, omadm_str value);

/* What the store holds under that key, which is in a change not settled yet, must not stay in its
 * files: at once when it is settled, or, `later`, with the next overlay_erase. */
void overlay_mark_secret(fw_overlay *o, omadm_store_table table, omadm_str key, bool later);

/* Erases what was left for later, and what an earlier settle could not. */
void overlay_erase(fw_overlay *o);

/* A point to which overlay_undo can go back. It stays valid over a settle that held it. */
size_t overlay_mark(const fw_overlay *o);
void overlay_undo(fw_overlay *o, size_t mark);

/* No change so far is taken back any more: what that needed goes. For nobody who holds a mark. */
void overlay_accept(fw_overlay *o);

/* About how much memory all of it takes, with what was overwritten or taken back. */
size_t overlay_octets(const fw_overlay *o);
/* So much more may the rows of nodes and of their properties take from now on; SIZE_MAX: any. */
void overlay_bound(fw_overlay *o, uint64_t more);

/* "Nothing is held", for overlay_settle. */
#define OVERLAY_ALL SIZE_MAX

/* Hands what changed before `mark` to the store, in one batch. What came later stays in memory and
   can still be taken back: after success `mark` is 0. */
omadm_err overlay_settle(fw_overlay *o, size_t mark, omadm_error *error);

/* Past the overlay: hands changes to the store at once, whatever becomes of the rest. A failure is
 * logged; `what` says in it what could not be written. Not for nodes. */
omadm_err overlay_apply(fw_overlay *o, const omadm_store_change *changes, size_t n,
                        const char *what);

/* Drops what changed before `mark`, as if it had never been; what came later stays, as after a
   settle. */
void overlay_forget(fw_overlay *o, size_t mark);

#endif
