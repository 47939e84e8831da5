/* SPDX-License-Identifier: MIT */
#include "conformance/server/dialogue.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "conformance/player/encoding.h"
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
  omadm_str octets; /* of the message */
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
  char *size = commands_child_text(omadm_message_child(in->header, "Meta"), "MaxMsgSize");
  self->device_size = size == NULL ? 0 : strtoul(size, NULL, 10);
  xmlFree(size);
  if (!self->waiting) self->step = commands_begin(self->commands, self->groups++);
  self->session_id = (char *)xmlStrdup((const xmlChar *)in->session_id);
  self->device = commands_child_text(omadm_message_child(in->header, "Source"), "LocURI");
  self->server = commands_child_text(omadm_message_child(in->header, "Target"), "LocURI");
  self->challenged = self->repeats = false;
  self->denied = 0;
  if (self->auth != NULL) auth_begin(self->auth);
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

/* The device asks for our credentials: once is right, where there are some. */
static bool is_asked(dialogue *self, unsigned code) {
  if (self->auth == NULL || self->auth->server.type == NULL || self->denied > 0) return false;
  fprintf(self->out, "the device asks for the server's credentials (%u)\n", code);
  self->denied++;
  self->repeats = self->sent != NULL;
  return true;
}

/* The Status for our header comes first, and is good. */
static void check_header_status(dialogue *self, const incoming *in) {
  const xmlNode *status = omadm_message_child(in->body, "Status");
  char *reference = commands_child_text(status, "CmdRef");
  unsigned code = replies_code(status);
  if (reference == NULL || strcmp(reference, "0") != 0) {
    dialogue_complain(self, "the first Status is not the one for the header");
  } else if (code != 200 && code != 212 &&
             !((code == 401 || code == 407) && is_asked(self, code))) {
    dialogue_complain(self, "the device answered our header with %u", code);
  } else if (self->auth != NULL) {
    auth_take(self->auth, status);
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
  unsigned code = self->challenged ? self->header_code : 200;
  omadm_err err = compose_status(out, in->message_id, "0", "SyncHdr", self->server, self->device,
                                 self->header_code);
  for (const xmlNode *n = commands_first(in->body); err == OMADM_OK && n != NULL;
       n = commands_next(n)) {
    bool chunk = strcmp((const char *)n->name, "Results") == 0 && replies_is_chunk(n);
    if (!is_command_of_device(n) && !chunk) continue;
    char *id = commands_child_text(n, "CmdID");
    if (id != NULL)
      err = compose_status(out, in->message_id, id, (const char *)n->name, NULL, NULL,
                           chunk && code == 200 ? 213 : code);
    xmlFree(id);
  }
  return err;
}

/* True where only a part of the package was sent. */
static bool is_on_its_way(const dialogue *self) {
  return self->sent != NULL && !self->parcel.closed;
}

/* The next part of the package; Final where it is the last. */
static omadm_err send_parcel(dialogue *self, compose *out) {
  omadm_err err = parcel_write(&self->parcel, out, self->server_message);
  self->parcel.closed = self->parcel.next == NULL;
  return err == OMADM_OK ? compose_end(out, self->parcel.closed) : err;
}

/* The device answers a chunk with 213; after anything else the rest of the value is not sent. True
 * where nothing is left of the package then: the next one follows, as a message without a command
 * would end the session. */
static bool check_chunk(dialogue *self) {
  char reference[16];
  const xmlNode *open = parcel_open(&self->parcel);
  if (open == NULL) return false;
  char *id = commands_child_text(open, "CmdID");
  snprintf(reference, sizeof reference, "%u", parcel_message(open));
  unsigned code = replies_code(replies_status(&self->replies, reference, id, 0));
  xmlFree(id);
  if (code == 213) return false;
  if (code < 300)
    dialogue_complain(self, "a chunk of %s was answered with %u", (const char *)open->name, code);
  parcel_skip(&self->parcel);
  self->parcel.closed = self->parcel.next == NULL;
  return self->parcel.closed;
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
  if (is_on_its_way(self)) return send_parcel(self, out);
  if (!in->final) {
    err = compose_alert(out, 1222);
    return err == OMADM_OK ? compose_end(out, false) : err;
  }
  self->sent = (xmlNode *)(uintptr_t)out->package;
  if (self->sent != NULL) {
    self->parcel = (parcel){.next = commands_first(self->sent),
                            .most = self->device_size,
                            .chunk = self->chunk,
                            .raw = self->wbxml};
    return send_parcel(self, out);
  }
  end_session(self);
  return err == OMADM_OK ? compose_end(out, true) : err;
}

/* The device has to come again with package 1: nothing else is said. */
static omadm_err challenge(dialogue *self, compose *out) {
  fprintf(self->out, "the device is asked for its credentials (%u)\n", self->header_code);
  return compose_end(out, true);
}

/* The answer becomes WBXML. */
static omadm_err encode(dialogue *self) {
  omadm_error error = {0};
  omadm_err err = encoding_convert(self->codec, &self->answer, &error);
  if (err != OMADM_OK) dialogue_complain(self, "our message has no WBXML: %s", error.text);
  return err;
}

static omadm_err answer(dialogue *self, const incoming *in) {
  compose out = {.out = &self->answer};
  self->answer.len = 0;
  self->server_message++;
  self->header_code = self->auth == NULL ? 200 : auth_judge(self->auth, in->header, in->octets);
  self->challenged = self->header_code >= 400;
  if (!self->challenged) {
    bool again = self->repeats && in->final && !in->aborts;
    if (!again && (in->final || in->aborts)) dialogue_settle(self);
    take_commands(self, in);
    if (again || is_on_its_way(self))
      out.package = self->sent;
    else if (in->final && !in->aborts)
      out.package = dialogue_advance(self);
    self->repeats = self->repeats && !again;
  }
  omadm_buf cred, chal;
  omadm_buf_init(&cred, &omadm_mem_default, 0);
  omadm_buf_init(&chal, &omadm_mem_default, 0);
  omadm_err err = OMADM_OK;
  if (self->auth != NULL) err = auth_prove(self->auth, &cred);
  if (err == OMADM_OK && self->auth != NULL)
    err = auth_challenge(self->auth, self->header_code, &chal);
  out.cred = omadm_buf_str(&cred);
  out.chal = omadm_buf_str(&chal);
  if (err == OMADM_OK)
    err = compose_begin(&out, self->session_id, self->server_message, self->device, self->server);
  if (err == OMADM_OK) err = answer_commands(self, &out, in);
  if (err == OMADM_OK) err = self->challenged ? challenge(self, &out) : answer_rest(self, &out, in);
  if (err == OMADM_OK && self->wbxml) err = encode(self);
  if (err == OMADM_OK && self->auth != NULL)
    err = auth_sign(self->auth, omadm_buf_str(&self->answer));
  omadm_buf_dispose(&cred);
  omadm_buf_dispose(&chal);
  return err;
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
  if (self->server_message == 0 || self->challenged) check_first(self, in);
  if (self->server_message > 0) check_header_status(self, in);
  if (!replies_add(&self->replies, doc)) return 500;
  in->final = check_chunk(self) || in->final;
  omadm_err err = answer(self, in);
  if (in->final) replies_clear(&self->replies);
  return err == OMADM_OK ? 200 : 500;
}

/* In the encoding that the media type names, not in that which the octets look like. */
static omadm_err parse(const dialogue *self, omadm_str body, xmlDoc **doc, omadm_error *error) {
  if (encoding_is_wbxml(body) == self->wbxml) return encoding_parse(self->codec, body, doc, error);
  return omadm_error_set(error, OMADM_E_SYNTAX, "it is not in the encoding that its type names");
}

unsigned dialogue_receive(dialogue *self, omadm_str body) {
  omadm_error error = {0};
  incoming in = {.header = NULL, .octets = body};
  xmlDoc *doc = NULL;
  unsigned status = 400;
  if (parse(self, body, &doc, &error) != OMADM_OK) {
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
