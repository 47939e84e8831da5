/* SPDX-License-Identifier: MIT */
/* What the host passes on for a CSP from any thread: HTTP exchanges, and the calls of a TPM. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rig.h"

static const char ddf[] = DDF(ROOT("Svc", "./Vendor", LEAF("A", GR, "chr", ONE, "Permanent")));

static const omadm_csp_services *services;
static uint64_t host;

static omadm_status svc_open(const omadm_csp_services *table, uint64_t handle, uint64_t *self) {
  services = table;
  host = handle;
  *self = 1;
  return OMADM_ST_OK;
}

static void svc_close(uint64_t self) {
  (void)self;
}

static const omadm_csp_slots slots = {
    .struct_size = sizeof slots, .open = svc_open, .close = svc_close};
static const omadm_csp_descriptor svc = {OMADM_CSP_ABI,  sizeof svc, "Svc", "1", ddf,
                                         sizeof ddf - 1, &slots,     0,     0};

/* The host's side of HTTP. */

static omadm_csp_http_request seen;
static char seen_text[400]; /* its spans, one after the other */
static bool crossed; /* neither span nor room was the CSP's own */
static const void *own[2];
static omadm_err answer;
static uint32_t stage;
static size_t too_much;

static void note(omadm_str s) {
  size_t used = strlen(seen_text);
  snprintf(seen_text + used, sizeof seen_text - used, "%.*s|", (int)s.len, s.len > 0 ? s.ptr : "");
}

static omadm_err http(void *ctx, const omadm_csp_http_request *q, omadm_csp_http_reply *r) {
  assert_non_null(ctx);
  seen = *q;
  seen_text[0] = '\0';
  const omadm_str spans[] = {q->method, q->url, q->headers, q->body, q->ca};
  for (size_t i = 0; i < sizeof spans / sizeof *spans; i++)
    note(spans[i]);
  crossed = q->url.ptr != own[0] && r->body != own[1];
  r->status = 299;
  r->stage = stage;
  if (r->body_size >= 4) memcpy(r->body, "fine", 4);
  if (r->headers_size >= 6) memcpy(r->headers, "A: b\r\n", 6);
  r->body_len = 4 + too_much;
  r->headers_len = 6 + too_much;
  return answer;
}

/* The host's TPM: writes down how it is called. */

static char asked[200];
static omadm_tpm_status tpm_answer;
static const void *tpm_own; /* what the CSP gave for the answer */

static omadm_tpm_status told(uint64_t tpm, const char *call, omadm_str s, omadm_str more,
                             const void *out) {
  assert_int_equal(tpm, 77);
  snprintf(asked, sizeof asked, "%s %.*s %.*s", call, (int)s.len, s.len > 0 ? s.ptr : "",
           (int)more.len, more.len > 0 ? more.ptr : "");
  crossed = out != tpm_own;
  return tpm_answer;
}

static const omadm_str none = {NULL, 0};

static omadm_tpm_status fake_info(uint64_t tpm, omadm_tpm_info *info) {
  if (tpm_answer == OMADM_TPM_OK) *info = (omadm_tpm_info){.version = 2, .firmware = 5};
  return told(tpm, "info", none, none, info);
}

static omadm_tpm_status fake_ek_public(uint64_t tpm, omadm_tpm_ek ek, omadm_tpm_data *area) {
  area->len = (uint32_t)ek;
  return told(tpm, "ek_public", none, none, area);
}

static omadm_tpm_status fake_ek_certificate(uint64_t tpm, omadm_tpm_ek ek, uint32_t number,
                                            omadm_tpm_data *der) {
  der->len = (uint32_t)ek + number;
  return told(tpm, "ek_certificate", none, none, der);
}

static omadm_tpm_status fake_key_open(uint64_t tpm, omadm_tpm_key_kind kind, omadm_str blob,
                                      omadm_tpm_key *key) {
  key->handle = (uint64_t)kind;
  return told(tpm, "key_open", blob, none, key);
}

static unsigned closed;

static omadm_tpm_status fake_key_close(uint64_t tpm, uint64_t key) {
  closed++;
  assert_in_range(key, 3, 4);
  return told(tpm, "key_close", none, none, NULL);
}

static omadm_tpm_status fake_activate(uint64_t tpm, uint64_t key, omadm_tpm_ek ek,
                                      omadm_str id_object, omadm_str secret,
                                      omadm_tpm_digest *opened) {
  opened->len = (uint32_t)(key + (uint64_t)ek);
  return told(tpm, "activate", id_object, secret, opened);
}

