/* SPDX-License-Identifier: MIT */
#include "omadm/session/tnds.h"

#include "base/codec.h"
#include "omadm/session/commands.h"
#include "omadm/session/reply.h"
#include "omadm/session/report.h"
#include "omadm/session/target.h"
#include "omadm/session/walk.h"
#include "omadm/tree/tnds_own.h"

static bool is_document(const omadm_session *s, omadm_encoding *encoding) {
  return omadm_tnds_type(target_type(s, s->walk.item), encoding) == OMADM_OK;
}

bool tnds_concerns(const omadm_session *s) {
  omadm_encoding encoding;
  if (s->tnds != NULL && s->tnds->doc != NULL) return true;
  bool add = s->walk.row->verb == OMADM_VERB_ADD;
  if (!add && s->walk.row->verb != OMADM_VERB_REPLACE) return false;
  return is_document(s, &encoding) || (add && inbox_holds(s->walk.item->target));
}

static tnds_task *task_of(omadm_session *s) {
  if (s->tnds != NULL) return s->tnds;
  tnds_task *t = omadm_mem_new(&s->mem, 1, sizeof *t);
  if (t == NULL) return NULL;
  omadm_arena_init(&t->arena, &s->mem, 0);
  omadm_buf *buffers[] = {&t->text, &t->scratch, &t->octets, &t->gathered, &t->meta};
  for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++)
    omadm_buf_init(buffers[i], &s->mem, 0);
  t->octets.max = t->gathered.max = omadm_size_clamp(s->config.limits.decoded);
  subtree_init(&t->tree, &s->mem);
  return s->tnds = t;
}

void tnds_drop(omadm_session *s) {
  tnds_task *t = s->tnds;
  if (t == NULL) return;
  if (t->open) s->tree->rollback(s->tree->ctx, NULL, 0);
  t->open = false;
  omadm_tnds_free(t->doc);
  t->doc = NULL;
}

void tnds_free(omadm_session *s) {
  tnds_task *t = s->tnds;
  if (t == NULL) return;
  tnds_drop(s);
  omadm_arena_dispose(&t->arena);
  omadm_buf *buffers[] = {&t->text, &t->scratch, &t->octets, &t->gathered, &t->meta};
  for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++)
    omadm_buf_dispose(buffers[i]);
  subtree_dispose(&t->tree);
  omadm_mem_free(&s->mem, t);
  s->tnds = NULL;
}

/* The document */

/* In a message of XML a document of octets is base64; one of text may be, too. Neither can begin
 * like the other: a version number and '<' are no base64. */
static omadm_status open_data(omadm_session *s, tnds_task *t, omadm_str *data) {
  omadm_format format = omadm_format_parse(target_format(s, s->walk.item));
  *data = s->walk.item->data;
  if (data->len > s->config.limits.max_obj_size) return OMADM_ST_TOO_LARGE;
  omadm_str text = omadm_str_trim(*data);
  bool encoded = format == OMADM_FORMAT_B64 || format == OMADM_FORMAT_BIN;
  if (!encoded || text.len == 0 || text.ptr[0] == '<' || text.ptr[0] < ' ') return OMADM_ST_OK;
  t->octets.len = 0;
  omadm_err err = omadm_base64_decode(*data, &t->octets);
  if (err == OMADM_E_NOMEM) return session_no_memory(s);
  *data = omadm_buf_str(&t->octets);
  return err == OMADM_OK ? OMADM_ST_OK : OMADM_ST_BAD_FORMAT;
}

static omadm_status read_document(omadm_session *s, tnds_task *t, omadm_encoding encoding) {
  omadm_str data;
  omadm_error error = {0};
  omadm_status told = OMADM_ST_FAILED;
  if (s->walk.item->data.ptr == NULL) return OMADM_ST_INCOMPLETE;
  omadm_status status = open_data(s, t, &data);
  if (status != OMADM_ST_OK) return status;
  omadm_err err =
      omadm_tnds_read(data, encoding, &s->config.limits, &s->mem, &t->doc, &told, &error);
  if (err == OMADM_E_NOMEM) return session_no_memory(s);
  if (err == OMADM_OK) return OMADM_ST_OK;
  omadm_str why = omadm_arena_copy(&s->arena, omadm_str_of(error.text));
  if (why.ptr != NULL) s->walk.reply.detail = why;
  return told;
}

/* A plain Add to ./Inbox: an object of one node. */
static omadm_status make_document(omadm_session *s, tnds_task *t) {
  const wire_item *item = s->walk.item;
  if (!omadm_str_is(target_format(s, item), "node")) return OMADM_ST_BAD_FORMAT;
  t->doc = tnds_single(&s->mem, target_type(s, item));
  return t->doc != NULL ? OMADM_ST_OK : session_no_memory(s);
}

/* OMA-TS-DM_TNDS leaves open how the first Node stands to the Target: with the name of the Target
 * it is the Target, where that makes sense; else it is below it. */
