/* SPDX-License-Identifier: MIT */
#include "conformance/player/rules.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

/* By the place in the message, a shell pattern; the first that fits counts. */
static const struct {
  const char *place;
  const char *clause;
} rules[] = {
    {"SyncHdr/VerDTD", "OMA-TS-DM_Protocol 8.3, 8.5"},
    {"SyncHdr/VerProto", "OMA-TS-DM_Protocol 8.3, 8.5"},
    {"SyncHdr/SessionID", "OMA-TS-SyncML_RepPro 6.1.18"},
    {"SyncHdr/MsgID", "OMA-TS-SyncML_RepPro 6.1.12"},
    {"SyncHdr/Target*", "OMA-TS-SyncML_RepPro 6.1.17; OMA-TS-DM_Protocol 8.3"},
    {"SyncHdr/Source/LocName", "OMA-TS-DM_RepPro 6.1.9; OMA-TS-SyncML_RepPro 5.3"},
    {"SyncHdr/Source*", "OMA-TS-SyncML_RepPro 5.3; OMA-TS-DM_Protocol 8.3"},
    {"SyncHdr/Cred*", "OMA-TS-DM_RepPro 6.1.6"},
    {"SyncHdr/Meta*", "OMA-TS-DM_Protocol 7; OMA-TS-DM_RepPro 6.4"},
    {"SyncBody/*/CmdID", "OMA-TS-SyncML_RepPro 6.1.4"},
    {"SyncBody/Status*/MsgRef", "OMA-TS-SyncML_RepPro 6.1.13"},
    {"SyncBody/Results*/MsgRef", "OMA-TS-SyncML_RepPro 6.1.13"},
    {"SyncBody/Final", "OMA-TS-DM_Protocol 6"},
};

static bool is_of_header(const xmlNode *status) {
  char *text = omadm_message_text(omadm_message_child(status, "Cmd"));
  bool is = text != NULL && strcmp(text, "SyncHdr") == 0;
  xmlFree(text);
  return is;
}

static const xmlNode *header_status(const xmlDoc *doc) {
  const xmlNode *body = omadm_message_child(xmlDocGetRootElement(doc), "SyncBody");
  const xmlNode *status = omadm_message_child(body, "Status");
  while (status != NULL && !is_of_header(status))
    status = omadm_message_sibling(status, "Status");
  return status;
}

const char *rules_find(const xmlDoc *expected, const xmlDoc *actual,
                       message_difference *difference) {
  const xmlNode *wanted = header_status(expected);
  /* Everything behind it differs too. */
  if (wanted != NULL && header_status(actual) == NULL &&
      strncmp(difference->path, "SyncBody", strlen("SyncBody")) == 0) {
    snprintf(difference->path, sizeof difference->path, "SyncBody");
    snprintf(difference->why, sizeof difference->why, "the <Status> of the SyncHdr is missing");
    difference->expected = wanted;
    difference->actual = NULL;
    return "OMA-TS-DM_Protocol 8.5; OMA-TS-SyncML_RepPro 6.5.12";
  }
  /* Another element stands there: what is missing, or too much, is told by the transcript alone. */
  if (difference->expected != NULL && difference->actual != NULL &&
      !xmlStrEqual(difference->expected->name, difference->actual->name))
    return NULL;
  for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
    if (fnmatch(rules[i].place, difference->path, 0) == 0) return rules[i].clause;
  }
  return NULL;
}
