/* SPDX-License-Identifier: MIT */
/* Copy: the value of one leaf becomes that of another (OMA-TS-DM_RepPro 6.6.4). */
#include "omadm/session/commands.h"
#include "omadm/session/target.h"

/* The source of the running Item while its target is located: the tree is asked for both at once.
 */
static omadm_status ask_copy(omadm_session *s) {
  walk *w = &s->walk;
  return s->tree->copy(s->tree->ctx, &s->origin, &w->source, &w->node, &w->reply);
}

omadm_status copy_item(omadm_session *s) {
  walk *w = &s->walk;
  if (w->called) return change_run(s, ask_copy);
  if (!OMADM_HAS(omadm_tree, s->tree, copy)) return OMADM_ST_NOT_SUPPORTED;
  omadm_status status = target_source(s, &w->source);
  if (status == OMADM_ST_OK) status = target_locate(s);
  if (status == OMADM_ST_OK && w->node.format == OMADM_FORMAT_NODE) status = OMADM_ST_NOT_ALLOWED;
  if (status != OMADM_ST_OK) return status;
  w->called = true;
  return change_run(s, ask_copy);
}
