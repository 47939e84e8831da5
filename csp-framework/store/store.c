/* SPDX-License-Identifier: MIT */
#include "csp-framework/store/store.h"

void omadm_store_close(omadm_store *store) {
  if (store != NULL && OMADM_HAS(omadm_store_ops, store->ops, close)) store->ops->close(store);
}

omadm_err omadm_store_limit(omadm_store *store, uint64_t octets, omadm_error *error) {
  return store_sqlite_limit(store, octets, error);
}

void omadm_store_counters(const omadm_store *store, uint64_t *statements, uint64_t *syncs) {
  store_sqlite_counters(store, statements, syncs);
}

omadm_err store_check_changes(const omadm_store_change *changes, size_t n, omadm_error *error) {
  for (size_t i = 0; i < n; i++) {
    if ((unsigned)changes[i].table >= OMADM_STORE_TABLES || changes[i].key.len == 0) {
      return omadm_error_set(
          error, OMADM_E_ARGUMENT,
          "a change names table %d and a key of %zu octets, which no store takes",
          (int)changes[i].table, changes[i].key.len);
    }
  }
  return 0;
}