static omadm_tpm_status fake_quote(uint64_t tpm, uint64_t key, uint16_t bank, uint32_t mask,
                                   omadm_str nonce, omadm_tpm_quote *quote) {
  quote->attest.len = (uint32_t)(key + bank + mask);
  return told(tpm, "quote", nonce, none, quote);
}

static omadm_tpm_status fake_pcr_read(uint64_t tpm, uint16_t bank, uint32_t mask,
                                      omadm_tpm_pcrs *pcrs) {
  pcrs->mask = mask + bank;
  return told(tpm, "pcr_read", none, none, pcrs);
}

static omadm_tpm_status fake_clock(uint64_t tpm, omadm_tpm_clock *clock) {
  clock->reset_count = 3;
  return told(tpm, "clock", none, none, clock);
}

static omadm_tpm_status fake_certify(uint64_t tpm, uint64_t key, uint64_t subject, omadm_str nonce,
                                     omadm_tpm_signed *certified) {
  certified->attest.len = (uint32_t)(key + subject);
  return told(tpm, "certify", nonce, none, certified);
}

static omadm_tpm_status fake_sign(uint64_t tpm, uint64_t key, uint16_t hash, omadm_str digest,
                                  omadm_tpm_data *signature) {
  signature->len = (uint32_t)(key + hash);
  return told(tpm, "sign", digest, none, signature);
}

static omadm_tpm_status fake_event_log(uint64_t tpm, omadm_tpm_log log, uint64_t offset,
                                       uint8_t *buffer, size_t size, size_t *len) {
  assert_int_equal(log, OMADM_TPM_LOG_IMA);
  memset(buffer, (int)offset, size - 4);
  *len = size - 4;
  return told(tpm, "event_log", none, none, buffer);
}

static omadm_tpm_status fake_random(uint64_t tpm, uint8_t *octets, size_t n) {
  memset(octets, 4, n);
  return told(tpm, "random", none, none, octets);
}

static const omadm_tpm_calls calls = {
    sizeof calls,   fake_info,     fake_ek_public, fake_ek_certificate, fake_key_open,
    fake_key_close, fake_activate, fake_quote,     fake_pcr_read,       fake_clock,
    fake_certify,   fake_sign,     fake_event_log, fake_random};
static const omadm_tpm tpm = {.calls = &calls, .self = 77};

static rig *serve(bool with_http, const omadm_tpm *with_tpm, omadm_worker *worker) {
  rig_options options = rig_mode;
  options.http = with_http ? http : NULL;
  options.tpm = with_tpm;
  options.worker = worker;
  rig *r = rig_new(&options);
  rig_mount_csp(r, &svc);
  answer = 0;
  stage = 0;
  too_much = 0;
  tpm_answer = OMADM_TPM_OK;
  asked[0] = '\0';
  return r;
}

static bool copying(void) {
  return (rig_mode.host_flags & OMADM_HOST_COPYING) != 0;
}

/* An exchange as a CSP would make it. */
typedef struct exchange {
  omadm_csp_http_request request;
  omadm_csp_http_reply reply;
  char headers[20], body[20];
} exchange;

static exchange *an_exchange(void) {
  static exchange x;
  x = (exchange){.request = {sizeof x.request, 500, OMADM_STR("POST"), OMADM_STR("https://h/"),
                             OMADM_STR("X: 1\r\n"), OMADM_STR("question"), OMADM_STR("/ca.pem")},
                 .reply = {.struct_size = sizeof x.reply,
                           .status = 5,
                           .headers_size = sizeof x.headers,
                           .headers_len = 4,
                           .body_size = sizeof x.body,
                           .body_len = 3}};
  x.reply.headers = x.headers;
  x.reply.body = x.body;
  own[0] = x.request.url.ptr;
  own[1] = x.reply.body;
  return &x;
}

static void an_exchange_crosses_whole(void **state) {
  rig *r = serve(true, NULL, NULL);
  exchange *x = an_exchange();
  (void)state;
  assert_int_equal(services->http(host, &x->request, &x->reply), 0);
  assert_string_equal(seen_text, "POST|https://h/|X: 1\r\n|question|/ca.pem|");
  assert_int_equal(seen.timeout_ms, 500);
  assert_int_equal(x->reply.stage, OMADM_CSP_HTTP_DONE);
  assert_int_equal(x->reply.status, 299);
  assert_int_equal(x->reply.body_len, 4);
  assert_memory_equal(x->body, "fine", 4);
  assert_int_equal(x->reply.headers_len, 6);
  assert_memory_equal(x->headers, "A: b\r\n", 6);
  assert_ptr_equal(x->reply.body, x->body);
  assert_ptr_equal(x->reply.headers, x->headers);
  assert_int_equal(x->reply.body_size, sizeof x->body);
  assert_int_equal(crossed, copying());
  rig_free(r);
}

