/* SPDX-License-Identifier: MIT */
/* What most tests begin with: a device that has booted, and a service that knows its maker. */
#ifndef TESTS_ATTESTATION_SCENE_H
#define TESTS_ATTESTATION_SCENE_H

#include "device.h"

typedef struct scene {
  bench b;
  device d;
} scene;

/* cmocka's set-up and teardown; *state is the scene. */
int scene_open(void **state);
int scene_close(void **state);

#endif
