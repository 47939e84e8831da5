/* SPDX-License-Identifier: MIT */
#include "pair.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "base/codec.h"
#include "conformance/attestation/azure_json.h"
#include "health-attestation/plugin.h"

#include <omadm/eventlog.h>

unsigned pair_host_flags;

static void add_line(char *log, size_t size, const char *text) {
  size_t used = strlen(log);
  snprintf(log + used, size - used, "%s\n", text);
}

static void device_said(void *ctx, omadm_log_level level, const char *module, const char *text) {
  pair *p = ctx;
  (void)level;
  (void)module;
  add_line(p->device_log, sizeof p->device_log, text);
}

static void service_said(void *ctx, const char *line) {
  pair *p = ctx;
  add_line(p->service_log, sizeof p->service_log, line);
}

static int64_t service_now(void *ctx) {
  return ((pair *)ctx)->now;
}

/* What the wire between them does to an answer. */
static void deliver(const service_reply *from, omadm_csp_http_reply *to) {
  to->status = (uint32_t)from->status;
  to->body_len = from->body.len < to->body_size ? from->body.len : to->body_size;
  if (to->body_len > 0) memcpy(to->body, from->body.ptr, to->body_len);
  int n = snprintf(to->headers, to->headers_size, "Content-Type: %s\r\nms-cv: %s\r\n",
                   from->content_type, from->correlation);
  to->headers_len = (size_t)n;
}

static omadm_str query_of(omadm_str url) {
  const char *mark = memchr(url.ptr, '?', url.len);
  if (mark == NULL) return (omadm_str){NULL, 0};
  return (omadm_str){mark + 1, url.len - (size_t)(mark + 1 - url.ptr)};
}

static omadm_str header_of(omadm_str headers, const char *begin) {
  const char *at = memmem(headers.ptr, headers.len, begin, strlen(begin));
  if (at == NULL) return (omadm_str){NULL, 0};
  at += strlen(begin);
  const char *end = memchr(at, '\r', headers.len - (size_t)(at - headers.ptr));
  assert_non_null(end);
  return (omadm_str){at, (size_t)(end - at)};
}

static omadm_err http(void *ctx, const omadm_csp_http_request *request,
                      omadm_csp_http_reply *reply) {
  pair *p = ctx;
  service_reply answer = {.status = 500, .content_type = "text/plain"};
  passing x = {++p->exchanges, request->headers, &p->last_request, &answer};
  omadm_buf_init(&answer.body, &omadm_mem_default, 0);
  if (x.number <= 4)
    snprintf(p->headers[x.number - 1], sizeof p->headers[0], "%.*s", (int)request->headers.len,
             request->headers.ptr);
  reply->stage = (uint32_t)p->stage;
  if (p->stage != OMADM_CSP_HTTP_DONE) return p->stage_err;
  p->last_request.len = 0;
  (void)omadm_buf_add_str(&p->last_request, request->body);
  if (p->before != NULL) p->before(p, &x);
  const service_request asked = {.method = request->method,
                                 .path = OMADM_STR("/attest/tpm"),
                                 .query = query_of(request->url),
                                 .authorization = header_of(request->headers, "Authorization: "),
                                 .body = omadm_buf_str(&p->last_request)};
  omadm_err err = azure_answer(p->service, &asked, &answer);
  if (p->after != NULL) p->after(p, &x);
  reply->stage = (uint32_t)p->stage;
  bool fits = answer.body.len <= reply->body_size;
  if (p->stage != OMADM_CSP_HTTP_DONE) err = p->stage_err;
  if (err == 0 && !fits) {
    reply->stage = OMADM_CSP_HTTP_RECEIVE;
    err = OMADM_E_LIMIT;
  }
  if (err == 0) deliver(&answer, reply);
  omadm_buf_dispose(&answer.body);
  return err;
}

static omadm_err setting(void *ctx, const char *csp, omadm_str key, omadm_buf *out) {
  pair *p = ctx;
  (void)csp;
  for (size_t i = 0; i < p->n_settings; i++)
    if (omadm_str_is(key, p->settings[i][0])) return omadm_buf_add_text(out, p->settings[i][1]);
  return OMADM_E_NOT_FOUND;
}

static void keep(pair *p, const omadm_answer *answer) {
  size_t n = answer->data.len < sizeof p->text ? answer->data.len : sizeof p->text - 1;
  if (n > 0) memcpy(p->text, answer->data.ptr, n);
  p->text[n] = '\0';
}

