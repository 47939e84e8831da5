/* SPDX-License-Identifier: MIT */
/* Making, ending and freeing a session. The loop is in loop.c. */
#include "omadm/session/state.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "omadm/session/auth.h"
#include "omadm/session/large.h"
#include "omadm/session/late.h"
#include "omadm/session/list.h"
#include "omadm/session/reply.h"
#include "omadm/session/tnds.h"

void omadm_session_config_init(omadm_session_config *config) {
  *config = (omadm_session_config){.struct_size = sizeof *config};
  omadm_limits_init(&config->limits);
}

/* What a caller compiled against an older header lacks keeps its default. */
static void config_read(const omadm_session_config *given, omadm_session_config *own) {
  omadm_session_config_init(own);
  size_t n = given->struct_size < sizeof *own ? given->struct_size : sizeof *own;
  memcpy(own, given, n);
  own->struct_size = sizeof *own;
}

static omadm_err config_check(const omadm_session_config *c, omadm_error *error) {
  const omadm_tree *t = c->tree;
  if (t == NULL || t->struct_size < offsetof(omadm_tree, rename) || t->resolve == NULL ||
      t->get == NULL || t->list == NULL || t->add == NULL || t->replace == NULL ||
      t->remove == NULL || t->exec == NULL || t->enlist == NULL || t->begin == NULL ||
      t->commit == NULL || t->rollback == NULL || t->settle == NULL || t->cancel == NULL)
    return omadm_error_set(error, OMADM_E_ARGUMENT,
                           "a session needs a tree with all its required calls");
  if (c->host == NULL) return omadm_error_set(error, OMADM_E_ARGUMENT, "a session needs a host");
  if (c->server_uri.len == 0)
    return omadm_error_set(error, OMADM_E_ARGUMENT, "a session needs the URI of its server");
  if (c->device_id.len == 0)
    return omadm_error_set(error, OMADM_E_ARGUMENT, "a session needs the id of the device");
  return OMADM_OK;
}

static omadm_err copy_texts(omadm_session *s) {
  omadm_str *spans[] = {&s->config.server_id, &s->config.server_uri, &s->config.device_id,
                        &s->config.session_id, &s->config.login_status};
  for (size_t i = 0; i < sizeof spans / sizeof *spans; i++) {
    *spans[i] = omadm_arena_copy(&s->texts, *spans[i]);
    if (spans[i]->ptr == NULL) return OMADM_E_NOMEM;
  }
  return OMADM_OK;
}

/* A SessionID has at most four octets (OMA-TS-SyncML_RepPro 6.1.18): what fits 16 bits, in
 * hexadecimal at least. */
static omadm_err number_session(omadm_session *s, omadm_error *error) {
  if (s->config.session_id.len > 0) return OMADM_OK;
  uint32_t number = 0;
  if (!OMADM_HAS(omadm_host, s->host, session_number))
    return omadm_error_set(error, OMADM_E_ARGUMENT,
                           "a session needs a SessionID, or a host that numbers sessions");
  omadm_err err = s->host->session_number(s->host->ctx, &number);
  if (err != OMADM_OK) return omadm_error_set(error, err, "the host has no number for the session");
  char text[16];
  int n =
      snprintf(text, sizeof text, s->dialect->session_decimal ? "%" PRIu32 : "%" PRIX32, number);
  s->config.session_id = omadm_arena_copy(&s->texts, (omadm_str){text, (size_t)n});
  return s->config.session_id.ptr != NULL ? OMADM_OK : OMADM_E_NOMEM;
}

static void init_parts(omadm_session *s) {
  const omadm_limits *limits = &s->config.limits;
  s->tree = s->config.tree;
  s->host = s->config.host;
  s->log = OMADM_HAS(omadm_host, s->host, log) ? s->host->log : NULL;
  s->dialect = dialect_of(s->config.dialect);
  omadm_arena_init(&s->texts, &s->mem, 0);
  omadm_arena_init(&s->arena, &s->mem, 0); /* the reader counts what it puts there */
  omadm_arena_init(&s->reply, &s->mem, 0);
  omadm_buf_init(&s->body, &s->mem, omadm_size_clamp(limits->receive));
  omadm_buf_init(&s->charset, &s->mem, 64);
  omadm_buf_init(&s->resp_uri, &s->mem, 0);
  large_init(s);
  omadm_buf_init(&s->late.text, &s->mem, 0);
  omadm_buf_init(&s->out, &s->mem, 0);
  omadm_buf_init(&s->scratch, &s->mem, 0);
  omadm_buf_init(&s->octets, &s->mem, 0);
  omadm_buf_init(&s->names, &s->mem, omadm_size_clamp(limits->max_obj_size));
  s->queue.tail = &s->queue.head;
  s->last_answer = &s->first_answer;
  s->server_closed = true; /* package 1 answers nothing (OMA-TS-DM_Protocol 6.1) */
}

