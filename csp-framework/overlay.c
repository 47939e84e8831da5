/* SPDX-License-Identifier: MIT */
#include "csp-framework/overlay.h"

#include <string.h>
#include <sys/random.h>

#include "base/str.h"

enum { LEVELS = 16, FIRST_BUCKETS = 64 };

typedef enum state {
  SAME = 0, /* as in the store */
  SET,
  GONE
} state;

struct overlay_entry {
  omadm_store_table table;
  state state;
  omadm_str key;
  omadm_str value; /* while SET */
  bool secret_now, secret_later; /* what the store holds: overlay_mark_secret */
  bool held; /* of a running settle: changed after its mark */
  state held_state; /* what it was at the mark */
  omadm_str held_value;
  uint64_t hash;
  overlay_entry *chain; /* of its bucket */
  overlay_entry *newer; /* the one made after it */
  unsigned height;
  overlay_entry *next[];
};

/* What an entry was before one change. */
struct overlay_undone {
  overlay_entry *entry;
  state state;
  omadm_str value;
};

static overlay_entry *entry_new(fw_overlay *o, unsigned height) {
  overlay_entry *e = omadm_arena_new(&o->arena, 1, sizeof *e + height * sizeof e->next[0]);
  if (e != NULL) e->height = height;
  return e;
}

omadm_err overlay_init(fw_overlay *o, const omadm_mem *mem, omadm_store *store,
                       const omadm_log *log) {
  *o = (fw_overlay){.mem = mem, .store = store, .logger = log, .random = 0x9E3779B97F4A7C15U};
  o->limit = SIZE_MAX;
  omadm_arena_init(&o->arena, mem, 0);
  omadm_buf_init(&o->key, mem, 0);
  omadm_buf_init(&o->seen_key, mem, 0);
  omadm_buf_init(&o->seen_value, mem, 0);
  if (getrandom(&o->seed, sizeof o->seed, 0) != (ssize_t)sizeof o->seed)
    o->seed = (uint64_t)(uintptr_t)o;
  o->head = entry_new(o, LEVELS);
  o->buckets = omadm_mem_new(mem, FIRST_BUCKETS, sizeof(overlay_entry *));
  o->n_buckets = FIRST_BUCKETS;
  return o->head != NULL && o->buckets != NULL ? OMADM_OK : OMADM_E_NOMEM;
}

void overlay_dispose(fw_overlay *o) {
  if (o->mem == NULL) return;
  omadm_arena_dispose(&o->arena);
  omadm_buf_dispose(&o->key);
  omadm_buf_dispose(&o->seen_key);
  omadm_buf_dispose(&o->seen_value);
  omadm_mem_free(o->mem, o->buckets);
  omadm_mem_free(o->mem, o->log);
  omadm_mem_free(o->mem, o->batch);
  *o = (fw_overlay){0};
}

static int entry_compare(const overlay_entry *e, omadm_store_table table, omadm_str key) {
  if (e->table != table) return e->table < table ? -1 : 1;
  return omadm_str_compare(e->key, key);
}

/* The first entry that is not below (table, key); its predecessors on every level. */
static overlay_entry *seek(fw_overlay *o, omadm_store_table table, omadm_str key,
                           overlay_entry **before) {
  overlay_entry *e = o->head;
  for (unsigned level = LEVELS; level-- > 0;) {
    while (e->next[level] != NULL && entry_compare(e->next[level], table, key) < 0)
      e = e->next[level];
    if (before != NULL) before[level] = e;
  }
  return e->next[0];
}

static inline overlay_entry *find(const fw_overlay *o, omadm_store_table table, omadm_str key,
                                  uint64_t hash) {
  overlay_entry *e = o->buckets[hash & (o->n_buckets - 1)];
  while (e != NULL && !(e->hash == hash && e->table == table && omadm_str_equal(e->key, key)))
    e = e->chain;
  return e;
}

/* What the store's get or next said. */
static omadm_err checked(fw_overlay *o, omadm_err err, const omadm_error *error) {
  bool failed = err != 0 && err != OMADM_E_NOT_FOUND;
  if (failed && !o->told)
    omadm_log_line(o->logger, OMADM_LOG_ERROR, "framework", "the store could not be read: %s",
                   error->text[0] != '\0' ? error->text : omadm_err_text(err));
  o->told = failed;
  return err;
}

static omadm_err store_get(fw_overlay *o, omadm_store_table table, omadm_str key,
                           omadm_str *value) {
  omadm_error error = {0};
  return checked(o, o->store->ops->get(o->store, table, key, value, &error), &error);
}