static void completed(void *ctx, omadm_token token, omadm_status status,
                      const omadm_answer *answer) {
  pair *p = ctx;
  (void)token;
  p->late = status;
  p->arrived = true;
  keep(p, answer);
}

static void extend_all(pair *p) {
  omadm_eventlog *log = NULL;
  omadm_error error = {0};
  if (omadm_eventlog_parse(omadm_buf_str(&p->log.octets), &log, &error) != 0)
    fail_msg("%s", error.text);
  for (size_t i = 0; i < omadm_eventlog_count(log); i++) {
    const omadm_event *event = omadm_eventlog_at(log, i);
    for (size_t b = 0; event->type != 3 /* EV_NO_ACTION */ && b < p->log.n_banks; b++)
      fake_tpm_extend(p->tpm, p->log.banks[b], event->pcr,
                      omadm_eventlog_digest(log, i, p->log.banks[b]));
  }
  omadm_eventlog_free(log);
}

void pair_boot(pair *p) {
  bootlog_dispose(&p->log);
  bootlog_windows(&p->boot, &p->log);
  assert_int_equal(p->log.err, 0);
  fake_tpm_reboot(p->tpm);
  extend_all(p);
  fake_tpm_knobs_of(p->tpm)->boot_log = omadm_buf_str(&p->log.octets);
}

static void add_u32(omadm_buf *out, size_t value) {
  const uint8_t octets[] = {(uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16),
                            (uint8_t)(value >> 24)};
  (void)omadm_buf_add(out, octets, sizeof octets);
}

/* An entry with the template "ima-ng": digest of the file with its algorithm, and its name. */
static void measure(pair *p, unsigned number) {
  uint8_t digest[32];
  char name[32];
  omadm_buf data = {0};
  omadm_buf_init(&data, &omadm_mem_default, 0);
  snprintf(name, sizeof name, "/usr/bin/tool-%u", number);
  add_u32(&data, 8 + 32);
  (void)omadm_buf_add(&data, "sha256:", 8);
  memset(digest, (int)number, sizeof digest);
  (void)omadm_buf_add(&data, digest, sizeof digest);
  add_u32(&data, strlen(name) + 1);
  (void)omadm_buf_add(&data, name, strlen(name) + 1);
  add_u32(&p->ima, 10);
  EVP_Q_digest(NULL, "SHA1", NULL, data.ptr, data.len, digest, NULL);
  (void)omadm_buf_add(&p->ima, digest, 20);
  fake_tpm_extend(p->tpm, OMADM_TPM_SHA1, 10, (omadm_str){(char *)digest, 20});
  EVP_Q_digest(NULL, "SHA256", NULL, data.ptr, data.len, digest, NULL);
  fake_tpm_extend(p->tpm, OMADM_TPM_SHA256, 10, (omadm_str){(char *)digest, 32});
  add_u32(&p->ima, strlen("ima-ng"));
  (void)omadm_buf_add_text(&p->ima, "ima-ng");
  add_u32(&p->ima, data.len);
  (void)omadm_buf_add_str(&p->ima, omadm_buf_str(&data));
  omadm_buf_dispose(&data);
}

void pair_measure(pair *p, unsigned n) {
  for (unsigned i = 0; i < n; i++)
    measure(p, i + 1);
  fake_tpm_knobs_of(p->tpm)->ima_log = omadm_buf_str(&p->ima);
}

pair *pair_make(void) {
  static const uint16_t banks[] = {OMADM_TPM_SHA1, OMADM_TPM_SHA256};
  pair *p = calloc(1, sizeof *p);
  assert_non_null(p);
  p->host_flags = pair_host_flags;
  p->tpm = fake_tpm_new();
  p->port = fake_tpm_port(p->tpm);
  p->now = time(NULL);
  p->origin = (omadm_origin){.server_id = OMADM_STR("srv"), .session_id = OMADM_STR("1")};
  omadm_buf_init(&p->ima, &omadm_mem_default, 0);
  omadm_buf_init(&p->last_request, &omadm_mem_default, 0);
  bootlog_options_init(&p->boot);
  p->boot.banks = banks;
  p->boot.n_banks = 2;
  bootlog_begin(&p->log, banks, 2);
  snprintf(p->roots, sizeof p->roots, "/tmp/omadm-azure-%d.pem", (int)getpid());
  fake_tpm_write_root(p->tpm, p->roots);
  snprintf(p->boot_ca, sizeof p->boot_ca, "/tmp/omadm-azure-%d-boot.pem", (int)getpid());
  assert_int_equal(bootlog_write_ca(p->boot_ca, NULL), 0);
  p->config = (service_config){.issuer = "https://attest.test",
                               .ek_roots = p->roots,
                               .boot_ca = p->boot_ca,
                               .lifetime = 3600,
                               .now = service_now,
                               .ctx = p,
                               .said = service_said};
  assert_int_equal(omadm_store_new_memory(&p->store, NULL), 0);
  return p;
}

