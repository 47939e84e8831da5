/* SPDX-License-Identifier: MIT */
/*
 * PCRs 11 to 14, 19 and 20. Windows writes its configuration there as EV_EVENT_TAG and closes 12 to
 * 14 with "WBCL"; shim and systemd use some of the same PCRs as EV_IPL. That Windows booted is told
 * by the digest of its separators and by entries that read as its configuration; then everything up
 * to the separators has to be such.
 */
#include "tpm/eventlog/check.h"

#include "base/str.h"
#include "tpm/eventlog/ipl.h"
#include "tpm/eventlog/variable.h"

enum { BOOTCOUNTER = 0x00020002, FIRST_CLASS = 1, LAST_CLASS = 0xC };

#define PCR(n) (1U << (n))
#define CONFIGURATION (PCR(12) | PCR(13) | PCR(14))
#define LAUNCH (PCR(19) | PCR(20))

bool tags_are_expected_in(uint32_t pcr) {
  return ((CONFIGURATION | LAUNCH | PCR(11)) & PCR(pcr)) != 0;
}

/* An identifier: flags, a class, a number. */
static bool is_sipa(uint32_t id) {
  uint32_t class = id >> 16 & 0x3FFF;
  return class >= FIRST_CLASS && class <= LAST_CLASS;
}

/* Do these octets read as elements from the first to the last? */
static bool is_run(omadm_str run) {
  omadm_sipa element;
  int got = 0;
  if (run.len == 0) return false;
  while ((got = omadm_sipa_next(&run, &element)) > 0) {
    if (!is_sipa(element.id)) return false;
  }
  return got == 0;
}

void check_tags_begin(check *c) {
  for (size_t i = 0; i < c->log->n; i++) {
    const omadm_event *e = &c->log->entries[i].event;
    if (!event_is_measured(e) || ((CONFIGURATION | LAUNCH) & PCR(e->pcr)) == 0) continue;
    if (check_is_digest_of(c, i, (omadm_str)OMADM_STR("WBCL"))) c->windows = true;
    if (is_run(e->data) && check_is_whole(c, i)) c->windows = true;
  }
}

/* Elements inside: no deeper than they are read, none cut, each of a known class, one number of
 * boots. */
static omadm_err check_run(check *c, size_t i, omadm_str run, unsigned depth) {
  omadm_sipa element;
  int got = 0;
  if (depth > OMADM_SIPA_DEPTH) return check_refuse(c, i, "nests its elements too deep");
  while ((got = omadm_sipa_next(&run, &element)) > 0) {
    omadm_sipa_kind kind;
    const char *name = omadm_sipa_name(element.id, &kind);
    uint64_t count = 0;
    if (!is_sipa(element.id)) return check_refuse(c, i, "holds an element of no known class");
    if (element.id == BOOTCOUNTER && omadm_sipa_uint(element.value, &count) != 0) {
      if (c->counted && c->boot_count != count) {
        return check_refuse(c, i, "belongs to another boot than those before it");
      }
      c->counted = true;
      c->boot_count = count;
    }
    if (kind != OMADM_SIPA_NESTED || name[0] == '\0') continue;
    omadm_err err = check_run(c, i, element.value, depth + 1);
    if (err != 0) return err;
  }
  return got == 0 ? OMADM_OK : check_refuse(c, i, "holds an element that is cut");
}

static omadm_err check_configuration(check *c, size_t i) {
  const omadm_event *e = &c->log->entries[i].event;
  if ((c->closed & PCR(e->pcr)) != 0) return OMADM_OK; /* nobody reads it */
  if (e->type != EV_EVENT_TAG || !is_run(e->data)) {
    return check_refuse(c, i, "stands in a PCR of Windows' configuration and is none");
  }
  if ((c->closed & CONFIGURATION & ~PCR(e->pcr)) != 0 && (CONFIGURATION & PCR(e->pcr)) != 0) {
    return check_refuse(c, i, "is Windows' configuration after a separator");
  }
  if (!check_is_whole(c, i)) return check_refuse(c, i, "has a digest that is not that of its data");
  c->tagged |= PCR(e->pcr);
  return check_run(c, i, e->data, 1);
}

/* What shim measures: the lists' names; the digest is that of the list. */
static bool is_mok(omadm_str data) {
  if (!omadm_str_starts(data, "Mok") || data.ptr[data.len - 1] != '\0') return false;
  for (size_t i = 0; i + 1 < data.len; i++) {
    if (data.ptr[i] <= ' ' || data.ptr[i] > '~') return false;
  }
  return true;
}

/* What systemd's stub measures: "Credentials initrd", "System extension initrd" …; the digest is
 * that of the archive. */
static bool is_archive(omadm_str data) {
  static const omadm_str end = OMADM_STR(" initrd");
  char text[64];
  while (data.len >= 2 && omadm_le16(data.ptr + data.len - 2) == 0)
    data.len -= 2;
  if (!utf16_text(data, text, sizeof text)) return false;
  omadm_str s = omadm_str_of(text);
  return s.len > end.len && memcmp(s.ptr + s.len - end.len, end.ptr, end.len) == 0;
}

/* Boot loaders of other systems. */
static omadm_err check_other(const check *c, size_t i) {
  const omadm_event *e = &c->log->entries[i].event;
  if (e->type == EV_EVENT_TAG) {
    bool sipa = e->data.len >= 4 && is_sipa(omadm_le32(e->data.ptr));
    return sipa ? check_refuse(c, i, "has a digest that is not that of its data") : OMADM_OK;
  }
  if (e->type != EV_IPL) {
    return check_refuse(c, i, "has a type that does not belong into this PCR");
  }
  bool fine = ipl_read(c->log, i, c->bank).kind != IPL_OPAQUE ||
              (e->pcr == 14 ? is_mok(e->data) : is_archive(e->data));
  return fine ? OMADM_OK : check_refuse(c, i, "has a digest that is not that of its text");
}

/* PCR 11: BitLocker's seals, or the sections of a unified kernel image. */
static omadm_err check_seal(const check *c, size_t i) {
  const omadm_event *e = &c->log->entries[i].event;
  if (is_run(e->data) && e->type != EV_EVENT_TAG) {
    return check_refuse(c, i, "is Windows' configuration under another type");
  }
  if (e->type != EV_COMPACT_HASH && e->type != EV_EVENT_TAG && e->type != EV_IPL) {
    return check_refuse(c, i, "has a type that does not belong into PCR 11");
  }
  if (c->windows && e->type == EV_IPL) {
    return check_refuse(c, i, "is of another boot loader, in the log of a Windows boot");
  }
  if ((c->windows || e->type == EV_COMPACT_HASH) && !check_is_whole(c, i)) {
    return check_refuse(c, i, "has a digest that is not that of its data");
  }
  return OMADM_OK;
}

omadm_err check_tags(check *c, size_t i) {
  uint32_t pcr = c->log->entries[i].event.pcr;
  if (pcr == 11) return check_seal(c, i);
  if (c->windows) return check_configuration(c, i);
  /* 19 and 20 of a dynamic launch that is not Windows' belong to that launch. */
  return (LAUNCH & PCR(pcr)) != 0 ? OMADM_OK : check_other(c, i);
}

omadm_err check_tags_end(const check *c) {
  uint32_t open = c->tagged & CONFIGURATION & ~c->closed;
  if (open == 0) return OMADM_OK;
  return omadm_error_set(c->error, OMADM_E_REFUSED,
                         "the event log is not to be believed: Windows' configuration in PCR %d is "
                         "not closed by a separator",
                         __builtin_ctz(open));
}
