/* SPDX-License-Identifier: MIT */
/* What the two backends share. */
#ifndef OMADM_FRAMEWORK_STORE_STORE_H
#define OMADM_FRAMEWORK_STORE_STORE_H

#include <omadm/store.h>

/* ARGUMENT for a change that no backend takes: an unknown table or an empty key. */
omadm_err store_check_changes(const omadm_store_change *changes, size_t n, omadm_error *error);

/* omadm_store_limit for SQLite; nothing for another store. */
omadm_err store_sqlite_limit(omadm_store *store, uint64_t octets, omadm_error *error);

/* The counters of an SQLite store; 0 for another one. */
void store_sqlite_counters(const omadm_store *store, uint64_t *statements, uint64_t *syncs);

#endif