static void a_failure_has_a_stage_and_a_success_has_none(void **state) {
  rig *r = serve(true, NULL, NULL);
  exchange *x = an_exchange();
  (void)state;
  stage = OMADM_CSP_HTTP_TLS;
  answer = OMADM_E_TLS;
  assert_int_equal(services->http(host, &x->request, &x->reply), OMADM_E_TLS);
  assert_int_equal(x->reply.stage, OMADM_CSP_HTTP_TLS);
  stage = 0;
  assert_int_equal(services->http(host, &x->request, &x->reply), OMADM_E_TLS);
  assert_int_equal(x->reply.stage, OMADM_CSP_HTTP_HANDLE);
  stage = OMADM_CSP_HTTP_SEND;
  answer = 0;
  assert_int_equal(services->http(host, &x->request, &x->reply), 0);
  assert_int_equal(x->reply.stage, OMADM_CSP_HTTP_DONE);
  rig_free(r);
}

static void a_host_without_http_says_so(void **state) {
  rig *r = serve(false, NULL, NULL);
  exchange *x = an_exchange();
  (void)state;
  assert_int_equal(services->http(host, &x->request, &x->reply), OMADM_E_UNSUPPORTED);
  assert_int_equal(x->reply.stage, OMADM_CSP_HTTP_HANDLE);
  assert_int_equal(x->reply.status, 0);
  assert_int_equal(x->reply.body_len, 0);
  rig_free(r);
}

static void more_than_there_is_room_for_is_never_told(void **state) {
  rig *r = serve(true, NULL, NULL);
  exchange *x = an_exchange();
  (void)state;
  too_much = 1000;
  assert_int_equal(services->http(host, &x->request, &x->reply), 0);
  assert_int_equal(x->reply.body_len, sizeof x->body);
  assert_int_equal(x->reply.headers_len, sizeof x->headers);
  x = an_exchange();
  x->reply.body = x->reply.headers = NULL;
  x->reply.body_size = x->reply.headers_size = 0;
  assert_int_equal(services->http(host, &x->request, &x->reply), 0);
  assert_int_equal(x->reply.body_len, 0);
  rig_free(r);
}

/* A CSP of an earlier day has shorter structures; the sanitizer sees their ends. */
static void no_more_is_read_or_written_than_the_csp_has(void **state) {
  rig *r = serve(true, NULL, NULL);
  exchange *x = an_exchange();
  size_t asks = offsetof(omadm_csp_http_request, ca);
  size_t tells = offsetof(omadm_csp_http_reply, body);
  omadm_csp_http_request *request = malloc(asks);
  omadm_csp_http_reply *reply = malloc(tells);
  (void)state;
  memcpy(request, &x->request, asks);
  memcpy(reply, &x->reply, tells);
  request->struct_size = (uint32_t)asks;
  reply->struct_size = (uint32_t)tells;
  assert_int_equal(services->http(host, request, reply), 0);
  assert_string_equal(seen_text, "POST|https://h/|X: 1\r\n|question||");
  assert_int_equal(reply->status, 299);
  assert_int_equal(reply->headers_len, 6);
  assert_int_equal(reply->struct_size, tells);
  free(request);
  free(reply);
  rig_free(r);
}

