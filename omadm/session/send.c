/* SPDX-License-Identifier: MIT */
#include "omadm/session/send.h"

#include "omadm/session/alerts.h"
#include "omadm/session/auth.h"
#include "omadm/session/large.h"
#include "omadm/session/reply.h"

#include <inttypes.h>
#include <stdio.h>

/* Room for <Alert><CmdID>…</CmdID><Data>1222</Data></Alert>. */
enum { ALERT_ROOM = 96 };

static const omadm_str content_types[] = {
    [OMADM_ENCODING_XML] = OMADM_STR("application/vnd.syncml.dm+xml"),
    [OMADM_ENCODING_WBXML] = OMADM_STR("application/vnd.syncml.dm+wbxml"),
};

omadm_str composer_id(composer *c) {
  return omadm_u64_text(c->next_id, c->id);
}

void composer_used(composer *c) {
  c->next_id++;
}

static void composer_init(omadm_session *s, composer *c) {
  *c = (composer){.writer = {.out = &s->out,
                             .encoding = s->config.encoding,
                             .type_before_format = s->dialect->alert_type_first != 0},
                  .next_id = s->header.present ? 1 : (uint64_t)s->dialect->first_cmd_id};
  s->out.len = 0;
  s->out.max = 0;
  s->out_encoding = s->config.encoding;
  /* An answer is about as long as what it answers, and a little longer. Where this fails, writing
   * will say so. */
  (void)omadm_buf_reserve(&s->out, s->body.len + s->body.len / 4);
  s->out.max = s->peer_msg_size > 0 ? omadm_size_clamp(s->peer_msg_size) - WIRE_TAIL : 0;
}

static omadm_err write_header(omadm_session *s, composer *c) {
  char digits[OMADM_U64_DIGITS];
  wire_out_header header = {.session_id = s->config.session_id,
                            .msg_id = omadm_u64_text(s->msg_id, digits),
                            .target = s->config.server_uri,
                            .source = s->config.device_id};
  if (s->dialect->header_meta) {
    header.max_msg_size = s->config.limits.max_msg_size;
    header.max_obj_size = s->config.limits.max_obj_size;
  }
  auth_header(s, &header);
  return wire_write_begin(&c->writer, &header);
}

/* The Status for the header comes first in each message (OMA-TS-SyncML_RepPro 6.4.1). */
static omadm_err write_header_status(omadm_session *s, composer *c) {
  if (!s->header.present) return OMADM_OK;
  wire_out_item detail = {.has_data = true, .data = s->header.detail};
  wire_out_status status = {.cmd_id = composer_id(c),
                            .msg_ref = s->header.msg_ref,
                            .cmd_ref = OMADM_STR("0"),
                            .cmd = OMADM_STR("SyncHdr"),
                            .code = s->header.code,
                            .items = &detail,
                            .n_items = s->header.detail.len > 0};
  if (s->dialect->header_refs) {
    status.target_ref = s->header.target;
    status.source_ref = s->header.source;
  }
  auth_challenge(s, &status);
  omadm_err err = wire_write_status(&c->writer, &status);
  if (err == OMADM_E_LIMIT) {
    /* What the server wrote into its header must not make the answer impossible. */
    status.target_ref = status.source_ref = (omadm_str){NULL, 0};
    err = wire_write_status(&c->writer, &status);
  }
  if (err == OMADM_OK) composer_used(c);
  return err;
}

static omadm_err write_alert(composer *c, int code) {
  wire_out_alert alert = {.cmd_id = composer_id(c), .code = code};
  omadm_err err = wire_write_alert(&c->writer, &alert);
  if (err == OMADM_OK) composer_used(c);
  c->commands = true;
  return err;
}

static omadm_err write_status_row(composer *c, const reply_row *row, bool refs) {
  wire_out_status status = {.cmd_id = composer_id(c),
                            .msg_ref = row->msg_ref,
                            .cmd_ref = row->cmd_ref,
                            .cmd = row->cmd,
                            .code = row->code,
                            .items = row->items,
                            .n_items = row->n_items};
  if (refs) {
    status.target_ref = row->target_ref;
    status.source_ref = row->source_ref;
  }
  return wire_write_status(&c->writer, &status);
}

/* Several Items may be spread over several Results (OMA-TS-DM_TND 8.2): as many as fit. *left: how
 * many did not. */
static omadm_err write_results_row(composer *c, reply_row *row, size_t *left) {
  size_t n = row->n_items;
  omadm_str id = composer_id(c);
  omadm_err err = wire_write_results(&c->writer, id, row->msg_ref, row->cmd_ref, row->items, n);
  while (err == OMADM_E_LIMIT && n > 1) {
    n /= 2;
    err = wire_write_results(&c->writer, id, row->msg_ref, row->cmd_ref, row->items, n);
  }
  if (err != OMADM_OK) return err;
  row->items += n;
  row->n_items -= n;
  *left = row->n_items;
  return OMADM_OK;
}