static void start_agent(pair *p) {
  omadm_error error = {0};
  omadm_framework_config config;
  p->logger = (omadm_log){sizeof p->logger, p, OMADM_LOG_DEBUG, device_said};
  omadm_framework_config_init(&config);
  assert_int_equal(omadm_worker_new(1, &p->worker, &error), 0);
  config.log = &p->logger;
  config.store = p->store;
  config.worker = p->worker;
  config.host_flags = p->host_flags;
  config.late_seed = 7;
  config.ctx = p;
  config.setting = setting;
  config.completed = completed;
  config.http = http;
  config.tpm = &p->port;
  assert_int_equal(omadm_framework_new(&config, &p->framework, &error), 0);
  if (omadm_framework_mount_csp(p->framework, &omadm_csp_health_attestation, "here", &error) != 0)
    fail_msg("%s\n%s", error.text, p->device_log);
  (void)omadm_framework_tree(p->framework);
}

static void stop_agent(pair *p) {
  omadm_framework_free(p->framework);
  omadm_worker_free(p->worker);
}

void pair_start(pair *p) {
  omadm_error error = {0};
  if (azure_new(&p->config, &p->service, &error) != 0) fail_msg("%s", error.text);
  pair_boot(p);
  start_agent(p);
}

pair *pair_new(void) {
  pair *p = pair_make();
  pair_start(p);
  return p;
}

void pair_restart(pair *p) {
  stop_agent(p);
  start_agent(p);
}

/* A copy of what is stored now. */
static omadm_store *copy_store(const pair *p) {
  omadm_store *copy = NULL;
  assert_int_equal(omadm_store_new_memory(&copy, NULL), 0);
  for (int table = 0; table < OMADM_STORE_TABLES; table++) {
    char after[300];
    size_t n = 0;
    omadm_store_change change = {.table = (omadm_store_table)table};
    while (p->store->ops->next(p->store, change.table, (omadm_str){NULL, 0}, (omadm_str){after, n},
                               &change.key, &change.value, NULL) == 0) {
      assert_int_equal(copy->ops->apply(copy, &change, 1, NULL), 0);
      assert_true(change.key.len <= sizeof after);
      memcpy(after, change.key.ptr, change.key.len);
      n = change.key.len;
    }
  }
  return copy;
}

void pair_kill(pair *p, const char *json) {
  assert_int_equal(pair_exec(p, json), OMADM_ST_ACCEPTED);
  omadm_store *kept = copy_store(p);
  stop_agent(p);
  omadm_store_close(p->store);
  p->store = kept;
  start_agent(p);
}

void pair_free(pair *p) {
  stop_agent(p);
  omadm_store_close(p->store);
  azure_free(p->service);
  fake_tpm_free(p->tpm);
  bootlog_dispose(&p->log);
  omadm_buf_dispose(&p->ima);
  omadm_buf_dispose(&p->last_request);
  unlink(p->roots);
  unlink(p->boot_ca);
  free(p);
}

void pair_set(pair *p, const char *key, const char *value) {
  assert_true(p->n_settings < 4);
  snprintf(p->settings[p->n_settings][0], 64, "%s", key);
  snprintf(p->settings[p->n_settings++][1], 64, "%s", value);
}

static omadm_status call(pair *p, const char *name, const char *json) {
  const omadm_tree *tree = omadm_framework_tree(p->framework);
  const omadm_value value = {.data = omadm_str_of(json), .has_data = json != NULL};
  omadm_limits limits;
  omadm_uri uri;
  omadm_node node;
  omadm_answer answer = {0};
  char full[200], scratch[400];
  omadm_limits_init(&limits);
  snprintf(full, sizeof full, "%s%s", HA, name);
  assert_int_equal(omadm_uri_parse(omadm_str_of(full), 0, &limits, scratch, NULL, &uri), 200);
  omadm_status status = tree->resolve(tree->ctx, &p->origin, &uri, &node);
  if (status != OMADM_ST_OK) return status;
  p->arrived = false;
  status = json != NULL ? tree->exec(tree->ctx, &p->origin, &node, &value, &answer)
                        : tree->get(tree->ctx, &p->origin, &node, &answer);
  if (status != OMADM_ST_PENDING) keep(p, &answer);
  for (int i = 0; status == OMADM_ST_PENDING && !p->arrived && i < 2000; i++)
    (void)omadm_framework_pump(p->framework, 10);
  if (status == OMADM_ST_PENDING) status = p->late;
  assert_int_equal(tree->settle(tree->ctx), 0);
  return status;
}

