/* SPDX-License-Identifier: MIT */
#include "tests/faults/world.h"

#include <omadm/ddf.h>

#include <stdio.h>
#include <stdlib.h>

#include "base/codec.h"
#include "base/mem.h"
#include "base/str.h"
#include "tests/faults/slow.h"
#include "tests/faults/watch.h"
#include <omadm/builtin.h>

#include "items_ddf.h"
#include "leaves_ddf.h"
#include "vendor_msft_ddf.h"

static const omadm_str no_text = {"", 0};

void world_require(bool holds, const char *rule) {
  if (holds) return;
  fprintf(stderr, "broken: %s\n", rule);
  abort();
}

void world_options_init(world_options *options) {
  *options = (world_options){0};
  omadm_limits_init(&options->limits);
  options->limits.rounds = 20;
}

/* One line a call, UTF-8, no control characters (<omadm/log.h>). */
static void keep_log(void *ctx, omadm_log_level level, const char *module, const char *text) {
  (void)ctx;
  if (getenv("WORLD_LOG") != NULL) fprintf(stderr, "%d %s: %s\n", (int)level, module, text);
  world_require(omadm_utf8_is_valid(omadm_str_of(text)), "a log line is UTF-8");
  for (const char *p = text; *p != '\0'; p++)
    world_require((unsigned char)*p >= ' ' && *p != 0x7f, "a log line has no control characters");
}

static int64_t now_of(void *ctx) {
  const world *w = ctx;
  return w->now;
}

static omadm_err random_of(void *ctx, void *out, size_t n) {
  (void)ctx;
  memset(out, 7, n);
  return 0;
}

/* The host port is the framework's but for chance and credentials. */
static omadm_err session_number_of(void *ctx, uint32_t *number) {
  world *w = ctx;
  return w->inner_host.session_number(w->inner_host.ctx, number);
}

static omadm_err alert_next_of(void *ctx, omadm_str server_id, uint64_t after, omadm_alert *alert) {
  world *w = ctx;
  return w->inner_host.alert_next(w->inner_host.ctx, server_id, after, alert);
}

static omadm_err alert_answered_of(void *ctx, omadm_str server_id, uint64_t id,
                                   omadm_status status) {
  world *w = ctx;
  return w->inner_host.alert_answered(w->inner_host.ctx, server_id, id, status);
}

/* The secrets are those of the transcripts, where they prove something. */
static omadm_err credentials_of(void *ctx, omadm_str server_id, omadm_auth_side side,
                                omadm_auth type, omadm_credentials *out) {
  const world *w = ctx;
  static const omadm_str nonce = OMADM_STR("nonce");
  world_require(omadm_str_is(server_id, "srv"), "credentials are asked for of the account");
  if (type != OMADM_AUTH_NONE && type != w->options.auth) return OMADM_E_NOT_FOUND;
  bool client = side == OMADM_AUTH_CLIENT;
  *out = (omadm_credentials){
      .type = w->options.auth,
      .name = omadm_str_of(client ? "dev-0042" : "srv"),
      .secret = omadm_str_of(client ? "cl-Secret-1" : "srv-Secret-1"),
      .nonce = w->nonces[side].len > 0 ? omadm_buf_str(&w->nonces[side]) : nonce,
      .nonce_before = nonce,
  };
  return OMADM_OK;
}

static omadm_err nonce_of(void *ctx, omadm_str server_id, omadm_auth_side side, omadm_auth type,
                          omadm_str nonce) {
  world *w = ctx;
  (void)type;
  world_require(omadm_str_is(server_id, "srv"), "a nonce is kept for the account");
  w->nonces[side].len = 0;
  return omadm_buf_add_str(&w->nonces[side], nonce);
}

