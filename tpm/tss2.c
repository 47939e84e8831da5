/* SPDX-License-Identifier: MIT */
/* The calls of <omadm/tpm.h>: arguments are checked and packed, the thread does the rest. */
#include "tpm/tss2.h"

#include <string.h>

#include <openssl/crypto.h>

#include "base/mem.h"

enum { KEYS_MAX = 64, DEADLINE_DEFAULT_MS = 60000 };

typedef struct open_key {
  uint64_t handle; /* 0: the place is free */
  tss2_key *key;
} open_key;

typedef struct provider {
  tss2_thread *thread;
  logfiles logs;
  pthread_mutex_t lock; /* of the keys */
  uint64_t last_handle;
  open_key keys[KEYS_MAX];
} provider;

static provider *provider_of(uint64_t tpm) {
  return (provider *)(uintptr_t)tpm;
}

/* ---- the table of open keys ---- */

static omadm_tpm_status key_add(provider *p, const tss2_key *key, uint64_t *handle) {
  omadm_tpm_status status = OMADM_TPM_RESOURCE;
  tss2_key *copy = omadm_mem_new(&omadm_mem_default, 1, sizeof *copy);
  if (copy == NULL) return status;
  *copy = *key;
  pthread_mutex_lock(&p->lock);
  for (size_t i = 0; i < KEYS_MAX && status != OMADM_TPM_OK; i++) {
    if (p->keys[i].handle != 0) continue;
    p->keys[i] = (open_key){++p->last_handle, copy};
    *handle = p->last_handle;
    status = OMADM_TPM_OK;
  }
  pthread_mutex_unlock(&p->lock);
  if (status != OMADM_TPM_OK) omadm_mem_free(&omadm_mem_default, copy);
  return status;
}

/* A copy of the key: another thread may close it meanwhile. */
static omadm_tpm_status key_get(provider *p, uint64_t handle, tss2_key *key) {
  omadm_tpm_status status = OMADM_TPM_NOT_FOUND;
  pthread_mutex_lock(&p->lock);
  for (size_t i = 0; i < KEYS_MAX && handle != 0; i++) {
    if (p->keys[i].handle != handle) continue;
    *key = *p->keys[i].key;
    status = OMADM_TPM_OK;
  }
  pthread_mutex_unlock(&p->lock);
  return status;
}

static omadm_tpm_status tss2_key_close(uint64_t tpm, uint64_t handle) {
  provider *p = provider_of(tpm);
  omadm_tpm_status status = OMADM_TPM_NOT_FOUND;
  pthread_mutex_lock(&p->lock);
  for (size_t i = 0; i < KEYS_MAX && handle != 0; i++) {
    if (p->keys[i].handle != handle) continue;
    omadm_mem_free(&omadm_mem_default, p->keys[i].key);
    p->keys[i] = (open_key){0};
    status = OMADM_TPM_OK;
  }
  pthread_mutex_unlock(&p->lock);
  return status;
}

/* ---- calls ---- */

/* Into a TPM2B: a size of two octets, and room for `most`. */
static bool octets_get(omadm_str from, UINT16 *size, BYTE *octets, size_t most) {
  if (from.len > most) return false;
  if (from.len > 0) memcpy(octets, from.ptr, from.len);
  *size = (UINT16)from.len;
  return true;
}

static omadm_tpm_status tss2_info(uint64_t tpm, omadm_tpm_info *info) {
  omadm_tpm_info got = {0};
  omadm_tpm_status status =
      tss2_thread_call(provider_of(tpm)->thread, tss2_run_info, &got, sizeof got);
  bool old = status == OMADM_TPM_UNSUPPORTED && tss2_thread_old_family(provider_of(tpm)->thread);
  /* No TPM, or one of the old family: that is what was asked. */
  if (status == OMADM_TPM_ABSENT || old) {
    got = (omadm_tpm_info){.version = old};
    status = OMADM_TPM_OK;
  }
  if (status == OMADM_TPM_OK) *info = got;
  return status;
}

static omadm_tpm_status tss2_clock(uint64_t tpm, omadm_tpm_clock *clock) {
  omadm_tpm_clock got = {0};
  omadm_tpm_status status =
      tss2_thread_call(provider_of(tpm)->thread, tss2_run_clock, &got, sizeof got);
  if (status == OMADM_TPM_OK) *clock = got;
  return status;
}

static omadm_tpm_status tss2_random(uint64_t tpm, uint8_t *octets, size_t n) {
  tss2_random_args a = {.n = n};
  if (n > sizeof a.octets) return OMADM_TPM_ARGUMENT;
  omadm_tpm_status status =
      tss2_thread_call(provider_of(tpm)->thread, tss2_run_random, &a, sizeof a);
  if (status == OMADM_TPM_OK && n > 0) memcpy(octets, a.octets, n);
  OPENSSL_cleanse(a.octets, sizeof a.octets);
  return status;
}

