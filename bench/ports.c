/* SPDX-License-Identifier: MIT */
#include "ports.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <omadm/transport.h>

const char *const bench_part_names[BENCH_N_PARTS] = {
#define BENCH_PART_(name) #name,
    BENCH_PARTS(BENCH_PART_)
#undef BENCH_PART_
};

double bench_microseconds(void) {
  struct timespec now = {0};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static double enter(bench_ports *self) {
  self->depth++;
  return bench_microseconds();
}

static void leave(bench_ports *self, bench_part part, double entered) {
  self->microseconds[part] += bench_microseconds() - entered;
  self->calls[part]++;
  self->depth--;
}

static bench_ports *from(uint64_t tpm) {
  return (bench_ports *)(uintptr_t)tpm;
}

static omadm_tpm_status outside_info(uint64_t tpm, omadm_tpm_info *info) {
  bench_ports *p = from(tpm);
  double entered = enter(p);
  omadm_tpm_status status = p->inner.calls->info(p->inner.self, info);
  leave(p, BENCH_info, entered);
  return status;
}

static omadm_tpm_status outside_ek_public(uint64_t tpm, omadm_tpm_ek ek, omadm_tpm_data *area) {
  bench_ports *p = from(tpm);
  double entered = enter(p);
  omadm_tpm_status status = p->inner.calls->ek_public(p->inner.self, ek, area);
  leave(p, BENCH_ek_public, entered);
  return status;
}

static omadm_tpm_status outside_ek_certificate(uint64_t tpm, omadm_tpm_ek ek, uint32_t number,
                                               omadm_tpm_data *der) {
  bench_ports *p = from(tpm);
  double entered = enter(p);
  omadm_tpm_status status = p->inner.calls->ek_certificate(p->inner.self, ek, number, der);
  leave(p, BENCH_ek_certificate, entered);
  return status;
}

static omadm_tpm_status outside_key_open(uint64_t tpm, omadm_tpm_key_kind kind, omadm_str blob,
                                         omadm_tpm_key *key) {
  bench_ports *p = from(tpm);
  double entered = enter(p);
  omadm_tpm_status status = p->inner.calls->key_open(p->inner.self, kind, blob, key);
  leave(p, blob.len > 0 ? BENCH_key_open : BENCH_key_make, entered);
  return status;
}

static omadm_tpm_status outside_key_close(uint64_t tpm, uint64_t key) {
  bench_ports *p = from(tpm);
  double entered = enter(p);
  omadm_tpm_status status = p->inner.calls->key_close(p->inner.self, key);
  leave(p, BENCH_key_close, entered);
  return status;
}

static omadm_tpm_status outside_activate(uint64_t tpm, uint64_t key, omadm_tpm_ek ek,
                                         omadm_str id_object, omadm_str secret,
                                         omadm_tpm_digest *opened) {
  bench_ports *p = from(tpm);
  double entered = enter(p);
  omadm_tpm_status status =
      p->inner.calls->activate(p->inner.self, key, ek, id_object, secret, opened);
  leave(p, BENCH_activate, entered);
  return status;
}

static omadm_tpm_status outside_quote(uint64_t tpm, uint64_t key, uint16_t bank, uint32_t mask,
                                      omadm_str nonce, omadm_tpm_quote *quote) {
  bench_ports *p = from(tpm);
  double entered = enter(p);
  omadm_tpm_status status = p->inner.calls->quote(p->inner.self, key, bank, mask, nonce, quote);
  leave(p, BENCH_quote, entered);
  return status;
}

static omadm_tpm_status outside_pcr_read(uint64_t tpm, uint16_t bank, uint32_t mask,
                                         omadm_tpm_pcrs *pcrs) {
  bench_ports *p = from(tpm);
  double entered = enter(p);
  omadm_tpm_status status = p->inner.calls->pcr_read(p->inner.self, bank, mask, pcrs);
  leave(p, BENCH_pcr_read, entered);
  return status;
}

static omadm_tpm_status outside_clock(uint64_t tpm, omadm_tpm_clock *clock) {
  bench_ports *p = from(tpm);
  double entered = enter(p);
  omadm_tpm_status status = p->inner.calls->clock(p->inner.self, clock);
  leave(p, BENCH_clock, entered);
  return status;
}

static omadm_tpm_status outside_certify(uint64_t tpm, uint64_t key, uint64_t subject,
                                        omadm_str nonce, omadm_tpm_signed *certified) {
  bench_ports *p = from(tpm);
  double entered = enter(p);
  omadm_tpm_status status = p->inner.calls->certify(p->inner.self, key, subject, nonce, certified);
  leave(p, BENCH_certify, entered);
  return status;
}

static omadm_tpm_status outside_sign(uint64_t tpm, uint64_t key, uint16_t hash, omadm_str digest,
                                     omadm_tpm_data *signature) {
  bench_ports *p = from(tpm);
  double entered = enter(p);
  omadm_tpm_status status = p->inner.calls->sign(p->inner.self, key, hash, digest, signature);
  leave(p, BENCH_sign, entered);
  return status;
}

static omadm_tpm_status outside_event_log(uint64_t tpm, omadm_tpm_log log, uint64_t offset,
                                          uint8_t *buffer, size_t size, size_t *len) {
  bench_ports *p = from(tpm);
  double entered = enter(p);
  omadm_tpm_status status =
      p->inner.calls->event_log(p->inner.self, log, offset, buffer, size, len);
  leave(p, BENCH_event_log, entered);
  return status;
}

static omadm_tpm_status outside_random(uint64_t tpm, uint8_t *octets, size_t n) {
  bench_ports *p = from(tpm);
  double entered = enter(p);
  omadm_tpm_status status = p->inner.calls->random(p->inner.self, octets, n);
  leave(p, BENCH_random, entered);
  return status;
}

void bench_ports_init(bench_ports *self, const omadm_tpm *inner) {
  static const omadm_tpm_calls calls = {
      .struct_size = sizeof calls,
      .info = outside_info,
      .ek_public = outside_ek_public,
      .ek_certificate = outside_ek_certificate,
      .key_open = outside_key_open,
      .key_close = outside_key_close,
      .activate = outside_activate,
      .quote = outside_quote,
      .pcr_read = outside_pcr_read,
      .clock = outside_clock,
      .certify = outside_certify,
      .sign = outside_sign,
      .event_log = outside_event_log,
      .random = outside_random,
  };
  *self = (bench_ports){.inner = *inner};
  self->tpm = (omadm_tpm){&calls, (uint64_t)(uintptr_t)self, NULL};
}

void bench_ports_reset(bench_ports *self) {
  memset(self->microseconds, 0, sizeof self->microseconds);
  memset(self->calls, 0, sizeof self->calls);
}

/* "Server-Timing: answer;dur=1.234", in milliseconds (W3C Server Timing). */
static double answer_time(const char *headers) {
  static const char mark[] = "server-timing: answer;dur=";
  const char *at = strcasestr(headers, mark);
  return at != NULL ? strtod(at + strlen(mark), NULL) * 1000 : 0;
}

/* A caller that wants no headers lends no room for them. */
omadm_err outside_http(bench_ports *self, const omadm_csp_http_request *request,
                       omadm_csp_http_reply *reply) {
  char own[4096], copy[4096];
  omadm_csp_http_reply asked = *reply;
  double entered = enter(self);
  if (asked.headers == NULL) {
    asked.headers = own;
    asked.headers_size = sizeof own;
  }
  omadm_err err = omadm_http_exchange(NULL, request, &asked, NULL);
  leave(self, BENCH_http, entered);
  snprintf(copy, sizeof copy, "%.*s", (int)asked.headers_len, asked.headers);
  self->microseconds[BENCH_service] += answer_time(copy);
  self->calls[BENCH_service]++;
  if (reply->headers == NULL) asked.headers_len = 0;
  asked.headers = reply->headers;
  asked.headers_size = reply->headers_size;
  *reply = asked;
  return err;
}
