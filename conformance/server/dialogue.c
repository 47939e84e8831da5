/* SPDX-License-Identifier: MIT */
#include "conformance/server/dialogue.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "conformance/player/message.h"

#include "conformance/server/commands.h"
#include "conformance/server/compose.h"
#include "conformance/server/show.h"

/* A device's message as it is walked. */
typedef struct incoming {
  const xmlNode *header;
  const xmlNode *body;
  char *session_id;
  char *message_id;
  unsigned number; /* of message_id; 0: none */
  bool final;
  bool aborts;
} incoming;

void dialogue_init(dialogue *self, const xmlDoc *commands, omadm_grammar *grammar, table *claims,
                   FILE *out) {
  *self = (dialogue){.commands = commands, .grammar = grammar, .table = claims, .out = out};
  omadm_buf_init(&self->answer, &omadm_mem_default, 0);
}

static void forget_session(dialogue *self) {
  xmlFree(self->session_id);
  xmlFree(self->device);
  xmlFree(self->server);
  self->session_id = self->device = self->server = NULL;
  self->sent = NULL;
  replies_clear(&self->replies);
}

void dialogue_dispose(dialogue *self) {
  forget_session(self);
  seen_dispose(&self->seen);
  omadm_buf_dispose(&self->answer);
}

void dialogue_complain(dialogue *self, const char *format, ...) {
  char text[600];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  for (char *c = text; *c != 0; c++) {
    if ((unsigned char)*c < ' ' || *c == 0x7f) *c = '?';
  }
  fprintf(self->out, "! %s\n", text);
  self->complaints++;
}

static void end_session(dialogue *self) {
  if (!self->open) return;
  self->open = false;
  self->ended++;
  fprintf(self->out, "session %u is over\n", self->sessions);
}

static bool begin_session(dialogue *self, const incoming *in) {
  forget_session(self);
  self->open = true;
  self->sessions++;
  self->server_message = self->device_message = 0;
  if (!self->waiting) self->step = commands_begin(self->commands, self->groups++);
  self->session_id = (char *)xmlStrdup((const xmlChar *)in->session_id);
  self->device = commands_child_text(omadm_message_child(in->header, "Source"), "LocURI");
  self->server = commands_child_text(omadm_message_child(in->header, "Target"), "LocURI");
  fprintf(self->out, "session %u\n", self->sessions);
  return self->session_id != NULL && self->device != NULL && self->server != NULL;
}

static void read_body(incoming *in) {
  in->final = omadm_message_child(in->body, "Final") != NULL;
  const xmlNode *alert = omadm_message_child(in->body, "Alert");
  for (; alert != NULL; alert = omadm_message_sibling(alert, "Alert")) {
    char *code = commands_child_text(alert, "Data");
    in->aborts = in->aborts || (code != NULL && strcmp(code, "1223") == 0);
    xmlFree(code);
  }
}

static void check_word(dialogue *self, const incoming *in, const char *name, const char *expected) {
  char *text = commands_child_text(in->header, name);
  if (text == NULL || strcmp(text, expected) != 0) {
    dialogue_complain(self, "%s: expected %s, found %s", name, expected,
                      text == NULL ? "nothing" : text);
  }
  xmlFree(text);
}

/* Which session, and which message of it. False where the message cannot be answered. */
static bool check_place(dialogue *self, const incoming *in) {
  bool same = self->session_id != NULL && strcmp(self->session_id, in->session_id) == 0;
  if (self->open && !same && in->number == 1) {
    dialogue_complain(self, "the device broke session %s off and begins another", self->session_id);
    dialogue_settle(self);
    end_session(self);
  }
  if (self->open && !same) {
    dialogue_complain(self, "SessionID: expected %s, found %s", self->session_id, in->session_id);
  } else if (!self->open && same && in->number > 1) {
    dialogue_complain(self, "the device goes on with session %s, which is over", in->session_id);
    self->open = true;
    self->ended--;
  }
  if (!self->open && !begin_session(self, in)) {
    dialogue_complain(self, "the header has no Target or no Source");
    return false;
  }
  if (in->number != self->device_message + 1) {
    dialogue_complain(self, "MsgID: expected %u, found %s", self->device_message + 1,
                      in->message_id);
  }
  self->device_message = in->number;
  return true;
}

