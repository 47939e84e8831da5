/* SPDX-License-Identifier: MIT */
#include "omadm/session/reply.h"

#include "base/codec.h"
#include "omadm/session/large.h"
#include "omadm/session/report.h"
#include "omadm/session/send.h"
#include "omadm/wire/xml_writer.h"

/* What waits to be sent grows over messages: a server that asks and never listens must not fill
 * memory. */
static bool count_in(omadm_session *s, size_t n) {
  if (!__builtin_add_overflow(s->reply_octets, n, &s->reply_octets) &&
      s->reply_octets <= s->config.limits.decoded)
    return true;
  session_end(s, OMADM_OUTCOME_REFUSED,
              "the answers that wait for the server take more room than the limit 'decoded'");
  return false;
}

/* Rows outlive the message they answer. */
static bool keep(omadm_session *s, omadm_str *span) {
  if (span->len == 0) return true;
  if (!count_in(s, span->len)) return false;
  *span = omadm_arena_copy(&s->reply, *span);
  if (span->ptr == NULL) session_fail(s, OMADM_E_NOMEM);
  return span->ptr != NULL;
}

/* What every row about a command says of it. The names of known commands live for ever. */
static bool keep_refs(omadm_session *s, answer *a, wire_kind kind) {
  /* CmdRef 0 would mean the header. */
  if (omadm_str_is(a->cmd_ref, "0")) a->cmd_ref.len = 0;
  return keep(s, &a->cmd_ref) && (kind != WIRE_UNKNOWN || keep(s, &a->cmd));
}

answer *reply_answer(omadm_session *s, const wire_command *command) {
  answer *a = omadm_arena_alloc(&s->arena, sizeof *a + command->n_items * sizeof a->items[0]);
  if (a == NULL) {
    session_fail(s, OMADM_E_NOMEM);
    return NULL;
  }
  *a = (answer){.cmd_ref = command->cmd_id,
                .cmd = command->name,
                .silent = command->no_resp,
                .n_items = command->kind == WIRE_ALERT ? 0 : command->n_items};
  size_t i = 0;
  for (const wire_item *item = command->items; item != NULL && i < a->n_items; item = item->next) {
    answer_item *one = &a->items[i++];
    *one = (answer_item){.source = omadm_str_trim(item->source), .change = NO_CHANGE};
    /* An address that is refused as such is no reference. */
    if (!quirks_refused(s, item->quirks & 1U << OMADM_QUIRK_BARE_URI))
      one->target = omadm_str_trim(item->target);
  }
  a->n_items = i;
  if (!keep_refs(s, a, command->kind)) return NULL;
  *s->last_answer = a;
  s->last_answer = &a->next;
  return a;
}

void reply_fill(answer *a, size_t index, omadm_status code) {
  if (index == 0) a->code = code;
  for (size_t i = index; i < a->n_items; i++)
    a->items[i].code = code;
}

/* chr, text/plain is what a receiver assumes without Meta (OMA-TS-SyncML_MetaInfo 5). */
wire_out_meta reply_meta(const omadm_session *s, const omadm_answer *value, bool base64) {
  wire_out_meta meta = {.format = base64 ? OMADM_FORMAT_B64 : value->format};
  bool plain_format = meta.format == OMADM_FORMAT_ABSENT || meta.format == OMADM_FORMAT_CHR;
  bool plain_type = value->type.len == 0 || omadm_str_is(value->type, "text/plain");
  if (!s->dialect->results_type) {
    if (plain_format) meta.format = OMADM_FORMAT_ABSENT;
  } else if (plain_format && plain_type) {
    meta.format = OMADM_FORMAT_ABSENT;
  } else {
    if (plain_format) meta.format = OMADM_FORMAT_CHR;
    meta.type = plain_type ? (omadm_str)OMADM_STR("text/plain") : value->type;
  }
  return meta;
}

