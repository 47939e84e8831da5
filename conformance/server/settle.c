/* SPDX-License-Identifier: MIT */
/* What the device answered to one package, command by command. */
#include "conformance/server/dialogue.h"

#include <string.h>

#include "conformance/player/message.h"

#include "conformance/server/commands.h"
#include "conformance/server/show.h"

static void settle_value(dialogue *self, const xmlNode *node, const xmlNode *result) {
  char *text = omadm_message_text(omadm_message_child(result, "Data"));
  char *uri = commands_item_uri(result);
  table_value(self->table, node, text == NULL ? "" : text);
  if (uri != NULL) (void)seen_put(&self->seen, uri, text == NULL ? "" : text);
  xmlFree(uri);
  xmlFree(text);
}

static void settle_item(dialogue *self, const xmlNode *command, const xmlNode *item, const char *id,
                        unsigned depth) {
  unsigned code = replies_code(replies_item_status(&self->replies, self->sent_ref, id, item));
  bool is_get = strcmp((const char *)command->name, "Get") == 0;
  bool succeeded = code >= 200 && code < 300;
  const xmlNode *result =
      is_get && succeeded ? replies_result(&self->replies, self->sent_ref, id, item) : NULL;
  show_command(self->out, depth, command, item);
  show_answer(self->out, depth, code, result);
  table_status(self->table, item, code);
  if (result != NULL) {
    settle_value(self, item, result);
    if (item == omadm_message_child(command, "Item")) settle_value(self, command, result);
  } else if (is_get && succeeded) {
    char *uri = commands_item_uri(item);
    dialogue_complain(self, "the Get of %s has a Status %u but no Results", uri == NULL ? "?" : uri,
                      code);
    xmlFree(uri);
  }
}

static void settle_command(dialogue *self, const xmlNode *command, unsigned depth) {
  char *id = commands_child_text(command, "CmdID");
  const xmlNode *status = id == NULL ? NULL : replies_status(&self->replies, self->sent_ref, id, 0);
  unsigned code = replies_code(status);
  const xmlNode *item = omadm_message_child(command, "Item");
  if (status == NULL) {
    dialogue_complain(self, "no Status for the %s with CmdID %s", (const char *)command->name,
                      id == NULL ? "?" : id);
  }
  table_status(self->table, command, code);
  if (commands_is_container(command) || item == NULL || id == NULL) {
    show_command(self->out, depth, command, NULL);
    for (const xmlNode *n = commands_first(command); n != NULL && commands_is_container(command);
         n = commands_next(n)) {
      if (commands_is_command(n)) settle_command(self, n, depth + 1);
    }
    show_answer(self->out, depth, code, NULL);
  }
  for (; item != NULL && id != NULL; item = omadm_message_sibling(item, "Item"))
    settle_item(self, command, item, id, depth);
  xmlFree(id);
}

void dialogue_settle(dialogue *self) {
  if (self->sent == NULL) return;
  for (const xmlNode *n = commands_first(self->sent); n != NULL; n = commands_next(n)) {
    snprintf(self->sent_ref, sizeof self->sent_ref, "%u", parcel_message(n));
    settle_command(self, n, 0);
  }
  self->sent = NULL;
}