static void an_exchange_of_nothing_is_refused(void **state) {
  rig *r = serve(true, NULL, NULL);
  exchange *x = an_exchange();
  (void)state;
  seen_text[0] = '\0';
  x->request.struct_size = 0;
  assert_int_equal(services->http(host, &x->request, &x->reply), OMADM_E_ARGUMENT);
  assert_non_null(
      strstr(r->log, "the service http is given a request whose struct_size is not set"));
  x = an_exchange();
  x->reply.struct_size = 0;
  assert_int_equal(services->http(host, &x->request, &x->reply), OMADM_E_ARGUMENT);
  assert_non_null(strstr(r->log, "the service http is given a reply whose struct_size is not set"));
  x = an_exchange();
  assert_int_equal(services->http(host, NULL, &x->reply), OMADM_E_ARGUMENT);
  assert_int_equal(services->http(host, &x->request, NULL), OMADM_E_ARGUMENT);
  assert_int_equal(services->http(0, &x->request, &x->reply), OMADM_E_NOT_FOUND);
  omadm_str *spans[] = {&x->request.method, &x->request.url, &x->request.headers, &x->request.body,
                        &x->request.ca};
  const uint32_t stages[] = {OMADM_CSP_HTTP_URL, OMADM_CSP_HTTP_URL, OMADM_CSP_HTTP_HEADERS,
                             OMADM_CSP_HTTP_OPTIONS, OMADM_CSP_HTTP_OPTIONS};
  for (size_t i = 0; i < sizeof spans / sizeof *spans; i++) {
    const omadm_str good = *spans[i];
    *spans[i] = (omadm_str){NULL, 3};
    assert_int_equal(services->http(host, &x->request, &x->reply), OMADM_E_ARGUMENT);
    assert_int_equal(x->reply.stage, stages[i]);
    *spans[i] = good;
  }
  x->reply.body = NULL;
  assert_int_equal(services->http(host, &x->request, &x->reply), OMADM_E_ARGUMENT);
  assert_int_equal(x->reply.stage, OMADM_CSP_HTTP_OPTIONS);
  assert_string_equal(seen_text, "");
  rig_free(r);
}

#define EXPECT_CALL(call, words, expected)                                                         \
  do {                                                                                             \
    assert_int_equal((call), OMADM_TPM_OK);                                                        \
    assert_string_equal(asked, (words));                                                           \
    assert_true(expected);                                                                         \
    assert_int_equal(crossed, copying());                                                          \
  } while (0)

static void every_call_reaches_the_tpm_with_its_arguments(void **state) {
  static omadm_tpm_key key;
  static omadm_tpm_data data;
  static omadm_tpm_digest digest;
  static omadm_tpm_quote quote;
  static omadm_tpm_pcrs pcrs;
  static omadm_tpm_signed certified;
  const omadm_str x = OMADM_STR("xx"), y = OMADM_STR("yy");
  omadm_tpm_info info = {0};
  omadm_tpm_clock clock = {0};
  uint8_t octets[10] = {0};
  size_t len = 0;
  rig *r = serve(false, &tpm, NULL);
  const omadm_tpm_calls *t = services->tpm;
  (void)state;
  tpm_own = &info;
  EXPECT_CALL(t->info(host, &info), "info  ", info.version == 2 && info.firmware == 5);
  tpm_own = &data;
  EXPECT_CALL(t->ek_public(host, OMADM_TPM_EK_P256, &data), "ek_public  ", data.len == 2);
  EXPECT_CALL(t->ek_certificate(host, OMADM_TPM_EK_P256, 3, &data), "ek_certificate  ",
              data.len == 5);
  tpm_own = &key;
  EXPECT_CALL(t->key_open(host, OMADM_TPM_AK_P256, x, &key), "key_open xx ", key.handle == 3);
  EXPECT_CALL(t->key_open(host, OMADM_TPM_SIGN_RSA, x, &key), "key_open xx ", key.handle == 4);
  tpm_own = &data;
  EXPECT_CALL(t->sign(host, 4, OMADM_TPM_SHA256, x, &data), "sign xx ", data.len == 15);
  tpm_own = &digest;
  EXPECT_CALL(t->activate(host, 3, OMADM_TPM_EK_RSA2048, x, y, &digest), "activate xx yy",
              digest.len == 4);
  tpm_own = &quote;
  EXPECT_CALL(t->quote(host, 3, OMADM_TPM_SHA256, 0x10000, x, &quote), "quote xx ",
              quote.attest.len == 3 + 11 + 0x10000);
  tpm_own = &pcrs;
  EXPECT_CALL(t->pcr_read(host, OMADM_TPM_SHA1, 0x100, &pcrs), "pcr_read  ", pcrs.mask == 0x104);
  tpm_own = &clock;
  EXPECT_CALL(t->clock(host, &clock), "clock  ", clock.reset_count == 3);
  tpm_own = &certified;
  EXPECT_CALL(t->certify(host, 3, 4, y, &certified), "certify yy ", certified.attest.len == 7);
  tpm_own = octets;
  EXPECT_CALL(t->event_log(host, OMADM_TPM_LOG_IMA, 6, octets, sizeof octets, &len), "event_log  ",
              len == 6 && octets[5] == 6 && octets[6] == 0 && octets[9] == 0);
  EXPECT_CALL(t->random(host, octets, 3), "random  ", octets[2] == 4 && octets[3] == 6);
  assert_int_equal(t->key_close(host, 3), OMADM_TPM_OK);
  assert_string_equal(asked, "key_close  ");
  rig_free(r);
}