omadm_err overlay_stored(fw_overlay *o, omadm_store_table table, omadm_str prefix, omadm_str after,
                         omadm_str *key, omadm_str *value) {
  omadm_error error = {0};
  return checked(o, o->store->ops->next(o->store, table, prefix, after, key, value, &error),
                 &error);
}

/* Asks the store, once for a node that is read again at once. */
static omadm_err read_store(fw_overlay *o, omadm_store_table table, omadm_str key,
                            omadm_str *value) {
  if (table != OMADM_STORE_NODE) return store_get(o, table, key, value);
  if (!o->seen || !omadm_str_equal(omadm_buf_str(&o->seen_key), key)) {
    o->seen = false;
    omadm_err err = store_get(o, table, key, value);
    if (err != 0) return err;
    o->seen_key.len = o->seen_value.len = 0;
    if (omadm_buf_add_str(&o->seen_key, key) != 0 || omadm_buf_add_str(&o->seen_value, *value) != 0)
      return OMADM_OK;
    o->seen = true;
  }
  *value = omadm_buf_str(&o->seen_value);
  return OMADM_OK;
}

omadm_err overlay_get(fw_overlay *o, omadm_store_table table, omadm_str key, omadm_str *value) {
  overlay_entry *e =
      o->changed > 0 ? find(o, table, key, omadm_str_hash_keyed(o->seed, key)) : NULL;
  if (e == NULL || e->state == SAME) return read_store(o, table, key, value);
  if (e->state == GONE) return OMADM_E_NOT_FOUND;
  *value = e->value;
  return OMADM_OK;
}

static bool has_prefix(omadm_str key, omadm_str prefix) {
  return key.len >= prefix.len && (prefix.len == 0 || memcmp(key.ptr, prefix.ptr, prefix.len) == 0);
}

/* Puts what is new into the skip list. */
static void put_in_order(fw_overlay *o) {
  for (; o->fresh != NULL; o->fresh = o->fresh->newer) {
    overlay_entry *before[LEVELS];
    overlay_entry *e = o->fresh;
    seek(o, e->table, e->key, before);
    for (unsigned level = 0; level < e->height; level++) {
      e->next[level] = before[level]->next[level];
      before[level]->next[level] = e;
    }
  }
}

/* The first entry after `after` below `prefix` that says something. */
static overlay_entry *next_entry(fw_overlay *o, omadm_store_table table, omadm_str prefix,
                                 omadm_str after) {
  bool from_after = omadm_str_compare(after, prefix) >= 0;
  overlay_entry *e = seek(o, table, from_after ? after : prefix, NULL);
  if (e != NULL && from_after && entry_compare(e, table, after) == 0) e = e->next[0];
  while (e != NULL && e->state == SAME)
    e = e->next[0];
  return e != NULL && e->table == table && has_prefix(e->key, prefix) ? e : NULL;
}

omadm_err overlay_next(fw_overlay *o, omadm_store_table table, omadm_str prefix, omadm_str after,
                       omadm_str *key, omadm_str *value) {
  if (o->changed == 0) return overlay_stored(o, table, prefix, after, key, value);
  put_in_order(o);
  o->key.len = 0;
  omadm_err err = omadm_buf_add_str(&o->key, after);
  while (err == 0) {
    omadm_str from = omadm_buf_str(&o->key);
    overlay_entry *e = next_entry(o, table, prefix, from);
    err = overlay_stored(o, table, prefix, from, key, value);
    if (err != 0 && err != OMADM_E_NOT_FOUND) return err;
    if (err == 0 && (e == NULL || omadm_str_compare(*key, e->key) < 0)) return OMADM_OK;
    if (e == NULL) return OMADM_E_NOT_FOUND;
    if (e->state == SET) {
      *key = e->key;
      *value = e->value;
      return OMADM_OK;
    }
    o->key.len = 0; /* it is gone: go on behind it */
    err = omadm_buf_add_str(&o->key, e->key);
  }
  return err;
}

static unsigned random_height(fw_overlay *o) {
  o->random ^= o->random << 13;
  o->random ^= o->random >> 7;
  o->random ^= o->random << 17;
  unsigned height = 1;
  for (uint64_t bits = o->random; height < LEVELS && (bits & 3) == 0; bits >>= 2)
    height++;
  return height;
}

static void link_hashed(fw_overlay *o, overlay_entry *e) {
  overlay_entry **bucket = &o->buckets[e->hash & (o->n_buckets - 1)];
  e->chain = *bucket;
  *bucket = e;
}