omadm_err reply_item(omadm_session *s, omadm_str source, const omadm_answer *value,
                     wire_out_item *item) {
  bool octets = value->format == OMADM_FORMAT_BIN || !xml_writer_carries(value->data);
  bool base64 = octets && s->config.encoding != OMADM_ENCODING_WBXML;
  /* `source` may stand in the buffer that base64 is written to. */
  *item = (wire_out_item){.source = omadm_arena_copy(&s->reply, source),
                          .meta = reply_meta(s, value, base64),
                          .has_data = true,
                          .data = value->data,
                          .is_text = !octets || base64};
  if (base64) {
    s->octets.len = 0;
    omadm_err err = omadm_base64_encode(value->data, &s->octets);
    if (err != OMADM_OK) return err;
    item->data = omadm_buf_str(&s->octets);
  }
  if (s->peer_obj_size > 0 && item->data.len > s->peer_obj_size) return OMADM_E_LIMIT;
  /* Values take half of the room at most: the other half is for Statuses, without which the session
   * would have to end. */
  size_t total = 0;
  if (__builtin_add_overflow(s->reply_octets, item->data.len, &total) ||
      total > s->config.limits.decoded / 2)
    return OMADM_E_LIMIT;
  s->reply_octets = total;
  item->data = omadm_arena_copy(&s->reply, item->data);
  bool kept = item->data.ptr != NULL && item->source.ptr != NULL;
  if (item->meta.type.len > 0) {
    item->meta.type = omadm_arena_copy(&s->reply, item->meta.type);
    kept = kept && item->meta.type.ptr != NULL;
  }
  return kept ? OMADM_OK : OMADM_E_NOMEM;
}

omadm_status reply_result(omadm_session *s, omadm_str source, const omadm_answer *value) {
  answer *a = s->walk.answer;
  if (value->snapshot != 0) return large_out_snapshot(s, source, value);
  if (a->results == NULL) a->results = omadm_arena_new(&s->reply, a->n_items, sizeof *a->results);
  omadm_err err = a->results != NULL ? OMADM_OK : OMADM_E_NOMEM;
  if (err == OMADM_OK) err = reply_item(s, source, value, &a->results[a->n_results]);
  if (err == OMADM_OK && !send_fits_alone(s, a, &a->results[a->n_results]))
    return large_out_item(s, &a->results[a->n_results]);
  if (err == OMADM_E_LIMIT) return OMADM_ST_TOO_LARGE;
  if (err != OMADM_OK) {
    session_fail(s, err);
    return OMADM_ST_FAILED;
  }
  a->n_results++;
  return OMADM_ST_OK;
}

void reply_changed(omadm_session *s) {
  walk *w = &s->walk;
  answer_item *item = &w->answer->items[w->index];
  if (w->atomic != NULL) {
    item->change = (ptrdiff_t)w->n_changes++;
  } else {
    item->unsettled = true;
    if (s->unsettled == NULL) s->unsettled = w->answer;
  }
}

void reply_name_parent(omadm_session *s, omadm_str uri) {
  walk *w = &s->walk;
  if (!s->dialect->failed_parent || !count_in(s, sizeof(wire_out_item) + uri.len)) return;
  wire_out_item *item = omadm_arena_new(&s->reply, 1, sizeof *item);
  if (item != NULL) item->target = omadm_arena_copy(&s->reply, uri);
  if (item == NULL || item->target.ptr == NULL) {
    session_fail(s, OMADM_E_NOMEM);
    return;
  }
  w->answer->items[w->index].told = item;
}

void reply_settle(omadm_session *s) {
  if (s->unsettled == NULL) return;
  omadm_err err = s->tree->settle(s->tree->ctx);
  if (err != OMADM_OK)
    omadm_log_line(s->log, OMADM_LOG_ERROR, "session", "changes could not be made durable: %s",
                   omadm_err_text(err));
  for (answer *a = s->unsettled; a != NULL; a = a->next) {
    if (a->unsettled && err != OMADM_OK) a->code = OMADM_ST_ATOMIC_FAILED;
    a->unsettled = false;
    for (size_t i = 0; i < a->n_items; i++) {
      if (a->items[i].unsettled && err != OMADM_OK) a->items[i].code = omadm_status_from_err(err);
      a->items[i].unsettled = false;
    }
  }
  s->unsettled = NULL;
}

reply_row *reply_row_add(omadm_session *s, row_kind kind) {
  if (!count_in(s, sizeof(reply_row))) return NULL;
  reply_row *row = omadm_arena_alloc(&s->reply, sizeof *row);
  if (row == NULL) {
    session_fail(s, OMADM_E_NOMEM);
    return NULL;
  }
  *row = (reply_row){.kind = kind};
  *s->queue.tail = row;
  s->queue.tail = &row->next;
  return row;
}