static bool has_replaced(const incoming *in, const char *wanted) {
  bool found = false;
  const xmlNode *item = omadm_message_child(omadm_message_child(in->body, "Replace"), "Item");
  for (; item != NULL && !found; item = omadm_message_sibling(item, "Item")) {
    char *uri = commands_item_uri(item);
    found = uri != NULL && strcmp(uri, wanted) == 0;
    xmlFree(uri);
  }
  return found;
}

/* OMA-TS-DM_Protocol 8.3: what the first package carries. */
static void check_first(dialogue *self, const incoming *in) {
  static const char *const nodes[] = {"./DevInfo/DevId", "./DevInfo/Man", "./DevInfo/Mod",
                                      "./DevInfo/DmV", "./DevInfo/Lang"};
  bool announced = false;
  const xmlNode *alert = omadm_message_child(in->body, "Alert");
  for (; alert != NULL; alert = omadm_message_sibling(alert, "Alert")) {
    char *code = commands_child_text(alert, "Data");
    announced =
        announced || (code != NULL && (strcmp(code, "1200") == 0 || strcmp(code, "1201") == 0));
    xmlFree(code);
  }
  if (!announced) dialogue_complain(self, "the first message has neither Alert 1200 nor 1201");
  for (size_t i = 0; i < sizeof nodes / sizeof nodes[0]; i++) {
    if (!has_replaced(in, nodes[i]))
      dialogue_complain(self, "the first message does not give %s", nodes[i]);
  }
}

/* The Status for our header comes first, and is good. */
static void check_header_status(dialogue *self, const incoming *in) {
  const xmlNode *status = omadm_message_child(in->body, "Status");
  char *reference = commands_child_text(status, "CmdRef");
  unsigned code = replies_code(status);
  if (reference == NULL || strcmp(reference, "0") != 0) {
    dialogue_complain(self, "the first Status is not the one for the header");
  } else if (code != 200 && code != 212) {
    dialogue_complain(self, "the device answered our header with %u", code);
  }
  xmlFree(reference);
}

static bool is_command_of_device(const xmlNode *node) {
  static const char *const others[] = {"Status", "Results", "Final"};
  for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
    if (strcmp((const char *)node->name, others[i]) == 0) return false;
  }
  return true;
}

static void take_alert(dialogue *self, const xmlNode *alert) {
  const xmlNode *item = omadm_message_child(alert, "Item");
  for (; item != NULL; item = omadm_message_sibling(item, "Item")) {
    char *type = commands_child_text(omadm_message_child(item, "Meta"), "Type");
    char *data = omadm_message_text(omadm_message_child(item, "Data"));
    if (type != NULL) {
      table_alert(self->table, type, data == NULL ? "" : data);
      (void)seen_put(&self->seen, type, data == NULL ? "" : data);
    }
    xmlFree(type);
    xmlFree(data);
  }
}

/* Prints the device's own commands. */
static void take_commands(dialogue *self, const incoming *in) {
  for (const xmlNode *n = commands_first(in->body); n != NULL; n = commands_next(n)) {
    if (!is_command_of_device(n)) continue;
    show_device_command(self->out, n);
    if (strcmp((const char *)n->name, "Alert") == 0) take_alert(self, n);
  }
}

/* A Status for each of the device's own commands. */
static omadm_err answer_commands(dialogue *self, compose *out, const incoming *in) {
  omadm_err err =
      compose_status(out, in->message_id, "0", "SyncHdr", self->server, self->device, 200);
  for (const xmlNode *n = commands_first(in->body); err == OMADM_OK && n != NULL;
       n = commands_next(n)) {
    if (!is_command_of_device(n)) continue;
    char *id = commands_child_text(n, "CmdID");
    if (id != NULL)
      err = compose_status(out, in->message_id, id, (const char *)n->name, NULL, NULL, 200);
    xmlFree(id);
  }
  return err;
}

/* What the server has to say after its Statuses: ask on, the next package, or nothing, which ends
 * the session. */
