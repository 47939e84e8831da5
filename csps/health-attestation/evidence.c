/* SPDX-License-Identifier: MIT */
#include "health-attestation/evidence.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "health-attestation/log_banks.h"

enum { TRIES = 6, FIRST_PAUSE_MS = 25 };

static int64_t monotonic_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Blobs of keys of several kinds stand beside each other: a setting may be changed back. */
static void blob_key(const evidence *e, char *key, size_t size) {
  snprintf(key, size, "attestation-key-%d", (int)e->settings.kind);
}

bool evidence_init(evidence *e, const attestation *self) {
  char key[32];
  *e = (evidence){.self = self};
  if (!settings_read(self, &e->settings)) return false;
  blob_key(e, key, sizeof key);
  omadm_err err = attestation_load(self, key, &e->blob);
  return err == 0 || err == OMADM_E_NOT_FOUND;
}

void evidence_dispose(evidence *e) {
  settings_dispose(&e->settings);
  octets_dispose(&e->blob);
  octets_dispose(&e->boot_log);
  octets_dispose(&e->ima_log);
}

void evidence_keep(const evidence *e) {
  char key[32];
  if (!e->made) return;
  blob_key(e, key, sizeof key);
  (void)attestation_save(e->self, key, evidence_str(&e->key.blob));
}

const omadm_tpm_calls *evidence_tpm(const evidence *e) {
  return e->self->services->tpm;
}

uint32_t evidence_left(const evidence *e) {
  int64_t left = e->until - monotonic_ms();
  return left > 0 ? (uint32_t)left : 0;
}

static bool may_pass(omadm_tpm_status status) {
  return status == OMADM_TPM_BUSY || status == OMADM_TPM_RESOURCE || status == OMADM_TPM_LOCKOUT ||
         status == OMADM_TPM_TIMEOUT;
}

bool evidence_again(evidence *e, omadm_tpm_status status) {
  long pause = (long)FIRST_PAUSE_MS << e->tries;
  if (!may_pass(status) || e->tries >= TRIES || evidence_left(e) <= (uint32_t)pause) {
    e->tries = 0;
    return false;
  }
  e->tries++;
  nanosleep(&(struct timespec){.tv_sec = pause / 1000, .tv_nsec = pause % 1000 * 1000000}, NULL);
  return true;
}

/* The time runs from the first use of the TPM on, not from when the work was queued. */
omadm_tpm_status evidence_info(evidence *e) {
  const omadm_csp_services *s = e->self->services;
  omadm_tpm_status status;
  e->until = monotonic_ms() + e->settings.timeout_ms;
  if (!OMADM_HAS(omadm_csp_services, s, tpm)) return OMADM_TPM_ABSENT;
  do
    status = s->tpm->info(e->self->host, &e->info);
  while (evidence_again(e, status));
  return status;
}

static omadm_tpm_status open_key(evidence *e, omadm_str blob) {
  omadm_tpm_status status;
  do
    status = evidence_tpm(e)->key_open(e->self->host, e->settings.kind, blob, &e->key);
  while (evidence_again(e, status));
  e->opened = status == OMADM_TPM_OK;
  return status;
}

omadm_tpm_status evidence_open(evidence *e) {
  omadm_tpm_status status = open_key(e, octets_str(&e->blob));
  e->made = status == OMADM_TPM_OK && e->blob.len == 0;
  if (status != OMADM_TPM_INTEGRITY || e->blob.len == 0) return status;
  attestation_log(
      e->self, OMADM_CSP_LOG_WARN,
      "the attestation key is not of this TPM, or the TPM was cleared; making a new one");
  status = open_key(e, (omadm_str){NULL, 0});
  e->made = status == OMADM_TPM_OK;
  return status;
}

void evidence_close(evidence *e) {
  if (e->opened) (void)evidence_tpm(e)->key_close(e->self->host, e->key.handle);
  e->opened = false;
}

/* Appends the next octets; sets *len. */
static omadm_tpm_status read_on(evidence *e, omadm_tpm_log which, octets *log, size_t *len) {
  enum { CHUNK = 1 << 16 };
  omadm_tpm_status status;
  if (!octets_reserve(log, CHUNK)) return OMADM_TPM_IO;
  do
    status = evidence_tpm(e)->event_log(e->self->host, which, log->len,
                                        (uint8_t *)log->ptr + log->len, CHUNK, len);
  while (evidence_again(e, status));
  if (status == OMADM_TPM_OK && *len > CHUNK) status = OMADM_TPM_IO;
  if (status == OMADM_TPM_OK) log->len += *len;
  return status;
}

