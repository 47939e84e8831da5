/* SPDX-License-Identifier: MIT */
#include "health-attestation/evidence.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "health-attestation/log_banks.h"

enum { TPM_20 = 2, TRIES = 7, PAUSE_MS = 250, PAUSES = 40 };

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

/* One that timed out has had its time. */
static bool may_pass(omadm_tpm_status status) {
  return status == OMADM_TPM_BUSY || status == OMADM_TPM_RESOURCE || status == OMADM_TPM_LOCKOUT;
}

bool evidence_try(evidence *e, omadm_tpm_status *status) {
  uint32_t left = evidence_left(e), pause = e->settings.timeout_ms / PAUSES;
  if (pause > PAUSE_MS) pause = PAUSE_MS;
  if (e->tries == 0 && left == 0) {
    *status = OMADM_TPM_TIMEOUT;
    return false;
  }
  if (e->tries > 0 && (!may_pass(*status) || e->tries == TRIES || left <= pause)) {
    e->tries = 0;
    return false;
  }
  if (e->tries++ > 0) nanosleep(&(struct timespec){.tv_nsec = (long)pause * 1000000}, NULL);
  return true;
}

/* The time runs from the first use of the TPM on, not from when the work was queued. */
omadm_tpm_status evidence_info(evidence *e) {
  const omadm_csp_services *s = e->self->services;
  omadm_tpm_status status = OMADM_TPM_TIMEOUT;
  e->until = monotonic_ms() + e->settings.timeout_ms;
  if (!OMADM_HAS(omadm_csp_services, s, tpm)) return OMADM_TPM_ABSENT;
  while (evidence_try(e, &status))
    status = s->tpm->info(e->self->host, &e->info);
  return status;
}

static omadm_tpm_status open_key(evidence *e, omadm_str blob) {
  omadm_tpm_status status = OMADM_TPM_TIMEOUT;
  while (evidence_try(e, &status))
    status = evidence_tpm(e)->key_open(e->self->host, e->settings.kind, blob, &e->key);
  e->opened = status == OMADM_TPM_OK;
  return status;
}

omadm_tpm_status evidence_open(evidence *e) {
  omadm_tpm_status status = evidence_info(e);
  if (status != OMADM_TPM_OK) return status;
  if (e->info.version != TPM_20)
    return e->info.version == 0 ? OMADM_TPM_ABSENT : OMADM_TPM_UNSUPPORTED;
  status = open_key(e, octets_str(&e->blob));
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
  omadm_tpm_status status = OMADM_TPM_TIMEOUT;
  if (!octets_reserve(log, CHUNK)) return OMADM_TPM_IO;
  while (evidence_try(e, &status))
    status = evidence_tpm(e)->event_log(e->self->host, which, log->len,
                                        (uint8_t *)log->ptr + log->len, CHUNK, len);
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
    attestation_log(e->self, OMADM_CSP_LOG_WARN, "the %s log is left out: %s", name,
                    omadm_tpm_status_text(status));
  octets_dispose(log);
}

void evidence_read_logs(evidence *e) {
  read_log(e, OMADM_TPM_LOG_BOOT, "boot", &e->boot_log);
  read_log(e, OMADM_TPM_LOG_IMA, "IMA", &e->ima_log);
}

/* SHA-256 first, which all services take. */
static const uint16_t by_preference[] = {OMADM_TPM_SHA256, OMADM_TPM_SHA384, OMADM_TPM_SHA1};

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
  for (size_t i = 0; e->bank == 0 && i < sizeof by_preference / sizeof *by_preference; i++)
    if (has(e->info.banks, allocated, by_preference[i]) &&
        (n == 0 || has(logged, n, by_preference[i])))
      e->bank = by_preference[i];
  if (has(e->info.banks, allocated, e->bank)) return OMADM_TPM_OK;
  attestation_log(e->self, OMADM_CSP_LOG_ERROR,
                  "the TPM has no PCR bank that can be quoted; see bank = in the settings");
  return OMADM_TPM_UNSUPPORTED;
}

omadm_tpm_status evidence_quote(evidence *e, omadm_str nonce, omadm_tpm_quote *quote) {
  omadm_tpm_status status = OMADM_TPM_TIMEOUT;
  while (evidence_try(e, &status))
    status = evidence_tpm(e)->quote(e->self->host, e->key.handle, e->bank, OMADM_TPM_ALL_PCRS,
                                    nonce, quote);
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

omadm_str evidence_name(const evidence *e) {
  const omadm_tpm_digest *name = &e->key.name;
  return (omadm_str){(const char *)name->octets, name->len <= sizeof name->octets ? name->len : 0};
}

omadm_str evidence_str(const omadm_tpm_data *data) {
  if (data->len > sizeof data->octets) return (omadm_str){NULL, 0};
  return (omadm_str){(const char *)data->octets, data->len};
}