static omadm_err write_alert_row(composer *c, const reply_row *row) {
  wire_out_alert alert = {
      .cmd_id = composer_id(c), .code = row->alert, .items = row->items, .n_items = row->n_items};
  return wire_write_alert(&c->writer, &alert);
}

/* *left gets a number other than 0 where a part of the row waits for the next message. */
static omadm_err write_row(omadm_session *s, composer *c, reply_row *row, size_t *left) {
  omadm_err err = OMADM_OK;
  *left = 0;
  switch (row->kind) {
  case ROW_STATUS: err = write_status_row(c, row, true); break;
  case ROW_RESULTS: err = write_results_row(c, row, left); break;
  case ROW_REPLACE:
    err = wire_write_replace(&c->writer, composer_id(c), row->items, row->n_items);
    break;
  case ROW_ALERT: err = write_alert_row(c, row); break;
  case ROW_OUTBOX: return alerts_write(s, c);
  }
  if (err != OMADM_OK) return err;
  composer_used(c);
  if (row->kind != ROW_STATUS) c->commands = true;
  return OMADM_OK;
}

/* A row that fits no message at all: its Status goes without references and Items, anything else is
 * given up. */
static omadm_err write_stuck_row(omadm_session *s, composer *c, const reply_row *row) {
  reply_row bare = *row;
  bare.n_items = 0;
  omadm_err err = row->kind == ROW_STATUS ? write_status_row(c, &bare, false) : OMADM_E_LIMIT;
  if (err == OMADM_OK) composer_used(c);
  if (err != OMADM_E_LIMIT) return err;
  omadm_log_line(
      s->log, OMADM_LOG_WARN, "session",
      "an answer to command %.*s fits no message of the server's %" PRIu64 " octets and is dropped",
      row->cmd_ref.len < 64 ? (int)row->cmd_ref.len : 64, row->cmd_ref.ptr, s->peer_msg_size);
  return OMADM_OK;
}

/* LIMIT: the next row waits for the next message. */
static omadm_err write_small_rows(omadm_session *s, composer *c) {
  for (reply_row *row = s->queue.head; row != NULL; row = s->queue.head) {
    if (auth_holds(s) && row->msg_ref.ptr != s->header.msg_ref.ptr) break; /* of a message before */
    /* Nothing new comes between two chunks (OMA-TS-DM_Protocol 7). */
    if (row->kind != ROW_STATUS && large_out_begun(s)) break;
    size_t left = 0;
    omadm_err err = write_row(s, c, row, &left);
    if (err == OMADM_E_LIMIT && row == s->stuck) err = write_stuck_row(s, c, row);
    if (err == OMADM_E_LIMIT) s->stuck = row;
    if (left > 0) s->stuck = NULL;
    if (left > 0) return OMADM_E_LIMIT;
    if (err != OMADM_OK) return err;
    reply_row_drop(s);
  }
  return OMADM_OK;
}

/* Rows, large values, and the rows that waited for the end of one. */
static omadm_err write_rows(omadm_session *s, composer *c) {
  omadm_err err = OMADM_OK;
  do {
    err = write_small_rows(s, c);
    if (!auth_knows(s)) break;
    if (err == OMADM_OK) err = large_out_write(s, c);
  } while (err == OMADM_OK && s->queue.head != NULL && s->large_out == NULL);
  return err == OMADM_E_LIMIT ? OMADM_OK : err;
}

/* Is all said that there is to say? */
static bool is_complete(const omadm_session *s) {
  return s->queue.head == NULL && s->large_out == NULL;
}

void send_lend(omadm_session *s, omadm_out *out) {
  *out =
      (omadm_out){.uri = s->resp_uri.len > 0 ? omadm_buf_str(&s->resp_uri) : s->config.server_uri,
                  .content_type = content_types[s->out_encoding],
                  .hmac = omadm_buf_str(&s->auth.client.header),
                  .body = omadm_buf_str(&s->out),
                  .last = s->out_is_last};
  s->state = STATE_SENT;
}

/* The end of a message: Alert 1222 where the server has to go on first, Final where its package and
   ours are complete (OMA-TS-DM_Protocol 6.1-6.2). */
static omadm_err write_tail(omadm_session *s, composer *c) {
  omadm_err err = OMADM_OK;
  bool complete = is_complete(s);
  if (complete && auth_may_tell(s)) err = alerts_write(s, c);
  if (err == OMADM_OK && !s->server_closed && !c->commands) {
    s->out.max = 0;
    err = write_alert(c, 1222);
  }
  if (err != OMADM_OK) return err;
  bool final = complete && s->server_closed;
  if (final) s->server_closed = false;
  return wire_write_end(&c->writer, final);
}

static omadm_step too_many(omadm_session *s, omadm_out *out) {
  session_give_up(s, OMADM_OUTCOME_ABORTED,
                  "the server did not come to an end in %" PRIu64 " messages", s->rounds);
  return send_farewell(s, out);
}

omadm_step send_again(omadm_session *s, omadm_out *out) {
  if (s->rounds >= s->config.limits.rounds) return too_many(s, out);
  s->rounds++;
  send_lend(s, out);
  return OMADM_SEND;
}

