/* SPDX-License-Identifier: MIT */
/*
 * The store in memory. Each table is a hash table for get, over a skip list (W. Pugh, 1990) for
 * next. A listing follows the list from the entry that it saw last, so that each step costs one
 * look-up.
 */
#include <stdlib.h>
#include <sys/random.h>

#include "base/mem.h"
#include "base/str.h"
#include "csp-framework/store/store.h"

enum { LEVELS = 12, FIRST_BUCKETS = 64 };

/* value NULL with room: the key is not there, though it may be in a moment (see memory_apply). */
typedef struct entry {
  struct entry *chain; /* of its bucket */
  uint64_t hash;
  char *value;
  size_t value_len, value_cap;
  bool present;
  size_t key_len;
  unsigned levels;
  struct entry *next[]; /* by level; the key's octets stand behind */
} entry;

typedef struct table {
  entry **buckets;
  size_t bucket_count; /* a power of two */
  size_t count;
  entry *first[LEVELS];
} table;

typedef struct memory_store {
  omadm_store base;
  uint64_t seed; /* keys come from servers: the hash must not be foreseen */
  uint64_t random;
  table tables[OMADM_STORE_TABLES];
} memory_store;

static const omadm_store_ops memory_ops;

static omadm_str key_of(const entry *e) {
  return (omadm_str){(const char *)(e->next + e->levels), e->key_len};
}

/* ---- hash ---- */

static entry *find_hashed(const table *t, uint64_t hash, omadm_str key) {
  if (t->bucket_count == 0) return NULL;
  entry *e = t->buckets[hash & (t->bucket_count - 1)];
  while (e != NULL && !(e->hash == hash && omadm_str_equal(key_of(e), key)))
    e = e->chain;
  return e;
}

static entry *find(const memory_store *m, const table *t, omadm_str key) {
  return find_hashed(t, omadm_str_hash_keyed(m->seed, key), key);
}

static bool grow(table *t) {
  size_t count = t->bucket_count > 0 ? t->bucket_count * 2 : FIRST_BUCKETS;
  entry **buckets = omadm_mem_new(&omadm_mem_default, count, sizeof *buckets);
  if (buckets == NULL) return t->bucket_count > 0; /* fuller than liked, but right */
  for (entry *e = t->first[0]; e != NULL; e = e->next[0]) {
    entry **bucket = &buckets[e->hash & (count - 1)];
    e->chain = *bucket;
    *bucket = e;
  }
  free(t->buckets);
  t->buckets = buckets;
  t->bucket_count = count;
  return true;
}

/* ---- order ---- */

/* The links that lead to the first entry whose key is not before `key`, one a level. */
static void seek(table *t, omadm_str key, entry **links[LEVELS]) {
  entry **row = t->first;
  for (int level = LEVELS - 1; level >= 0; level--) {
    while (row[level] != NULL && omadm_str_compare(key_of(row[level]), key) < 0)
      row = row[level]->next;
    links[level] = &row[level];
  }
}

/* Each level holds a quarter of the one below. */
static unsigned random_levels(memory_store *m) {
  m->random ^= m->random << 13;
  m->random ^= m->random >> 7;
  m->random ^= m->random << 17;
  unsigned levels = 1;
  for (uint64_t bits = m->random; levels < LEVELS && (bits & 3) == 0; bits >>= 2)
    levels++;
  return levels;
}

/* The entry of the key, made without a value where there is none. NULL without memory. */
static entry *find_or_add(memory_store *m, table *t, omadm_str key) {
  uint64_t hash = omadm_str_hash_keyed(m->seed, key);
  entry *e = find_hashed(t, hash, key);
  if (e != NULL) return e;
  if (t->count >= t->bucket_count && !grow(t)) return NULL;
  unsigned levels = random_levels(m);
  size_t size = sizeof *e + levels * sizeof *e->next;
  if (__builtin_add_overflow(size, key.len, &size)) return NULL;
  e = malloc(size);
  if (e == NULL) return NULL;
  *e = (entry){.hash = hash, .key_len = key.len, .levels = levels};
  memcpy(e->next + levels, key.ptr, key.len);
  entry **links[LEVELS];
  seek(t, key, links);
  for (unsigned i = 0; i < levels; i++) {
    e->next[i] = *links[i];
    *links[i] = e;
  }
  entry **bucket = &t->buckets[hash & (t->bucket_count - 1)];
  e->chain = *bucket;
  *bucket = e;
  t->count++;
  return e;
}

static void remove_entry(table *t, entry *e) {
  entry **links[LEVELS];
  seek(t, key_of(e), links);
  for (unsigned i = 0; i < e->levels; i++)
    *links[i] = e->next[i];
  entry **bucket = &t->buckets[e->hash & (t->bucket_count - 1)];
  while (*bucket != e)
    bucket = &(*bucket)->chain;
  *bucket = e->chain;
  t->count--;
  free(e->value);
  free(e);
}