static void the_keys_of_one_csp_are_not_anothers(void **state) {
  static omadm_tpm_key key;
  static omadm_tpm_data data;
  static omadm_tpm_digest digest;
  static omadm_tpm_quote quote;
  static omadm_tpm_signed certified;
  static const char other_ddf[] =
      DDF(ROOT("Other", "./Vendor", LEAF("A", GR, "chr", ONE, "Permanent")));
  static const omadm_csp_descriptor other = {.abi = OMADM_CSP_ABI,
                                             .struct_size = sizeof other,
                                             .name = "Other",
                                             .version = "1",
                                             .ddf = other_ddf,
                                             .ddf_len = sizeof other_ddf - 1,
                                             .slots = &slots};
  rig *r = serve(false, &tpm, NULL);
  const uint64_t first = host;
  const omadm_tpm_calls *t = services->tpm;
  (void)state;
  rig_mount_csp(r, &other);
  assert_int_equal(t->key_open(first, OMADM_TPM_AK_P256, none, &key), OMADM_TPM_OK);
  assert_int_equal(t->key_open(host, OMADM_TPM_SIGN_RSA, none, &key), OMADM_TPM_OK);
  asked[0] = '\0';
  assert_int_equal(t->sign(host, 3, OMADM_TPM_SHA256, none, &data), OMADM_TPM_NOT_FOUND);
  assert_int_equal(t->quote(host, 3, OMADM_TPM_SHA256, 1, none, &quote), OMADM_TPM_NOT_FOUND);
  assert_int_equal(t->certify(host, 3, 4, none, &certified), OMADM_TPM_NOT_FOUND);
  assert_int_equal(t->certify(host, 4, 3, none, &certified), OMADM_TPM_NOT_FOUND);
  assert_int_equal(t->activate(host, 3, OMADM_TPM_EK_P256, none, none, &digest),
                   OMADM_TPM_NOT_FOUND);
  assert_int_equal(t->key_close(host, 3), OMADM_TPM_NOT_FOUND);
  assert_int_equal(t->key_close(host, 0), OMADM_TPM_NOT_FOUND);
  assert_string_equal(asked, "");
  assert_int_equal(t->key_close(host, 4), OMADM_TPM_OK);
  assert_int_equal(t->key_close(host, 4), OMADM_TPM_NOT_FOUND);
  rig_free(r);
}

static void keys_that_a_csp_leaves_open_are_closed_with_it(void **state) {
  enum { MOST = 16 };
  static omadm_tpm_key key;
  rig *r = serve(false, &tpm, NULL);
  (void)state;
  for (int i = 0; i < MOST; i++)
    assert_int_equal(services->tpm->key_open(host, OMADM_TPM_AK_P256, none, &key), OMADM_TPM_OK);
  closed = 0;
  assert_int_equal(services->tpm->key_open(host, OMADM_TPM_AK_P256, none, &key),
                   OMADM_TPM_RESOURCE);
  assert_int_equal(closed, 1);
  rig_free(r);
  assert_int_equal(closed, 1 + MOST);
}

static void what_the_tpm_refuses_leaves_the_answer_alone(void **state) {
  rig *r = serve(false, &tpm, NULL);
  omadm_tpm_info info = {.version = 99};
  (void)state;
  tpm_answer = OMADM_TPM_LOCKOUT;
  assert_int_equal(services->tpm->info(host, &info), OMADM_TPM_LOCKOUT);
  assert_int_equal(info.version, 99);
  rig_free(r);
}

static void expect_absent(void) {
  omadm_tpm_clock clock;
  static omadm_tpm_key key;
  uint8_t octets[4];
  size_t len = 0;
  const omadm_tpm_calls *t = services->tpm;
  assert_int_equal(t->clock(host, &clock), OMADM_TPM_ABSENT);
  assert_int_equal(t->key_open(host, OMADM_TPM_AK_P256, none, &key), OMADM_TPM_ABSENT);
  assert_int_equal(t->random(host, octets, 4), OMADM_TPM_ABSENT);
  assert_int_equal(t->event_log(host, OMADM_TPM_LOG_BOOT, 0, octets, 4, &len), OMADM_TPM_ABSENT);
}

