/* SPDX-License-Identifier: MIT */
#include "omadm/session/list.h"

#include <omadm/tnds.h>

#include "omadm/session/late.h"
#include "omadm/session/reply.h"
#include "omadm/session/send.h"
#include "omadm/session/subtree.h"
#include "omadm/session/target.h"
#include "omadm/tree/tnds_write.h"

/* What the tree is asked for, beyond what resolve tells. */
static const struct {
  unsigned part;
  omadm_str name;
  size_t at; /* in tnds_out_node */
} properties[] = {
    {LIST_ACL, OMADM_STR("ACL"), offsetof(tnds_out_node, acl)},
    {LIST_SIZE, OMADM_STR("Size"), offsetof(tnds_out_node, size)},
    {LIST_TITLE, OMADM_STR("Title"), offsetof(tnds_out_node, title)},
    {LIST_TSTAMP, OMADM_STR("TStamp"), offsetof(tnds_out_node, tstamp)},
    {LIST_VERNO, OMADM_STR("VerNo"), offsetof(tnds_out_node, verno)},
};
enum { PROPERTIES = sizeof properties / sizeof *properties };

typedef enum stage { STAGE_NODE = 0, STAGE_VALUE, STAGE_PROPERTIES, STAGE_TELL } stage;

struct list_task {
  list_query query;
  subtree tree;
  stage stage;
  size_t property; /* the one that comes */
  bool waiting;
  omadm_arena held; /* texts of the node at hand: the tree lends them for one call only */
  tnds_out_node out;
  omadm_format format;
  bool has_value;
  omadm_buf value;
  omadm_buf document;
  tnds_writer writer;
  size_t first_result; /* of the answer, of this Item */
  size_t cap_results;
};

static list_task *task_of(omadm_session *s) {
  if (s->list != NULL) return s->list;
  list_task *t = omadm_mem_new(&s->mem, 1, sizeof *t);
  if (t == NULL) return NULL;
  size_t most = omadm_size_clamp(s->config.limits.decoded / 2);
  subtree_init(&t->tree, &s->mem);
  omadm_arena_init(&t->held, &s->mem, 0);
  omadm_buf_init(&t->value, &s->mem, most);
  omadm_buf_init(&t->document, &s->mem, most);
  return s->list = t;
}

void list_free(omadm_session *s) {
  list_task *t = s->list;
  if (t == NULL) return;
  subtree_dispose(&t->tree);
  omadm_arena_dispose(&t->held);
  omadm_buf_dispose(&t->value);
  omadm_buf_dispose(&t->document);
  omadm_mem_free(&s->mem, t);
  s->list = NULL;
}

/* Asks, or takes the answer that was waited for. */
static bool hold(list_task *t, omadm_str *text) {
  *text = omadm_arena_copy(&t->held, *text);
  return text->ptr != NULL;
}

/* The value */

/* A large value is read piece by piece; what does not fit into a list is too large for it. */
static omadm_status read_snapshot(omadm_session *s, list_task *t, omadm_token snapshot) {
  enum { PIECE = 65536 };
  omadm_status status = OMADM_ST_OK;
  for (omadm_answer piece = {.data = {"", 1}}; status == OMADM_ST_OK && piece.data.len > 0;) {
    piece = (omadm_answer){0};
    status = s->tree->read(s->tree->ctx, snapshot, t->value.len, PIECE, &piece);
    if (status != OMADM_ST_OK) break;
    omadm_err err = omadm_buf_add_str(&t->value, piece.data);
    if (err == OMADM_E_LIMIT) status = OMADM_ST_TOO_LARGE;
    if (err == OMADM_E_NOMEM) status = session_no_memory(s);
  }
  s->tree->release(s->tree->ctx, snapshot);
  return status;
}

