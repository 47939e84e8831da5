/* SPDX-License-Identifier: MIT */
/* The provider of a device without a TPM: every call is ABSENT, and info says version 0. */
#include "tpm/providers.h"

static omadm_tpm_status none_info(uint64_t tpm, omadm_tpm_info *info) {
  (void)tpm;
  *info = (omadm_tpm_info){.version = 0};
  return OMADM_TPM_OK;
}

static omadm_tpm_status none_ek_public(uint64_t tpm, omadm_tpm_ek ek, omadm_tpm_data *area) {
  (void)tpm, (void)ek, (void)area;
  return OMADM_TPM_ABSENT;
}

static omadm_tpm_status none_ek_certificate(uint64_t tpm, omadm_tpm_ek ek, uint32_t number,
                                            omadm_tpm_data *der) {
  (void)tpm, (void)ek, (void)number, (void)der;
  return OMADM_TPM_ABSENT;
}

static omadm_tpm_status none_key_open(uint64_t tpm, omadm_tpm_key_kind kind, omadm_str blob,
                                      omadm_tpm_key *key) {
  (void)tpm, (void)kind, (void)blob, (void)key;
  return OMADM_TPM_ABSENT;
}

static omadm_tpm_status none_key_close(uint64_t tpm, uint64_t key) {
  (void)tpm, (void)key;
  return OMADM_TPM_ABSENT;
}

static omadm_tpm_status none_activate(uint64_t tpm, uint64_t key, omadm_tpm_ek ek,
                                      omadm_str id_object, omadm_str secret,
                                      omadm_tpm_digest *opened) {
  (void)tpm, (void)key, (void)ek, (void)id_object, (void)secret, (void)opened;
  return OMADM_TPM_ABSENT;
}

static omadm_tpm_status none_quote(uint64_t tpm, uint64_t key, uint16_t bank, uint32_t mask,
                                   omadm_str nonce, omadm_tpm_quote *quote) {
  (void)tpm, (void)key, (void)bank, (void)mask, (void)nonce, (void)quote;
  return OMADM_TPM_ABSENT;
}

static omadm_tpm_status none_pcr_read(uint64_t tpm, uint16_t bank, uint32_t mask,
                                      omadm_tpm_pcrs *pcrs) {
  (void)tpm, (void)bank, (void)mask, (void)pcrs;
  return OMADM_TPM_ABSENT;
}

static omadm_tpm_status none_clock(uint64_t tpm, omadm_tpm_clock *clock) {
  (void)tpm, (void)clock;
  return OMADM_TPM_ABSENT;
}

static omadm_tpm_status none_certify(uint64_t tpm, uint64_t key, uint64_t subject, omadm_str nonce,
                                     omadm_tpm_signed *certified) {
  (void)tpm, (void)key, (void)subject, (void)nonce, (void)certified;
  return OMADM_TPM_ABSENT;
}

static omadm_tpm_status none_sign(uint64_t tpm, uint64_t key, uint16_t hash, omadm_str digest,
                                  omadm_tpm_data *signature) {
  (void)tpm, (void)key, (void)hash, (void)digest, (void)signature;
  return OMADM_TPM_ABSENT;
}

static omadm_tpm_status none_event_log(uint64_t tpm, omadm_tpm_log log, uint64_t offset,
                                       uint8_t *buffer, size_t size, size_t *len) {
  (void)tpm, (void)log, (void)offset, (void)buffer, (void)size, (void)len;
  return OMADM_TPM_ABSENT;
}

static omadm_tpm_status none_random(uint64_t tpm, uint8_t *octets, size_t n) {
  (void)tpm, (void)octets, (void)n;
  return OMADM_TPM_ABSENT;
}

static const omadm_tpm_calls none_calls = {
    .struct_size = sizeof none_calls,
    .info = none_info,
    .ek_public = none_ek_public,
    .ek_certificate = none_ek_certificate,
    .key_open = none_key_open,
    .key_close = none_key_close,
    .activate = none_activate,
    .quote = none_quote,
    .pcr_read = none_pcr_read,
    .clock = none_clock,
    .certify = none_certify,
    .sign = none_sign,
    .event_log = none_event_log,
    .random = none_random,
};

static void none_close(uint64_t tpm) {
  (void)tpm;
}

omadm_err none_open(const char *rest, const omadm_tpm_config *config, omadm_tpm *tpm,
                    omadm_error *error) {
  if (*rest != '\0') {
    return omadm_error_set(error, OMADM_E_ARGUMENT,
                           "the TPM provider none takes nothing behind its name: \"%s\"", rest);
  }
  (void)config;
  *tpm = (omadm_tpm){&none_calls, 0, none_close};
  return OMADM_OK;
}
