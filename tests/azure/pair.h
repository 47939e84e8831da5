/* SPDX-License-Identifier: MIT */
/* Both ends in one process: a device with HealthAttestation and a TPM in software that has booted
 * Windows by the log, and the Azure-style service that it talks to. */
#ifndef TESTS_AZURE_PAIR_H
#define TESTS_AZURE_PAIR_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include <omadm/framework.h>

#include "base/mem.h"
#include "base/str.h"
#include "conformance/attestation/azure.h"
#include "conformance/boot/bootlog.h"
#include "tpm/fake.h"

#define HA "./Vendor/MSFT/HealthAttestation/"
#define ENDPOINT "https://attest.test/attest/tpm?api-version=2020-10-01"

typedef struct pair pair;

/* One exchange, as it passes between them. */
typedef struct passing {
  unsigned number; /* 1 the challenge, 2 the report, … */
  omadm_str headers; /* of the request */
  omadm_buf *request; /* may be changed before the service sees it */
  service_reply *reply; /* may be changed before the device sees it */
} passing;

struct pair {
  unsigned host_flags;
  fake_tpm *tpm;
  omadm_tpm port;
  bootlog log;
  bootlog_options boot;
  omadm_buf ima;
  char settings[4][2][64];
  size_t n_settings;
  omadm_store *store;
  omadm_worker *worker;
  omadm_framework *framework;
  omadm_origin origin;
  omadm_status late;
  bool arrived;
  char text[1 << 16]; /* of the last get */
  omadm_log logger;
  char device_log[1 << 15];
  /* The service. */
  service_config config;
  azure *service;
  int64_t now;
  char service_log[1 << 14];
  char roots[64]; /* file of the TPM maker's root */
  char boot_ca[80]; /* file: who vouches for written Windows logs */
  /* Between them. */
  unsigned exchanges;
  omadm_csp_http_stage stage; /* the exchanges end here; DONE: they do not */
  omadm_err stage_err;
  void (*before)(pair *p, passing *x); /* before the service is asked; may be NULL */
  void (*after)(pair *p, passing *x); /* before the device is answered; may be NULL */
  char headers[4][2048]; /* of the first requests */
  omadm_buf last_request; /* body */
};

/* A pair before its start: change what is to be different, then pair_start. */
pair *pair_make(void);
void pair_start(pair *p);
pair *pair_new(void);
void pair_free(pair *p);
void pair_set(pair *p, const char *key, const char *value);
/* Ends the device's agent after what runs, and starts it again. */
void pair_restart(pair *p);
/* Starts a session, kills the agent in the middle of it, and starts it again: nothing that came
 * after the answer 202 is in the store. */
void pair_kill(pair *p, const char *json);
/* The TPM starts anew, and boots as p->boot says. */
void pair_boot(pair *p);
/* Gives the TPM an IMA list of n entries. */
void pair_measure(pair *p, unsigned n);

omadm_status pair_exec(pair *p, const char *json);
omadm_status pair_get(pair *p, const char *node);
/* Pumps until nothing runs. */
void pair_finish(pair *p);
/* TriggerAttestation with an endpoint and that nonce, until it has ended: AttestStatus. */
uint32_t pair_attest(pair *p, const char *nonce);
uint32_t pair_status(pair *p);
/* Asks the service directly. *body gets the answer's. */
int pair_ask(pair *p, const char *method, const char *path, omadm_str body, omadm_buf *answer);

/* The claims of the report that the device shows; of that token. Freed with json_decref. */
json_t *pair_report(pair *p);
json_t *token_part(const char *token, int part);
/* Fails unless the member is there and this. */
void claim_is(const json_t *claims, const char *name, json_t *value);
/* base64url. */
void decode(omadm_str text, omadm_buf *out);
void encode(omadm_str octets, omadm_buf *out);

/* Runs the tests with each kind of host. */
extern unsigned pair_host_flags;
int pair_run(const char *name, const struct CMUnitTest *tests, size_t n);

#endif
