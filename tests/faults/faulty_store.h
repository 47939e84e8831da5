/* SPDX-License-Identifier: MIT */
/* A store behind the store interface that fails when it is told to, and counts. */
#ifndef TESTS_FAULTS_FAULTY_STORE_H
#define TESTS_FAULTS_FAULTY_STORE_H

#include <omadm/store.h>

typedef enum store_call { STORE_GET = 0, STORE_NEXT, STORE_APPLY, STORE_CALLS } store_call;

typedef struct faulty_store {
  omadm_store base;
  omadm_store *inner; /* borrowed */
  unsigned calls[STORE_CALLS];
  unsigned fail_from[STORE_CALLS]; /* the number of the first call that fails, from 1; 0: none */
  unsigned fail_count[STORE_CALLS]; /* how many fail from there on */
} faulty_store;

/* Passes on to `inner`, which outlives it. */
void faulty_store_init(faulty_store *self, omadm_store *inner);

#endif