/* Without memory the table stays fuller than is liked. */
static void grow(fw_overlay *o) {
  overlay_entry **buckets = omadm_mem_new(o->mem, o->n_buckets * 2, sizeof *buckets);
  if (buckets == NULL) return;
  omadm_mem_free(o->mem, o->buckets);
  o->buckets = buckets;
  o->n_buckets *= 2;
  for (overlay_entry *e = o->first; e != NULL; e = e->newer)
    link_hashed(o, e);
}

static overlay_entry *insert(fw_overlay *o, omadm_store_table table, omadm_str key) {
  uint64_t hash = omadm_str_hash_keyed(o->seed, key);
  overlay_entry *e = find(o, table, key, hash);
  if (e != NULL) return e;
  omadm_str copy = omadm_arena_copy(&o->arena, key);
  e = copy.ptr != NULL ? entry_new(o, random_height(o)) : NULL;
  if (e == NULL) return NULL;
  e->table = table;
  e->key = copy;
  e->hash = hash;
  o->octets += sizeof *e + e->height * sizeof e->next[0] + key.len;
  if (o->n_entries >= o->n_buckets) grow(o);
  link_hashed(o, e);
  o->n_entries++;
  *(o->last != NULL ? &o->last->newer : &o->first) = e;
  o->last = e;
  if (o->fresh == NULL) o->fresh = e;
  return e;
}

static omadm_err log_change(fw_overlay *o, overlay_entry *e) {
  if (o->log_len == o->log_cap) {
    size_t cap = o->log_cap > 0 ? o->log_cap * 2 : 64;
    if (cap > SIZE_MAX / sizeof *o->log) return OMADM_E_NOMEM;
    overlay_undone *log = o->mem->resize(o->mem->ctx, o->log, cap * sizeof *log);
    if (log == NULL) return OMADM_E_NOMEM;
    o->log = log;
    o->log_cap = cap;
  }
  o->log[o->log_len++] = (overlay_undone){e, e->state, e->value};
  return OMADM_OK;
}

size_t overlay_octets(const fw_overlay *o) {
  return o->octets + o->log_len * sizeof *o->log;
}

void overlay_bound(fw_overlay *o, uint64_t more) {
  const size_t now = overlay_octets(o);
  o->limit = more < SIZE_MAX - now ? now + (size_t)more : SIZE_MAX;
}

omadm_err overlay_put(fw_overlay *o, omadm_store_table table, omadm_str key, omadm_str value) {
  const bool bound = table == OMADM_STORE_NODE || table == OMADM_STORE_PROPERTY;
  if (bound && overlay_octets(o) > o->limit) return OMADM_E_LIMIT;
  omadm_str copy = value.ptr != NULL ? omadm_arena_copy(&o->arena, value) : (omadm_str){NULL, 0};
  if (value.ptr != NULL && copy.ptr == NULL) return OMADM_E_NOMEM;
  overlay_entry *e = insert(o, table, key);
  if (e == NULL || log_change(o, e) != 0) return OMADM_E_NOMEM;
  if (e->state == SAME) o->changed++;
  e->state = value.ptr != NULL ? SET : GONE;
  e->value = copy;
  o->octets += copy.len;
  return OMADM_OK;
}

void overlay_mark_secret(fw_overlay *o, omadm_store_table table, omadm_str key, bool later) {
  overlay_entry *e = find(o, table, key, omadm_str_hash_keyed(o->seed, key));
  if (e == NULL) return;
  e->secret_now = e->secret_now || !later;
  e->secret_later = e->secret_later || later;
}

size_t overlay_mark(const fw_overlay *o) {
  return o->log_len;
}

void overlay_undo(fw_overlay *o, size_t mark) {
  while (o->log_len > mark) {
    overlay_undone *u = &o->log[--o->log_len];
    if (u->state == SAME) o->changed--;
    u->entry->state = u->state;
    u->entry->value = u->value;
  }
}

/* Notes for what changed after the mark what it was there: the earliest record of an entry is the
 * last one seen. */
static void hold(fw_overlay *o, size_t mark) {
  for (size_t i = o->log_len; i-- > mark;) {
    overlay_entry *e = o->log[i].entry;
    e->held = true;
    e->held_state = o->log[i].state;
    e->held_value = o->log[i].value;
  }
}

