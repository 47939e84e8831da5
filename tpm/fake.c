/* SPDX-License-Identifier: MIT */
#include "tpm/fake.h"

#include "tpm/fake_ca.h"
#include "tpm/fake_parts.h"
#include "tpm/verify/verify.h"

#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void fake_must(bool holds) {
  if (!holds) abort();
}

static fake_tpm *self_of(uint64_t self) {
  return (fake_tpm *)(uintptr_t)self;
}

/* Takes the lock, counts, and says whether the call is to be done. leave follows in any case. */
static omadm_tpm_status enter(uint64_t self, fake_call call) {
  fake_tpm *tpm = self_of(self);
  const struct timespec delay = {tpm->knobs.delay_ms / 1000,
                                 (long)(tpm->knobs.delay_ms % 1000) * 1000000};
  if (tpm->knobs.delay_ms > 0) nanosleep(&delay, NULL);
  pthread_mutex_lock(&tpm->lock);
  tpm->knobs.calls[call]++;
  if (tpm->faults[call].status == OMADM_TPM_OK) return OMADM_TPM_OK;
  if (tpm->faults[call].after == 0) return tpm->faults[call].status;
  tpm->faults[call].after--;
  return OMADM_TPM_OK;
}

static omadm_tpm_status leave(uint64_t self, omadm_tpm_status status) {
  pthread_mutex_unlock(&self_of(self)->lock);
  return status;
}

static omadm_tpm_status call_info(uint64_t self, omadm_tpm_info *info) {
  omadm_tpm_status status = enter(self, FAKE_INFO);
  const fake_tpm_knobs *knobs = &self_of(self)->knobs;
  if (status == OMADM_TPM_OK) {
    *info = knobs->info;
    info->n_banks = (uint32_t)knobs->n_banks;
    for (size_t i = 0; i < knobs->n_banks; i++)
      info->banks[i] = knobs->banks[i].bank;
  }
  return leave(self, status);
}

static omadm_tpm_status call_ek_public(uint64_t self, omadm_tpm_ek which,
                                       omadm_tpm_data *public_area) {
  fake_ek *ek = NULL;
  omadm_tpm_status status = enter(self, FAKE_EK_PUBLIC);
  if (status == OMADM_TPM_OK) status = fake_ek_find(self_of(self), which, &ek);
  if (status == OMADM_TPM_OK) *public_area = ek->public_area;
  return leave(self, status);
}

static omadm_tpm_status call_ek_certificate(uint64_t self, omadm_tpm_ek which, uint32_t number,
                                            omadm_tpm_data *der) {
  omadm_tpm_status status = enter(self, FAKE_EK_CERTIFICATE);
  if (status == OMADM_TPM_OK) status = fake_ek_certificate(self_of(self), which, number, der);
  return leave(self, status);
}

static omadm_tpm_status call_key_open(uint64_t self, omadm_tpm_key_kind kind, omadm_str blob,
                                      omadm_tpm_key *key) {
  omadm_tpm_status status = enter(self, FAKE_KEY_OPEN);
  if (status == OMADM_TPM_OK) status = fake_key_open(self_of(self), kind, blob, key);
  return leave(self, status);
}

static omadm_tpm_status call_key_close(uint64_t self, uint64_t handle) {
  omadm_tpm_status status = enter(self, FAKE_KEY_CLOSE);
  fake_key *key = fake_key_find(self_of(self), handle);
  if (status == OMADM_TPM_OK && key == NULL) status = OMADM_TPM_NOT_FOUND;
  if (status == OMADM_TPM_OK) key->open--;
  return leave(self, status);
}

static omadm_tpm_status call_activate(uint64_t self, uint64_t handle, omadm_tpm_ek ek,
                                      omadm_str id_object, omadm_str secret,
                                      omadm_tpm_digest *opened) {
  omadm_tpm_status status = enter(self, FAKE_ACTIVATE);
  const fake_key *key = fake_key_find(self_of(self), handle);
  if (status == OMADM_TPM_OK && key == NULL) status = OMADM_TPM_NOT_FOUND;
  if (status == OMADM_TPM_OK)
    status = fake_ek_activate(self_of(self), key, ek, id_object, secret, opened);
  return leave(self, status);
}