/* A bank of an algorithm that has a name, and PCRs that exist. */
static bool bank_usable(uint16_t bank, uint32_t mask) {
  return omadm_tpm_digest_size(bank) != 0 && mask != 0 && (mask & ~OMADM_TPM_ALL_PCRS) == 0;
}

static omadm_tpm_status tss2_pcr_read(uint64_t tpm, uint16_t bank, uint32_t mask,
                                      omadm_tpm_pcrs *pcrs) {
  omadm_tpm_pcrs got = {.bank = bank, .mask = mask};
  if (!bank_usable(bank, mask)) return OMADM_TPM_ARGUMENT;
  omadm_tpm_status status =
      tss2_thread_call(provider_of(tpm)->thread, tss2_run_pcr_read, &got, sizeof got);
  if (status == OMADM_TPM_OK) *pcrs = got;
  return status;
}

static omadm_tpm_status ek_call(uint64_t tpm, tss2_run *run, omadm_tpm_ek ek, uint32_t number,
                                omadm_tpm_data *data) {
  tss2_ek_args a = {.ek = ek, .number = number};
  if (!tss2_ek_known(ek)) return OMADM_TPM_ARGUMENT;
  omadm_tpm_status status = tss2_thread_call(provider_of(tpm)->thread, run, &a, sizeof a);
  if (status == OMADM_TPM_OK) *data = a.data;
  return status;
}

static omadm_tpm_status tss2_ek_public(uint64_t tpm, omadm_tpm_ek ek, omadm_tpm_data *area) {
  return ek_call(tpm, tss2_run_ek_public, ek, 0, area);
}

static omadm_tpm_status tss2_ek_certificate(uint64_t tpm, omadm_tpm_ek ek, uint32_t number,
                                            omadm_tpm_data *der) {
  return ek_call(tpm, tss2_run_ek_certificate, ek, number, der);
}

static omadm_tpm_status tss2_key_open(uint64_t tpm, omadm_tpm_key_kind kind, omadm_str blob,
                                      omadm_tpm_key *key) {
  provider *p = provider_of(tpm);
  tss2_key_open_args a = {.key.kind = kind};
  omadm_tpm_status status = OMADM_TPM_OK;
  if (!tss2_kind_known(kind)) return OMADM_TPM_ARGUMENT;
  if (blob.len > 0) status = tss2_key_unpack(blob, kind, &a.key);
  if (status == OMADM_TPM_OK) {
    status = tss2_thread_call(p->thread, tss2_run_key_open, &a, sizeof a);
  }
  if (status == OMADM_TPM_OK) status = key_add(p, &a.key, &a.opened.handle);
  if (status == OMADM_TPM_OK) *key = a.opened;
  return status;
}

static omadm_tpm_status tss2_activate(uint64_t tpm, uint64_t key, omadm_tpm_ek ek,
                                      omadm_str id_object, omadm_str secret,
                                      omadm_tpm_digest *opened) {
  provider *p = provider_of(tpm);
  tss2_activate_args a = {.ek = ek};
  if (!tss2_ek_known(ek) ||
      !octets_get(id_object, &a.id_object.size, a.id_object.credential,
                  sizeof a.id_object.credential) ||
      !octets_get(secret, &a.secret.size, a.secret.secret, sizeof a.secret.secret)) {
    return OMADM_TPM_ARGUMENT;
  }
  omadm_tpm_status status = key_get(p, key, &a.key);
  if (status == OMADM_TPM_OK) status = tss2_thread_call(p->thread, tss2_run_activate, &a, sizeof a);
  if (status == OMADM_TPM_OK) *opened = a.opened;
  OPENSSL_cleanse(&a.opened, sizeof a.opened);
  return status;
}

static omadm_tpm_status tss2_quote(uint64_t tpm, uint64_t key, uint16_t bank, uint32_t mask,
                                   omadm_str nonce, omadm_tpm_quote *quote) {
  provider *p = provider_of(tpm);
  tss2_quote_args a = {.bank = bank, .mask = mask};
  if (!bank_usable(bank, mask) ||
      !octets_get(nonce, &a.nonce.size, a.nonce.buffer, sizeof a.nonce.buffer)) {
    return OMADM_TPM_ARGUMENT;
  }
  omadm_tpm_status status = key_get(p, key, &a.key);
  if (status == OMADM_TPM_OK && !tss2_kind_attests(a.key.kind)) status = OMADM_TPM_ARGUMENT;
  if (status == OMADM_TPM_OK) status = tss2_thread_call(p->thread, tss2_run_quote, &a, sizeof a);
  if (status == OMADM_TPM_OK) *quote = a.quote;
  return status;
}

