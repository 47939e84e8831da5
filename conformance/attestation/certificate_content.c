/* SPDX-License-Identifier: MIT */
#include "conformance/attestation/certificate_content.h"

#include <string.h>

#include "base/str.h"

/* One walk serves both ways, so that they cannot drift apart. */
typedef struct walker {
  omadm_buf *out; /* writing; NULL while reading */
  omadm_str in;
  omadm_err err;
} walker;

static const uint8_t *take(walker *w, size_t n) {
  if (w->err == OMADM_OK && n > w->in.len) w->err = OMADM_E_SYNTAX;
  if (w->err != OMADM_OK) return NULL;
  const uint8_t *at = (const uint8_t *)w->in.ptr;
  w->in.ptr += n;
  w->in.len -= n;
  return at;
}

static uint64_t number(walker *w, uint64_t value, size_t octets) {
  uint8_t room[8];
  if (w->out != NULL) {
    for (size_t i = 0; i < octets; i++)
      room[i] = (uint8_t)(value >> 8 * (octets - 1 - i));
    if (w->err == OMADM_OK) w->err = omadm_buf_add(w->out, room, octets);
    return value;
  }
  const uint8_t *at = take(w, octets);
  value = 0;
  for (size_t i = 0; at != NULL && i < octets; i++)
    value = value << 8 | at[i];
  return value;
}

static void octets(walker *w, uint8_t *place, size_t n) {
  if (w->out != NULL) {
    if (w->err == OMADM_OK) w->err = omadm_buf_add(w->out, place, n);
    return;
  }
  const uint8_t *at = take(w, n);
  if (at != NULL) memcpy(place, at, n);
}

static void span(walker *w, omadm_str *value) {
  size_t n = number(w, value->len, 4);
  if (w->out != NULL) {
    if (w->err == OMADM_OK) w->err = omadm_buf_add_str(w->out, *value);
    return;
  }
  const uint8_t *at = take(w, n);
  *value = at == NULL ? (omadm_str){NULL, 0} : (omadm_str){(const char *)at, n};
}

static void walk_fact(walker *w, omadm_fact *fact) {
  fact->grade = (omadm_grade)number(w, fact->grade, 1);
  fact->value = number(w, fact->value, 8);
  span(w, &fact->octets);
}

static void walk_facts(walker *w, omadm_boot_facts *facts) {
  facts->kind = (omadm_boot_kind)number(w, facts->kind, 1);
#define WALK_FACT_(name, kind, label) walk_fact(w, &facts->name);
  OMADM_BOOT_FACTS(WALK_FACT_)
#undef WALK_FACT_
  facts->n_modules = number(w, facts->n_modules, 4);
  facts->n_policies = number(w, facts->n_policies, 4);
  for (size_t i = 0; i < facts->n_policies && i < OMADM_BOOT_POLICIES; i++)
    span(w, &facts->policies[i]);
}

static void walk_pcrs(walker *w, omadm_tpm_pcrs *pcrs) {
  pcrs->bank = (uint16_t)number(w, pcrs->bank, 2);
  pcrs->digest_len = (uint16_t)omadm_tpm_digest_size(pcrs->bank);
  pcrs->mask = OMADM_TPM_ALL_PCRS;
  for (size_t i = 0; i < OMADM_TPM_PCRS; i++)
    octets(w, pcrs->values[i], pcrs->digest_len);
}

static void walk(walker *w, certificate *c) {
  octets(w, c->id, sizeof c->id);
  c->issued = (int64_t)number(w, (uint64_t)c->issued, 8);
  c->expires = (int64_t)number(w, (uint64_t)c->expires, 8);
  c->endorsed = number(w, c->endorsed, 1) != 0;
  c->reset_count = (uint32_t)number(w, c->reset_count, 4);
  c->restart_count = (uint32_t)number(w, c->restart_count, 4);
  c->compared = (uint32_t)number(w, c->compared, 4);
  walk_pcrs(w, &c->pcrs);
  span(w, &c->ak_public);
  walk_facts(w, &c->facts);
}

omadm_err certificate_content_write(const certificate *self, omadm_buf *out) {
  certificate copy = *self; /* the walk writes what it was given back into it */
  walker w = {.out = out};
  walk(&w, &copy);
  return w.err;
}

omadm_err certificate_content_read(omadm_str content, certificate *out) {
  walker w = {.in = content};
  memset(out, 0, sizeof *out);
  walk(&w, out);
  return w.err == OMADM_OK && w.in.len > 0 ? OMADM_E_SYNTAX : w.err;
}
