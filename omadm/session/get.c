/* SPDX-License-Identifier: MIT */
/* Get: the value of a leaf, the child list of an interior node, a property
 * (OMA-TS-DM_TND 6.2.2, 7.4). */
#include "omadm/session/commands.h"
#include "omadm/session/late.h"
#include "omadm/session/list.h"
#include "omadm/session/reply.h"
#include "omadm/session/target.h"

/* Names joined by '/', each encoded (OMA-TS-DM_TND 6.2.2); the type is that of the list, not the
 * node's own. */
static omadm_status gather(omadm_session *s) {
  walk *w = &s->walk;
  omadm_err err = w->listing ? omadm_buf_add(&s->names, "/", 1) : OMADM_OK;
  if (err == OMADM_OK) err = omadm_uri_write_name(w->reply.data, &s->names);
  w->listing = true;
  if (err == OMADM_E_NOMEM) session_fail(s, err);
  return err == OMADM_OK ? OMADM_ST_OK : OMADM_ST_TOO_LARGE;
}

static omadm_status list_children(omadm_session *s) {
  walk *w = &s->walk;
  omadm_status status = OMADM_ST_OK;
  if (!w->called) {
    w->called = true;
    w->cursor = 0;
    w->listing = false;
    s->names.len = 0;
  } else if (late_take(s, &status) && status != OMADM_ST_OK && status != OMADM_ST_END) {
    return status;
  }
  while (status != OMADM_ST_END) {
    w->reply = (omadm_answer){0};
    status = s->tree->list(s->tree->ctx, &s->origin, &w->node, &w->cursor, &w->reply);
    if (status == OMADM_ST_PENDING) return late_wait(s, w->reply.token);
    if (status == OMADM_ST_OK) status = gather(s);
    if (status != OMADM_ST_OK && status != OMADM_ST_END) return status;
  }
  omadm_answer list = {.format = OMADM_FORMAT_NODE, .data = omadm_buf_str(&s->names)};
  return reply_result(s, w->uri.request, &list);
}

static omadm_status ask_value(omadm_session *s) {
  walk *w = &s->walk;
  w->reply = (omadm_answer){0};
  if (w->uri.query == OMADM_QUERY_PROP)
    return s->tree->prop_get(s->tree->ctx, &s->origin, &w->node, w->uri.query_value, &w->reply);
  return s->tree->get(s->tree->ctx, &s->origin, &w->node, &w->reply);
}

omadm_status get_item(omadm_session *s) {
  walk *w = &s->walk;
  omadm_status status = target_locate(s);
  if (status != OMADM_ST_OK) return status;
  if (w->uri.query == OMADM_QUERY_LIST) return list_item(s);
  if (w->node.format == OMADM_FORMAT_NODE && w->uri.query == OMADM_QUERY_NONE)
    return list_children(s);
  if (!late_take(s, &status)) status = ask_value(s);
  if (status == OMADM_ST_PENDING) return late_wait(s, w->reply.token);
  if (status != OMADM_ST_OK) return status;
  /* A property is a string and goes without Meta (OMA-TS-DM_TND 7.4). */
  if (w->uri.query == OMADM_QUERY_PROP) w->reply.format = OMADM_FORMAT_CHR;
  if (w->uri.query == OMADM_QUERY_PROP) w->reply.type = (omadm_str){NULL, 0};
  return reply_result(s, w->uri.request, &w->reply);
}
