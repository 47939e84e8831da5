/* SPDX-License-Identifier: MIT */
/* One node of a document: what its own Add or Replace would be (OMA-TS-DM_RepPro 6.6.1). */
#include "omadm/session/late.h"
#include "omadm/session/reply.h"
#include "omadm/session/report.h"
#include "omadm/session/target.h"
#include "omadm/session/tnds.h"

static void note_change(omadm_session *s, tnds_task *t) {
  walk *w = &s->walk;
  answer_item *item = &w->answer->items[w->index];
  t->changes++;
  if (w->atomic == NULL) return;
  if (item->change == NO_CHANGE)
    item->change = (ptrdiff_t)w->n_changes;
  else
    item->more_changes++;
  w->n_changes++;
}

/* What the call answered, at once or late. */
static omadm_status judge(omadm_session *s, tnds_task *t, omadm_status status) {
  walk *w = &s->walk;
  t->waiting = status == OMADM_ST_PENDING;
  if (t->waiting) return late_wait(s, w->reply.token);
  if (w->reply.quirks != 0) report_quirks(s, w->reply.quirks, w->command, w->uri.request);
  if (omadm_status_is_success(status)) note_change(s, t);
  if (status >= 400 && w->reply.at.len > 0) reply_name_parent(s, w->reply.at);
  return status;
}

omadm_status tnds_remove(omadm_session *s, tnds_task *t, omadm_str uri) {
  walk *w = &s->walk;
  omadm_status status = OMADM_ST_OK;
  if (late_take_asked(s, &t->waiting, &status)) return judge(s, t, status);
  status = tnds_locate_uri(s, t, uri);
  if (status == OMADM_ST_NOT_FOUND) return OMADM_ST_OK; /* it went by itself */
  if (status == OMADM_ST_OK) status = tnds_judge_remove(s, t);
  if (status != OMADM_ST_OK) return status;
  w->reply = (omadm_answer){0};
  return judge(s, t, s->tree->remove(s->tree->ctx, &s->origin, &w->node, &w->reply));
}

static omadm_status add(omadm_session *s, tnds_task *t, size_t i) {
  walk *w = &s->walk;
  omadm_status status = tnds_judge_add(s, t, i, w->node.acl);
  if (status != OMADM_ST_OK) return status;
  w->value.acl = target_new_acl(s);
  w->reply = (omadm_answer){0};
  return judge(s, t, s->tree->add(s->tree->ctx, &s->origin, &w->node, &w->value, &w->reply));
}

static omadm_status replace(omadm_session *s, tnds_task *t, size_t i) {
  walk *w = &s->walk;
  if (!tnds_gives_value(&t->doc->nodes[i])) return OMADM_ST_OK;
  omadm_status status = tnds_judge_replace(s, t, i, w->node.acl);
  if (status != OMADM_ST_OK) return status;
  w->reply = (omadm_answer){0};
  return judge(s, t, s->tree->replace(s->tree->ctx, &s->origin, &w->node, &w->value, &w->reply));
}

omadm_status tnds_node(omadm_session *s, tnds_task *t, size_t i) {
  const omadm_tnds_node *n = &t->doc->nodes[i];
  omadm_status status = OMADM_ST_OK;
  if (late_take_asked(s, &t->waiting, &status)) return judge(s, t, status);
  /* What a Path only leads through is there, or comes with what is below it. */
  if (!n->described) return OMADM_ST_OK;
  status = tnds_locate(s, t, i);
  if (status == OMADM_ST_NOT_FOUND) return add(s, t, i);
  if (status != OMADM_ST_OK) return status;
  bool came = s->walk.node.permanent && tnds_parent_is_made(t, i);
  return t->stays[i] || came ? replace(s, t, i) : OMADM_ST_EXISTS;
}

/* Both properties. Titles are optional: where there are none, the document's is dropped. */
static omadm_status set(omadm_session *s, omadm_str property, omadm_str value) {
  walk *w = &s->walk;
  w->reply = (omadm_answer){0};
  return s->tree->prop_set(s->tree->ctx, &s->origin, &w->node, property, value, &w->reply);
}

omadm_status tnds_title(omadm_session *s, tnds_task *t, size_t i) {
  const omadm_tnds_node *n = &t->doc->nodes[i];
  omadm_status status = OMADM_ST_OK;
  if (!late_take_asked(s, &t->waiting, &status)) {
    if (n->title.len == 0 || !OMADM_HAS(omadm_tree, s->tree, prop_set)) return OMADM_ST_OK;
    status = tnds_locate(s, t, i);
    if (status != OMADM_ST_OK) return status;
    if (t->stays[i] && !target_grants(s, &s->walk.node, s->walk.node.acl, OMADM_ACCESS_REPLACE))
      return OMADM_ST_DENIED;
    status = set(s, (omadm_str)OMADM_STR("Title"), n->title);
  }
  if (status == OMADM_ST_NOT_SUPPORTED || status == OMADM_ST_NOT_ALLOWED) return OMADM_ST_OK;
  return judge(s, t, status);
}

/* Who may change an ACL: of an interior node who may Replace it or the node above, of a leaf only
 * the latter (OMA-TS-DM_TND 7.7.1.3). */
omadm_status tnds_acl(omadm_session *s, tnds_task *t, size_t i) {
  const omadm_tnds_node *n = &t->doc->nodes[i];
  const omadm_node *node = &s->walk.node;
  omadm_status status = OMADM_ST_OK;
  if (late_take_asked(s, &t->waiting, &status)) return judge(s, t, status);
  if (n->acl.len == 0) return OMADM_ST_OK;
  status = tnds_locate(s, t, i);
  if (status != OMADM_ST_OK) return status;
  if (tnds_acl_is_idle(s, n)) return OMADM_ST_OK;
  if (!OMADM_HAS(omadm_tree, s->tree, prop_set)) return OMADM_ST_NOT_SUPPORTED;
  bool interior = node->format == OMADM_FORMAT_NODE;
  bool granted = target_grants(s, node, node->parent_acl, OMADM_ACCESS_REPLACE) ||
                 (interior && target_grants(s, node, node->acl, OMADM_ACCESS_REPLACE));
  if (!granted) return OMADM_ST_DENIED;
  return judge(s, t, set(s, (omadm_str)OMADM_STR("ACL"), n->acl));
}
