/* SPDX-License-Identifier: MIT */
/* The lookups of the tables in <omadm/tpm.h>. */
#include <omadm/tpm.h>

typedef struct algorithm {
  uint16_t alg;
  uint16_t size;
  const char *name;
} algorithm;

static const algorithm algorithms[] = {{OMADM_TPM_SHA1, 20, "sha1"},
                                       {OMADM_TPM_SHA256, 32, "sha256"},
                                       {OMADM_TPM_SHA384, 48, "sha384"},
                                       {OMADM_TPM_SHA512, 64, "sha512"},
                                       {OMADM_TPM_SM3, 32, "sm3"}};

static const algorithm *algorithm_find(uint16_t alg) {
  for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; i++) {
    if (algorithms[i].alg == alg) return &algorithms[i];
  }
  return NULL;
}

size_t omadm_tpm_digest_size(uint16_t alg) {
  const algorithm *a = algorithm_find(alg);
  return a != NULL ? a->size : 0;
}

const char *omadm_tpm_alg_name(uint16_t alg) {
  const algorithm *a = algorithm_find(alg);
  return a != NULL ? a->name : "";
}

typedef struct status_text {
  omadm_tpm_status status;
  const char *text;
} status_text;

static const status_text status_texts[] = {
#define STATUS_TEXT(name, value, text) {OMADM_TPM_##name, text},
    OMADM_TPM_STATUSES(STATUS_TEXT)
#undef STATUS_TEXT
};

const char *omadm_tpm_status_text(omadm_tpm_status status) {
  for (size_t i = 0; i < sizeof status_texts / sizeof *status_texts; i++) {
    if (status_texts[i].status == status) return status_texts[i].text;
  }
  return "unknown status";
}