void reply_row_drop(omadm_session *s) {
  if (s->stuck == s->queue.head) s->stuck = NULL;
  s->queue.head = s->queue.head->next;
  if (s->queue.head == NULL) s->queue.tail = &s->queue.head;
}

static reply_row *command_row_add(omadm_session *s, row_kind kind, const answer *a) {
  reply_row *row = reply_row_add(s, kind);
  if (row == NULL) return NULL;
  row->msg_ref = s->header.msg_ref;
  row->cmd_ref = a->cmd_ref;
  row->cmd = a->cmd;
  return row;
}

static bool status_row(omadm_session *s, const answer *a, const answer_item *item,
                       omadm_status code, bool refs) {
  reply_row *row = command_row_add(s, ROW_STATUS, a);
  if (row == NULL) return false;
  row->code = code;
  if (item != NULL && item->told != NULL) {
    row->items = item->told;
    row->n_items = 1;
  }
  if (!refs) return true;
  row->target_ref = item->target;
  if (a->n_items == 1 || s->dialect->source_refs) row->source_ref = item->source;
  return keep(s, &row->target_ref) && keep(s, &row->source_ref);
}

/* Of a container or an Alert, with what the user said. */
static bool command_status_row(omadm_session *s, const answer *a) {
  reply_row *row = command_row_add(s, ROW_STATUS, a);
  if (row == NULL) return false;
  row->code = a->code;
  row->items = a->told;
  row->n_items = a->n_told;
  return true;
}

static bool same_codes(const answer *a) {
  for (size_t i = 1; i < a->n_items; i++) {
    if (a->items[i].code != a->items[0].code || a->items[i].told != NULL) return false;
  }
  return a->n_items == 0 || a->items[0].told == NULL;
}

/* OMA-TS-SyncML_RepPro 6.1.21, 6.4.1: one Status where all Items share a code, else one an Item
 * that names it. */
static bool status_rows(omadm_session *s, const answer *a) {
  if (a->silent) return true;
  if (a->n_items == 0) return command_status_row(s, a);
  if (a->n_items == 1)
    return status_row(s, a, a->items, a->items[0].code, s->dialect->single_item_refs != 0);
  if (!s->dialect->status_each_item && same_codes(a))
    return status_row(s, a, NULL, a->items[0].code, false);
  for (size_t i = 0; i < a->n_items; i++) {
    if (!status_row(s, a, &a->items[i], a->items[i].code, true)) return false;
  }
  return true;
}

static bool result_rows(omadm_session *s, const answer *a) {
  if (a->n_results == 0) return true;
  reply_row *row = command_row_add(s, ROW_RESULTS, a);
  if (row == NULL) return false;
  row->items = a->results;
  row->n_items = a->n_results;
  return true;
}

static bool has_failed(const answer *a) {
  if (a->n_items == 0) return a->code >= 400;
  for (size_t i = 0; i < a->n_items; i++) {
    if (a->items[i].code >= 400) return true;
  }
  return false;
}

/* What is left of an earlier message comes after the Status of the Alert 1222 that asked for it, or
 * of the commands that stand in its place, and before what these give: Results go in the order of
 * the commands (OMA-TS-DM_Protocol 6.1). */
static void put_between(omadm_session *s, const row_list *older) {
  reply_row **at = &s->queue.head;
  if (older->head == NULL) return;
  while (*at != NULL && (*at)->kind == ROW_STATUS)
    at = &(*at)->next;
  reply_row *rest = *at;
  *at = older->head;
  *older->tail = rest;
  if (rest == NULL) s->queue.tail = older->tail;
}

bool reply_finish(omadm_session *s) {
  row_list older = s->queue;
  s->queue = (row_list){.tail = &s->queue.head};
  bool follow = s->dialect->results_follow != 0;
  for (const answer *a = s->first_answer; a != NULL; a = a->next) {
    s->result.failed += has_failed(a);
    if (!status_rows(s, a) || (follow && !result_rows(s, a))) return false;
  }
  for (const answer *a = follow ? NULL : s->first_answer; a != NULL; a = a->next) {
    if (!result_rows(s, a)) return false;
  }
  put_between(s, &older);
  s->first_answer = NULL;
  s->last_answer = &s->first_answer;
  return true;
}

void reply_clear(omadm_session *s) {
  s->queue = (row_list){.tail = &s->queue.head};
  s->first_answer = NULL;
  s->last_answer = &s->first_answer;
  s->stuck = NULL;
}