static omadm_err collect(fw_overlay *o, size_t *n) {
  *n = 0;
  if (o->batch_cap < o->changed) {
    size_t cap = o->changed + o->changed / 2;
    if (cap > SIZE_MAX / sizeof *o->batch) return OMADM_E_NOMEM;
    omadm_store_change *batch = o->mem->resize(o->mem->ctx, o->batch, cap * sizeof *batch);
    if (batch == NULL) return OMADM_E_NOMEM;
    o->batch = batch;
    o->batch_cap = cap;
  }
  for (overlay_entry *e = o->first; e != NULL; e = e->newer) {
    state s = e->held ? e->held_state : e->state;
    if (s == SAME) continue;
    omadm_str value = e->held ? e->held_value : e->value;
    if (s == GONE) value = (omadm_str){NULL, 0};
    o->batch[(*n)++] = (omadm_store_change){e->table, e->key, value};
    o->secret_now = o->secret_now || e->secret_now;
    o->secret_later = o->secret_later || e->secret_later;
  }
  return OMADM_OK;
}

/* Forgets it all, but keeps the memory. */
static void reset(fw_overlay *o) {
  /* Not all of the table, which may be large from a settle long ago. */
  for (const overlay_entry *e = o->first; e != NULL; e = e->newer)
    o->buckets[e->hash & (o->n_buckets - 1)] = NULL;
  omadm_arena_reset(&o->arena);
  o->log_len = 0;
  o->changed = 0;
  o->octets = 0;
  o->first = o->last = o->fresh = NULL;
  o->n_entries = 0;
  o->head = entry_new(o, LEVELS);
}

void overlay_accept(fw_overlay *o) {
  o->log_len = 0;
  if (o->changed == 0 && o->n_entries > 0) reset(o); /* all was taken back */
}

static void release(fw_overlay *o, size_t mark) {
  for (size_t i = mark; i < o->log_len; i++)
    o->log[i].entry->held = false;
}

/* Forgets what is before the mark; what came after is held, stays, and can be taken back to it. */
static void forget_before(fw_overlay *o, size_t mark) {
  memmove(o->log, o->log + mark, (o->log_len - mark) * sizeof *o->log);
  o->log_len -= mark;
  for (overlay_entry *e = o->first; e != NULL; e = e->newer) {
    if (!e->held && e->state != SAME) {
      e->state = SAME;
      o->changed--;
    }
  }
  for (size_t i = 0; i < o->log_len; i++) {
    overlay_undone *u = &o->log[i];
    if (u->entry->held) *u = (overlay_undone){u->entry, SAME, {NULL, 0}};
    u->entry->held = false;
  }
}

void overlay_forget(fw_overlay *o, size_t mark) {
  o->seen = false;
  if (mark >= o->log_len) {
    reset(o);
    return;
  }
  hold(o, mark);
  forget_before(o, mark);
}

static void erase(fw_overlay *o, omadm_store_erasure how) {
  omadm_error error = {0};
  omadm_err err = OMADM_HAS(omadm_store_ops, o->store->ops, erase)
                      ? o->store->ops->erase(o->store, how, &error)
                      : OMADM_OK;
  if (err == OMADM_OK) o->secret_later = false;
  if (err == OMADM_OK && how == OMADM_STORE_ERASE_ALL) o->secret_now = false;
  if (err != OMADM_OK)
    omadm_log_line(o->logger, OMADM_LOG_WARN, "framework",
                   "an overwritten secret may still be in the store; the next change tries again: "
                   "%s",
                   error.text[0] != '\0' ? error.text : omadm_err_text(err));
}

void overlay_erase(fw_overlay *o) {
  if (o->secret_now)
    erase(o, OMADM_STORE_ERASE_ALL);
  else if (o->secret_later)
    erase(o, OMADM_STORE_ERASE_LOG);
}

omadm_err overlay_settle(fw_overlay *o, size_t mark, omadm_error *error) {
  bool all = mark >= o->log_len;
  if (o->changed == 0) {
    if (all && o->n_entries > 0) reset(o);
    return OMADM_OK;
  }
  if (!all) hold(o, mark);
  o->seen = false;
  size_t n = 0;
  omadm_err err = collect(o, &n);
  if (err == 0 && n > 0) err = o->store->ops->apply(o->store, o->batch, n, error);
  if (err == 0 && o->secret_now) erase(o, OMADM_STORE_ERASE_ALL);
  if (err == 0 && all) reset(o);
  if (err == 0 && !all) forget_before(o, mark);
  if (err != 0 && !all) release(o, mark);
  return err;
}

omadm_err overlay_apply(fw_overlay *o, const omadm_store_change *changes, size_t n,
                        const char *what) {
  omadm_error error = {0};
  omadm_err err = o->store->ops->apply(o->store, changes, n, &error);
  if (err != 0)
    omadm_log_line(o->logger, OMADM_LOG_ERROR, "framework", "%s could not be stored: %s", what,
                   error.text[0] != '\0' ? error.text : omadm_err_text(err));
  return err;
}
