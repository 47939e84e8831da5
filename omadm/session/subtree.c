/* SPDX-License-Identifier: MIT */
#include "omadm/session/subtree.h"

#include <omadm/tnds.h>

#include "omadm/session/late.h"
#include "omadm/session/walk.h"

void subtree_init(subtree *t, const omadm_mem *mem) {
  *t = (subtree){.at = NULL};
  omadm_arena_init(&t->arena, mem, 0);
  omadm_buf_init(&t->text, mem, 0);
  omadm_buf_init(&t->scratch, mem, 0);
}

void subtree_dispose(subtree *t) {
  omadm_arena_dispose(&t->arena);
  omadm_buf_dispose(&t->text);
  omadm_buf_dispose(&t->scratch);
}

omadm_err subtree_begin(subtree *t, omadm_str path) {
  omadm_arena_reset(&t->arena);
  if (path.len > 1 && path.ptr[path.len - 1] == '/') path.len--; /* the root, as "./" */
  t->start = omadm_arena_copy(&t->arena, path);
  t->next = omadm_arena_new(&t->arena, 1, sizeof *t->next);
  if (t->start.ptr == NULL || t->next == NULL) return OMADM_E_NOMEM;
  t->next->mark = OMADM_TNDS_NONE;
  t->at = NULL;
  t->n = 1;
  t->descend = t->listing = t->waiting = false;
  return OMADM_OK;
}

static omadm_status add_child(omadm_session *s, subtree *t, omadm_str name) {
  if (t->n >= s->config.limits.items) {
    s->walk.reply.detail = (omadm_str)OMADM_STR("more nodes than the limit 'items'");
    return OMADM_ST_TOO_LARGE;
  }
  subtree_place *p = omadm_arena_new(&t->arena, 1, sizeof *p);
  if (p == NULL) return session_no_memory(s);
  p->name = omadm_arena_copy(&t->arena, name);
  if (p->name.ptr == NULL) return session_no_memory(s);
  p->above = t->at;
  p->depth = t->at->depth + 1;
  p->mark = OMADM_TNDS_NONE;
  p->next = *t->tail;
  *t->tail = p;
  t->tail = &p->next;
  t->n++;
  return OMADM_ST_OK;
}

static omadm_err write_uri(subtree *t, const subtree_place *p) {
  const subtree_place *way[OMADM_URI_SEGMENTS];
  size_t n = 0;
  t->text.len = 0;
  for (; p->above != NULL; p = p->above) {
    if (n == OMADM_URI_SEGMENTS) return OMADM_E_LIMIT;
    way[n++] = p;
  }
  omadm_err err = omadm_buf_add_str(&t->text, t->start);
  while (err == 0 && n > 0) {
    err = omadm_buf_add(&t->text, "/", 1);
    if (err == 0) err = omadm_uri_write_name(way[--n]->name, &t->text);
  }
  if (err == 0) err = omadm_buf_reserve(&t->scratch, t->text.len);
  return err;
}

static omadm_status resolve(omadm_session *s, subtree *t) {
  omadm_err err = write_uri(t, t->at);
  if (err == OMADM_E_LIMIT) return OMADM_ST_URI_TOO_LONG;
  if (err != 0) return session_no_memory(s);
  omadm_status status = omadm_uri_parse(omadm_buf_str(&t->text), (unsigned)s->dialect->uri_flags,
                                        &s->config.limits, t->scratch.ptr, NULL, &t->uri);
  if (status != OMADM_ST_OK) return status;
  t->node = (omadm_node){0};
  return s->tree->resolve(s->tree->ctx, &s->origin, &t->uri, &t->node);
}

/* May one more name be asked for? Names are cheap: a hundred are one step. */
static omadm_status name_step(omadm_session *s, const subtree *t) {
  enum { NAMES = 100 };
  return t->n % NAMES == 0 ? walk_step(s) : OMADM_ST_OK;
}

/* Begins, or goes on: others may have changed the tree meanwhile. */
static omadm_status list_begin(omadm_session *s, subtree *t) {
  omadm_status status = OMADM_ST_OK;
  if (!t->listing) {
    t->listing = true;
    t->cursor = 0;
    t->tail = &t->next;
    return OMADM_ST_OK;
  }
  bool late = t->waiting && late_take(s, &status);
  t->waiting = false;
  return late && status != OMADM_ST_OK ? status : resolve(s, t);
}

/* All children: nothing of the node is needed any more when the first of them is looked at. */
static omadm_status list(omadm_session *s, subtree *t) {
  omadm_status status = list_begin(s, t);
  if (status != OMADM_ST_OK && status != OMADM_ST_END) return status;
  while (status != OMADM_ST_END) {
    status = name_step(s, t);
    if (status != OMADM_ST_OK) return status;
    s->walk.reply = (omadm_answer){0};
    status = s->tree->list(s->tree->ctx, &s->origin, &t->node, &t->cursor, &s->walk.reply);
    t->waiting = status == OMADM_ST_PENDING;
    if (t->waiting) return late_wait(s, s->walk.reply.token);
    if (status == OMADM_ST_OK) status = add_child(s, t, s->walk.reply.data);
    if (status != OMADM_ST_OK && status != OMADM_ST_END) return status;
  }
  t->listing = t->descend = false;
  return OMADM_ST_OK;
}

omadm_status subtree_next(omadm_session *s, subtree *t) {
  if (t->descend) {
    omadm_status status = list(s, t);
    if (status != OMADM_ST_OK) return status;
  }
  while (t->next != NULL) {
    omadm_status status = walk_step(s);
    if (status != OMADM_ST_OK) return status;
    t->at = t->next;
    t->next = t->next->next;
    status = resolve(s, t);
    if (s->state == STATE_DONE) return OMADM_ST_FAILED;
    if (status == OMADM_ST_OK || t->at->above == NULL) return status;
  }
  return OMADM_ST_END;
}