static omadm_tpm_status call_quote(uint64_t self, uint64_t handle, uint16_t bank, uint32_t mask,
                                   omadm_str nonce, omadm_tpm_quote *quote) {
  omadm_tpm_status status = enter(self, FAKE_QUOTE);
  fake_key *key = fake_key_find(self_of(self), handle);
  if (status == OMADM_TPM_OK && key == NULL) status = OMADM_TPM_NOT_FOUND;
  if (status == OMADM_TPM_OK)
    status = fake_attest_quote(self_of(self), key, bank, mask, nonce, quote);
  return leave(self, status);
}

static omadm_tpm_status call_pcr_read(uint64_t self, uint16_t bank, uint32_t mask,
                                      omadm_tpm_pcrs *pcrs) {
  omadm_tpm_status status = enter(self, FAKE_PCR_READ);
  if (status == OMADM_TPM_OK) status = fake_pcrs_read(self_of(self), bank, mask, pcrs);
  return leave(self, status);
}

static omadm_tpm_status call_clock(uint64_t self, omadm_tpm_clock *clock) {
  omadm_tpm_status status = enter(self, FAKE_CLOCK);
  if (status == OMADM_TPM_OK) *clock = self_of(self)->knobs.clock;
  return leave(self, status);
}

static omadm_tpm_status call_certify(uint64_t self, uint64_t handle, uint64_t subject,
                                     omadm_str nonce, omadm_tpm_signed *certified) {
  omadm_tpm_status status = enter(self, FAKE_CERTIFY);
  fake_key *key = fake_key_find(self_of(self), handle);
  const fake_key *other = fake_key_find(self_of(self), subject);
  if (status == OMADM_TPM_OK && (key == NULL || other == NULL)) status = OMADM_TPM_NOT_FOUND;
  if (status == OMADM_TPM_OK)
    status = fake_attest_certify(self_of(self), key, other, nonce, certified);
  return leave(self, status);
}

static omadm_tpm_status call_sign(uint64_t self, uint64_t handle, uint16_t hash, omadm_str digest,
                                  omadm_tpm_data *signature) {
  omadm_tpm_status status = enter(self, FAKE_SIGN);
  fake_key *key = fake_key_find(self_of(self), handle);
  if (status == OMADM_TPM_OK && key == NULL) status = OMADM_TPM_NOT_FOUND;
  if (status == OMADM_TPM_OK) status = fake_key_sign_digest(key, hash, digest, signature);
  return leave(self, status);
}

static omadm_tpm_status call_event_log(uint64_t self, omadm_tpm_log which, uint64_t offset,
                                       uint8_t *buffer, size_t size, size_t *len) {
  omadm_tpm_status status = enter(self, FAKE_EVENT_LOG);
  const fake_tpm_knobs *knobs = &self_of(self)->knobs;
  omadm_str log = which == OMADM_TPM_LOG_BOOT ? knobs->boot_log : knobs->ima_log;
  if (status == OMADM_TPM_OK && log.ptr == NULL) status = OMADM_TPM_NOT_FOUND;
  if (status == OMADM_TPM_OK) {
    size_t from = offset < log.len ? (size_t)offset : log.len;
    *len = log.len - from < size ? log.len - from : size;
    memcpy(buffer, log.ptr + from, *len);
  }
  return leave(self, status);
}

static omadm_tpm_status call_random(uint64_t self, uint8_t *octets, size_t n) {
  omadm_tpm_status status = enter(self, FAKE_RANDOM);
  if (status == OMADM_TPM_OK && n > 64) status = OMADM_TPM_ARGUMENT;
  if (status == OMADM_TPM_OK) fake_must(RAND_bytes(octets, (int)n) == 1);
  return leave(self, status);
}

static void call_close(uint64_t self) {
  fake_tpm *tpm = self_of(self);
  pthread_mutex_lock(&tpm->lock);
  tpm->knobs.closed++;
  for (size_t i = 0; i < tpm->n_keys; i++)
    tpm->keys[i].open = 0;
  pthread_mutex_unlock(&tpm->lock);
}

static const omadm_tpm_calls calls = {
    .struct_size = sizeof calls,
    .info = call_info,
    .ek_public = call_ek_public,
    .ek_certificate = call_ek_certificate,
    .key_open = call_key_open,
    .key_close = call_key_close,
    .activate = call_activate,
    .quote = call_quote,
    .pcr_read = call_pcr_read,
    .clock = call_clock,
    .certify = call_certify,
    .sign = call_sign,
    .event_log = call_event_log,
    .random = call_random,
};