static void relate(const omadm_session *s, tnds_task *t, bool there) {
  const omadm_uri *uri = &s->walk.uri;
  t->top = 0;
  if (t->doc->nodes[0].described || uri->n == 0 || (there && !t->replace)) return;
  uint32_t i = 1; /* the first, or what its Path leads through */
  const omadm_tnds_node *n = &t->doc->nodes[i];
  if (n->described && omadm_str_equal(n->name, uri->segment[uri->n - 1])) t->top = i;
}

/* The Item */

static omadm_status locate(omadm_session *s, omadm_status *found) {
  walk *w = &s->walk;
  uint32_t quirks = 0;
  omadm_status status = target_structure(s);
  if (status != OMADM_ST_OK) return status;
  *found = target_resolve(s, w->item, &w->uri, &quirks, &w->node);
  bool inbox = inbox_leads(&w->uri);
  if (*found != OMADM_ST_OK && *found != OMADM_ST_NOT_FOUND && !inbox) return *found;
  if (*found == OMADM_ST_BAD_REQUEST || *found == OMADM_ST_URI_TOO_LONG) return *found;
  quirks |= w->item->quirks & ~(1U << OMADM_QUIRK_INLINE_SYNCML);
  if (quirks != 0 && !report_quirks(s, quirks, w->command, omadm_str_trim(w->item->target)))
    return OMADM_ST_BAD_REQUEST;
  return w->uri.query == OMADM_QUERY_NONE ? OMADM_ST_OK : OMADM_ST_NOT_ALLOWED;
}

static omadm_status judge_target(omadm_session *s, const tnds_task *t, omadm_status found) {
  const omadm_node *n = &s->walk.node;
  if (!t->replace) return OMADM_ST_OK; /* node by node */
  if (found != OMADM_ST_OK) return found;
  bool leaf = n->format != OMADM_FORMAT_NODE;
  if (leaf && (n->access & OMADM_ACCESS_REPLACE) == 0) return OMADM_ST_NOT_ALLOWED;
  bool granted = target_grants(s, n, n->acl, OMADM_ACCESS_REPLACE);
  return granted ? OMADM_ST_OK : OMADM_ST_DENIED;
}

static omadm_status prepare(omadm_session *s, tnds_task *t, bool there) {
  walk *w = &s->walk;
  relate(s, t, there);
  t->base = w->uri.path;
  if (t->base.len > 1 && t->base.ptr[t->base.len - 1] == '/') t->base.len--;
  t->enlists = t->doc->n > 2 || w->atomic != NULL;
  t->last_removal = &t->removals;
  t->stays = omadm_arena_new(&t->arena, t->doc->n, sizeof *t->stays);
  t->goes = omadm_arena_new(&t->arena, t->doc->n, sizeof *t->goes);
  if (t->stays == NULL || t->goes == NULL) return session_no_memory(s);
  if (t->replace && subtree_begin(&t->tree, t->base) != OMADM_OK) return session_no_memory(s);
  t->stage = t->replace ? TNDS_SCAN : TNDS_CHECK_NODES;
  if (w->atomic != NULL) return OMADM_ST_OK;
  /* As before an Atomic: what waits with it must not keep what came before from being durable. */
  reply_settle(s);
  omadm_status status = s->tree->begin(s->tree->ctx, &s->origin);
  t->open = status == OMADM_ST_OK;
  return t->open || status >= 400 ? status : OMADM_ST_FAILED;
}

static omadm_status start(omadm_session *s, tnds_task *t) {
  walk *w = &s->walk;
  omadm_encoding encoding = OMADM_ENCODING_XML;
  omadm_status found = OMADM_ST_OK;
  omadm_arena_reset(&t->arena);
  t->replace = w->row->verb == OMADM_VERB_REPLACE;
  t->placed = t->waiting = false;
  t->i = t->changes = 0;
  t->removals = NULL;
  t->removal = NULL;
  omadm_status status = locate(s, &found);
  if (status != OMADM_ST_OK) return status;
  t->placed = inbox_leads(&w->uri);
  if (t->placed && t->replace) return OMADM_ST_NOT_ALLOWED;
  status = judge_target(s, t, found);
  if (status != OMADM_ST_OK) return status;
  status = is_document(s, &encoding) ? read_document(s, t, encoding) : make_document(s, t);
  if (status == OMADM_ST_OK && t->placed) status = inbox_place(s, t->doc);
  return status == OMADM_ST_OK ? prepare(s, t, found == OMADM_ST_OK) : status;
}

/* The stages */

/* PENDING before a step or in it: the same is done again. */
static omadm_status removals(omadm_session *s, tnds_task *t) {
  while (t->removal != NULL) {
    const omadm_str uri = t->removal->uri;
    omadm_status status = t->waiting ? OMADM_ST_OK : walk_step(s);
    if (status == OMADM_ST_OK)
      status = t->stage == TNDS_REMOVE ? tnds_remove(s, t, uri) : tnds_check_remove(s, t, uri);
    if (!omadm_status_is_success(status)) return status;
    t->removal = t->removal->next;
  }
  return OMADM_ST_OK;
}

