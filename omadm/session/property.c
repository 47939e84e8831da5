/* SPDX-License-Identifier: MIT */
#include "omadm/session/property.h"

#include "omadm/session/commands.h"

/* OMA-TS-DM_TND 7.2, 7.5. */
static const struct {
  omadm_str name;
  bool replaceable;
  bool of_leaves; /* only */
} properties[] = {
    {OMADM_STR("ACL"), true, false},   {OMADM_STR("Format"), false, false},
    {OMADM_STR("Name"), true, false},  {OMADM_STR("Size"), false, true},
    {OMADM_STR("Title"), true, false}, {OMADM_STR("TStamp"), false, false},
    {OMADM_STR("Type"), false, false}, {OMADM_STR("VerNo"), false, false},
};

static bool is_acl(const omadm_session *s) {
  return omadm_str_is(s->walk.uri.query_value, "ACL");
}

omadm_status property_check(const omadm_session *s) {
  const walk *w = &s->walk;
  size_t i = 0;
  const size_t n = sizeof properties / sizeof *properties;
  while (i < n && !omadm_str_equal(w->uri.query_value, properties[i].name))
    i++;
  if (i == n || (is_acl(s) && !s->dialect->acl)) return OMADM_ST_NOT_SUPPORTED;
  if (properties[i].of_leaves && w->node.format == OMADM_FORMAT_NODE) return OMADM_ST_NOT_SUPPORTED;
  if (w->row->property != 0) return w->row->property;
  bool get = w->row->verb == OMADM_VERB_GET;
  if (!get && !properties[i].replaceable) return OMADM_ST_NOT_ALLOWED;
  bool known =
      get ? OMADM_HAS(omadm_tree, s->tree, prop_get) : OMADM_HAS(omadm_tree, s->tree, prop_set);
  return known ? OMADM_ST_OK : OMADM_ST_NOT_SUPPORTED;
}

void property_judges(const omadm_session *s, omadm_str acls[2]) {
  const walk *w = &s->walk;
  acls[0] = w->node.acl;
  acls[1] = (omadm_str){NULL, 0};
  bool changes_acl = w->row->verb == OMADM_VERB_REPLACE && is_acl(s);
  if (!changes_acl || w->uri.n == 0) return;
  /* Who may change a leaf must not give that right away: the node above decides. */
  if (w->node.format != OMADM_FORMAT_NODE) acls[0] = w->node.parent_acl;
  acls[1] = w->node.parent_acl;
}

static omadm_status ask_set(omadm_session *s) {
  walk *w = &s->walk;
  return s->tree->prop_set(s->tree->ctx, &s->origin, &w->node, w->uri.query_value, w->item->data,
                           &w->reply);
}

omadm_status property_replace(omadm_session *s) {
  s->walk.called = true;
  return change_run(s, ask_set);
}
