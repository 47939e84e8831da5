/* SPDX-License-Identifier: MIT */
/* A device with HealthAttestation, a TPM in software, and a service that answers as a test says. */
#ifndef TESTS_HEALTH_ATTESTATION_RIG_H
#define TESTS_HEALTH_ATTESTATION_RIG_H

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <omadm/framework.h>

#include "base/str.h"
#include "tpm/fake.h"

#define HA "./Vendor/MSFT/HealthAttestation/"

/* The service. Set while nothing runs. */
typedef struct rig_service {
  omadm_csp_http_stage stage; /* DONE: there is an answer */
  uint32_t status;
  const char *body; /* NULL: `certificate` in a response */
  const char *certificate;
  bool sealed; /* in which it is encrypted for the TPM that asked, as a real service does */
  void (*spoil)(omadm_tpm_data *id_object, omadm_tpm_data *secret,
                char *cipher); /* of a sealed one */
  /* Another service, in place of all that: appends its answer; returns the HTTP status. */
  uint32_t (*serve)(void *ctx, omadm_str url, omadm_str request, omadm_buf *answer);
  void *ctx;
  bool silent; /* keeps the caller waiting until it is set to false by rig_speak */
  pthread_mutex_t lock;
  pthread_cond_t spoken;
  /* The last request. */
  unsigned requests;
  char url[400], headers[1000], ca[100];
  omadm_buf request;
} rig_service;

typedef struct rig {
  unsigned host_flags;
  bool no_http, no_tpm; /* the host has none */
  bool wire; /* its HTTP is real */
  fake_tpm *tpm;
  omadm_tpm port;
  rig_service service;
  char settings[8][2][128];
  size_t n_settings;
  omadm_store *store; /* over memory; the next line makes it fail */
  const char *unreadable; /* end of a key that cannot be read */
  bool no_worker_room; /* jobs are refused */
  omadm_worker *pool;
  omadm_worker worker;
  omadm_framework *framework;
  omadm_origin origin;
  omadm_token awaited;
  omadm_status late;
  bool arrived;
  unsigned answers[600]; /* late ones, by status */
  char text[1 << 16]; /* of the last get */
  char log[1 << 15];
  pthread_mutex_t log_lock;
  omadm_log logger;
  char wanted[200]; /* servers with which a session was wanted, a blank behind each */
} rig;

/* The mode of the run. */
extern unsigned rig_host_flags;

/* A device before its first start: change what is to be different, then rig_start. */
rig *rig_make(void);
void rig_start(rig *r);
rig *rig_new(void);
void rig_free(rig *r);
/* Ends the agent, after what runs, and starts it again. */
void rig_restart(rig *r);
/* Kills the agent in the middle of a silent exchange, and starts it again: nothing that came after
 * the last Status is in the store. */
void rig_kill(rig *r);
void rig_set(rig *r, const char *key, const char *value);

omadm_status rig_get(rig *r, const char *node);
omadm_status rig_replace(rig *r, const char *node, const char *value);
omadm_status rig_exec(rig *r, const char *node);
omadm_status rig_trigger(rig *r, const char *json);
/* A Get that is not waited for: its token; 0 where it was answered, which `answers` counts. */
omadm_token rig_ask(rig *r, const char *node);
/* The same, and given up at once. */
void rig_ask_in_vain(rig *r, const char *node);
/* Fails unless Get answers 200 and this value. */
void rig_expect(rig *r, const char *node, const char *value);
/* Pumps until nothing runs. */
void rig_finish(rig *r);
/* Pumps until a silent service is asked; lets it answer. */
void rig_await_request(rig *r, unsigned requests);
void rig_speak(rig *r);
/* Exec of VerifyHealth, and what Status is in the end. */
int rig_verify(rig *r);
/* Alerts that wait for that server; the data of the last, -1 for none. */
size_t rig_alerts(rig *r, const char *server);
int rig_alert_data(rig *r, const char *server);

/* Runs the tests with each kind of host. */
int rig_run(const char *name, const struct CMUnitTest *tests, size_t n);

#endif
