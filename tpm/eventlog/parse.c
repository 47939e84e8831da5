/* SPDX-License-Identifier: MIT */
/*
 * Reads a log: entries of TCG_PCClientPCREvent (legacy), or, after a first one that is a
 * TCG_EfiSpecIDEvent, of TCG_PCR_EVENT2 (TCG PC Client PFP 10.2). Digest sizes are those of the
 * log's own header, so that a bank unknown here is stepped over.
 */
#include "tpm/eventlog/log.h"

#include <inttypes.h>

#include "base/mem.h"
#include "base/str.h"

enum { SHA1_SIZE = 20 };
static const omadm_str spec_id = {"Spec ID Event03", sizeof "Spec ID Event03"};

/* A place in the log; nothing is read beyond its end. */
typedef struct cursor {
  omadm_str octets;
  size_t at;
} cursor;

static bool take(cursor *c, size_t n, omadm_str *out) {
  if (n > c->octets.len - c->at) return false;
  *out = (omadm_str){c->octets.ptr + c->at, n};
  c->at += n;
  return true;
}

static bool take_u16(cursor *c, uint16_t *value) {
  omadm_str s;
  if (!take(c, 2, &s)) return false;
  *value = omadm_le16(s.ptr);
  return true;
}

static bool take_u32(cursor *c, uint32_t *value) {
  omadm_str s;
  if (!take(c, 4, &s)) return false;
  *value = omadm_le32(s.ptr);
  return true;
}

static omadm_err cut(const cursor *c, size_t begin, const char *what, omadm_error *error) {
  return omadm_error_set(error, OMADM_E_SYNTAX,
                         "the event log is cut or damaged: the entry at offset %zu has no room for "
                         "its %s at offset %zu of %zu",
                         begin, what, c->at, c->octets.len);
}

static omadm_err bad_header(const char *why, omadm_error *error) {
  return omadm_error_set(error, OMADM_E_SYNTAX, "the event log's header (Spec ID Event03) %s", why);
}

static const log_alg *find_alg(const omadm_eventlog *log, uint16_t id) {
  for (size_t i = 0; i < log->n_algs; i++) {
    if (log->algs[i].id == id) return &log->algs[i];
  }
  return NULL;
}

/* The sizes that the TPM library fixes; a header that says otherwise would let digests be read at
 * the wrong place. */
static bool size_is_right(uint16_t id, uint16_t size) {
  uint8_t digest[DIGEST_MAX];
  size_t right = digest_make(id, (omadm_str){"", 0}, digest);
  return size > 0 && size <= DIGEST_MAX && (right == 0 || right == size);
}

/* TCG_EfiSpecIDEvent: signature, class, version, number of algorithms and their sizes. What follows
 * (the vendor's information) says nothing that is needed here. */
static omadm_err read_header(omadm_eventlog *log, omadm_str data, omadm_error *error) {
  cursor c = {data, spec_id.len + 8};
  uint32_t n = 0;
  if (c.at > data.len || !take_u32(&c, &n)) return bad_header("is too short", error);
  if (n == 0 || n > LOG_ALGS) return bad_header("names no banks, or too many", error);
  for (uint32_t i = 0; i < n; i++) {
    log_alg alg;
    if (!take_u16(&c, &alg.id) || !take_u16(&c, &alg.size)) {
      return bad_header("is too short for its banks", error);
    }
    if (!size_is_right(alg.id, alg.size)) return bad_header("has a wrong digest size", error);
    if (find_alg(log, alg.id) != NULL) return bad_header("names a bank twice", error);
    log->algs[log->n_algs++] = alg;
  }
  uint8_t vendor = 0;
  omadm_str s;
  if (!take(&c, 1, &s)) return bad_header("is too short", error);
  vendor = (uint8_t)s.ptr[0];
  if (!take(&c, vendor, &s)) return bad_header("is too short for its vendor's part", error);
  return OMADM_OK;
}

/* Entries are counted by what was read, never by what the log says it holds. */
static omadm_err add(omadm_eventlog *log, const log_entry *entry, omadm_error *error) {
  if (log->n >= LOG_ENTRIES) {
    return omadm_error_set(error, OMADM_E_LIMIT, "the event log has more than %d entries",
                           LOG_ENTRIES);
  }
  if (log->n == log->room) {
    size_t room = log->room == 0 ? 64 : log->room * 2;
    log_entry *more =
        omadm_mem_default.resize(omadm_mem_default.ctx, log->entries, room * sizeof *log->entries);
    if (more == NULL) return omadm_error_set(error, OMADM_E_NOMEM, "out of memory");
    log->entries = more;
    log->room = room;
  }
  log->entries[log->n++] = *entry;
  return OMADM_OK;
}

static omadm_err read_data(cursor *c, log_entry *entry, omadm_error *error) {
  uint32_t size = 0;
  if (!take_u32(c, &size)) return cut(c, entry->event.offset, "size", error);
  if (!take(c, size, &entry->event.data)) return cut(c, entry->event.offset, "data", error);
  return OMADM_OK;
}

static omadm_err read_legacy(cursor *c, log_entry *entry, omadm_error *error) {
  entry->event.offset = c->at;
  if (!take_u32(c, &entry->event.pcr) || !take_u32(c, &entry->event.type)) {
    return cut(c, entry->event.offset, "head", error);
  }
  if (!take(c, SHA1_SIZE, &entry->digests)) return cut(c, entry->event.offset, "digest", error);
  return read_data(c, entry, error);
}

