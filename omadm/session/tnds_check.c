/* SPDX-License-Identifier: MIT */
/* Would the document be accepted? Asked of every node before the first is changed. */
#include "omadm/session/reply.h"
#include "omadm/session/report.h"
#include "omadm/session/target.h"
#include "omadm/session/tnds.h"

static const omadm_str of_value = {NULL, 0};

/* What the tree says; one that cannot be asked says it when the change is made. */
static omadm_status ask(omadm_session *s, omadm_verb verb, omadm_str property,
                        const omadm_value *value) {
  walk *w = &s->walk;
  if (!OMADM_HAS(omadm_tree, s->tree, check)) return OMADM_ST_OK;
  w->reply = (omadm_answer){0};
  omadm_status status =
      s->tree->check(s->tree->ctx, &s->origin, &w->node, verb, property, value, &w->reply);
  if (status >= 400 && w->reply.at.len > 0) reply_name_parent(s, w->reply.at);
  return status == OMADM_ST_OK || status >= 400 ? status : OMADM_ST_FAILED;
}

omadm_status tnds_check_remove(omadm_session *s, tnds_task *t, omadm_str uri) {
  omadm_status status = tnds_locate_uri(s, t, uri);
  if (status == OMADM_ST_OK) status = tnds_judge_remove(s, t);
  return status == OMADM_ST_OK ? ask(s, OMADM_VERB_DELETE, of_value, NULL) : status;
}

static omadm_status check_add(omadm_session *s, tnds_task *t, size_t i, omadm_str acl) {
  omadm_status status = tnds_judge_add(s, t, i, acl);
  return status == OMADM_ST_OK ? ask(s, OMADM_VERB_ADD, of_value, &s->walk.value) : status;
}

static omadm_status check_replace(omadm_session *s, tnds_task *t, size_t i, omadm_str acl) {
  if (!tnds_gives_value(&t->doc->nodes[i])) return OMADM_ST_OK;
  omadm_status status = tnds_judge_replace(s, t, i, acl);
  return status == OMADM_ST_OK ? ask(s, OMADM_VERB_REPLACE, of_value, &s->walk.value) : status;
}

omadm_status tnds_check_node(omadm_session *s, tnds_task *t, size_t i) {
  const omadm_str own = {NULL, 0}; /* who made the node above may do that below it */
  const omadm_tnds_node *n = &t->doc->nodes[i];
  const omadm_node *node = &s->walk.node;
  bool made = tnds_parent_is_made(t, i);
  if (!n->described) return OMADM_ST_OK;
  omadm_status status = tnds_locate(s, t, i);
  if (status != OMADM_ST_OK && status != OMADM_ST_NOT_FOUND) return status;
  if (status == OMADM_ST_OK && t->stays[i]) return check_replace(s, t, i, node->acl);
  bool comes = made && node->permanent && node->format != OMADM_FORMAT_ABSENT;
  if (comes) return check_replace(s, t, i, own);
  if (status == OMADM_ST_NOT_FOUND) return check_add(s, t, i, made ? own : node->acl);
  /* It is there: does it go before it is added? */
  t->goes[i] |= made && t->goes[n->parent];
  if (!t->goes[i]) return OMADM_ST_EXISTS;
  return check_add(s, t, i, made ? own : node->parent_acl);
}

/* As in tnds_title: what has no Titles drops them. */
omadm_status tnds_check_title(omadm_session *s, tnds_task *t, size_t i) {
  const omadm_tnds_node *n = &t->doc->nodes[i];
  const omadm_value value = {.data = n->title, .has_data = 1};
  if (n->title.len == 0 || !OMADM_HAS(omadm_tree, s->tree, prop_set)) return OMADM_ST_OK;
  omadm_status status = tnds_locate(s, t, i);
  if (status != OMADM_ST_OK && status != OMADM_ST_NOT_FOUND) return status;
  if (t->stays[i] && !target_grants(s, &s->walk.node, s->walk.node.acl, OMADM_ACCESS_REPLACE))
    return OMADM_ST_DENIED;
  status = ask(s, OMADM_VERB_REPLACE, (omadm_str)OMADM_STR("Title"), &value);
  return status == OMADM_ST_NOT_SUPPORTED || status == OMADM_ST_NOT_ALLOWED ? OMADM_ST_OK : status;
}

/* Of what the document makes the server may change the ACL, but of a leaf below a node that was
 * there. */
static bool may_set_acl(omadm_session *s, const tnds_task *t, size_t i) {
  const omadm_node *n = &s->walk.node;
  bool interior = t->doc->nodes[i].format == OMADM_FORMAT_NODE;
  if (t->stays[i])
    return target_grants(s, n, n->parent_acl, OMADM_ACCESS_REPLACE) ||
           (interior && target_grants(s, n, n->acl, OMADM_ACCESS_REPLACE));
  if (interior || t->goes[i] || !t->doc->nodes[t->doc->nodes[i].parent].described) return true;
  return tnds_parent_is_made(t, i) || target_grants(s, n, n->acl, OMADM_ACCESS_REPLACE);
}

omadm_status tnds_check_acl(omadm_session *s, tnds_task *t, size_t i) {
  const omadm_tnds_node *n = &t->doc->nodes[i];
  const omadm_value value = {.data = n->acl, .has_data = 1};
  if (n->acl.len == 0) return OMADM_ST_OK;
  omadm_status status = tnds_locate(s, t, i);
  if (status != OMADM_ST_OK && status != OMADM_ST_NOT_FOUND) return status;
  if (tnds_acl_is_idle(s, n)) return OMADM_ST_OK;
  if (!OMADM_HAS(omadm_tree, s->tree, prop_set)) return OMADM_ST_NOT_SUPPORTED;
  if (!may_set_acl(s, t, i)) return OMADM_ST_DENIED;
  return ask(s, OMADM_VERB_REPLACE, (omadm_str)OMADM_STR("ACL"), &value);
}
