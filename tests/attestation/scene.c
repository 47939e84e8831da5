/* SPDX-License-Identifier: MIT */
#include "scene.h"

#include <stdlib.h>

int scene_open(void **state) {
  scene *s = calloc(1, sizeof *s);
  device_open(&s->d);
  bench_open(&s->b, s->d.tpm);
  *state = s;
  return 0;
}

int scene_close(void **state) {
  scene *s = *state;
  bench_close(&s->b);
  device_close(&s->d);
  free(s);
  return 0;
}
