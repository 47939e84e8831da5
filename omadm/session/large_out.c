/* SPDX-License-Identifier: MIT */
#include "omadm/session/large.h"

#include "base/codec.h"
#include "omadm/session/reply.h"
#include "omadm/session/report.h"

enum {
  LEAST_ROOM = 64, /* a chunk of less waits for the next message */
  HEAD_ROOM = 1024, /* what stands before the Results of a message that continues another */
  DATA_ROOM = 16, /* <Data></Data> instead of <Data/>, or a length */
  TRIES = 3 /* messages in which there is no room for it */
};

/* An object on its way. Everything is its own. */
struct large_out {
  large_out *next;
  omadm_arena arena;
  omadm_str msg_ref, cmd_ref;
  wire_out_item item; /* without Data */
  omadm_token snapshot; /* 0: */
  omadm_str text; /* as it is written */
  bool base64; /* the snapshot's octets are to be encoded */
  bool digits; /* text is base64: cut between groups */
  uint64_t size, at; /* of the snapshot or the text, and how far it is sent */
  uint64_t msg, cmd; /* of the last chunk */
  unsigned tries;
  bool again; /* it was begun anew once */
};

static void out_free(omadm_session *s, large_out *o) {
  if (o == NULL) return;
  if (o->snapshot != 0) s->tree->release(s->tree->ctx, o->snapshot);
  s->large_waiting -= o->text.len;
  omadm_arena_dispose(&o->arena);
  omadm_mem_free(&s->mem, o);
}

/* Takes the first from the list. */
static large_out *out_take(omadm_session *s) {
  large_out *o = s->large_out;
  s->large_out = o->next;
  o->next = NULL;
  return o;
}

void large_init(omadm_session *s) {
  omadm_buf_init(&s->large_in.target, &s->mem, 0);
}

void large_drop(omadm_session *s) {
  large_in_drop(s);
  s->large_in.ending = false;
  while (s->large_out != NULL)
    out_free(s, out_take(s));
  out_free(s, s->large_told);
  s->large_told = NULL;
  if (s->late.arrived && s->late.answer.snapshot != 0)
    s->tree->release(s->tree->ctx, s->late.answer.snapshot);
  s->late.answer.snapshot = 0;
}

void large_dispose(omadm_session *s) {
  large_drop(s);
  omadm_buf_dispose(&s->large_in.target);
}

static omadm_status no_memory(omadm_session *s, large_out *o) {
  out_free(s, o);
  session_fail(s, OMADM_E_NOMEM);
  return OMADM_ST_FAILED;
}

static large_out *out_new(omadm_session *s) {
  large_out *o = omadm_mem_new(&s->mem, 1, sizeof *o);
  if (o == NULL) return NULL;
  omadm_arena_init(&o->arena, &s->mem, 0);
  return o;
}

/* It keeps what names it, and waits behind the others. False without memory. */
static bool out_add(omadm_session *s, large_out *o) {
  o->msg_ref = s->header.msg_ref;
  o->cmd_ref = s->walk.answer->cmd_ref;
  o->item.has_data = true;
  omadm_str *spans[] = {&o->msg_ref, &o->cmd_ref, &o->item.source, &o->item.meta.type};
  for (size_t i = 0; i < sizeof spans / sizeof *spans; i++) {
    if (spans[i]->len == 0) continue;
    *spans[i] = omadm_arena_copy(&o->arena, *spans[i]);
    if (spans[i]->ptr == NULL) return false;
  }
  large_out **at = &s->large_out;
  while (*at != NULL)
    at = &(*at)->next;
  *at = o;
  return true;
}

omadm_status large_out_item(omadm_session *s, const wire_out_item *item) {
  large_out *o = out_new(s);
  if (o == NULL) return no_memory(s, NULL);
  o->item = *item;
  o->item.data = (omadm_str){"", 0};
  o->text = omadm_arena_copy(&o->arena, item->data);
  if (o->text.ptr == NULL) {
    o->text.len = 0;
    return no_memory(s, o);
  }
  s->large_waiting += o->text.len;
  o->size = o->text.len;
  o->digits = item->meta.format == OMADM_FORMAT_B64;
  if (s->large_waiting > s->config.limits.decoded / 2) {
    out_free(s, o);
    return OMADM_ST_TOO_LARGE;
  }
  return out_add(s, o) ? OMADM_ST_OK : no_memory(s, o);
}

