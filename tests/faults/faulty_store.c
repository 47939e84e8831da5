/* SPDX-License-Identifier: MIT */
#include "tests/faults/faulty_store.h"

#include <stdbool.h>

static bool fails(omadm_store *store, store_call call) {
  faulty_store *self = (faulty_store *)store;
  unsigned n = ++self->calls[call], from = self->fail_from[call];
  return from > 0 && n >= from && n - from < self->fail_count[call];
}

static omadm_store *inner_of(omadm_store *store) {
  return ((faulty_store *)store)->inner;
}

static omadm_err faulty_get(omadm_store *store, omadm_store_table table, omadm_str key,
                            omadm_str *value, omadm_error *error) {
  if (fails(store, STORE_GET)) return omadm_error_set(error, OMADM_E_STORE, "told to fail");
  return inner_of(store)->ops->get(inner_of(store), table, key, value, error);
}

static omadm_err faulty_next(omadm_store *store, omadm_store_table table, omadm_str prefix,
                             omadm_str after, omadm_str *key, omadm_str *value,
                             omadm_error *error) {
  if (fails(store, STORE_NEXT)) return omadm_error_set(error, OMADM_E_STORE, "told to fail");
  return inner_of(store)->ops->next(inner_of(store), table, prefix, after, key, value, error);
}

static omadm_err faulty_apply(omadm_store *store, const omadm_store_change *changes, size_t n,
                              omadm_error *error) {
  if (fails(store, STORE_APPLY)) return omadm_error_set(error, OMADM_E_STORE, "told to fail");
  return inner_of(store)->ops->apply(inner_of(store), changes, n, error);
}

static void faulty_close(omadm_store *store) {
  (void)store;
}

void faulty_store_init(faulty_store *self, omadm_store *inner) {
  static const omadm_store_ops ops = {.struct_size = sizeof ops,
                                      .get = faulty_get,
                                      .next = faulty_next,
                                      .apply = faulty_apply,
                                      .close = faulty_close};
  *self = (faulty_store){.base = {&ops}, .inner = inner};
}
