/* SPDX-License-Identifier: MIT */
#include "conformance/player/ids.h"

#include <libxml/hash.h>

#include "base/str.h"

#include "conformance/player/message.h"

/* The CmdID of a command into the set. */
static omadm_err take(xmlHashTable *seen, const xmlNode *command, omadm_error *error) {
  char *id = omadm_message_text(omadm_message_child(command, "CmdID"));
  omadm_err err = 0;
  if (id == NULL) return 0;
  if (omadm_str_is(omadm_str_trim(omadm_str_of(id)), "0")) {
    err =
        omadm_error_set(error, OMADM_E_SYNTAX, "a command has the CmdID 0, which is the header's");
  } else if (xmlHashLookup(seen, (const xmlChar *)id) != NULL) {
    err = omadm_error_set(error, OMADM_E_SYNTAX, "two commands have the CmdID %s", id);
  } else if (xmlHashAddEntry(seen, (const xmlChar *)id, seen) != 0) {
    err = omadm_error_set(error, OMADM_E_NOMEM, "out of memory");
  }
  xmlFree(id);
  return err;
}

omadm_err ids_check(const xmlDoc *message, omadm_error *error) {
  const xmlNode *body = omadm_message_child(xmlDocGetRootElement(message), "SyncBody");
  xmlHashTable *seen = xmlHashCreate(64);
  omadm_err err = seen != NULL ? 0 : omadm_error_set(error, OMADM_E_NOMEM, "out of memory");
  for (const xmlNode *n = body != NULL ? body->children : NULL; err == 0 && n != NULL;
       n = n->next) {
    if (n->type == XML_ELEMENT_NODE) err = take(seen, n, error);
  }
  if (seen != NULL) xmlHashFree(seen, NULL);
  return err;
}
