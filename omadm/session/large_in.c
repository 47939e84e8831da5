/* SPDX-License-Identifier: MIT */
#include "omadm/session/large.h"

#include "omadm/session/commands.h"
#include "omadm/session/late.h"
#include "omadm/session/reply.h"
#include "omadm/session/report.h"
#include "omadm/session/target.h"
#include "omadm/session/tnds.h"

/* In whose Data an object can come. */
static bool carries(wire_kind kind) {
  return kind == WIRE_ADD || kind == WIRE_REPLACE || kind == WIRE_EXEC;
}

/* The same command and the same target, or none named, go on with the object. */
static bool goes_on(const large_in *in, wire_kind kind, const wire_item *item) {
  omadm_str target = omadm_str_trim(item->target);
  return in->state != LARGE_NONE && in->kind == kind &&
         (target.len == 0 || omadm_str_equal(target, omadm_buf_str(&in->target)));
}

void large_in_drop(omadm_session *s) {
  omadm_answer told = {0};
  if (s->large_in.state == LARGE_OPEN && !s->large_in.gathered)
    s->tree->write_end(s->tree->ctx, 0, &told);
  s->large_in.state = LARGE_NONE;
}

/* The chunks that still come are refused alike: the last alone would pass for the whole value. */
static omadm_status refuse(omadm_session *s, omadm_status code) {
  large_in_drop(s);
  if (s->walk.item->more_data) s->large_in.state = LARGE_REFUSED;
  s->large_in.refusal = code;
  s->large_in.idle = 0;
  return code;
}

/* Alert 1225 names the object that will not be completed (OMA-TS-DM_Protocol 7). */
static void tell_unfinished(omadm_session *s) {
  large_in *in = &s->large_in;
  wire_out_item *item = omadm_arena_new(&s->reply, 1, sizeof *item);
  if (item != NULL) item->target = omadm_arena_copy(&s->reply, omadm_buf_str(&in->target));
  if (item == NULL || item->target.ptr == NULL) {
    session_fail(s, OMADM_E_NOMEM);
    return;
  }
  reply_row *row = reply_row_add(s, ROW_ALERT);
  if (row == NULL) return;
  row->alert = 1225;
  row->items = item;
  row->n_items = 1;
  omadm_log_line(s->log, OMADM_LOG_WARN, "session",
                 "the large value for %.*s was not completed and is dropped",
                 in->target.len < 256 ? (int)in->target.len : 256, in->target.ptr);
}

static void break_off(omadm_session *s) {
  tell_unfinished(s);
  large_in_drop(s);
  s->large_in.state = LARGE_REFUSED;
  s->large_in.refusal = OMADM_ST_INCOMPLETE;
  s->large_in.idle = 0;
}

bool large_in_breaks(omadm_session *s, const wire_command *command) {
  const large_in *in = &s->large_in;
  if (in->state != LARGE_OPEN) return false;
  if (command->kind == WIRE_ALERT && omadm_str_is(command->data, "1222")) return false;
  if (command->items != NULL && goes_on(in, command->kind, command->items)) return false;
  break_off(s);
  return true;
}

/* What is refused from now on. False without memory: the session ended. */
static bool note(omadm_session *s, wire_kind kind, const wire_item *item) {
  large_in *in = &s->large_in;
  in->kind = kind;
  in->target.len = 0;
  omadm_err err = omadm_buf_add_str(&in->target, omadm_str_trim(item->target));
  if (err != 0) session_fail(s, err);
  return err == 0;
}

const wire_command *large_in_member(omadm_session *s, const wire_command *members,
                                    omadm_status code, size_t *item) {
  for (const wire_command *c = members; c != NULL; c = c->next) {
    *item = 0;
    for (const wire_item *i = c->items; i != NULL; i = i->next, ++*item) {
      if (!i->more_data) continue;
      if (!note(s, c->kind, i)) return NULL;
      s->large_in.state = LARGE_REFUSED;
      s->large_in.refusal = code;
      s->large_in.idle = 0;
      return c;
    }
  }
  return NULL;
}

/* Size of the object: 411 without one, 413 where it is more than we announced. */
static omadm_status read_size(omadm_session *s, const wire_item *item, uint64_t *size) {
  omadm_str text = item->meta.size.ptr != NULL ? item->meta.size : s->walk.command->meta.size;
  if (!omadm_str_u64(text, size)) return OMADM_ST_SIZE_REQUIRED;
  if (*size <= s->config.limits.max_obj_size) return OMADM_ST_OK;
  s->walk.reply.detail = (omadm_str)OMADM_STR("its Size is larger than the limit max-obj-size");
  return OMADM_ST_TOO_LARGE;
}

/* Size may stand in each chunk, but it may not change. */
static bool same_size(const omadm_session *s, const wire_item *item) {
  uint64_t size = 0;
  return item->meta.size.ptr == NULL ||
         (omadm_str_u64(item->meta.size, &size) && size == s->large_in.size);
}

static omadm_status append(omadm_session *s, omadm_str octets) {
  if (octets.len == 0) return OMADM_ST_OK;
  if (s->large_in.gathered) return tnds_gather_add(s, octets);
  omadm_status status = s->tree->write_append(s->tree->ctx, octets);
  return status >= 200 && status < 600 ? status : OMADM_ST_FAILED;
}

/* A chunk of base64 ends anywhere: what makes no octet yet waits for the next one. */
static omadm_status take(omadm_session *s, omadm_str data) {
  large_in *in = &s->large_in;
  if (data.len > in->size - in->got) return OMADM_ST_SIZE_MISMATCH;
  in->got += data.len;
  in->chunk = true;
  s->large_octets += data.len;
  if (!in->base64) return append(s, data);
  s->octets.len = 0;
  omadm_err err = omadm_base64_in_add(&in->digits, data, &s->octets);
  if (err == OMADM_E_SYNTAX) return OMADM_ST_BAD_FORMAT;
  if (err != 0) session_fail(s, err);
  return err == 0 ? append(s, omadm_buf_str(&s->octets)) : OMADM_ST_FAILED;
}