omadm_err omadm_session_new(const omadm_session_config *config, omadm_session **session,
                            omadm_error *error) {
  omadm_session_config own;
  config_read(config, &own);
  *session = NULL;
  omadm_err err = config_check(&own, error);
  if (err != OMADM_OK) return err;
  const omadm_mem *mem = own.mem != NULL ? own.mem : &omadm_mem_default;
  omadm_session *s = omadm_mem_new(mem, 1, sizeof *s);
  if (s == NULL) return omadm_error_set(error, OMADM_E_NOMEM, "out of memory");
  s->mem = *mem;
  s->config = own;
  init_parts(s);
  err = copy_texts(s);
  if (err == OMADM_OK) err = auth_begin(s, error);
  if (err == OMADM_OK) err = number_session(s, error);
  if (err != OMADM_OK) {
    omadm_error_set(error, err, "%s", omadm_err_text(err));
    omadm_session_free(s);
    return err;
  }
  s->origin = (omadm_origin){.server_id = s->config.server_id,
                             .session_id = s->config.session_id,
                             .windows = s->dialect->replace_creates,
                             .quirks = &s->config.quirks};
  *session = s;
  return OMADM_OK;
}

void omadm_session_free(omadm_session *s) {
  if (s == NULL) return;
  session_drop_work(s);
  large_dispose(s);
  omadm_mem mem = s->mem;
  /* A Cred may stand in both. */
  omadm_buf_wipe(&s->body);
  omadm_buf_wipe(&s->out);
  omadm_buf *buffers[] = {&s->body, &s->charset, &s->resp_uri, &s->late.text,
                          &s->out,  &s->scratch, &s->octets,   &s->names};
  for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++)
    omadm_buf_dispose(buffers[i]);
  auth_end(s);
  list_free(s);
  tnds_free(s);
  omadm_arena_dispose(&s->arena);
  omadm_arena_dispose(&s->reply);
  omadm_arena_dispose(&s->texts);
  omadm_mem_free(&mem, s->sent);
  omadm_mem_free(&mem, s);
}

void session_drop_work(omadm_session *s) {
  late_cancel(s);
  large_drop(s);
  tnds_drop(s);
  if (s->walk.atomic != NULL) s->tree->rollback(s->tree->ctx, NULL, 0);
  s->walk.atomic = NULL;
  reply_settle(s);
}

/* INFO, however it ended: who called has the outcome and says it. */
static void log_end(const omadm_session *s) {
  static const char *const words[] = {"goes on", "is done", "was aborted", "was broken off"};
  const omadm_result *r = &s->result;
  omadm_log_line(s->log, OMADM_LOG_INFO, "session",
                 "session %.*s %s%s%s (%" PRIu64 " messages, %" PRIu64 " commands, %" PRIu64
                 " failed)",
                 (int)s->config.session_id.len, s->config.session_id.ptr, words[r->outcome],
                 r->reason[0] != '\0' ? ": " : "", r->reason, r->messages, r->commands, r->failed);
}

void session_end(omadm_session *s, omadm_outcome outcome, const char *format, ...) {
  if (s->state == STATE_DONE) return;
  session_drop_work(s);
  s->state = STATE_DONE;
  s->result.outcome = s->ending != OMADM_OUTCOME_NONE ? s->ending : outcome;
  if (s->ending == OMADM_OUTCOME_NONE) {
    va_list ap;
    va_start(ap, format);
    vsnprintf(s->result.reason, sizeof s->result.reason, format, ap);
    va_end(ap);
  }
  log_end(s);
}

void session_give_up(omadm_session *s, omadm_outcome outcome, const char *format, ...) {
  session_drop_work(s);
  s->ending = outcome;
  s->job = JOB_FAREWELL;
  s->state = STATE_WORK;
  va_list ap;
  va_start(ap, format);
  vsnprintf(s->result.reason, sizeof s->result.reason, format, ap);
  va_end(ap);
}

step session_fail(omadm_session *s, omadm_err err) {
  session_end(s, OMADM_OUTCOME_REFUSED, "%s", omadm_err_text(err));
  return STEP_FAIL;
}

omadm_status session_no_memory(omadm_session *s) {
  session_fail(s, OMADM_E_NOMEM);
  return OMADM_ST_FAILED;
}

void omadm_session_outcome(const omadm_session *s, omadm_result *result) {
  *result = s->result;
}

omadm_str omadm_session_id(const omadm_session *s) {
  return s->config.session_id;
}

int64_t omadm_session_deadline(const omadm_session *s) {
  return s->deadline;
}