static void completed_of(void *ctx, omadm_token token, omadm_status status,
                         const omadm_answer *answer) {
  world *w = ctx;
  world_require(status != OMADM_ST_PENDING, "what has ended is not pending");
  if (token == w->asked) {
    w->asked = 0;
    w->answered = status;
    w->answer = *answer;
    return;
  }
  watch_completed(w, token, status, answer);
  if (w->session != NULL) omadm_session_complete(w->session, token, status, answer);
}

static omadm_err setting_of(void *ctx, const char *csp, omadm_str key, omadm_buf *out) {
  const world *w = ctx;
  static const omadm_str device = OMADM_STR(WORLD_DEVICE);
  return omadm_builtin_setting(csp, key, device, &w->options.limits, out);
}

static omadm_err mount_fixture(world *w, const unsigned char *text, size_t len, const char *name) {
  omadm_ddf *ddf = NULL;
  omadm_err err =
      omadm_ddf_parse((omadm_str){(const char *)text, len}, name, NULL, NULL, &ddf, NULL);
  return err == 0 ? omadm_framework_mount_ddf(w->framework, ddf, NULL) : err;
}

static omadm_err mount_all(world *w) {
  omadm_err err = omadm_builtin_mount(w->framework, NULL);
  if (err == 0) err = omadm_framework_mount_csp(w->framework, &slow_csp, "world", NULL);
  if (err == 0) err = mount_fixture(w, leaves_ddf, leaves_ddf_len, "leaves.ddf.xml");
  if (err == 0) err = mount_fixture(w, items_ddf, items_ddf_len, "items.ddf.xml");
  if (err == 0) err = mount_fixture(w, vendor_msft_ddf, vendor_msft_ddf_len, "vendor-msft.ddf.xml");
  return err;
}

static void host_init(world *w) {
  w->inner_host.struct_size = sizeof w->inner_host;
  omadm_framework_host(w->framework, &w->inner_host);
  w->host = (omadm_host){.struct_size = sizeof w->host,
                         .ctx = w,
                         .log = w->inner_host.log,
                         .random = random_of,
                         .session_number = session_number_of,
                         .alert_next = alert_next_of,
                         .alert_answered = alert_answered_of};
  if (w->options.auth == OMADM_AUTH_NONE) return;
  w->host.credentials = credentials_of;
  w->host.nonce = nonce_of;
}

omadm_err world_open(world *w, const world_options *options) {
  static const omadm_str acl = OMADM_STR("Add=*&Delete=*&Exec=*&Get=*&Replace=*");
  *w = (world){.options = *options, .store = options->store, .now = 1767225600000};
  w->log = (omadm_log){sizeof w->log, w, OMADM_LOG_DEBUG, keep_log};
  for (size_t i = 0; i < sizeof w->nonces / sizeof *w->nonces; i++)
    omadm_buf_init(&w->nonces[i], options->mem, 0);
  omadm_err err = w->store == NULL ? omadm_store_new_memory(&w->store, NULL) : 0;
  if (err != 0) return err;
  omadm_framework_config config;
  omadm_framework_config_init(&config);
  config.mem = options->mem;
  config.log = &w->log;
  config.store = w->store;
  config.limits = options->limits;
  config.host_flags = options->host_flags;
  config.ctx = w;
  config.now = now_of;
  config.setting = setting_of;
  config.completed = completed_of;
  err = omadm_framework_new(&config, &w->framework, NULL);
  if (err == 0) err = mount_all(w);
  if (err == 0) err = omadm_framework_set_root_acl(w->framework, acl);
  if (err != 0) return err;
  w->inner = omadm_framework_tree(w->framework);
  watch_init(w);
  host_init(w);
  return 0;
}

static void session_over(world *w) {
  omadm_session_free(w->session);
  w->session = NULL;
  world_require(!w->open && w->begun == w->ended, "each begin meets one commit or rollback");
  world_require(!w->writing, "each large value is ended");
  world_require(w->snapshots == 0, "each snapshot is released");
  w->pending = 0;
}

