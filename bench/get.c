/* SPDX-License-Identifier: MIT */
/*
 * bench-get PLUGIN NODES leaves|roots ROUNDS [PROGRAM]: Gets through the framework, without an
 * engine. Each round asks for another leaf. With PROGRAM (omadm-csp-host) the plugin has a process
 * of its own. Writes the nanoseconds a Get; callgrind counts what is inside measured().
 */
#include <omadm/framework.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct bench {
  omadm_framework *framework;
  const omadm_tree *tree;
  omadm_limits limits;
  const char *above; /* "./Vendor" or "./Vendor/Many" */
  omadm_token awaited;
  omadm_status status;
  size_t octets; /* of the answer */
} bench;

static void completed(void *ctx, omadm_token token, omadm_status status,
                      const omadm_answer *answer) {
  bench *self = ctx;
  if (token != self->awaited) return;
  self->awaited = 0;
  self->status = status;
  self->octets = answer != NULL ? answer->data.len : 0;
}

static int get_one(bench *self, unsigned leaf) {
  static const omadm_origin origin;
  char text[64];
  char scratch[sizeof text];
  omadm_uri uri;
  omadm_node node = {0};
  omadm_answer answer = {0};
  uint32_t quirks = 0;
  int n = snprintf(text, sizeof text, "%s/N%u", self->above, leaf);
  const omadm_str name = {text, (size_t)n};
  self->status = omadm_uri_parse(name, 0, &self->limits, scratch, &quirks, &uri);
  if (self->status == OMADM_ST_OK)
    self->status = self->tree->resolve(self->tree->ctx, &origin, &uri, &node);
  if (self->status == OMADM_ST_OK)
    self->status = self->tree->get(self->tree->ctx, &origin, &node, &answer);
  self->octets = answer.data.len;
  self->awaited = self->status == OMADM_ST_PENDING ? answer.token : 0;
  while (self->awaited != 0)
    (void)omadm_framework_pump(self->framework, 1000);
  return self->status == OMADM_ST_OK && self->octets == 13;
}

/* The toggle of callgrind. */
__attribute__((noinline)) static int measured(bench *self, unsigned nodes, unsigned rounds) {
  int good = 1;
  for (unsigned i = 0; i < rounds; i++)
    good = get_one(self, (unsigned)((uint64_t)i * 7919 % nodes)) && good;
  return good;
}

static int64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static omadm_err open_framework(bench *self, omadm_store *store, const char *plugin,
                                const char *program, omadm_error *error) {
  const omadm_isolation isolation = {
      .struct_size = sizeof isolation, .program = program, .user = "nobody"};
  omadm_framework_config config;
  omadm_framework_config_init(&config);
  omadm_limits_init(&config.limits);
  self->limits = config.limits;
  config.store = store;
  config.ctx = self;
  config.completed = completed;
  omadm_err err = omadm_framework_new(&config, &self->framework, error);
  if (err == 0 && program != NULL)
    err = omadm_framework_load_isolated(self->framework, plugin, &isolation, error);
  else if (err == 0)
    err = omadm_framework_load(self->framework, plugin, error);
  if (err == 0) self->tree = omadm_framework_tree(self->framework);
  return err;
}

int main(int argc, char **argv) {
  enum { PLUGIN = 1, NODES, KIND, ROUNDS, PROGRAM, WARM = 10, BATCHES = 20 };
  bench self = {0};
  omadm_error error = {0};
  omadm_store *store = NULL;
  int64_t best = INT64_MAX;
  if (argc <= ROUNDS) {
    fputs("bench-get PLUGIN NODES leaves|roots ROUNDS [PROGRAM]\n", stderr);
    return 2;
  }
  unsigned nodes = (unsigned)strtoul(argv[NODES], NULL, 10);
  unsigned rounds = (unsigned)strtoul(argv[ROUNDS], NULL, 10);
  self.above = strcmp(argv[KIND], "roots") == 0 ? "./Vendor" : "./Vendor/Many";
  omadm_err err = omadm_store_new_memory(&store, &error);
  if (err == 0)
    err = open_framework(&self, store, argv[PLUGIN], argc > PROGRAM ? argv[PROGRAM] : NULL, &error);
  for (unsigned i = 0; err == 0 && i < WARM; i++)
    if (!get_one(&self, i % nodes)) err = OMADM_E_STATE;
  for (int i = 0; err == 0 && i < (rounds < WARM ? 1 : BATCHES); i++) {
    int64_t began = now_ns();
    if (!measured(&self, nodes, rounds)) err = OMADM_E_STATE;
    int64_t took = now_ns() - began;
    if (took < best) best = took;
  }
  if (err == 0)
    printf("nanoseconds=%.0f\n", (double)best / rounds);
  else
    fprintf(stderr, "bench-get: %s, status %u\n",
            error.text[0] != '\0' ? error.text : omadm_err_text(err), self.status);
  omadm_framework_free(self.framework);
  omadm_store_close(store);
  return err == 0 ? 0 : 1;
}
