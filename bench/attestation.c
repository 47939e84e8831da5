/* SPDX-License-Identifier: MIT */
/*
 * bench-attestation SCENARIO ROUNDS TPM LOG PLUGIN CA HOST:PORT: a device with HealthAttestation
 * does one thing again and again; `bench/attestation` calls it and makes the table. A line a round:
 * time and allocations, and of each call of the TPM and HTTP ports how often and how long.
 *
 * There is no worker, so that all but the TPM's own thread is one thread: what is neither in the
 * TPM port nor in the HTTP port is the agent's own work, fsyncs of its store included. Only what
 * runs inside measured() counts.
 */
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <omadm/framework.h>

#include "base/mem.h"
#include "base/str.h"
#include "ports.h"

#define ROOT "./Vendor/MSFT/HealthAttestation/"

/* Allocations are counted by standing before the C library's: those of the measured thread while it
 * is not in a port. */
extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t n);
static __thread const bench_ports *counting;
static unsigned long allocations;

static void count(void) {
  if (counting != NULL && counting->depth == 0) allocations++;
}

/* Seen by the shared libraries too. */
#define COUNTED __attribute__((visibility("default")))

COUNTED void *malloc(size_t n) {
  count();
  return __libc_malloc(n);
}

COUNTED void *calloc(size_t n, size_t size) {
  count();
  return __libc_calloc(n, size);
}

COUNTED void *realloc(void *p, size_t n) {
  count();
  return __libc_realloc(p, n);
}

typedef struct device {
  const char *plugin, *ca, *service;
  const char *request_key; /* the setting */
  omadm_tpm tpm;
  bench_ports ports;
  omadm_log log;
  char folder[40];
  omadm_store *store;
  omadm_framework *framework;
  bool answered;
  omadm_status late;
  char text[16]; /* of the last answer, cut */
} device;

static void must(bool holds, const char *what) {
  if (holds) return;
  fprintf(stderr, "bench-attestation: %s\n", what);
  exit(1);
}

static void complain(void *ctx, omadm_log_level level, const char *module, const char *text) {
  (void)ctx;
  (void)level;
  fprintf(stderr, "bench-attestation: %s: %s\n", module, text);
}

static omadm_err setting(void *ctx, const char *csp, omadm_str key, omadm_buf *out) {
  device *d = ctx;
  (void)csp;
  if (omadm_str_is(key, "ca")) return omadm_buf_add_text(out, d->ca);
  if (omadm_str_is(key, "request-key")) return omadm_buf_add_text(out, d->request_key);
  return OMADM_E_NOT_FOUND;
}

static omadm_err http(void *ctx, const omadm_csp_http_request *request,
                      omadm_csp_http_reply *reply) {
  return outside_http(&((device *)ctx)->ports, request, reply);
}

static void keep(device *d, const omadm_answer *answer) {
  snprintf(d->text, sizeof d->text, "%.*s", (int)answer->data.len,
           answer->data.len > 0 ? answer->data.ptr : "");
}

static void completed(void *ctx, omadm_token token, omadm_status status,
                      const omadm_answer *answer) {
  device *d = ctx;
  (void)token;
  keep(d, answer);
  d->late = status;
  d->answered = true;
}

/* A change of a node, or a Get where value is NULL; until it is answered and nothing runs. */
static omadm_status call(device *d, bool exec, const char *name, const char *value) {
  const omadm_tree *tree = omadm_framework_tree(d->framework);
  const omadm_value data = {.data = omadm_str_of(value), .has_data = value != NULL};
  const omadm_origin origin = {.server_id = OMADM_STR("bench"), .session_id = OMADM_STR("1")};
  omadm_answer answer = {0};
  omadm_limits limits;
  omadm_uri uri;
  omadm_node node;
  char full[100], scratch[200];
  omadm_limits_init(&limits);
  snprintf(full, sizeof full, ROOT "%s", name);
  must(omadm_uri_parse(omadm_str_of(full), 0, &limits, scratch, NULL, &uri) == 200 &&
           tree->resolve(tree->ctx, &origin, &uri, &node) == 200,
       name);
  d->answered = false;
  omadm_status status = exec            ? tree->exec(tree->ctx, &origin, &node, &data, &answer)
                        : value != NULL ? tree->replace(tree->ctx, &origin, &node, &data, &answer)
                                        : tree->get(tree->ctx, &origin, &node, &answer);
  if (status != OMADM_ST_PENDING) keep(d, &answer);
  must(tree->settle(tree->ctx) == 0, "settle");
  while (omadm_framework_pending(d->framework) > 0)
    (void)omadm_framework_pump(d->framework, 10);
  must(tree->settle(tree->ctx) == 0, "settle");
  if (status == OMADM_ST_PENDING) must(d->answered, "no answer came");
  return status == OMADM_ST_PENDING ? d->late : status;
}

static void expect(device *d, bool exec, const char *name, const char *value, omadm_status wanted) {
  must(call(d, exec, name, value) == wanted, name);
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *ftw) {
  (void)status;
  (void)type;
  (void)ftw;
  return remove(path);
}