/* Text that the tree gives is UTF-8. Are all its characters allowed in XML (XML 1.0 2.2)? */
static omadm_status scan(omadm_session *s, const omadm_answer *value, bool *carried) {
  uint32_t last = 0; /* three octets */
  *carried = true;
  for (uint64_t at = 0; at < value->size && *carried;) {
    omadm_answer piece = {0};
    omadm_status status = s->tree->read(s->tree->ctx, value->snapshot, at, SIZE_MAX, &piece);
    if (status != OMADM_ST_OK || piece.data.len == 0) return OMADM_ST_STORE_FAILED;
    for (size_t i = 0; i < piece.data.len && *carried; i++) {
      unsigned char c = (unsigned char)piece.data.ptr[i];
      last = (last << 8 | c) & 0xFFFFFF;
      bool control = c < 0x20 && c != '\t' && c != '\n' && c != '\r';
      *carried = !control && last != 0xEFBFBE && last != 0xEFBFBF;
    }
    at += piece.data.len;
  }
  return OMADM_ST_OK;
}

static omadm_status take_snapshot(omadm_session *s, large_out *o, omadm_str source,
                                  const omadm_answer *value) {
  bool carried = false;
  bool wbxml = s->config.encoding == OMADM_ENCODING_WBXML;
  omadm_status status = OMADM_ST_OK;
  if (value->format != OMADM_FORMAT_BIN) status = scan(s, value, &carried);
  if (status != OMADM_ST_OK) return status;
  o->size = value->size;
  o->base64 = !carried && !wbxml;
  o->digits = carried && value->format == OMADM_FORMAT_B64;
  o->item = (wire_out_item){
      .source = source, .meta = reply_meta(s, value, o->base64), .is_text = carried || o->base64};
  uint64_t total = o->base64 ? (o->size + 2) / 3 * 4 : o->size;
  return s->peer_obj_size > 0 && total > s->peer_obj_size ? OMADM_ST_TOO_LARGE : OMADM_ST_OK;
}

omadm_status large_out_snapshot(omadm_session *s, omadm_str source, const omadm_answer *value) {
  large_out *o = out_new(s);
  if (o == NULL) {
    s->tree->release(s->tree->ctx, value->snapshot);
    return no_memory(s, NULL);
  }
  o->snapshot = value->snapshot;
  omadm_status status = take_snapshot(s, o, source, value);
  if (status == OMADM_ST_OK && !out_add(s, o)) return no_memory(s, o);
  if (status != OMADM_ST_OK) out_free(s, o);
  return status;
}

bool large_out_begun(const omadm_session *s) {
  return s->large_out != NULL && s->large_out->at > 0;
}

/* ---- chunks ---- */

static uint64_t total_of(const large_out *o) {
  return o->base64 ? (o->size + 2) / 3 * 4 : o->size;
}

/* Octets of an object from where it stands, as many as asked for, or all that are left, into
 * s->octets; in base64 where they are to be. *n: how many octets of the object. */
static omadm_err gather(omadm_session *s, const large_out *o, size_t most, size_t *n) {
  omadm_base64_out encoder = {.n = 0};
  omadm_err err = OMADM_OK;
  if (most > o->size - o->at) most = (size_t)(o->size - o->at);
  s->octets.len = 0;
  *n = 0;
  if (o->snapshot == 0) {
    *n = most;
    return omadm_buf_add(&s->octets, o->text.ptr + o->at, most);
  }
  while (err == 0 && *n < most) {
    omadm_answer piece = {0};
    omadm_status status = s->tree->read(s->tree->ctx, o->snapshot, o->at + *n, most - *n, &piece);
    if (status != OMADM_ST_OK || piece.data.len == 0 || piece.data.len > most - *n)
      return OMADM_E_STORE;
    err = o->base64 ? omadm_base64_out_add(&encoder, piece.data, &s->octets)
                    : omadm_buf_add_str(&s->octets, piece.data);
    *n += piece.data.len;
  }
  return err == 0 && o->base64 ? omadm_base64_out_end(&encoder, &s->octets) : err;
}

/* What an octet of text takes in XML. In WBXML it is less, which does no harm. */
static size_t written(char c) {
  switch (c) {
  case '&':
  case '\r': return 5;
  case '<':
  case '>': return 4;
  default: return 1;
  }
}

/* How much of the text fits into the room, cut between characters, base64 between groups. */
static size_t fitting(const large_out *o, omadm_str text, size_t room, bool all) {
  size_t n = 0, used = 0;
  while (n < text.len && used + written(text.ptr[n]) <= room)
    used += written(text.ptr[n++]);
  if (n == text.len && all) return n;
  if (o->digits) return n - (o->at + n) % 4;
  while (n > 0 && n < text.len && ((unsigned char)text.ptr[n] & 0xC0) == 0x80)
    n--;
  uint32_t code = 0; /* the last character may be cut by what was gathered */
  for (size_t back = 1; n == text.len && back <= 4 && back <= n; back++) {
    if (((unsigned char)text.ptr[n - back] & 0xC0) == 0x80) continue;
    if (omadm_utf8_decode(text, n - back, &code) == 0) n -= back;
    break;
  }
  return n;
}

