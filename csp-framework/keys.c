/* SPDX-License-Identifier: MIT */
#include "csp-framework/keys.h"

#include <omadm/tpm.h>

enum { N_KEYS = sizeof((fw_csp *)0)->keys / sizeof((fw_csp *)0)->keys[0] };

/* Puts `to` where `from` stood; 0 is a free place. */
static bool change(fw_csp *csp, uint64_t from, uint64_t to) {
  for (size_t i = 0; i < N_KEYS; i++) {
    uint64_t found = from;
    if (atomic_compare_exchange_strong(&csp->keys[i], &found, to)) return true;
  }
  return false;
}

bool keys_add(fw_csp *csp, uint64_t handle) {
  return handle != 0 && change(csp, 0, handle);
}

bool keys_has(const fw_csp *csp, uint64_t handle) {
  for (size_t i = 0; i < N_KEYS && handle != 0; i++)
    if (atomic_load(&csp->keys[i]) == handle) return true;
  return false;
}

bool keys_remove(fw_csp *csp, uint64_t handle) {
  return handle != 0 && change(csp, handle, 0);
}

void keys_close(fw_csp *csp) {
  const omadm_tpm *tpm = csp->fw->config.tpm;
  for (size_t i = 0; i < N_KEYS; i++) {
    uint64_t handle = atomic_exchange(&csp->keys[i], 0);
    if (handle != 0 && tpm != NULL && OMADM_HAS(omadm_tpm_calls, tpm->calls, key_close))
      (void)tpm->calls->key_close(tpm->self, handle);
  }
}
