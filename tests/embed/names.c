/* SPDX-License-Identifier: MIT */
/* A vendor's program whose names are those of functions inside the library. */
#include <omadm/session.h>

#include <stdio.h>

int session_end(int value);
int walk_run(int value);
int omadm_buf_grow(int value);

int session_end(int value) {
  return value + 1;
}

int walk_run(int value) {
  return session_end(value) + 1;
}

int omadm_buf_grow(int value) {
  return walk_run(value) + 1;
}

int main(void) {
  omadm_error error = {0};
  omadm_session *session = NULL;
  omadm_session_config config;
  omadm_session_config_init(&config);
  if (omadm_session_new(&config, &session, &error) != OMADM_E_ARGUMENT) return 1;
  printf("%s\n", error.text);
  return omadm_buf_grow(0) == 3 ? 0 : 1;
}
