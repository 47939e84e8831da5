/* SPDX-License-Identifier: MIT */
/*
 * The TPM port and the HTTP port, each call of which is timed and passed on. Calls come from one
 * thread. Their functions are named outside_*, so that callgrind can leave out what happens in them
 * (--toggle-collect='outside_*').
 */
#ifndef BENCH_PORTS_H
#define BENCH_PORTS_H

#include <omadm/csp.h>
#include <omadm/tpm.h>

/* key_make is key_open without a blob; service is what the service says of http (Server-Timing). */
#define BENCH_PARTS(X)                                                                             \
  X(info)                                                                                          \
  X(ek_public)                                                                                     \
  X(ek_certificate)                                                                                \
  X(key_make)                                                                                      \
  X(key_open)                                                                                      \
  X(key_close)                                                                                     \
  X(activate)                                                                                      \
  X(quote)                                                                                         \
  X(pcr_read)                                                                                      \
  X(clock)                                                                                         \
  X(certify)                                                                                       \
  X(sign)                                                                                          \
  X(event_log)                                                                                     \
  X(random)                                                                                        \
  X(http)                                                                                          \
  X(service)

typedef enum bench_part {
#define BENCH_PART_(name) BENCH_##name,
  BENCH_PARTS(BENCH_PART_)
#undef BENCH_PART_
      BENCH_N_PARTS
} bench_part;

extern const char *const bench_part_names[BENCH_N_PARTS];

typedef struct bench_ports {
  omadm_tpm tpm; /* the wrapped one */
  omadm_tpm inner;
  double microseconds[BENCH_N_PARTS];
  unsigned calls[BENCH_N_PARTS];
  int depth; /* more than 0: inside a call */
} bench_ports;

/* *self stays where it is; borrows what inner names. */
void bench_ports_init(bench_ports *self, const omadm_tpm *inner);
/* Forgets what was counted. */
void bench_ports_reset(bench_ports *self);

/* omadm_framework_config.http. */
omadm_err outside_http(bench_ports *self, const omadm_csp_http_request *request,
                       omadm_csp_http_reply *reply);

double bench_microseconds(void);

#endif
