/* SPDX-License-Identifier: MIT */
/* What the processes of one run share: the file that OMADM_TEST_CRASH names, mapped. */
#ifndef OMADM_TESTS_CRASH_SHARED_H
#define OMADM_TESTS_CRASH_SHARED_H

#include <stdatomic.h>
#include <stdint.h>

enum { CRASH_NOBODY = 0, CRASH_AGENT, CRASH_CHILD };

typedef struct crash_shared {
  _Atomic uint32_t calls; /* that changed something, of both processes */
  uint32_t at; /* behind this call somebody is killed; 0: nobody */
  uint32_t whom; /* CRASH_AGENT, CRASH_CHILD */
  _Atomic uint32_t agent; /* process number; it is the first one */
  _Atomic uint32_t child; /* the newest */
  _Atomic uint32_t agent_dies; /* a futex: set by the child */
  _Atomic uint32_t killed; /* the call behind which it happened */
  _Atomic uint32_t in_child; /* calls among them that the child made */
} crash_shared;

#endif