/* The digests of an entry: each bank at most once. */
static omadm_err read_digests(const omadm_eventlog *log, cursor *c, log_entry *entry,
                              omadm_error *error) {
  uint32_t count = 0;
  unsigned seen = 0;
  size_t begin = entry->event.offset;
  if (!take_u32(c, &count)) return cut(c, begin, "number of digests", error);
  if (count > log->n_algs) {
    return omadm_error_set(error, OMADM_E_SYNTAX,
                           "the event log's entry at offset %zu says that it has %" PRIu32
                           " digests; the log has %zu banks",
                           begin, count, log->n_algs);
  }
  size_t first = c->at;
  for (uint32_t i = 0; i < count; i++) {
    uint16_t id = 0;
    omadm_str digest;
    if (!take_u16(c, &id)) return cut(c, begin, "digests", error);
    const log_alg *alg = find_alg(log, id);
    unsigned bit = alg == NULL ? 0 : 1U << (alg - log->algs);
    if (alg == NULL || (seen & bit) != 0) {
      return omadm_error_set(error, OMADM_E_SYNTAX,
                             "the event log's entry at offset %zu has a digest of bank 0x%04x, %s",
                             begin, (unsigned)id,
                             alg == NULL ? "which its header does not name" : "twice");
    }
    seen |= bit;
    if (!take(c, alg->size, &digest)) return cut(c, begin, "digests", error);
  }
  entry->digests = (omadm_str){c->octets.ptr + first, c->at - first};
  return OMADM_OK;
}

static omadm_err read_agile(const omadm_eventlog *log, cursor *c, log_entry *entry,
                            omadm_error *error) {
  entry->event.offset = c->at;
  if (!take_u32(c, &entry->event.pcr) || !take_u32(c, &entry->event.type)) {
    return cut(c, entry->event.offset, "head", error);
  }
  omadm_err err = read_digests(log, c, entry, error);
  return err != 0 ? err : read_data(c, entry, error);
}

/* Some firmware hands over a whole area of fixed size: zeros or FF to its end. */
static bool is_padding(const cursor *c) {
  char fill = c->octets.ptr[c->at];
  if (fill != '\0' && fill != '\xff') return false;
  for (size_t i = c->at; i < c->octets.len; i++) {
    if (c->octets.ptr[i] != fill) return false;
  }
  return true;
}

static omadm_err read_all(omadm_eventlog *log, omadm_error *error) {
  cursor c = {log->octets, 0};
  log_entry entry = {0};
  omadm_err err = read_legacy(&c, &entry, error);
  if (err != 0) return err;
  const omadm_event *first = &entry.event;
  log->agile =
      first->data.len >= spec_id.len && memcmp(first->data.ptr, spec_id.ptr, spec_id.len) == 0;
  if (log->agile) {
    if (first->type != EV_NO_ACTION || first->pcr != 0) {
      return bad_header("is not an entry of type EV_NO_ACTION in PCR 0", error);
    }
    err = read_header(log, first->data, error);
    entry.digests = (omadm_str){NULL, 0};
  } else {
    log->algs[log->n_algs++] = (log_alg){OMADM_TPM_SHA1, SHA1_SIZE};
  }
  if (err == 0) err = add(log, &entry, error);
  while (err == 0 && c.at < c.octets.len && !is_padding(&c)) {
    err = log->agile ? read_agile(log, &c, &entry, error) : read_legacy(&c, &entry, error);
    if (err == 0) err = add(log, &entry, error);
  }
  return err;
}

omadm_err omadm_eventlog_parse(omadm_str octets, omadm_eventlog **log, omadm_error *error) {
  *log = NULL;
  if (octets.len > OMADM_EVENTLOG_MAX) {
    return omadm_error_set(error, OMADM_E_LIMIT,
                           "the event log has %zu octets; more than %zu are not read", octets.len,
                           OMADM_EVENTLOG_MAX);
  }
  if (octets.len == 0) return omadm_error_set(error, OMADM_E_SYNTAX, "the event log is empty");
  omadm_eventlog *made = omadm_mem_new(&omadm_mem_default, 1, sizeof *made);
  if (made == NULL) return omadm_error_set(error, OMADM_E_NOMEM, "out of memory");
  made->octets = octets;
  omadm_err err = read_all(made, error);
  if (err != 0) {
    omadm_eventlog_free(made);
    return err;
  }
  *log = made;
  return OMADM_OK;
}

void omadm_eventlog_free(omadm_eventlog *log) {
  if (log == NULL) return;
  omadm_mem_free(&omadm_mem_default, log->entries);
  omadm_mem_free(&omadm_mem_default, log);
}

size_t omadm_eventlog_count(const omadm_eventlog *log) {
  return log->n;
}

const omadm_event *omadm_eventlog_at(const omadm_eventlog *log, size_t i) {
  return i < log->n ? &log->entries[i].event : NULL;
}

omadm_str omadm_eventlog_digest(const omadm_eventlog *log, size_t i, uint16_t bank) {
  omadm_str none = {NULL, 0};
  if (i >= log->n) return none;
  omadm_str digests = log->entries[i].digests;
  if (!log->agile) return bank == OMADM_TPM_SHA1 ? digests : none;
  while (digests.len > 2) {
    uint16_t id = omadm_le16(digests.ptr);
    size_t size = find_alg(log, id)->size;
    if (id == bank) return (omadm_str){digests.ptr + 2, size};
    digests.ptr += 2 + size;
    digests.len -= 2 + size;
  }
  return none;
}

size_t omadm_eventlog_banks(const omadm_eventlog *log, uint16_t *banks, size_t n) {
  for (size_t i = 0; i < n && i < log->n_algs; i++)
    banks[i] = log->algs[i].id;
  return log->n_algs;
}