static omadm_status take_last(omadm_session *s) {
  large_in *in = &s->large_in;
  if (in->got != in->size) return OMADM_ST_SIZE_MISMATCH;
  if (!in->base64) return OMADM_ST_OK;
  s->octets.len = 0;
  if (omadm_base64_in_end(&in->digits, &s->octets) != 0) return OMADM_ST_BAD_FORMAT;
  return append(s, omadm_buf_str(&s->octets));
}

static omadm_status ask_end(omadm_session *s) {
  s->large_in.state = LARGE_NONE;
  return s->tree->write_end(s->tree->ctx, 1, &s->walk.reply);
}

/* The command runs once, with the whole value, or its late answer is there. */
static omadm_status end(omadm_session *s) {
  bool gathered = s->large_in.gathered;
  if (gathered) s->large_in.state = LARGE_NONE;
  omadm_status status = gathered ? tnds_gather_run(s) : change_run(s, ask_end);
  s->large_in.ending = status == OMADM_ST_PENDING;
  return status;
}

static omadm_status next_chunk(omadm_session *s) {
  walk *w = &s->walk;
  large_in *in = &s->large_in;
  const wire_item *item = w->item;
  if (!same_size(s, item)) return refuse(s, OMADM_ST_SIZE_MISMATCH);
  omadm_status status = take(s, item->data);
  if (status == OMADM_ST_OK && item->more_data) return OMADM_ST_CHUNK_ACCEPTED;
  if (status == OMADM_ST_OK) status = take_last(s);
  if (status != OMADM_ST_OK) return refuse(s, status);
  /* What it starts may end this process, as any Exec. */
  if (in->kind == WIRE_EXEC) reply_settle(s);
  w->uri = (omadm_uri){.request = omadm_buf_str(&in->target)};
  w->called = true;
  return end(s);
}

static omadm_status begin_document(omadm_session *s) {
  large_in *in = &s->large_in;
  omadm_status status = read_size(s, s->walk.item, &in->size);
  if (status == OMADM_ST_OK) status = tnds_gather_begin(s);
  if (status != OMADM_ST_OK) return status;
  in->base64 = false; /* the whole is decoded, where it is */
  in->gathered = true;
  in->state = LARGE_OPEN;
  return OMADM_ST_OK;
}

static omadm_status begin(omadm_session *s) {
  walk *w = &s->walk;
  large_in *in = &s->large_in;
  omadm_value *head = &w->value;
  if (!OMADM_HAS(omadm_tree, s->tree, write_begin) || !carries(w->command->kind) ||
      w->top->container != NULL)
    return OMADM_ST_NOT_SUPPORTED;
  in->gathered = false;
  if (tnds_concerns(s)) return begin_document(s);
  omadm_status status = target_locate(s);
  if (status != OMADM_ST_OK) return status;
  if (w->uri.query != OMADM_QUERY_NONE) return OMADM_ST_NOT_SUPPORTED;
  if (w->row->verb == OMADM_VERB_REPLACE && w->node.format == OMADM_FORMAT_NODE)
    return OMADM_ST_NOT_ALLOWED;
  status = read_size(s, w->item, &in->size);
  if (status != OMADM_ST_OK) return status;
  status = change_read_head(s, head, &in->base64);
  if (status != OMADM_ST_OK) return status;
  if (w->row->verb == OMADM_VERB_ADD) head->acl = target_new_acl(s);
  w->reply = (omadm_answer){0};
  status = s->tree->write_begin(s->tree->ctx, &s->origin, &w->node, w->row->verb, head, in->size,
                                &w->reply);
  if (status == OMADM_ST_OK) in->state = LARGE_OPEN;
  return status;
}

static omadm_status first_chunk(omadm_session *s) {
  large_in *in = &s->large_in;
  in->got = 0;
  in->digits = (omadm_base64_in){0};
  if (!note(s, s->walk.command->kind, s->walk.item)) return OMADM_ST_FAILED;
  omadm_status status = begin(s);
  if (status == OMADM_ST_OK) status = take(s, s->walk.item->data);
  return status == OMADM_ST_OK ? OMADM_ST_CHUNK_ACCEPTED : refuse(s, status);
}

omadm_status large_in_item(omadm_session *s) {
  walk *w = &s->walk;
  large_in *in = &s->large_in;
  const wire_item *item = w->item;
  if (in->ending) return end(s);
  if (w->called || w->located) return OMADM_ST_NONE;
  bool same = goes_on(in, w->command->kind, item);
  if (in->state == LARGE_OPEN && !same) {
    break_off(s);
    return OMADM_ST_INCOMPLETE;
  }
  if (in->state == LARGE_OPEN) return next_chunk(s);
  bool anew = item->more_data && item->meta.size.ptr != NULL;
  if (same && !anew) return refuse(s, in->refusal);
  if (!item->more_data) return OMADM_ST_NONE;
  return first_chunk(s);
}

void large_in_message_end(omadm_session *s) {
  large_in *in = &s->large_in;
  if (in->state == LARGE_OPEN && in->chunk) {
    s->server_closed = false; /* what is not complete ends no package, whatever Final says */
  } else if (in->state == LARGE_OPEN && s->message->final) {
    break_off(s);
  }
  /* Chunks stand in messages that follow each other: what comes later is no chunk of a refused
   * object. */
  if (in->state == LARGE_REFUSED && in->idle++ > 0) in->state = LARGE_NONE;
  in->chunk = false;
}
