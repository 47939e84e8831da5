/* SPDX-License-Identifier: MIT */
/*
 * The TPM's calls for a CSP, named by its handle, on whatever thread they come from. Each one looks
 * up the device's provider, passes what goes in, makes room for what comes out, and calls. Of keys
 * a CSP reaches those that it opened.
 */
#include "csp-framework/crossing.h"
#include "csp-framework/keys.h"
#include "csp-framework/tpm_table.h"

enum { SPANS = 2, ROOMS = 2 };

typedef struct crossing {
  fw_csp *csp;
  const char *name;
  const omadm_tpm_calls *calls;
  uint64_t self;
  omadm_tpm_status status; /* OK: it may go on */
  crossing_span spans[SPANS];
  crossing_room rooms[ROOMS];
  size_t n_spans, n_rooms;
  bool secret; /* what crosses is wiped where it was copied */
} crossing;

/* A call's place in the table, and its name. */
#define CALL(name) offsetof(omadm_tpm_calls, name), "tpm->" #name

/* Calls are all one size, so that a missing one is found by its place. */
static bool has_call(const omadm_tpm_calls *calls, size_t place) {
  void (*call)(void) = NULL;
  if (calls->struct_size < place + sizeof call) return false;
  memcpy(&call, (const char *)calls + place, sizeof call);
  return call != NULL;
}

static crossing begin(uint64_t host, size_t place, const char *name) {
  crossing c = {.csp = crossing_csp(host), .name = name, .status = OMADM_TPM_ARGUMENT};
  if (c.csp == NULL) return c;
  const omadm_tpm *tpm = c.csp->fw->config.tpm;
  c.status = OMADM_TPM_ABSENT;
  if (tpm == NULL || tpm->calls == NULL || !has_call(tpm->calls, place)) return c;
  c.calls = tpm->calls;
  c.self = tpm->self;
  c.status = OMADM_TPM_OK;
  return c;
}

static omadm_tpm_status status_of(omadm_err err) {
  if (err == 0) return OMADM_TPM_OK;
  return err == OMADM_E_NOMEM ? OMADM_TPM_RESOURCE : OMADM_TPM_ARGUMENT;
}

static omadm_str in(crossing *c, omadm_str s) {
  if (c->status != OMADM_TPM_OK) return s;
  crossing_span *p = &c->spans[c->n_spans++];
  c->status = status_of(crossing_pass(c->csp, c->name, s, p));
  return p->s;
}

/* A key that the CSP names: its own. */
static void own(crossing *c, uint64_t key) {
  if (c->status == OMADM_TPM_OK && !keys_has(c->csp, key)) c->status = OMADM_TPM_NOT_FOUND;
}

static void *out(crossing *c, void *home, size_t size) {
  if (c->status != OMADM_TPM_OK) return home;
  crossing_room *room = &c->rooms[c->n_rooms++];
  c->status = status_of(crossing_take(c->csp, c->name, home, size, room));
  return room->at;
}

static omadm_tpm_status end(crossing *c) {
  for (size_t i = 0; i < c->n_spans; i++)
    crossing_forget(&c->spans[i], c->secret);
  for (size_t i = 0; i < c->n_rooms; i++) {
    c->rooms[i].secret = c->secret;
    crossing_give(&c->rooms[i], c->status == OMADM_TPM_OK ? c->rooms[i].len : 0);
  }
  return c->status;
}

static omadm_tpm_status tpm_info(uint64_t host, omadm_tpm_info *info) {
  crossing c = begin(host, CALL(info));
  info = out(&c, info, sizeof *info);
  if (c.status == OMADM_TPM_OK) c.status = c.calls->info(c.self, info);
  return end(&c);
}

static omadm_tpm_status tpm_ek_public(uint64_t host, omadm_tpm_ek ek, omadm_tpm_data *area) {
  crossing c = begin(host, CALL(ek_public));
  area = out(&c, area, sizeof *area);
  if (c.status == OMADM_TPM_OK) c.status = c.calls->ek_public(c.self, ek, area);
  return end(&c);
}

static omadm_tpm_status tpm_ek_certificate(uint64_t host, omadm_tpm_ek ek, uint32_t number,
                                           omadm_tpm_data *der) {
  crossing c = begin(host, CALL(ek_certificate));
  der = out(&c, der, sizeof *der);
  if (c.status == OMADM_TPM_OK) c.status = c.calls->ek_certificate(c.self, ek, number, der);
  return end(&c);
}