static omadm_tpm_status tss2_certify(uint64_t tpm, uint64_t key, uint64_t subject, omadm_str nonce,
                                     omadm_tpm_signed *certified) {
  provider *p = provider_of(tpm);
  tss2_certify_args a = {0};
  if (!octets_get(nonce, &a.nonce.size, a.nonce.buffer, sizeof a.nonce.buffer)) {
    return OMADM_TPM_ARGUMENT;
  }
  omadm_tpm_status status = key_get(p, key, &a.key);
  if (status == OMADM_TPM_OK) status = key_get(p, subject, &a.subject);
  if (status == OMADM_TPM_OK && !tss2_kind_attests(a.key.kind)) status = OMADM_TPM_ARGUMENT;
  if (status == OMADM_TPM_OK) status = tss2_thread_call(p->thread, tss2_run_certify, &a, sizeof a);
  if (status == OMADM_TPM_OK) *certified = a.certified;
  return status;
}

static omadm_tpm_status tss2_sign(uint64_t tpm, uint64_t key, uint16_t hash, omadm_str digest,
                                  omadm_tpm_data *signature) {
  provider *p = provider_of(tpm);
  tss2_sign_args a = {0};
  if (digest.len != omadm_tpm_digest_size(hash) || digest.len == 0 ||
      !octets_get(digest, &a.digest.size, a.digest.buffer, sizeof a.digest.buffer)) {
    return OMADM_TPM_ARGUMENT;
  }
  omadm_tpm_status status = key_get(p, key, &a.key);
  if (status != OMADM_TPM_OK) return status;
  if (tss2_kind_attests(a.key.kind)) return OMADM_TPM_ARGUMENT;
  if (hash != tss2_kind_hash(a.key.kind)) return OMADM_TPM_UNSUPPORTED;
  status = tss2_thread_call(p->thread, tss2_run_sign, &a, sizeof a);
  if (status == OMADM_TPM_OK) *signature = a.signature;
  return status;
}

static omadm_tpm_status tss2_event_log(uint64_t tpm, omadm_tpm_log log, uint64_t offset,
                                       uint8_t *buffer, size_t size, size_t *len) {
  return logfiles_read(&provider_of(tpm)->logs, log, offset, buffer, size, len);
}

static const omadm_tpm_calls tss2_calls = {
    .struct_size = sizeof tss2_calls,
    .info = tss2_info,
    .ek_public = tss2_ek_public,
    .ek_certificate = tss2_ek_certificate,
    .key_open = tss2_key_open,
    .key_close = tss2_key_close,
    .activate = tss2_activate,
    .quote = tss2_quote,
    .pcr_read = tss2_pcr_read,
    .clock = tss2_clock,
    .certify = tss2_certify,
    .sign = tss2_sign,
    .event_log = tss2_event_log,
    .random = tss2_random,
};

static void provider_close(uint64_t tpm) {
  provider *p = provider_of(tpm);
  if (p->thread != NULL) tss2_thread_free(p->thread);
  for (size_t i = 0; i < KEYS_MAX; i++)
    omadm_mem_free(&omadm_mem_default, p->keys[i].key);
  logfiles_dispose(&p->logs);
  pthread_mutex_destroy(&p->lock);
  omadm_mem_free(&omadm_mem_default, p);
}

omadm_err tss2_provider_open(const tss2_port *port, const char *boot_log, const char *ima_log,
                             const omadm_tpm_config *config, omadm_tpm *tpm, omadm_error *error) {
  const logfile_presets kernel = {boot_log, ima_log, true};
  unsigned deadline = config->deadline_ms > 0 ? config->deadline_ms : DEADLINE_DEFAULT_MS;
  provider *p = omadm_mem_new(&omadm_mem_default, 1, sizeof *p);
  if (p == NULL) {
    port->dispose(port->ctx);
    return omadm_error_set(error, OMADM_E_NOMEM, "out of memory");
  }
  pthread_mutex_init(&p->lock, NULL);
  omadm_err err = logfiles_init(&p->logs, config, &kernel);
  p->thread = tss2_thread_new(port, config->log, deadline);
  if (err != 0 || p->thread == NULL) {
    provider_close((uintptr_t)p);
    return omadm_error_set(error, OMADM_E_NOMEM, "out of memory");
  }
  *tpm = (omadm_tpm){&tss2_calls, (uintptr_t)p, provider_close};
  return OMADM_OK;
}
