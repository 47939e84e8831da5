/* SPDX-License-Identifier: MIT */
/*
 * The store port: where the framework keeps values, properties, alerts and its journal. Keys and
 * values are octets; a batch is all or nothing. The framework keeps what is not settled yet in
 * memory, so a backend needs no transactions of its own beyond a batch, and holds no lock between
 * two calls.
 */
#ifndef OMADM_STORE_H
#define OMADM_STORE_H

#include <omadm/error.h>
#include <omadm/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Which table of the store. Within a table keys are ordered octet-wise. */
typedef enum omadm_store_table {
  OMADM_STORE_NODE = 0, /* nodes of stored CSPs */
  OMADM_STORE_CSP, /* small values of plugins */
  OMADM_STORE_ALERT, /* the outbox */
  OMADM_STORE_META, /* counters, versions, what was imported */
  OMADM_STORE_JOURNAL, /* decided transactions, ways back, and Execs that go on */
  OMADM_STORE_PROPERTY, /* ACLs, titles, version numbers and time stamps of nodes of every CSP */
  OMADM_STORE_TABLES
} omadm_store_table;

/* One change of a batch. value.ptr NULL: the key goes. A key has at least one octet; ARGUMENT else.
   Neither span may be one that the store has lent. */
typedef struct omadm_store_change {
  omadm_store_table table;
  omadm_str key;
  omadm_str value;
} omadm_store_change;

/* How thoroughly overwritten and removed values go from where the store keeps them. */
typedef enum omadm_store_erasure {
  OMADM_STORE_ERASE_LOG = 0, /* what waits in a log: enough for what is worth little, and cheap */
  /* Every octet, by writing all anew: for secrets. A store of more than 8 MiB does as for LOG; then
   * pieces may stay where rows were moved. */
  OMADM_STORE_ERASE_ALL
} omadm_store_erasure;

typedef struct omadm_store omadm_store;

typedef struct omadm_store_ops {
  size_t struct_size;
  /* 0 and the value (borrowed until the next call), or NOT_FOUND. */
  omadm_err (*get)(omadm_store *store, omadm_store_table table, omadm_str key, omadm_str *value,
                   omadm_error *error);
  /* The first key greater than `after` that begins with `prefix`: 0, key and value (borrowed until
     the next call), or NOT_FOUND. */
  omadm_err (*next)(omadm_store *store, omadm_store_table table, omadm_str prefix, omadm_str after,
                    omadm_str *key, omadm_str *value, omadm_error *error);
  /* All changes, in order, durable when it returns. On failure nothing has changed. */
  omadm_err (*apply)(omadm_store *store, const omadm_store_change *changes, size_t n,
                     omadm_error *error);
  void (*close)(omadm_store *store);
  /* What was overwritten or removed until now goes from the files. May be left out, where nothing
     outlives a value. A failure is no harm to what is stored; it can be tried again. */
  omadm_err (*erase)(omadm_store *store, omadm_store_erasure how, omadm_error *error);
} omadm_store_ops;

/* A backend embeds this as its first member. */
struct omadm_store {
  const omadm_store_ops *ops;
};

/* SQLite in DIR/store.db (WAL, synchronous=FULL, mode 0600, DIR is made 0700). An older version is
   migrated in one transaction, a newer one refused (ABI). Owned by the caller, close with
   omadm_store_close. One thread. */
OMADM_EXPORT omadm_err omadm_store_open(const char *dir, omadm_store **store, omadm_error *error);
/* A map in memory, for tests and devices that keep nothing. */
OMADM_EXPORT omadm_err omadm_store_new_memory(omadm_store **store, omadm_error *error);
OMADM_EXPORT void omadm_store_close(omadm_store *store);

/* The file of an SQLite store does not grow beyond so many octets, or its present size: what would
 * need more fails (STORE) and changes nothing. Does nothing to other stores. */
OMADM_EXPORT omadm_err omadm_store_limit(omadm_store *store, uint64_t octets, omadm_error *error);

/* Counters of an SQLite store since it was opened, for measurements: statements run, syncs. Both 0
 * for other stores. */
OMADM_EXPORT void omadm_store_counters(const omadm_store *store, uint64_t *statements,
                                       uint64_t *syncs);

#ifdef __cplusplus
}
#endif
#endif
