/* SPDX-License-Identifier: MIT */
#include "conformance/player/serve_look.h"

#include <libxml/parser.h>

#include "base/clock.h"
#include "base/str.h"

#include "conformance/player/encoding.h"
#include "conformance/player/message.h"

static bool text_is(const xmlNode *node, const char *text) {
  char *content = omadm_message_text(node);
  bool is = content != NULL && omadm_str_is(omadm_str_trim(omadm_str_of(content)), text);
  xmlFree(content);
  return is;
}

/* [MS-MDM] 2.2.4: who is signed in stands in the first message of each Windows session. */
static bool is_login_status(const xmlNode *alert) {
  const xmlNode *item = omadm_message_child(alert, "Item");
  const xmlNode *type = omadm_message_child(omadm_message_child(item, "Meta"), "Type");
  return text_is(type, "com.microsoft/MDM/LoginStatus");
}

serve_glance serve_look_into(const omadm_player_codec *codec, omadm_str body) {
  serve_glance seen = {false, false, false, SERVE_DIALECT_UNKNOWN};
  xmlDoc *doc = NULL;
  if (encoding_parse(codec, body, &doc, NULL) != OMADM_OK) return seen;
  const xmlNode *root = xmlDocGetRootElement(doc);
  const xmlNode *header = omadm_message_child(root, "SyncHdr");
  const xmlNode *id = omadm_message_child(header, "MsgID");
  const xmlNode *alert = omadm_message_child(omadm_message_child(root, "SyncBody"), "Alert");
  seen.first = text_is(id, "1");
  seen.later = id != NULL && !seen.first;
  /* OMA-TS-DM_Protocol 8.2: the client of the OMA dialect says what it can take. */
  if (omadm_message_child(omadm_message_child(header, "Meta"), "MaxMsgSize") != NULL)
    seen.dialect = SERVE_DIALECT_OMA;
  for (; alert != NULL; alert = omadm_message_sibling(alert, "Alert")) {
    seen.aborts = seen.aborts || text_is(omadm_message_child(alert, "Data"), "1223");
    if (is_login_status(alert)) seen.dialect = SERVE_DIALECT_WINDOWS;
  }
  xmlFreeDoc(doc);
  return seen;
}

omadm_err serve_look_for_first(omadm_listener *listener, const omadm_player_codec *codec,
                               unsigned seconds, omadm_player_request *request, serve_glance *seen,
                               omadm_error *error) {
  uint64_t until = (uint64_t)omadm_clock_ms() + (uint64_t)seconds * 1000;
  while (true) {
    omadm_error cause = {0};
    uint64_t now = (uint64_t)omadm_clock_ms();
    unsigned left = now < until ? (unsigned)(until - now) : 0;
    omadm_err err = omadm_listener_next(listener, left, request, &cause);
    if (err == OMADM_E_TIMEOUT) {
      return omadm_error_set(error, err, "no client came to %s within %u seconds",
                             omadm_listener_origin(listener), seconds);
    }
    if (err != OMADM_OK) return omadm_error_set(error, err, "%s", cause.text);
    *seen = serve_look_into(codec, request->body);
    if (!seen->later) return OMADM_OK;
    err = omadm_listener_cut(listener, error);
    if (err != OMADM_OK) return err;
  }
}

static const omadm_transcript_server *find_server(const omadm_transcript_setup *setup,
                                                  omadm_str id) {
  for (size_t i = 0; i < setup->server_count; i++) {
    if (id.ptr == NULL || omadm_str_equal(setup->servers[i].id, id)) return &setup->servers[i];
  }
  return NULL;
}

omadm_err serve_look_at_dialect(serve_dialect found, const omadm_transcript_setup *setup,
                                omadm_str server_id, omadm_error *error) {
  static const char *const words[] = {"", "oma", "windows"};
  const omadm_transcript_server *server = find_server(setup, server_id);
  omadm_str wanted = OMADM_STR("oma");
  if (server == NULL || found == SERVE_DIALECT_UNKNOWN) return OMADM_OK;
  for (size_t i = 0; i < server->settings.count; i++) {
    if (omadm_str_is(server->settings.items[i].name, "dialect"))
      wanted = server->settings.items[i].value;
  }
  if (omadm_str_is(wanted, words[found])) return OMADM_OK;
  return omadm_error_set(error, OMADM_E_UNSUPPORTED,
                         "the client speaks the %s dialect, the transcript asks for %.*s",
                         words[found], (int)wanted.len, wanted.ptr);
}