static omadm_status ask_value(omadm_session *s, list_task *t) {
  walk *w = &s->walk;
  omadm_status status = OMADM_ST_OK;
  if (!late_take_asked(s, &t->waiting, &status)) {
    w->reply = (omadm_answer){0};
    status = s->tree->get(s->tree->ctx, &s->origin, &t->tree.node, &w->reply);
  }
  t->waiting = status == OMADM_ST_PENDING;
  if (t->waiting) return late_wait(s, w->reply.token);
  /* It went meanwhile, or may not be read after all: it has no value to tell. */
  if (status == OMADM_ST_NOT_FOUND || status == OMADM_ST_NOT_ALLOWED) return OMADM_ST_OK;
  if (status != OMADM_ST_OK) return status;
  t->has_value = true;
  t->value.len = 0;
  if (w->reply.format != OMADM_FORMAT_ABSENT) t->format = w->reply.format;
  if (w->reply.type.len > 0) {
    t->out.type = w->reply.type;
    if (!hold(t, &t->out.type)) return session_no_memory(s);
  }
  if (w->reply.snapshot != 0) return read_snapshot(s, t, w->reply.snapshot);
  omadm_err err = omadm_buf_add_str(&t->value, w->reply.data);
  if (err == OMADM_E_NOMEM) return session_no_memory(s);
  return err == OMADM_OK ? OMADM_ST_OK : OMADM_ST_TOO_LARGE;
}

/* The properties */

/* Is it worth asking? ACLs are none in a dialect without them; Size is of leaves. */
static bool wants(const omadm_session *s, const list_task *t, size_t i) {
  unsigned part = properties[i].part;
  if ((t->query.parts & part) == 0 || !OMADM_HAS(omadm_tree, s->tree, prop_get)) return false;
  if (part == LIST_SIZE && t->tree.node.format == OMADM_FORMAT_NODE) return false;
  return part != LIST_ACL || s->dialect->acl;
}

static omadm_status ask_property(omadm_session *s, list_task *t, size_t i) {
  walk *w = &s->walk;
  omadm_status status = OMADM_ST_OK;
  if (!late_take_asked(s, &t->waiting, &status)) {
    w->reply = (omadm_answer){0};
    status =
        s->tree->prop_get(s->tree->ctx, &s->origin, &t->tree.node, properties[i].name, &w->reply);
  }
  t->waiting = status == OMADM_ST_PENDING;
  if (t->waiting) return late_wait(s, w->reply.token);
  bool lacks = status == OMADM_ST_NOT_SUPPORTED || status == OMADM_ST_NOT_ALLOWED;
  bool start = t->tree.at->above == NULL;
  if (lacks && start && (t->query.asked & properties[i].part) != 0) return OMADM_ST_NOT_SUPPORTED;
  if (lacks || status == OMADM_ST_NOT_FOUND) return OMADM_ST_OK;
  if (status != OMADM_ST_OK) return status;
  if (w->reply.data.len == 0) return OMADM_ST_OK;
  omadm_str *out = (omadm_str *)(void *)((char *)&t->out + properties[i].at);
  *out = w->reply.data;
  return hold(t, out) ? OMADM_ST_OK : session_no_memory(s);
}

static omadm_status ask_properties(omadm_session *s, list_task *t) {
  for (; t->property < PROPERTIES; t->property++) {
    if (!wants(s, t, t->property)) continue;
    omadm_status status = ask_property(s, t, t->property);
    if (status != OMADM_ST_OK) return status;
  }
  return OMADM_ST_OK;
}

/* The results */

/* Room for one more, and for one of each Item that comes, which reply_result counts on. */
static bool make_room(omadm_session *s, list_task *t) {
  answer *a = s->walk.answer;
  if (a->n_results + a->n_items < t->cap_results) return true;
  size_t cap = a->n_results * 2 + a->n_items + 16;
  wire_out_item *results = omadm_arena_new(&s->reply, cap, sizeof *results);
  size_t octets = (cap - t->cap_results) * sizeof *results;
  if (results == NULL) return false;
  if (a->n_results > 0) memcpy(results, a->results, a->n_results * sizeof *results);
  s->reply_octets += octets;
  a->results = results;
  t->cap_results = cap;
  return true;
}