static omadm_err answer_rest(dialogue *self, compose *out, const incoming *in) {
  omadm_err err = OMADM_OK;
  if (in->aborts) {
    dialogue_complain(self, "the device aborted the session");
    end_session(self);
    return compose_end(out, true);
  }
  if (!in->final) {
    err = compose_alert(out, 1222);
    return err == OMADM_OK ? compose_end(out, false) : err;
  }
  self->sent = (xmlNode *)(uintptr_t)out->package;
  if (self->sent != NULL) {
    snprintf(self->sent_ref, sizeof self->sent_ref, "%u", self->server_message);
    err = compose_package(out, self->sent);
  } else {
    end_session(self);
  }
  return err == OMADM_OK ? compose_end(out, true) : err;
}

static omadm_err answer(dialogue *self, const incoming *in) {
  compose out = {.out = &self->answer};
  self->answer.len = 0;
  self->server_message++;
  if (in->final || in->aborts) dialogue_settle(self);
  take_commands(self, in);
  if (in->final && !in->aborts) out.package = dialogue_advance(self);
  omadm_err err =
      compose_begin(&out, self->session_id, self->server_message, self->device, self->server);
  if (err == OMADM_OK) err = answer_commands(self, &out, in);
  return err == OMADM_OK ? answer_rest(self, &out, in) : err;
}

/* Takes ownership of doc. */
static unsigned receive_message(dialogue *self, xmlDoc *doc, incoming *in) {
  omadm_error error = {0};
  const xmlNode *root = xmlDocGetRootElement(doc);
  in->header = omadm_message_child(root, "SyncHdr");
  in->body = omadm_message_child(root, "SyncBody");
  in->session_id = commands_child_text(in->header, "SessionID");
  in->message_id = commands_child_text(in->header, "MsgID");
  in->number = in->message_id == NULL ? 0 : (unsigned)strtoul(in->message_id, NULL, 10);
  if (in->body == NULL || in->session_id == NULL || in->number == 0) {
    dialogue_complain(self, "not a SyncML message: no header with SessionID and MsgID, or no body");
    xmlFreeDoc(doc);
    return 400;
  }
  read_body(in);
  if (self->open && strcmp(self->session_id, in->session_id) == 0 &&
      in->number == self->device_message && self->answer.len > 0) {
    fprintf(self->out, "(message %u again)\n", in->number);
    xmlFreeDoc(doc);
    return 200;
  }
  if (!check_place(self, in)) {
    xmlFreeDoc(doc);
    return 400;
  }
  if (omadm_grammar_check(self->grammar, doc, &error) != OMADM_OK) {
    dialogue_complain(self, "message %u breaks the grammar of SyncML DM 1.2: %s", in->number,
                      error.text);
  }
  check_word(self, in, "VerDTD", "1.2");
  check_word(self, in, "VerProto", "DM/1.2");
  if (self->server_message == 0) {
    check_first(self, in);
  } else {
    check_header_status(self, in);
  }
  if (!replies_add(&self->replies, doc)) return 500;
  omadm_err err = answer(self, in);
  if (in->final) replies_clear(&self->replies);
  return err == OMADM_OK ? 200 : 500;
}

unsigned dialogue_receive(dialogue *self, omadm_str body) {
  omadm_error error = {0};
  incoming in = {.header = NULL};
  xmlDoc *doc = NULL;
  unsigned status = 400;
  if (omadm_message_parse(body, &doc, &error) != OMADM_OK) {
    dialogue_complain(self, "the device's message: %s", error.text);
  } else {
    status = receive_message(self, doc, &in);
  }
  xmlFree(in.session_id);
  xmlFree(in.message_id);
  if (status == 200) return status;
  self->answer.len = 0;
  if (self->open) {
    end_session(self);
  } else {
    self->ended++;
  }
  return status;
}

void dialogue_give_up(dialogue *self) {
  if (self->open) {
    dialogue_settle(self);
    dialogue_complain(self, "session %u was not brought to its end", self->sessions);
    end_session(self);
  } else {
    dialogue_complain(self, "no session came");
  }
}