/* ---- the port ---- */

static omadm_err memory_get(omadm_store *store, omadm_store_table number, omadm_str key,
                            omadm_str *value, omadm_error *error) {
  (void)error;
  const memory_store *m = (const memory_store *)store;
  const entry *e = find(m, &m->tables[number], key);
  if (e == NULL) return OMADM_E_NOT_FOUND;
  *value = (omadm_str){e->value, e->value_len};
  return 0;
}

static omadm_err memory_next(omadm_store *store, omadm_store_table number, omadm_str prefix,
                             omadm_str after, omadm_str *key, omadm_str *value,
                             omadm_error *error) {
  (void)error;
  memory_store *m = (memory_store *)store;
  table *t = &m->tables[number];
  bool before = omadm_str_compare(after, prefix) < 0;
  const entry *e = before ? NULL : find(m, t, after);
  if (e != NULL) {
    e = e->next[0];
  } else {
    entry **links[LEVELS];
    seek(t, before ? prefix : after, links);
    e = *links[0];
  }
  if (e == NULL) return OMADM_E_NOT_FOUND;
  omadm_str found = key_of(e);
  if (found.len < prefix.len || !omadm_str_equal((omadm_str){found.ptr, prefix.len}, prefix))
    return OMADM_E_NOT_FOUND;
  *key = found;
  *value = (omadm_str){e->value, e->value_len};
  return 0;
}

/* Makes room for all that the changes bring. Everything that can fail is here, and nothing that can
 * be seen. */
static bool make_room(memory_store *m, const omadm_store_change *changes, size_t n) {
  for (size_t i = 0; i < n; i++) {
    if (changes[i].value.ptr == NULL) continue;
    entry *e = find_or_add(m, &m->tables[changes[i].table], changes[i].key);
    if (e == NULL) return false;
    if (e->value != NULL && e->value_cap >= changes[i].value.len) continue;
    /* A little more, so that most values that replace it fit. */
    size_t room = (changes[i].value.len | 15) + 9;
    char *p = realloc(e->value, room);
    if (p == NULL) return false;
    e->value = p;
    e->value_cap = room;
  }
  return true;
}

/* Drops the entries that the changes leave without a value. */
static void sweep(memory_store *m, const omadm_store_change *changes, size_t n) {
  for (size_t i = 0; i < n; i++) {
    table *t = &m->tables[changes[i].table];
    entry *e = find(m, t, changes[i].key);
    if (e != NULL && !e->present) remove_entry(t, e);
  }
}

static omadm_err memory_apply(omadm_store *store, const omadm_store_change *changes, size_t n,
                              omadm_error *error) {
  memory_store *m = (memory_store *)store;
  omadm_err err = store_check_changes(changes, n, error);
  if (err != 0) return err;
  if (!make_room(m, changes, n)) {
    sweep(m, changes, n);
    return omadm_error_set(error, OMADM_E_NOMEM,
                           "no memory for %zu changes of the store; nothing was changed", n);
  }
  bool removed = false;
  for (size_t i = 0; i < n; i++) {
    omadm_str value = changes[i].value;
    entry *e = find(m, &m->tables[changes[i].table], changes[i].key);
    if (e == NULL) continue;
    e->present = value.ptr != NULL;
    e->value_len = value.len;
    if (value.len > 0) memcpy(e->value, value.ptr, value.len);
    removed = removed || !e->present;
  }
  if (removed) sweep(m, changes, n);
  return 0;
}

static void memory_close(omadm_store *store) {
  memory_store *m = (memory_store *)store;
  for (size_t i = 0; i < OMADM_STORE_TABLES; i++) {
    for (entry *e = m->tables[i].first[0]; e != NULL;) {
      entry *next = e->next[0];
      free(e->value);
      free(e);
      e = next;
    }
    free(m->tables[i].buckets);
  }
  free(m);
}

static const omadm_store_ops memory_ops = {.struct_size = sizeof memory_ops,
                                           .get = memory_get,
                                           .next = memory_next,
                                           .apply = memory_apply,
                                           .close = memory_close};

omadm_err omadm_store_new_memory(omadm_store **store, omadm_error *error) {
  memory_store *m = omadm_mem_new(&omadm_mem_default, 1, sizeof *m);
  *store = NULL;
  if (m == NULL) return omadm_error_set(error, OMADM_E_NOMEM, "no memory for a store");
  m->base.ops = &memory_ops;
  if (getrandom(&m->seed, sizeof m->seed, 0) != (ssize_t)sizeof m->seed)
    m->seed = (uint64_t)(uintptr_t)m;
  m->random = m->seed | 1;
  *store = &m->base;
  return 0;
}