static omadm_status tell_item(omadm_session *s, list_task *t) {
  answer *a = s->walk.answer;
  if (!make_room(s, t)) return session_no_memory(s);
  wire_out_item *item = &a->results[a->n_results];
  bool data = t->query.form == LIST_STRUCT_DATA && t->has_value;
  omadm_answer value = {.format = t->format, .type = t->out.type};
  omadm_str source = omadm_buf_str(&t->tree.text);
  if (data) value.data = omadm_buf_str(&t->value);
  omadm_err err = s->reply_octets + source.len <= s->config.limits.decoded / 2
                      ? reply_item(s, source, &value, item)
                      : OMADM_E_LIMIT;
  if (err == OMADM_E_NOMEM) return session_no_memory(s);
  s->reply_octets += source.len;
  if (err == OMADM_OK && !data) {
    item->has_data = false;
    if (t->format == OMADM_FORMAT_BIN) item->meta.format = OMADM_FORMAT_BIN;
  }
  if (err == OMADM_OK && t->out.type.len == 0) item->meta.type = (omadm_str){NULL, 0};
  if (err == OMADM_OK && !send_fits_alone(s, a, item)) err = OMADM_E_LIMIT;
  if (err != OMADM_OK) return OMADM_ST_TOO_LARGE;
  a->n_results++;
  return OMADM_ST_OK;
}

static omadm_status tell_node(omadm_session *s, list_task *t) {
  tnds_out_node out = t->out;
  unsigned parts = t->query.parts;
  while (t->writer.depth > t->tree.at->depth)
    tnds_write_up(&t->writer);
  out.interior = t->format == OMADM_FORMAT_NODE;
  out.octets = t->format == OMADM_FORMAT_BIN;
  if ((parts & LIST_FORMAT) != 0) out.format = t->format;
  if ((parts & LIST_NAME) != 0) out.own_name = out.name;
  if ((parts & LIST_TYPE) == 0) out.type = (omadm_str){NULL, 0};
  if (t->has_value) out.value = (omadm_str){t->value.ptr != NULL ? t->value.ptr : "", t->value.len};
  tnds_write_node(&t->writer, &out);
  if (t->writer.err == OMADM_E_NOMEM) return session_no_memory(s);
  return t->writer.err == OMADM_OK ? OMADM_ST_OK : OMADM_ST_TOO_LARGE;
}

static omadm_status finish(omadm_session *s, list_task *t) {
  if (t->query.form != LIST_TNDS) return OMADM_ST_OK;
  bool wbxml = t->writer.encoding == OMADM_ENCODING_WBXML;
  omadm_err err = tnds_write_finish(&t->writer);
  if (err == OMADM_E_NOMEM) return session_no_memory(s);
  if (err != OMADM_OK) return OMADM_ST_TOO_LARGE;
  omadm_answer document = {.format = wbxml ? OMADM_FORMAT_BIN : OMADM_FORMAT_XML,
                           .data = omadm_buf_str(&t->document)};
  document.type = omadm_str_of(wbxml ? OMADM_TNDS_WBXML : OMADM_TNDS_XML);
  return reply_result(s, t->tree.start, &document);
}

/* The walk */

static omadm_status begin(omadm_session *s, list_task *t) {
  walk *w = &s->walk;
  omadm_status status = list_parse(w->uri.query_value, &t->query);
  if (status != OMADM_ST_OK) return status;
  if ((t->query.asked & LIST_ACL) != 0 && !s->dialect->acl) return OMADM_ST_NOT_SUPPORTED;
  const unsigned told = LIST_FORMAT | LIST_NAME | LIST_TYPE | LIST_VALUE;
  if ((t->query.asked & ~told) != 0 && !OMADM_HAS(omadm_tree, s->tree, prop_get))
    return OMADM_ST_NOT_SUPPORTED;
  if ((w->node.access & OMADM_ACCESS_GET) == 0) return OMADM_ST_NOT_ALLOWED;
  if (subtree_begin(&t->tree, w->uri.path) != OMADM_OK) return session_no_memory(s);
  t->stage = STAGE_NODE;
  t->waiting = false;
  t->first_result = w->answer->n_results;
  t->cap_results = 0;
  t->document.len = 0;
  if (t->query.form == LIST_TNDS) tnds_write_begin(&t->writer, s->config.encoding, &t->document);
  return OMADM_ST_OK;
}