void world_close(world *w) {
  session_over(w);
  omadm_framework_free(w->framework);
  for (size_t i = 0; i < sizeof w->nonces / sizeof *w->nonces; i++)
    omadm_buf_dispose(&w->nonces[i]);
  if (w->options.store == NULL) omadm_store_close(w->store);
  w->framework = NULL;
  w->store = NULL;
}

omadm_err world_session(world *w) {
  session_over(w);
  omadm_session_config config;
  omadm_session_config_init(&config);
  config.mem = w->options.mem;
  config.tree = &w->tree;
  config.host = &w->host;
  config.dialect = w->options.dialect;
  config.limits = w->options.limits;
  config.server_initiated = w->options.server_initiated;
  config.server_id = (omadm_str)OMADM_STR("srv");
  config.server_uri = (omadm_str)OMADM_STR(WORLD_SERVER);
  config.device_id = (omadm_str)OMADM_STR(WORLD_DEVICE);
  config.session_id = (omadm_str)OMADM_STR(WORLD_SESSION);
  if (w->options.quirks != NULL)
    omadm_quirks_set(&config.quirks, no_text, omadm_str_of(w->options.quirks));
  return omadm_session_new(&config, &w->session, NULL);
}

omadm_step world_next(world *w) {
  for (unsigned i = 0; i < 100000; i++) {
    omadm_step step = omadm_session_next(w->session, w->now, &w->out);
    if (step != OMADM_WAIT) return step;
    if (omadm_framework_pump(w->framework, 0) > 0) continue;
    /* One that has come already: a long message, which goes on at once. */
    int64_t deadline = omadm_session_deadline(w->session);
    world_require(deadline > w->now || w->pending == 0,
                  "a session waits for something that is to come");
    if (deadline > w->now) w->now = deadline;
  }
  world_require(false, "a session comes to an end");
  return OMADM_DONE;
}

/* Each piece stands in memory of its own size, so that a sanitizer sees what is read beyond it. */
static omadm_err feed_piece(world *w, const char *octets, size_t n) {
  char *copy = malloc(n > 0 ? n : 1);
  if (copy == NULL) return omadm_session_feed(w->session, octets, n);
  memcpy(copy, octets, n);
  omadm_err err = omadm_session_feed(w->session, copy, n);
  free(copy);
  return err;
}

omadm_err world_feed(world *w, const void *octets, size_t n) {
  static const omadm_str type = OMADM_STR("application/vnd.syncml.dm+xml; charset=utf-8");
  const char *at = octets;
  size_t chunk = w->options.chunk > 0 ? w->options.chunk : n;
  omadm_err err = omadm_session_begin(w->session, type, no_text);
  for (size_t i = 0; i < n && err == 0; i += chunk)
    err = feed_piece(w, at + i, n - i < chunk ? n - i : chunk);
  return err == 0 ? omadm_session_end(w->session) : err;
}

/* ---- the device's own look ---- */

static omadm_status waited(world *w, omadm_status status, omadm_answer *answer) {
  if (status != OMADM_ST_PENDING) return status;
  w->asked = answer->token;
  while (w->asked != 0 && omadm_framework_pump(w->framework, 0) > 0)
    continue;
  world_require(w->asked == 0, "a read by the device ends");
  *answer = w->answer;
  return w->answered;
}

static omadm_status locate(world *w, omadm_str uri, omadm_origin *origin, omadm_node *node) {
  static const omadm_quirks tolerant;
  char scratch[4096];
  omadm_uri parsed;
  if (uri.len > sizeof scratch) return OMADM_ST_URI_TOO_LONG;
  *origin = (omadm_origin){.quirks = &tolerant};
  omadm_limits limits;
  omadm_limits_init(&limits);
  omadm_status status = omadm_uri_parse(uri, 0, &limits, scratch, NULL, &parsed);
  return status == OMADM_ST_OK ? w->inner->resolve(w->inner->ctx, origin, &parsed, node) : status;
}