static void read_log(evidence *e, omadm_tpm_log which, const char *name, octets *log) {
  omadm_tpm_status status;
  size_t len = 0;
  do
    status = read_on(e, which, log, &len);
  while (status == OMADM_TPM_OK && len > 0 && log->len <= EVIDENCE_LOG_MAX);
  bool whole = status == OMADM_TPM_OK && len == 0;
  if (whole && log->len > 0) return;
  if (!whole && status == OMADM_TPM_OK)
    attestation_log(e->self, OMADM_CSP_LOG_WARN, "the %s log is larger than 16 MB and left out",
                    name);
  else if (status != OMADM_TPM_OK && status != OMADM_TPM_NOT_FOUND)
    attestation_log(e->self, OMADM_CSP_LOG_WARN,
                    "the %s log cannot be read (TPM status %d) and is left out", name, (int)status);
  octets_dispose(log);
}

void evidence_read_logs(evidence *e) {
  read_log(e, OMADM_TPM_LOG_BOOT, "boot", &e->boot_log);
  read_log(e, OMADM_TPM_LOG_IMA, "IMA", &e->ima_log);
}

/* Strongest first, as far as services take them: all take SHA-256. */
static const uint16_t by_strength[] = {OMADM_TPM_SHA256, OMADM_TPM_SHA384, OMADM_TPM_SHA1};

static bool has(const uint16_t *banks, size_t n, uint16_t bank) {
  while (n > 0)
    if (banks[--n] == bank) return true;
  return false;
}

omadm_tpm_status evidence_choose_bank(evidence *e) {
  enum { BANKS = sizeof e->info.banks / sizeof *e->info.banks };
  uint16_t logged[LOG_BANKS_MAX];
  size_t allocated = e->info.n_banks < BANKS ? e->info.n_banks : BANKS;
  size_t n = log_banks_read(octets_str(&e->boot_log), logged);
  e->bank = e->settings.bank;
  for (size_t i = 0; e->bank == 0 && i < sizeof by_strength / sizeof *by_strength; i++)
    if (has(e->info.banks, allocated, by_strength[i]) && (n == 0 || has(logged, n, by_strength[i])))
      e->bank = by_strength[i];
  if (has(e->info.banks, allocated, e->bank)) return OMADM_TPM_OK;
  attestation_log(e->self, OMADM_CSP_LOG_ERROR,
                  "the TPM has no PCR bank that can be quoted; see bank = in the settings");
  return OMADM_TPM_UNSUPPORTED;
}

omadm_tpm_status evidence_quote(evidence *e, omadm_str nonce, omadm_tpm_quote *quote) {
  omadm_tpm_status status;
  do
    status = evidence_tpm(e)->quote(e->self->host, e->key.handle, e->bank, OMADM_TPM_ALL_PCRS,
                                    nonce, quote);
  while (evidence_again(e, status));
  return status;
}

/* TPMS_ATTEST (TPM 2.0 Library, part 2, 10.12.12): magic, type, qualifiedSigner, extraData, and
 * clockInfo: clock, resetCount, restartCount. */
bool evidence_counters(const omadm_tpm_data *attest, uint32_t *reset, uint32_t *restart) {
  omadm_str rest = evidence_str(attest), skipped;
  return octets_take(&rest, 6, &skipped) && octets_take_2b(&rest, &skipped) &&
         octets_take_2b(&rest, &skipped) && octets_take(&rest, 8, &skipped) &&
         octets_take_u32be(&rest, reset) && octets_take_u32be(&rest, restart);
}

size_t evidence_digest_size(uint16_t alg) {
  switch (alg) {
  case OMADM_TPM_SHA1: return 20;
  case OMADM_TPM_SHA256: return 32;
  case OMADM_TPM_SHA384: return 48;
  default: return 0;
  }
}

omadm_str evidence_name(const evidence *e) {
  const omadm_tpm_digest *name = &e->key.name;
  return (omadm_str){(const char *)name->octets, name->len <= sizeof name->octets ? name->len : 0};
}

omadm_str evidence_str(const omadm_tpm_data *data) {
  if (data->len > sizeof data->octets) return (omadm_str){NULL, 0};
  return (omadm_str){(const char *)data->octets, data->len};
}