/* Nodes below that the server may not Get are left out without a word (OMA-TS-DM_TND 8), with what
 * is below them. A leaf that nobody can read has no value to tell: only a document, which a Replace
 * may bring back, tells that it is there. */
static bool is_told(omadm_session *s, const list_task *t) {
  const omadm_node *n = &t->tree.node;
  if (!target_grants(s, n, n->acl, OMADM_ACCESS_GET)) return false;
  if ((n->access & OMADM_ACCESS_GET) != 0) return true;
  return n->format != OMADM_FORMAT_NODE && t->query.form == LIST_TNDS;
}

static omadm_status next_node(omadm_session *s, list_task *t) {
  omadm_status status = OMADM_ST_OK;
  do {
    status = subtree_next(s, &t->tree);
    if (status != OMADM_ST_OK) return status;
  } while (!is_told(s, t));
  const omadm_node *n = &t->tree.node;
  subtree_descend(&t->tree);
  omadm_arena_reset(&t->held);
  bool start = t->tree.at->above == NULL;
  t->out = (tnds_out_node){.name = t->tree.at->name, .type = n->type};
  if (start && s->walk.uri.n > 0) t->out.name = t->tree.uri.segment[t->tree.uri.n - 1];
  if (!hold(t, &t->out.type) || !hold(t, &t->out.name)) return session_no_memory(s);
  t->format = n->format;
  t->has_value = false;
  t->property = 0;
  t->stage = STAGE_VALUE;
  return OMADM_ST_OK;
}

static bool wants_value(const list_task *t) {
  const omadm_node *n = &t->tree.node;
  if (n->format == OMADM_FORMAT_NODE || (n->access & OMADM_ACCESS_GET) == 0) return false;
  return t->query.form == LIST_STRUCT_DATA ||
         (t->query.form == LIST_TNDS && (t->query.parts & LIST_VALUE) != 0);
}

static omadm_status step_on(omadm_session *s, list_task *t) {
  omadm_status status = OMADM_ST_OK;
  switch (t->stage) {
  case STAGE_NODE: return next_node(s, t);
  case STAGE_VALUE:
    if (wants_value(t)) status = ask_value(s, t);
    if (status == OMADM_ST_OK) t->stage = STAGE_PROPERTIES;
    return status;
  case STAGE_PROPERTIES:
    if (t->query.form == LIST_TNDS) status = ask_properties(s, t);
    if (status == OMADM_ST_OK) t->stage = STAGE_TELL;
    return status;
  case STAGE_TELL: break;
  }
  t->stage = STAGE_NODE;
  return t->query.form == LIST_TNDS ? tell_node(s, t) : tell_item(s, t);
}

omadm_status list_item(omadm_session *s) {
  walk *w = &s->walk;
  list_task *t = task_of(s);
  omadm_status status = t != NULL ? OMADM_ST_OK : session_no_memory(s);
  if (status == OMADM_ST_OK && !w->called) status = begin(s, t);
  w->called = true;
  bool began = status == OMADM_ST_OK;
  while (status == OMADM_ST_OK && s->state != STATE_DONE)
    status = step_on(s, t);
  if (status == OMADM_ST_PENDING) return status;
  if (status == OMADM_ST_END) status = finish(s, t);
  /* All or nothing: a list that ends in the middle would pass for the whole. */
  if (began && status != OMADM_ST_OK) w->answer->n_results = t->first_result;
  return status;
}