omadm_status world_get(world *w, const char *uri, char *out, size_t size) {
  omadm_origin origin;
  omadm_node node;
  omadm_answer answer = {0};
  out[0] = '\0';
  omadm_status status = locate(w, omadm_str_of(uri), &origin, &node);
  if (status == OMADM_ST_OK)
    status = waited(w, w->inner->get(w->inner->ctx, &origin, &node, &answer), &answer);
  if (status == OMADM_ST_OK)
    snprintf(out, size, "%.*s", (int)answer.data.len, answer.data.len > 0 ? answer.data.ptr : "");
  return status;
}

static void mix(world *w, omadm_str s) {
  w->hash = (w->hash ^ omadm_str_hash(s)) * 1099511628211U + s.len;
}

static bool hash_node(world *w, omadm_str uri, unsigned depth);

static bool hash_children(world *w, omadm_str uri, unsigned depth) {
  omadm_buf child;
  bool whole = true;
  omadm_buf_init(&child, NULL, 0);
  for (uint64_t cursor = 0;;) {
    omadm_origin origin;
    omadm_node node;
    omadm_answer answer = {0};
    omadm_status status = locate(w, uri, &origin, &node);
    uint64_t before = cursor;
    if (status == OMADM_ST_OK)
      status = w->inner->list(w->inner->ctx, &origin, &node, &cursor, &answer);
    if (status == OMADM_ST_PENDING) { /* then the same call is made again */
      status = waited(w, status, &answer);
      cursor = before;
      if (status == OMADM_ST_OK) continue;
    }
    if (status != OMADM_ST_OK) {
      whole = status == OMADM_ST_END;
      break;
    }
    child.len = 0;
    whole = omadm_buf_add_str(&child, uri) == 0 && omadm_buf_add_text(&child, "/") == 0 &&
            omadm_uri_write_name(answer.data, &child) == 0 &&
            hash_node(w, omadm_buf_str(&child), depth + 1);
    if (!whole) break;
  }
  omadm_buf_dispose(&child);
  return whole;
}

static bool hash_node(world *w, omadm_str uri, unsigned depth) {
  omadm_origin origin;
  omadm_node node;
  omadm_answer answer = {0};
  mix(w, uri);
  omadm_status status = locate(w, uri, &origin, &node);
  if (status == OMADM_ST_NOT_FOUND) return true;
  if (status != OMADM_ST_OK) return false;
  if (node.format == OMADM_FORMAT_NODE) return depth > 64 || hash_children(w, uri, depth);
  status = waited(w, w->inner->get(w->inner->ctx, &origin, &node, &answer), &answer);
  if (status == OMADM_ST_OK) {
    mix(w, answer.data);
    mix(w, answer.type);
  }
  return status == OMADM_ST_OK || status == OMADM_ST_NOT_ALLOWED || status == OMADM_ST_NOT_FOUND;
}

static bool hash_store(world *w) {
  char last[8192];
  omadm_str after = {last, 0}, key, value;
  omadm_err err = 0;
  while ((err = w->store->ops->next(w->store, OMADM_STORE_NODE, no_text, after, &key, &value,
                                    NULL)) == 0) {
    mix(w, key);
    mix(w, value);
    if (key.len > sizeof last) return false;
    memcpy(last, key.ptr, key.len);
    after.len = key.len;
  }
  return err == OMADM_E_NOT_FOUND;
}

uint64_t world_hash(world *w) {
  static const omadm_str roots[] = {OMADM_STR("./Vendor"), OMADM_STR("./SyncML")};
  bool whole = true;
  w->hash = 14695981039346656037U;
  for (size_t i = 0; i < sizeof roots / sizeof *roots && whole; i++)
    whole = hash_node(w, roots[i], 0);
  if (whole) whole = hash_store(w);
  if (w->hash == 0) w->hash = 1;
  return whole ? w->hash : 0;
}