omadm_status pair_exec(pair *p, const char *json) {
  return call(p, "TriggerAttestation", json);
}

omadm_status pair_get(pair *p, const char *node) {
  return call(p, node, NULL);
}

void pair_finish(pair *p) {
  for (int i = 0; i < 3000; i++) {
    if (omadm_framework_pump(p->framework, 10) == 0 && omadm_framework_pending(p->framework) == 0)
      return;
  }
  fail_msg("it does not end\n%s", p->device_log);
}

uint32_t pair_status(pair *p) {
  assert_int_equal(pair_get(p, "AttestStatus"), OMADM_ST_OK);
  return (uint32_t)(int32_t)strtol(p->text, NULL, 10);
}

uint32_t pair_attest(pair *p, const char *nonce) {
  char json[400];
  snprintf(json, sizeof json,
           "{rpID: \"https://rp.test\", serviceEndpoint: \"" ENDPOINT "\", nonce: \"%s\"}", nonce);
  assert_int_equal(pair_exec(p, json), OMADM_ST_ACCEPTED);
  pair_finish(p);
  return pair_status(p);
}

int pair_ask(pair *p, const char *method, const char *path, omadm_str body, omadm_buf *answer) {
  service_reply reply = {.status = 0};
  omadm_buf_init(&reply.body, &omadm_mem_default, 0);
  const service_request request = {.method = omadm_str_of(method),
                                   .path = omadm_str_of(path),
                                   .query = OMADM_STR("api-version=2022-08-01"),
                                   .body = body};
  assert_int_equal(azure_answer(p->service, &request, &reply), 0);
  assert_int_equal(strlen(reply.correlation), 16);
  answer->len = 0;
  assert_int_equal(omadm_buf_add_str(answer, omadm_buf_str(&reply.body)), 0);
  omadm_buf_dispose(&reply.body);
  return reply.status;
}

void decode(omadm_str text, omadm_buf *out) {
  omadm_buf_init(out, &omadm_mem_default, 0);
  assert_int_equal(omadm_base64url_decode(text, out), 0);
}

void encode(omadm_str octets, omadm_buf *out) {
  assert_int_equal(omadm_base64url_encode(octets, out), 0);
}

json_t *token_part(const char *token, int part) {
  const char *from = token;
  omadm_buf octets;
  for (int i = 0; i < part; i++) {
    from = strchr(from, '.');
    assert_non_null(from);
    from++;
  }
  decode((omadm_str){from, strcspn(from, ".")}, &octets);
  json_t *object = json_loadb(octets.ptr, octets.len, JSON_REJECT_DUPLICATES, NULL);
  omadm_buf_dispose(&octets);
  assert_true(json_is_object(object));
  return object;
}

json_t *pair_report(pair *p) {
  assert_int_equal(pair_get(p, "GetAttestReport"), OMADM_ST_OK);
  return token_part(p->text, 1);
}

void claim_is(const json_t *claims, const char *name, json_t *value) {
  const json_t *found = json_object_get(claims, name);
  char *is = found != NULL ? json_dumps(found, JSON_ENCODE_ANY) : NULL;
  char *wanted = json_dumps(value, JSON_ENCODE_ANY);
  if (is == NULL || strcmp(is, wanted) != 0)
    fail_msg("%s is %s, not %s", name, is != NULL ? is : "absent", wanted);
  free(is);
  free(wanted);
  json_decref(value);
}

int pair_run(const char *name, const struct CMUnitTest *tests, size_t n) {
  static const struct {
    const char *name;
    unsigned flags;
  } modes[] = {{"plain", 0}, {"copying and late", OMADM_HOST_COPYING | OMADM_HOST_LATE}};
  int failed = 0;
  for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
    char title[100];
    snprintf(title, sizeof title, "%s, %s", name, modes[i].name);
    pair_host_flags = modes[i].flags;
    failed += _cmocka_run_group_tests(title, tests, n, NULL, NULL);
  }
  return failed;
}