static void stop(device *d) {
  if (d->framework == NULL) return;
  omadm_framework_free(d->framework);
  omadm_store_close(d->store);
  nftw(d->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* An agent whose state is new. */
static void start(device *d) {
  omadm_error error = {0};
  omadm_framework_config config;
  stop(d);
  strcpy(d->folder, "/tmp/omadm-bench-XXXXXX");
  must(mkdtemp(d->folder) != NULL, "mkdtemp");
  must(omadm_store_open(d->folder, &d->store, &error) == 0, error.text);
  omadm_framework_config_init(&config);
  config.log = &d->log;
  config.store = d->store;
  config.ctx = d;
  config.setting = setting;
  config.completed = completed;
  config.http = http;
  config.tpm = &d->ports.tpm;
  must(omadm_framework_new(&config, &d->framework, &error) == 0, error.text);
  must(omadm_framework_load(d->framework, d->plugin, &error) == 0, error.text);
  expect(d, false, "HASEndpoint", d->service, 200);
}

/* What the scenarios are made of. */

static void verify(device *d) {
  expect(d, true, "VerifyHealth", NULL, 200);
}

static void force(device *d) {
  expect(d, false, "ForceRetrieve", "true", 200);
}

static void choose_nonce(device *d) {
  expect(d, false, "Nonce", "0102030405060708090a0b0c0d0e0f10", 200);
}

static void get_certificate(device *d) {
  expect(d, false, "Certificate", NULL, 200);
}

static void trigger(device *d) {
  char json[300];
  snprintf(json, sizeof json,
           "{\"rpID\": \"bench\", \"serviceEndpoint\": "
           "\"https://%s/attest/Tpm?api-version=2022-08-01\", "
           "\"nonce\": \"0102030405060708\", \"aadToken\": \"bench\", \"cv\": \"bench.1\"}",
           d->service);
  expect(d, true, "TriggerAttestation", json, 202);
}

static void nothing(device *d) {
  (void)d;
}

typedef void bench_step(device *d);

static const struct scenario {
  const char *name;
  const char *request_key;
  bench_step *before, *run; /* of a round */
  /* What a round must have been: HTTP exchanges, keys made, and what a node says afterwards. */
  unsigned exchanges, keys;
  const char *node, *says;
} scenarios[] = {
    {"verify-first", "quote", start, verify, 1, 1, "Status", "3"},
    {"verify-boot", "quote", force, verify, 1, 0, "Status", "3"},
    {"verify-held", "quote", nothing, verify, 0, 0, "Status", "3"},
    {"certificate", "quote", choose_nonce, get_certificate, 0, 0, "Status", "3"},
    {"trigger-quote", "quote", nothing, trigger, 2, 0, "AttestStatus", "0"},
    {"trigger-certify", "certify", nothing, trigger, 2, 1, "AttestStatus", "0"},
};

static const struct scenario *find(const char *name) {
  for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++)
    if (strcmp(scenarios[i].name, name) == 0) return &scenarios[i];
  must(false, "there is no such scenario");
  return NULL;
}

/* callgrind collects inside this function only, without what is in outside_*. */
void measured(bench_step *run, device *d);
__attribute__((noinline)) void measured(bench_step *run, device *d) {
  run(d);
}

static void play_round(device *d, const struct scenario *s) {
  s->before(d);
  uint64_t statements = 0, syncs = 0, syncs_before = 0;
  bench_ports_reset(&d->ports);
  omadm_store_counters(d->store, &statements, &syncs_before);
  allocations = 0;
  double began = bench_microseconds();
  counting = &d->ports;
  measured(s->run, d);
  counting = NULL;
  double took = bench_microseconds() - began;
  omadm_store_counters(d->store, &statements, &syncs);
  must(d->ports.calls[BENCH_http] == s->exchanges && d->ports.calls[BENCH_key_make] == s->keys,
       "this was not the run that was to be measured");
  printf("%s total=%.1f allocations=%lu syncs=%lu", s->name, took, allocations,
         (unsigned long)(syncs - syncs_before));
  for (int i = 0; i < BENCH_N_PARTS; i++)
    printf(" %s=%.1f %s_calls=%u", bench_part_names[i], d->ports.microseconds[i],
           bench_part_names[i], d->ports.calls[i]);
  putchar('\n');
  expect(d, false, s->node, NULL, 200);
  must(strcmp(d->text, s->says) == 0, s->node);
}

int main(int argc, char **argv) {
  if (argc != 8) {
    fprintf(stderr, "usage: bench-attestation SCENARIO ROUNDS TPM LOG PLUGIN CA HOST:PORT\n");
    return 2;
  }
  /* What fails is said here; the TPM's libraries would say it again. */
  setenv("TSS2_LOG", "all+none", 0);
  const struct scenario *scenario = find(argv[1]);
  device d = {.plugin = argv[5],
              .ca = argv[6],
              .service = argv[7],
              .request_key = scenario->request_key,
              .log = {sizeof d.log, NULL, OMADM_LOG_ERROR, complain}};
  omadm_tpm_config config;
  omadm_error error = {0};
  omadm_tpm_config_init(&config);
  config.event_log = argv[4];
  must(omadm_tpm_open(argv[3], &config, &d.tpm, &error) == 0, error.text);
  bench_ports_init(&d.ports, &d.tpm);
  start(&d);
  if (scenario->before != start) verify(&d);
  unsigned long rounds = strtoul(argv[2], NULL, 10);
  for (unsigned long i = 0; i < rounds; i++)
    play_round(&d, scenario);
  stop(&d);
  omadm_tpm_close(&d.tpm);
  return 0;
}
