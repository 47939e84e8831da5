/* SPDX-License-Identifier: MIT */
/*
 * A TPM on the bench: a provider that is tested, and beside it another way to the same TPM, by
 * which a test looks at it and changes it.
 *
 * With OMADM_TEST_SWTPM, the folder of a TPM made by swtpm.sh, it is an swtpm with a copy of that
 * TPM's state; else it is libtpms in the process. Whatever cannot be set up fails the test.
 */
#ifndef TESTS_TPM_BENCH_H
#define TESTS_TPM_BENCH_H

#include <omadm/tpm.h>

#include <pthread.h>
#include <stdbool.h>
#include <sys/types.h>

#include <tss2/tss2_esys.h>

enum { BENCH_LOG = 1 << 16 };

typedef struct bench {
  omadm_tpm tpm;
  omadm_log log;
  pthread_mutex_t log_lock;
  char logged[BENCH_LOG]; /* lines of "level text" */
  ESYS_CONTEXT *esys; /* the other way */
  TSS2_TCTI_CONTEXT *tcti;
  bool swtpm;
  char folder[64]; /* of the swtpm */
  char spec[128];
  pid_t pid; /* of the swtpm; 0 while it is off */
} bench;

/* For cmocka: *state becomes a bench whose TPM has started. The end checks that the provider left
 * nothing in the TPM. */
int bench_setup(void **state);
int bench_teardown(void **state);
/* The same without a provider: with an swtpm that is off. */
int bench_setup_off(void **state);

/* Off and on, with Shutdown and Startup. */
void bench_reboot(bench *b);
void bench_resume(bench *b);
/* swtpm only: flags as "startup-clear", "" for a TPM that nobody started; "1.2" for a TPM 1.2. */
void bench_switch_on(bench *b, const char *flags);
/* As if somebody had pulled the plug. */
void bench_switch_off(bench *b);
/* The provider anew, with this deadline. */
void bench_open(bench *b, unsigned deadline_ms);

/* Transient objects and sessions in the TPM now. */
unsigned bench_count(bench *b);
/* Fills n places for objects; bench_empty frees what was filled. */
void bench_fill(bench *b, unsigned n, ESYS_TR *objects);
void bench_empty(bench *b, unsigned n, ESYS_TR *objects);
/* The password of a hierarchy, "" for none. */
void bench_set_auth(bench *b, ESYS_TR hierarchy, const char *auth);
/* Allocates the SHA-256 bank only; begins with the next reboot. */
void bench_allocate_sha256(bench *b);
void bench_extend(bench *b, uint16_t bank, unsigned pcr, uint8_t with);
/* An index with that content, readable with `attributes`; content NULL: never written. */
void bench_nv(bench *b, TPM2_HANDLE index, TPMA_NV attributes, const void *content, size_t len);
/* Wrong passwords until the TPM is in lockout, and back. */
void bench_lock_out(bench *b);
void bench_unlock(bench *b);

/* The calls of the provider, shorter. */
#define TPM_CALL(b, name, ...) ((b)->tpm.calls->name((b)->tpm.self, __VA_ARGS__))
/* Opens a key, which must work. */
omadm_tpm_key bench_key(bench *b, omadm_tpm_key_kind kind);
#define BENCH_STR(d) ((omadm_str){(const char *)(d).octets, (d).len})

#endif