/* PCRs 17 to 22 start with ones (PC Client Platform TPM Profile, 4.6.2). */
static void start_pcrs(fake_tpm *tpm) {
  for (size_t i = 0; i < tpm->knobs.n_banks; i++) {
    omadm_tpm_pcrs *bank = &tpm->knobs.banks[i];
    memset(bank->values, 0, sizeof bank->values);
    for (size_t pcr = 17; pcr <= 22; pcr++)
      memset(bank->values[pcr], 0xFF, bank->digest_len);
  }
}

fake_tpm *fake_tpm_new(void) {
  fake_tpm *tpm = calloc(1, sizeof *tpm);
  fake_must(tpm != NULL && pthread_mutex_init(&tpm->lock, NULL) == 0);
  tpm->knobs.info = (omadm_tpm_info){.version = 2,
                                     .manufacturer = "FAKE",
                                     .vendor = "omadm tests",
                                     .firmware = 0x0001000200030004,
                                     .lockout_max = 32};
  tpm->knobs.firmware = tpm->knobs.info.firmware;
  tpm->knobs.clock = (omadm_tpm_clock){.milliseconds = 1000, .reset_count = 7, .safe = 1};
  tpm->knobs.n_banks = 2;
  tpm->knobs.banks[0] =
      (omadm_tpm_pcrs){.bank = OMADM_TPM_SHA1, .digest_len = 20, .mask = OMADM_TPM_ALL_PCRS};
  tpm->knobs.banks[1] =
      (omadm_tpm_pcrs){.bank = OMADM_TPM_SHA256, .digest_len = 32, .mask = OMADM_TPM_ALL_PCRS};
  start_pcrs(tpm);
  fake_must(RAND_bytes((unsigned char *)&tpm->seed, sizeof tpm->seed) == 1);
  fake_maker_make(tpm);
  return tpm;
}

void fake_tpm_free(fake_tpm *tpm) {
  if (tpm == NULL) return;
  fake_keys_forget(tpm);
  fake_eks_forget(tpm);
  fake_maker_dispose(tpm);
  pthread_mutex_destroy(&tpm->lock);
  free(tpm);
}

omadm_tpm fake_tpm_port(fake_tpm *tpm) {
  return (omadm_tpm){.calls = &calls, .self = (uint64_t)(uintptr_t)tpm, .close = call_close};
}

fake_tpm_knobs *fake_tpm_knobs_of(fake_tpm *tpm) {
  return &tpm->knobs;
}

void fake_tpm_fail(fake_tpm *tpm, fake_call call, omadm_tpm_status status, unsigned after) {
  pthread_mutex_lock(&tpm->lock);
  tpm->faults[call].status = status;
  tpm->faults[call].after = after;
  pthread_mutex_unlock(&tpm->lock);
}

void fake_tpm_extend(fake_tpm *tpm, uint16_t bank, unsigned pcr, omadm_str digest) {
  uint8_t both[128];
  pthread_mutex_lock(&tpm->lock);
  omadm_tpm_pcrs *values = fake_bank_find(tpm, bank);
  fake_must(values != NULL && pcr < OMADM_TPM_PCRS && digest.len == values->digest_len);
  memcpy(both, values->values[pcr], digest.len);
  memcpy(both + digest.len, digest.ptr, digest.len);
  omadm_str extended = {(const char *)both, 2 * digest.len};
  fake_must(verify_digest(bank, extended, values->values[pcr], NULL) == OMADM_OK);
  pthread_mutex_unlock(&tpm->lock);
}

void fake_tpm_reboot(fake_tpm *tpm) {
  pthread_mutex_lock(&tpm->lock);
  tpm->knobs.clock.reset_count++;
  tpm->knobs.clock.restart_count = 0;
  start_pcrs(tpm);
  pthread_mutex_unlock(&tpm->lock);
}

void fake_tpm_resume(fake_tpm *tpm) {
  pthread_mutex_lock(&tpm->lock);
  tpm->knobs.clock.restart_count++;
  pthread_mutex_unlock(&tpm->lock);
}

void fake_tpm_clear(fake_tpm *tpm) {
  pthread_mutex_lock(&tpm->lock);
  tpm->seed++;
  fake_keys_forget(tpm);
  fake_eks_forget(tpm);
  pthread_mutex_unlock(&tpm->lock);
}

void fake_tpm_write_root(fake_tpm *tpm, const char *path) {
  fake_certificate_write(tpm->root, path);
}
