/* SPDX-License-Identifier: MIT */
/* ./Inbox (OMA-TS-DM_StdObj 5.3.4): a managed object put there goes where its identifier says, and
 * nothing stays. */
#include "omadm/session/target.h"
#include "omadm/session/tnds.h"

bool inbox_leads(const omadm_uri *uri) {
  return uri->n > 0 && omadm_str_is(uri->segment[0], "Inbox");
}

bool inbox_holds(omadm_str target) {
  static const omadm_str name = OMADM_STR("Inbox");
  target = omadm_str_trim(target);
  if (omadm_str_starts(target, "./")) target = (omadm_str){target.ptr + 2, target.len - 2};
  if (target.len < name.len || memcmp(target.ptr, name.ptr, name.len) != 0) return false;
  return target.len == name.len || target.ptr[name.len] == '/';
}

omadm_status inbox_place(omadm_session *s, omadm_tnds *doc) {
  omadm_uri uri = {.n = 1, .segment = {OMADM_STR("Inbox")}};
  omadm_uri *asked = &s->walk.uri;
  omadm_node inbox = {0};
  uri.request = uri.path = (omadm_str)OMADM_STR("./Inbox");
  omadm_status status = s->tree->resolve(s->tree->ctx, &s->origin, &uri, &inbox);
  if (status != OMADM_ST_OK) return OMADM_ST_NOT_ALLOWED; /* this device has none */
  if (!target_grants(s, &inbox, inbox.acl, OMADM_ACCESS_ADD)) return OMADM_ST_DENIED;
  /* Deeper in there is nothing, and never will be. */
  if (asked->n > 2) return OMADM_ST_NOT_FOUND;
  omadm_str name = {NULL, 0};
  if (asked->n == 2) name = asked->segment[1];
  return omadm_tnds_place(doc, s->tree, &s->origin, name);
}