/* A message that moves a large object on is none of an endless session: the object has an end. */
static void count_round(omadm_session *s) {
  enum { PROGRESS = 1024 };
  if (s->large_octets < PROGRESS) s->rounds++;
  s->large_octets = 0;
}

omadm_step send_reply(omadm_session *s, omadm_out *out) {
  if (is_complete(s) && s->server_closed) {
    /* Only a successful Status for the header is left: such a message must not be sent
     * (OMA-TS-SyncML_RepPro 6.4.1). */
    session_end(s, OMADM_OUTCOME_DONE, "%s", "");
    return OMADM_DONE;
  }
  if (s->rounds >= s->config.limits.rounds) return too_many(s, out);
  composer c;
  omadm_err err = auth_prepare(s);
  composer_init(s, &c);
  s->msg_id++;
  if (!s->server_closed && s->out.max > ALERT_ROOM) s->out.max -= ALERT_ROOM;
  if (err == OMADM_OK) err = write_header(s, &c);
  if (err == OMADM_OK) err = write_header_status(s, &c);
  if (err == OMADM_OK) err = write_rows(s, &c);
  if (err == OMADM_OK) err = write_tail(s, &c);
  if (err == OMADM_OK) err = auth_sign(s);
  if (err == OMADM_E_STORE && s->large_out != NULL) {
    /* It was promised by a Status, and half of it may be sent. */
    s->msg_id--;
    session_give_up(s, OMADM_OUTCOME_ABORTED, "a large value can no longer be read");
    return send_farewell(s, out);
  }
  s->header.present = false;
  if (err != OMADM_OK) {
    session_fail(s, err);
    return OMADM_DONE;
  }
  count_round(s);
  send_lend(s, out);
  return OMADM_SEND;
}

omadm_step send_farewell(omadm_session *s, omadm_out *out) {
  composer c;
  omadm_err err = auth_prepare(s);
  composer_init(s, &c);
  s->out.max = 0;
  s->msg_id++;
  reply_clear(s);
  if (err == OMADM_OK) err = write_header(s, &c);
  if (err == OMADM_OK) err = write_header_status(s, &c);
  if (err == OMADM_OK) err = write_alert(&c, 1223);
  if (err == OMADM_OK) err = wire_write_end(&c.writer, true);
  if (err == OMADM_OK) err = auth_sign(s);
  s->header.present = false;
  if (err != OMADM_OK) {
    session_fail(s, err);
    return OMADM_DONE;
  }
  s->out_is_last = true;
  send_lend(s, out);
  return OMADM_SEND;
}

/* Writes what every continuation begins with: the header, its Status, and the Status of the Alert
   1222 that asked for it. The lengths of what the server will write are guessed with room. */
static omadm_err write_sample(omadm_session *s, composer *c, omadm_str cmd_ref) {
  static const omadm_str ref = OMADM_STR("18446744073709551615");
  omadm_err err = write_header(s, c);
  wire_out_status header = {.cmd_id = OMADM_STR("1"),
                            .msg_ref = ref,
                            .cmd_ref = OMADM_STR("0"),
                            .cmd = OMADM_STR("SyncHdr"),
                            .code = OMADM_ST_OK};
  if (s->dialect->header_refs) {
    header.target_ref = s->header.target;
    header.source_ref = s->header.source;
  }
  auth_challenge(s, &header);
  wire_out_status alert = {.cmd_id = ref,
                           .msg_ref = ref,
                           .cmd_ref = cmd_ref,
                           .cmd = OMADM_STR("Alert"),
                           .code = OMADM_ST_OK};
  if (err == OMADM_OK) err = wire_write_status(&c->writer, &header);
  if (err == OMADM_OK) err = wire_write_status(&c->writer, &alert);
  return err;
}

bool send_fits_alone(omadm_session *s, const answer *a, const wire_out_item *item) {
  static const omadm_str guess =
      OMADM_STR("................................................................");
  /* Escaped, an octet becomes six at most; everything around the value is far below the rest. */
  size_t most = 0;
  if (s->peer_msg_size == 0) return true;
  if (!__builtin_mul_overflow(item->data.len + item->source.len, 6, &most) &&
      most < s->peer_msg_size / 4 && s->peer_msg_size > 16384)
    return true;
  composer c;
  composer_init(s, &c);
  omadm_err err = write_sample(s, &c, guess);
  if (err == OMADM_OK)
    err = wire_write_results(&c.writer, guess, s->header.msg_ref, a->cmd_ref, item, 1);
  return err == OMADM_OK;
}

bool send_fits_anything(omadm_session *s) {
  static const omadm_str guess = OMADM_STR("1234567890");
  if (s->peer_msg_size <= WIRE_TAIL + ALERT_ROOM) return false;
  composer c;
  composer_init(s, &c);
  s->out.max -= ALERT_ROOM;
  return write_sample(s, &c, guess) == OMADM_OK;
}