/* The next chunk for so much room: item->data. *n: how many octets of the object it holds. */
static omadm_err cut(omadm_session *s, const large_out *o, size_t room, omadm_str *data,
                     size_t *n) {
  size_t most = o->base64 ? room / 4 * 3 : room;
  omadm_err err = gather(s, o, most, n);
  *data = omadm_buf_str(&s->octets);
  if (err != 0 || o->base64 || !o->item.is_text) return err;
  *n = fitting(o, *data, room, o->at + *n == o->size);
  data->len = *n;
  return OMADM_OK;
}

static omadm_err write_item(composer *c, const large_out *o, const wire_out_item *item) {
  return wire_write_results(&c->writer, composer_id(c), o->msg_ref, o->cmd_ref, item, 1);
}

/* The room for Data in this message. LIMIT: none. */
static omadm_err measure(omadm_session *s, composer *c, const large_out *o, size_t *room) {
  wire_out_item item = o->item;
  wire_writer before = c->writer;
  size_t begin = s->out.len;
  uint64_t most = s->out.max > 0 ? s->out.max : s->config.limits.receive;
  item.more_data = true;
  item.is_text = true; /* no octets need no base64 */
  item.meta.size = o->at == 0 ? total_of(o) : 0;
  omadm_err err = write_item(c, o, &item);
  if (err != 0) return err;
  size_t used = s->out.len + DATA_ROOM;
  s->out.len = begin;
  c->writer = before;
  if (used + LEAST_ROOM > most) return OMADM_E_LIMIT;
  *room = (size_t)most - used;
  /* One that fits a message as it is waits for it, and is not cut. */
  bool waits = o->at == 0 && o->tries == 0 && c->commands && total_of(o) > *room &&
               most > used - begin + HEAD_ROOM && total_of(o) <= most - (used - begin) - HEAD_ROOM;
  return waits ? OMADM_E_LIMIT : OMADM_OK;
}

static omadm_err write_chunk(omadm_session *s, composer *c, large_out *o) {
  size_t room = 0, n = 0;
  wire_out_item item = o->item;
  omadm_err err = measure(s, c, o, &room);
  if (err == 0) err = cut(s, o, room, &item.data, &n);
  if (err == 0 && n == 0 && o->size > 0) err = OMADM_E_LIMIT;
  if (err != 0) return err;
  item.more_data = o->at + n < o->size;
  /* Size stands in the first chunk only; an object that is not cut needs none. */
  item.meta.size = o->at == 0 && item.more_data ? total_of(o) : 0;
  err = write_item(c, o, &item);
  if (err != 0) return err;
  o->at += n;
  o->msg = s->msg_id;
  o->cmd = c->next_id;
  o->tries = 0;
  s->large_octets += n;
  composer_used(c);
  c->commands = true;
  return OMADM_OK;
}

omadm_err large_out_write(omadm_session *s, composer *c) {
  while (s->large_out != NULL) {
    large_out *o = s->large_out;
    omadm_err err = write_chunk(s, c, o);
    if (err == OMADM_E_LIMIT && ++o->tries >= TRIES) {
      omadm_log_line(s->log, OMADM_LOG_WARN, "session",
                     "no chunk of a large value fits the server's messages; it is dropped");
      out_free(s, out_take(s));
      continue;
    }
    if (err != 0) return err == OMADM_E_LIMIT ? OMADM_OK : err;
    if (o->at < o->size) return OMADM_OK;
    out_free(s, s->large_told);
    s->large_told = out_take(s);
  }
  return OMADM_OK;
}

/* ---- what the server says to them ---- */

void large_out_status(omadm_session *s, uint64_t msg, uint64_t cmd, omadm_status code) {
  large_out *o = s->large_out;
  if (o == NULL || o->at == 0 || o->msg != msg || o->cmd != cmd || code < 300) return;
  out_free(s, out_take(s));
}

void large_out_again(omadm_session *s) {
  large_out *o = large_out_begun(s) ? out_take(s) : s->large_told;
  if (o == NULL) return;
  if (o == s->large_told) s->large_told = NULL;
  if (o->again) {
    omadm_log_line(s->log, OMADM_LOG_WARN, "session",
                   "the server missed the end of a large value twice; it is dropped");
    out_free(s, o);
    return;
  }
  o->again = true;
  o->at = 0;
  o->next = s->large_out;
  s->large_out = o;
}

void large_out_message_end(omadm_session *s) {
  out_free(s, s->large_told);
  s->large_told = NULL;
}
