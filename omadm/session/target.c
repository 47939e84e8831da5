/* SPDX-License-Identifier: MIT */
#include "omadm/session/target.h"

#include <omadm/acl.h>

#include "omadm/session/commands.h"
#include "omadm/session/property.h"
#include "omadm/session/report.h"
#include "omadm/session/tnds.h"

static omadm_str meta_text(const omadm_session *s, const wire_item *item, size_t offset) {
  const wire_meta *metas[2] = {&item->meta, &s->walk.command->meta};
  for (size_t i = 0; i < 2; i++) {
    omadm_str text = *(const omadm_str *)(const void *)((const char *)metas[i] + offset);
    if (text.ptr != NULL) return text;
  }
  for (const walk_frame *f = s->walk.top; f != NULL && f->container != NULL; f = f->parent) {
    omadm_str text = *(const omadm_str *)(const void *)((const char *)&f->container->meta + offset);
    if (text.ptr != NULL) return text;
  }
  return (omadm_str){NULL, 0};
}

omadm_str target_format(const omadm_session *s, const wire_item *item) {
  return meta_text(s, item, offsetof(wire_meta, format));
}

omadm_str target_type(const omadm_session *s, const wire_item *item) {
  return meta_text(s, item, offsetof(wire_meta, type));
}

static omadm_status resolve(omadm_session *s, omadm_str text, omadm_uri *uri, uint32_t *quirks,
                            omadm_node *node) {
  s->scratch.len = 0;
  omadm_err err = omadm_buf_reserve(&s->scratch, text.len);
  if (err != OMADM_OK) {
    session_fail(s, err);
    return OMADM_ST_FAILED;
  }
  omadm_status status = omadm_uri_parse(text, (unsigned)s->dialect->uri_flags, &s->config.limits,
                                        s->scratch.ptr, quirks, uri);
  if (s->dialect->uri_dot_optional) *quirks &= ~(1U << OMADM_QUIRK_URI_NO_DOT);
  if (status != OMADM_ST_OK) return status;
  *node = (omadm_node){0};
  status = s->tree->resolve(s->tree->ctx, &s->origin, uri, node);
  *quirks |= node->quirks;
  return status;
}

omadm_status target_resolve(omadm_session *s, const wire_item *item, omadm_uri *uri,
                            uint32_t *quirks, omadm_node *node) {
  return resolve(s, item->target, uri, quirks, node);
}

static omadm_status check_structure(omadm_session *s, const wire_item *item) {
  unsigned flags = s->walk.row->flags;
  if (omadm_str_trim(item->target).len == 0) return OMADM_ST_INCOMPLETE;
  if (item->data.ptr == NULL && (flags & COMMAND_NEEDS_DATA) != 0 &&
      !omadm_str_is(target_format(s, item), "null"))
    return OMADM_ST_INCOMPLETE;
  return OMADM_ST_OK;
}

omadm_status target_structure(omadm_session *s) {
  return check_structure(s, s->walk.item);
}

static omadm_status check_query(const omadm_session *s) {
  const walk *w = &s->walk;
  if (w->uri.query == OMADM_QUERY_NONE) return OMADM_ST_OK;
  if (w->uri.query == OMADM_QUERY_LIST)
    return w->row->verb == OMADM_VERB_GET ? OMADM_ST_OK : OMADM_ST_NOT_ALLOWED;
  return property_check(s);
}

static omadm_status check_existence(const omadm_session *s, omadm_status found) {
  const walk *w = &s->walk;
  /* What was put into ./Inbox is not to be read, whether it is still there or not
   * (OMA-TS-DM_StdObj 5.3.4). */
  if (w->row->verb == OMADM_VERB_GET && inbox_leads(&w->uri)) return OMADM_ST_NOT_ALLOWED;
  if (found == OMADM_ST_OK && w->uri.query == OMADM_QUERY_NONE && w->row->present != 0)
    return w->row->present;
  if (found == OMADM_ST_NOT_FOUND && w->row->absent != 0) {
    bool creates = w->row->verb == OMADM_VERB_REPLACE && s->dialect->replace_creates;
    if (!creates || w->uri.query != OMADM_QUERY_NONE) return w->row->absent;
  }
  return OMADM_ST_OK;
}

static bool acl_grants(omadm_session *s, omadm_str acl, unsigned right) {
  acl_memo *memo = &s->acl;
  if (acl.len == 0) return false;
  if (acl.len > sizeof memo->text) return omadm_acl_allows(acl, s->origin.server_id, right) != 0;
  if (!omadm_str_equal(acl, (omadm_str){memo->text, memo->len})) {
    *memo = (acl_memo){.len = acl.len};
    memcpy(memo->text, acl.ptr, acl.len);
  }
  if ((memo->asked & right) == 0) {
    memo->asked |= right;
    if (omadm_acl_allows(acl, s->origin.server_id, right)) memo->granted |= right;
  }
  return (memo->granted & right) != 0;
}