static omadm_tpm_status tpm_key_open(uint64_t host, omadm_tpm_key_kind kind, omadm_str blob,
                                     omadm_tpm_key *key) {
  crossing c = begin(host, CALL(key_open));
  blob = in(&c, blob);
  key = out(&c, key, sizeof *key);
  if (c.status == OMADM_TPM_OK) c.status = c.calls->key_open(c.self, kind, blob, key);
  if (c.status == OMADM_TPM_OK && !keys_add(c.csp, key->handle)) {
    if (has_call(c.calls, offsetof(omadm_tpm_calls, key_close)))
      (void)c.calls->key_close(c.self, key->handle);
    c.status = OMADM_TPM_RESOURCE;
  }
  return end(&c);
}

static omadm_tpm_status tpm_key_close(uint64_t host, uint64_t key) {
  crossing c = begin(host, CALL(key_close));
  if (c.status == OMADM_TPM_OK && !keys_remove(c.csp, key)) c.status = OMADM_TPM_NOT_FOUND;
  if (c.status == OMADM_TPM_OK) c.status = c.calls->key_close(c.self, key);
  return end(&c);
}

static omadm_tpm_status tpm_activate(uint64_t host, uint64_t key, omadm_tpm_ek ek,
                                     omadm_str id_object, omadm_str secret,
                                     omadm_tpm_digest *opened) {
  crossing c = begin(host, CALL(activate));
  c.secret = true;
  id_object = in(&c, id_object);
  secret = in(&c, secret);
  own(&c, key);
  opened = out(&c, opened, sizeof *opened);
  if (c.status == OMADM_TPM_OK)
    c.status = c.calls->activate(c.self, key, ek, id_object, secret, opened);
  return end(&c);
}

static omadm_tpm_status tpm_quote(uint64_t host, uint64_t key, uint16_t bank, uint32_t mask,
                                  omadm_str nonce, omadm_tpm_quote *quote) {
  crossing c = begin(host, CALL(quote));
  nonce = in(&c, nonce);
  own(&c, key);
  quote = out(&c, quote, sizeof *quote);
  if (c.status == OMADM_TPM_OK) c.status = c.calls->quote(c.self, key, bank, mask, nonce, quote);
  return end(&c);
}

static omadm_tpm_status tpm_pcr_read(uint64_t host, uint16_t bank, uint32_t mask,
                                     omadm_tpm_pcrs *pcrs) {
  crossing c = begin(host, CALL(pcr_read));
  pcrs = out(&c, pcrs, sizeof *pcrs);
  if (c.status == OMADM_TPM_OK) c.status = c.calls->pcr_read(c.self, bank, mask, pcrs);
  return end(&c);
}

static omadm_tpm_status tpm_clock(uint64_t host, omadm_tpm_clock *clock) {
  crossing c = begin(host, CALL(clock));
  clock = out(&c, clock, sizeof *clock);
  if (c.status == OMADM_TPM_OK) c.status = c.calls->clock(c.self, clock);
  return end(&c);
}

static omadm_tpm_status tpm_certify(uint64_t host, uint64_t key, uint64_t subject, omadm_str nonce,
                                    omadm_tpm_signed *certified) {
  crossing c = begin(host, CALL(certify));
  nonce = in(&c, nonce);
  own(&c, key);
  own(&c, subject);
  certified = out(&c, certified, sizeof *certified);
  if (c.status == OMADM_TPM_OK) c.status = c.calls->certify(c.self, key, subject, nonce, certified);
  return end(&c);
}

static omadm_tpm_status tpm_sign(uint64_t host, uint64_t key, uint16_t hash, omadm_str digest,
                                 omadm_tpm_data *signature) {
  crossing c = begin(host, CALL(sign));
  digest = in(&c, digest);
  own(&c, key);
  signature = out(&c, signature, sizeof *signature);
  if (c.status == OMADM_TPM_OK) c.status = c.calls->sign(c.self, key, hash, digest, signature);
  return end(&c);
}

static omadm_tpm_status tpm_event_log(uint64_t host, omadm_tpm_log log, uint64_t offset,
                                      uint8_t *buffer, size_t size, size_t *len) {
  crossing c = begin(host, CALL(event_log));
  buffer = out(&c, buffer, size);
  len = out(&c, len, sizeof *len);
  if (c.status == OMADM_TPM_OK)
    c.status = c.calls->event_log(c.self, log, offset, buffer, size, len);
  if (c.status == OMADM_TPM_OK) {
    if (*len > size) *len = size;
    c.rooms[0].len = *len;
  }
  return end(&c);
}

static omadm_tpm_status tpm_random(uint64_t host, uint8_t *octets, size_t n) {
  crossing c = begin(host, CALL(random));
  octets = out(&c, octets, n);
  if (c.status == OMADM_TPM_OK) c.status = c.calls->random(c.self, octets, n);
  return end(&c);
}

const omadm_tpm_calls service_tpm = TPM_TABLE;
