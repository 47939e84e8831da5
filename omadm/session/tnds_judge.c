/* SPDX-License-Identifier: MIT */
/* What decides about one node of a document, before anything is changed and again when it is. */
#include "base/codec.h"
#include "omadm/session/target.h"
#include "omadm/session/tnds.h"
#include "omadm/tree/tnds_own.h"

static omadm_err write_uri(tnds_task *t, size_t i) {
  t->text.len = 0;
  if (t->placed) return omadm_tnds_uri(t->doc, i, &t->text);
  omadm_err err = omadm_buf_add_str(&t->text, t->base);
  if (err == OMADM_OK && i != t->top && i != 0) {
    err = omadm_buf_add(&t->text, "/", 1);
    if (err == OMADM_OK) err = tnds_write_way(t->doc, i, t->top, &t->text);
  }
  return err;
}

/* Resolves what stands in t->text into walk.node. */
static omadm_status resolve(omadm_session *s, tnds_task *t) {
  walk *w = &s->walk;
  omadm_uri uri;
  if (omadm_buf_reserve(&t->scratch, t->text.len) != OMADM_OK) return session_no_memory(s);
  omadm_status status = omadm_uri_parse(omadm_buf_str(&t->text), (unsigned)s->dialect->uri_flags,
                                        &s->config.limits, t->scratch.ptr, NULL, &uri);
  if (status != OMADM_ST_OK) return status;
  w->node = (omadm_node){0};
  return s->tree->resolve(s->tree->ctx, &s->origin, &uri, &w->node);
}

omadm_status tnds_locate(omadm_session *s, tnds_task *t, size_t i) {
  omadm_err err = write_uri(t, i);
  if (err == OMADM_E_LIMIT) return OMADM_ST_URI_TOO_LONG;
  if (err == OMADM_E_NOMEM) return session_no_memory(s);
  /* A node above all managed objects of ./Inbox: there is no such place. */
  return err == OMADM_OK ? resolve(s, t) : OMADM_ST_BAD_FORMAT;
}

omadm_status tnds_locate_uri(omadm_session *s, tnds_task *t, omadm_str uri) {
  t->text.len = 0;
  if (omadm_buf_add_str(&t->text, uri) != OMADM_OK) return session_no_memory(s);
  return resolve(s, t);
}

/* One of several changes has to be one that can be taken back (as in an Atomic). */
static omadm_status enlist(omadm_session *s, const tnds_task *t, omadm_verb verb) {
  walk *w = &s->walk;
  if (!t->enlists) return OMADM_ST_OK;
  w->reply = (omadm_answer){0};
  omadm_status status = s->tree->enlist(s->tree->ctx, &s->origin, &w->node, verb, &w->reply);
  return status == OMADM_ST_OK || status >= 400 ? status : OMADM_ST_NOT_SUPPORTED;
}

omadm_status tnds_judge_remove(omadm_session *s, const tnds_task *t) {
  const omadm_node *n = &s->walk.node;
  if (n->permanent || (n->access & OMADM_ACCESS_DELETE) == 0) return OMADM_ST_NOT_ALLOWED;
  if (!target_grants(s, n, n->acl, OMADM_ACCESS_DELETE)) return OMADM_ST_DENIED;
  return enlist(s, t, OMADM_VERB_DELETE);
}

/* Base64 that the reader could not know to be that: only the tree says that the node is bin
 * (OMA-TS-DM_TND 7.7.2). */
static omadm_status make_value(omadm_session *s, tnds_task *t, const omadm_tnds_node *n) {
  omadm_value *value = &s->walk.value;
  *value = (omadm_value){
      .format = n->format, .type = n->type, .data = n->value, .has_data = n->has_value};
  if (n->value.len > s->config.limits.max_obj_size) return OMADM_ST_TOO_LARGE;
  bool encoded = n->format == OMADM_FORMAT_B64 || n->format == OMADM_FORMAT_ABSENT;
  if (s->walk.node.format != OMADM_FORMAT_BIN || !n->has_value || !encoded) return OMADM_ST_OK;
  value->format = OMADM_FORMAT_BIN;
  if (n->octets) return OMADM_ST_OK;
  t->octets.len = 0;
  omadm_err err = omadm_base64_decode(n->value, &t->octets);
  if (err == OMADM_E_NOMEM) return session_no_memory(s);
  value->data = omadm_buf_str(&t->octets);
  return err == OMADM_OK ? OMADM_ST_OK : OMADM_ST_BAD_FORMAT;
}

/* The right to add: as of a plain Add. Replace of the Target is the right to what is below it, and
 * ./Inbox was judged as a whole; but an account that the device guards takes more than that. */
static bool may_add(omadm_session *s, const tnds_task *t, omadm_str acl) {
  const omadm_node *n = &s->walk.node;
  if (acl.ptr == NULL || (t->placed && !n->guarded)) return true;
  if (target_grants(s, n, acl, OMADM_ACCESS_ADD)) return true;
  return t->replace && target_grants(s, n, acl, OMADM_ACCESS_REPLACE);
}

omadm_status tnds_judge_add(omadm_session *s, tnds_task *t, size_t i, omadm_str acl) {
  const omadm_node *n = &s->walk.node;
  bool described = n->format != OMADM_FORMAT_ABSENT;
  if (!may_add(s, t, acl))
    return described && (n->access & OMADM_ACCESS_ADD) == 0 ? OMADM_ST_NOT_ALLOWED
                                                            : OMADM_ST_DENIED;
  omadm_status status = make_value(s, t, &t->doc->nodes[i]);
  return status == OMADM_ST_OK ? enlist(s, t, OMADM_VERB_ADD) : status;
}

bool tnds_gives_value(const omadm_tnds_node *n) {
  return n->format != OMADM_FORMAT_NODE && (n->has_value || n->format == OMADM_FORMAT_NULL);
}

omadm_status tnds_judge_replace(omadm_session *s, tnds_task *t, size_t i, omadm_str acl) {
  const omadm_node *n = &s->walk.node;
  if (n->format == OMADM_FORMAT_NODE) return OMADM_ST_NOT_ALLOWED;
  if ((n->access & OMADM_ACCESS_REPLACE) == 0) return OMADM_ST_NOT_ALLOWED;
  if (acl.ptr != NULL && !target_grants(s, n, acl, OMADM_ACCESS_REPLACE)) return OMADM_ST_DENIED;
  omadm_status status = make_value(s, t, &t->doc->nodes[i]);
  return status == OMADM_ST_OK ? enlist(s, t, OMADM_VERB_REPLACE) : status;
}

bool tnds_parent_is_made(const tnds_task *t, size_t i) {
  const uint32_t above = t->doc->nodes[i].parent;
  return above != OMADM_TNDS_NONE && t->doc->nodes[above].described && !t->stays[above];
}

/* There are none in this dialect; or it is one of the device's own that the document only tells, as
 * it was told by ?list=TNDS. */
bool tnds_acl_is_idle(const omadm_session *s, const omadm_tnds_node *n) {
  const omadm_node *node = &s->walk.node;
  if (!node->guarded) return !s->dialect->acl;
  return omadm_str_equal(n->acl, node->acl);
}