static void without_a_tpm_every_call_is_absent(void **state) {
  const omadm_tpm empty = {.calls = NULL};
  omadm_tpm_calls old = calls;
  omadm_tpm_info info;
  (void)state;
  rig *r = serve(false, NULL, NULL);
  expect_absent();
  assert_int_equal(services->tpm->info(host, &info), OMADM_TPM_ABSENT);
  rig_free(r);
  r = serve(false, &empty, NULL);
  expect_absent();
  rig_free(r);
  old.struct_size = offsetof(omadm_tpm_calls, ek_public);
  const omadm_tpm short_one = {.calls = &old, .self = 77};
  r = serve(false, &short_one, NULL);
  expect_absent();
  assert_int_equal(services->tpm->info(host, &info), OMADM_TPM_OK);
  rig_free(r);
  old = (omadm_tpm_calls){.struct_size = sizeof old, .info = fake_info};
  r = serve(false, &short_one, NULL);
  expect_absent();
  rig_free(r);
}

static void what_is_no_handle_or_points_to_nothing_is_refused(void **state) {
  rig *r = serve(false, &tpm, NULL);
  const omadm_tpm_calls *t = services->tpm;
  static omadm_tpm_quote quote;
  uint8_t octets[4];
  size_t len = 0;
  (void)state;
  assert_int_equal(t->info(0, NULL), OMADM_TPM_ARGUMENT);
  assert_int_equal(t->key_close(77, 9), OMADM_TPM_ARGUMENT);
  assert_int_equal(t->info(host, NULL), OMADM_TPM_ARGUMENT);
  assert_int_equal(t->quote(host, 9, OMADM_TPM_SHA256, 1, (omadm_str){NULL, 3}, &quote),
                   OMADM_TPM_ARGUMENT);
  assert_int_equal(t->event_log(host, OMADM_TPM_LOG_IMA, 0, NULL, 4, &len), OMADM_TPM_ARGUMENT);
  assert_int_equal(t->event_log(host, OMADM_TPM_LOG_IMA, 0, octets, 4, NULL), OMADM_TPM_ARGUMENT);
  assert_int_equal(t->random(host, NULL, 1), OMADM_TPM_ARGUMENT);
  assert_string_equal(asked, "");
  assert_non_null(strstr(r->log, "Svc: the service tpm->quote is given octets at NULL"));
  rig_free(r);
}

static void runs(void *arg) {
  int *good = arg;
  omadm_tpm_clock clock;
  exchange x = {.request = {.struct_size = sizeof x.request,
                            .method = OMADM_STR("GET"),
                            .url = OMADM_STR("https://h/")},
                .reply = {.struct_size = sizeof x.reply, .body_size = sizeof x.body}};
  x.reply.body = x.body;
  *good = services->http(host, &x.request, &x.reply) == 0 && x.reply.body_len == 4 &&
          services->tpm->clock(host, &clock) == OMADM_TPM_OK && clock.reset_count == 3;
}

static void finished(void *arg) {
  *(int *)arg += 10;
}

static void a_job_uses_both_on_its_own_thread(void **state) {
  omadm_worker *worker = NULL;
  int good = 0;
  (void)state;
  assert_int_equal(omadm_worker_new(1, &worker, NULL), 0);
  rig *r = serve(true, &tpm, worker);
  assert_int_equal(services->job(host, runs, finished, &good), 0);
  for (int i = 0; i < 100 && good < 10; i++)
    omadm_framework_pump(r->framework, 100);
  assert_int_equal(good, 11);
  rig_free(r);
  omadm_worker_free(worker);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_exchange_crosses_whole),
      cmocka_unit_test(a_failure_has_a_stage_and_a_success_has_none),
      cmocka_unit_test(a_host_without_http_says_so),
      cmocka_unit_test(more_than_there_is_room_for_is_never_told),
      cmocka_unit_test(no_more_is_read_or_written_than_the_csp_has),
      cmocka_unit_test(an_exchange_of_nothing_is_refused),
      cmocka_unit_test(every_call_reaches_the_tpm_with_its_arguments),
      cmocka_unit_test(the_keys_of_one_csp_are_not_anothers),
      cmocka_unit_test(keys_that_a_csp_leaves_open_are_closed_with_it),
      cmocka_unit_test(what_the_tpm_refuses_leaves_the_answer_alone),
      cmocka_unit_test(without_a_tpm_every_call_is_absent),
      cmocka_unit_test(what_is_no_handle_or_points_to_nothing_is_refused),
      cmocka_unit_test(a_job_uses_both_on_its_own_thread),
  };
  return rig_run("services of any thread", tests, sizeof tests / sizeof *tests);
}