static omadm_status one(omadm_session *s, tnds_task *t) {
  size_t last = t->doc->n - 1;
  switch (t->stage) {
  case TNDS_CHECK_NODES: return tnds_check_node(s, t, t->i);
  case TNDS_CHECK_TITLES: return tnds_check_title(s, t, t->i);
  case TNDS_CHECK_ACLS: return tnds_check_acl(s, t, last - t->i);
  case TNDS_NODES: return tnds_node(s, t, t->i);
  case TNDS_TITLES: return tnds_title(s, t, t->i);
  default: return tnds_acl(s, t, last - t->i);
  }
}

/* One stage over all nodes. */
static omadm_status each(omadm_session *s, tnds_task *t) {
  for (; t->i < t->doc->n; t->i++) {
    omadm_status status = t->waiting ? OMADM_ST_OK : walk_step(s);
    if (status == OMADM_ST_OK) status = one(s, t);
    if (!omadm_status_is_success(status)) return status;
  }
  return OMADM_ST_OK;
}

static omadm_status advance(omadm_session *s, tnds_task *t) {
  while (t->stage < TNDS_STAGES) {
    omadm_status status = OMADM_ST_OK;
    switch (t->stage) {
    case TNDS_SCAN: status = tnds_scan(s, t); break;
    case TNDS_CHECK_REMOVE:
    case TNDS_REMOVE: status = removals(s, t); break;
    default: status = each(s, t); break;
    }
    if (status != OMADM_ST_OK) return status;
    t->stage++;
    t->i = 0;
    t->removal = t->removals;
  }
  return OMADM_ST_OK;
}

/* Ends its own transaction; one that it joined is ended by the Atomic. */
static omadm_status settle(omadm_session *s, tnds_task *t, omadm_status status) {
  size_t member = 0, n = t->changes;
  if (!t->open) return status;
  omadm_status *undo = omadm_arena_new(&s->arena, n + 1, sizeof *undo);
  if (undo == NULL) return session_no_memory(s);
  t->open = false;
  if (status == OMADM_ST_OK) {
    status = s->tree->commit(s->tree->ctx, &member, undo, n);
    if (status == OMADM_ST_OK) {
      if (n > 0) reply_changed(s);
      return status;
    }
    if (status < 400) status = OMADM_ST_FAILED;
  } else {
    s->tree->rollback(s->tree->ctx, undo, ++n); /* and of the change that failed */
  }
  for (size_t i = 0; i < n; i++) {
    if (undo[i] == OMADM_ST_ROLLBACK_FAILED) return OMADM_ST_ROLLBACK_FAILED;
  }
  return status;
}

omadm_status tnds_run(omadm_session *s) {
  walk *w = &s->walk;
  tnds_task *t = task_of(s);
  if (t == NULL) return session_no_memory(s);
  omadm_status status = t->doc == NULL ? start(s, t) : OMADM_ST_OK;
  w->called = true;
  if (status == OMADM_ST_OK) status = advance(s, t);
  if (status == OMADM_ST_PENDING || s->state == STATE_DONE) return status;
  status = settle(s, t, status);
  omadm_tnds_free(t->doc);
  t->doc = NULL;
  return status;
}

/* Chunks */

omadm_status tnds_gather_begin(omadm_session *s) {
  tnds_task *t = task_of(s);
  const wire_item *item = s->walk.item;
  omadm_str texts[] = {item->target, target_format(s, item), target_type(s, item)};
  if (t == NULL) return session_no_memory(s);
  t->gathered.len = t->meta.len = 0;
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    if (omadm_buf_add_str(&t->meta, texts[i]) != OMADM_OK) return session_no_memory(s);
  }
  /* The buffer has stopped moving. */
  const char *at = t->meta.ptr;
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    if (texts[i].ptr != NULL) texts[i].ptr = at;
    at += texts[i].len;
  }
  t->whole = (wire_item){.target = texts[0], .meta = {.format = texts[1], .type = texts[2]}};
  return OMADM_ST_OK;
}

omadm_status tnds_gather_add(omadm_session *s, omadm_str octets) {
  omadm_err err = omadm_buf_add_str(&s->tnds->gathered, octets);
  if (err == OMADM_E_NOMEM) return session_no_memory(s);
  return err == OMADM_OK ? OMADM_ST_OK : OMADM_ST_TOO_LARGE;
}

omadm_status tnds_gather_run(omadm_session *s) {
  walk *w = &s->walk;
  tnds_task *t = s->tnds;
  if (w->item != &t->whole) {
    t->whole.next = w->item->next;
    t->whole.data = omadm_buf_str(&t->gathered);
    if (t->whole.data.ptr == NULL) t->whole.data = (omadm_str)OMADM_STR("");
    w->item = &t->whole;
  }
  return tnds_run(s);
}