bool target_grants(omadm_session *s, const omadm_node *node, omadm_str acl, unsigned right) {
  return (!s->dialect->acl && !node->guarded) || acl_grants(s, acl, right);
}

/*
 * The right that the command's row names, on the node's effective ACL; for an Add the port hands
 * out that of the nearest existing ancestor (OMA-TS-DM_TND 7.7.1.3). A node whose description
 * forbids the command is 405 whatever the ACL says.
 */
static omadm_status check_rights(omadm_session *s) {
  const walk *w = &s->walk;
  omadm_str acls[2] = {w->node.acl, {NULL, 0}};
  if (!s->dialect->acl && !w->node.guarded) return OMADM_ST_OK;
  if (w->uri.query == OMADM_QUERY_PROP) property_judges(s, acls);
  if (acl_grants(s, acls[0], w->row->right) || acl_grants(s, acls[1], w->row->right))
    return OMADM_ST_OK;
  if (w->uri.query != OMADM_QUERY_NONE) return OMADM_ST_DENIED;
  bool value = w->row->verb == OMADM_VERB_REPLACE || w->row->verb == OMADM_VERB_COPY;
  bool forbidden = (w->node.access & w->row->right) == 0;
  if (w->row->verb == OMADM_VERB_DELETE && w->node.permanent) forbidden = true;
  if (value && w->node.format == OMADM_FORMAT_NODE) forbidden = true;
  return forbidden ? OMADM_ST_NOT_ALLOWED : OMADM_ST_DENIED;
}

static omadm_status judge_source(omadm_session *s, const omadm_uri *uri, const omadm_node *node) {
  if (uri->query != OMADM_QUERY_NONE || node->format == OMADM_FORMAT_NODE ||
      (node->access & OMADM_ACCESS_GET) == 0)
    return OMADM_ST_NOT_ALLOWED;
  if (!s->dialect->acl && !node->guarded) return OMADM_ST_OK;
  return acl_grants(s, node->acl, OMADM_ACCESS_GET) ? OMADM_ST_OK : OMADM_ST_DENIED;
}

omadm_status target_source(omadm_session *s, omadm_node *node) {
  walk *w = &s->walk;
  omadm_str text = omadm_str_trim(w->item->source);
  uint32_t quirks = 0;
  if (text.len == 0) return OMADM_ST_INCOMPLETE;
  omadm_status status = resolve(s, w->item->source, &w->uri, &quirks, node);
  if (status != OMADM_ST_OK) return status;
  if (quirks != 0 && !report_quirks(s, quirks, w->command, text)) return OMADM_ST_BAD_REQUEST;
  return judge_source(s, &w->uri, node);
}

/* "Add=S&Delete=S&Replace=S"; empty where S cannot stand in an ACL. */
static omadm_str make_creator_acl(omadm_session *s) {
  s->names.len = 0;
  omadm_err err = omadm_acl_of_creator(s->origin.server_id, &s->names);
  omadm_str text = omadm_arena_copy(&s->texts, omadm_buf_str(&s->names));
  if (err != OMADM_OK || text.ptr == NULL) session_fail(s, OMADM_E_NOMEM);
  return text;
}

omadm_str target_new_acl(omadm_session *s) {
  const omadm_str none = {NULL, 0};
  if (!s->dialect->acl || acl_grants(s, s->walk.node.acl, OMADM_ACCESS_REPLACE)) return none;
  if (s->creator_acl.ptr == NULL) s->creator_acl = make_creator_acl(s);
  return s->creator_acl;
}

omadm_status target_locate(omadm_session *s) {
  walk *w = &s->walk;
  if (w->located) return OMADM_ST_OK;
  const wire_item *item = w->item;
  omadm_status status = check_structure(s, item);
  if (status != OMADM_ST_OK) return status;
  uint32_t quirks = 0;
  omadm_status found = target_resolve(s, item, &w->uri, &quirks, &w->node);
  if (found != OMADM_ST_OK && found != OMADM_ST_NOT_FOUND) return found;
  quirks |= item->quirks;
  if (quirks != 0 && !report_quirks(s, quirks, w->command, omadm_str_trim(item->target)))
    return OMADM_ST_BAD_REQUEST;
  status = check_existence(s, found);
  if (status == OMADM_ST_OK) status = check_query(s);
  if (status == OMADM_ST_OK) status = check_rights(s);
  w->located = status == OMADM_ST_OK;
  return status;
}
