/* SPDX-License-Identifier: MIT */
#include "conformance/player/serve_compose.h"

#include <stdio.h>
#include <string.h>

#include "base/codec.h"
#include "base/str.h"

#include "conformance/player/message.h"

#define METINF " xmlns=\"syncml:metinf\""

static xmlNode *header_of(const xmlDoc *message) {
  return omadm_message_child(xmlDocGetRootElement(message), "SyncHdr");
}

static xmlNode *body_of(const xmlDoc *message) {
  return omadm_message_child(xmlDocGetRootElement(message), "SyncBody");
}

static unsigned number_in(const xmlNode *parent, const char *name) {
  uint64_t number = 0;
  char *text = omadm_message_text(omadm_message_child(parent, name));
  bool good = text != NULL && omadm_str_u64(omadm_str_trim(omadm_str_of(text)), &number);
  xmlFree(text);
  return good && number <= INT32_MAX ? (unsigned)number : 0;
}

unsigned serve_message_number(const xmlDoc *message) {
  return number_in(header_of(message), "MsgID");
}

bool serve_message_is_final(const xmlDoc *message) {
  return omadm_message_child(body_of(message), "Final") != NULL;
}

/* <NAME ATTRIBUTES>text</NAME>, the text escaped. */
static omadm_err add_element(omadm_buf *out, const char *name, const char *attributes,
                             const char *text) {
  xmlChar *escaped = xmlEncodeSpecialChars(NULL, (const xmlChar *)text);
  if (escaped == NULL) return OMADM_E_NOMEM;
  omadm_err err = omadm_buf_printf(out, "<%s%s>", name, attributes);
  if (err == OMADM_OK) err = omadm_buf_add_text(out, (const char *)escaped);
  if (err == OMADM_OK) err = omadm_buf_printf(out, "</%s>", name);
  xmlFree(escaped);
  return err;
}

/* The same with the text of a child of `from`; nothing where it has none. */
static omadm_err copy_element(omadm_buf *out, const char *name, const xmlNode *from,
                              const char *child) {
  char *text = omadm_message_text(omadm_message_child(from, child));
  omadm_err err = text == NULL ? OMADM_OK : add_element(out, name, "", text);
  xmlFree(text);
  return err;
}

static omadm_err add_header(const xmlNode *header, omadm_buf *out, omadm_error *error) {
  const xmlNode *device = omadm_message_child(header, "Source");
  const xmlNode *server = omadm_message_child(header, "Target");
  if (omadm_message_child(device, "LocURI") == NULL ||
      omadm_message_child(server, "LocURI") == NULL || number_in(header, "MsgID") == 0) {
    return omadm_error_set(error, OMADM_E_SYNTAX,
                           "the client's message has no header with MsgID, Target and Source");
  }
  /* One answer to each message: the client's own number does. */
  omadm_err err = omadm_buf_add_text(out, "<SyncML xmlns=\"SYNCML:SYNCML1.2\"><SyncHdr>"
                                          "<VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto>");
  if (err == OMADM_OK) err = copy_element(out, "SessionID", header, "SessionID");
  if (err == OMADM_OK)
    err = omadm_buf_printf(out, "<MsgID>%u</MsgID><Target>", number_in(header, "MsgID"));
  if (err == OMADM_OK) err = copy_element(out, "LocURI", device, "LocURI");
  if (err == OMADM_OK) err = omadm_buf_add_text(out, "</Target><Source>");
  if (err == OMADM_OK) err = copy_element(out, "LocURI", server, "LocURI");
  return err == OMADM_OK ? omadm_buf_add_text(out, "</Source></SyncHdr><SyncBody>") : err;
}

static bool wants_status(const xmlNode *node) {
  static const char *const others[] = {"Status", "Results", "Final"};
  if (node->type != XML_ELEMENT_NODE || omadm_message_child(node, "CmdID") == NULL) return false;
  for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
    if (strcmp((const char *)node->name, others[i]) == 0) return false;
  }
  return true;
}

/* 212 where the client showed credentials, which are not looked at: they stand in no transcript. */
static omadm_err add_statuses(const xmlDoc *message, unsigned *id, omadm_buf *out) {
  const xmlNode *header = header_of(message);
  bool proves = omadm_message_child(header, "Cred") != NULL;
  unsigned reference = serve_message_number(message);
  omadm_err err = omadm_buf_printf(
      out, "<Status><CmdID>%u</CmdID><MsgRef>%u</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd>",
      ++*id, reference);
  if (err == OMADM_OK)
    err = copy_element(out, "TargetRef", omadm_message_child(header, "Target"), "LocURI");
  if (err == OMADM_OK)
    err = copy_element(out, "SourceRef", omadm_message_child(header, "Source"), "LocURI");
  if (err == OMADM_OK) err = omadm_buf_printf(out, "<Data>%d</Data></Status>", proves ? 212 : 200);
  const xmlNode *body = body_of(message);
  const xmlNode *node = body == NULL ? NULL : body->children;
  for (; err == OMADM_OK && node != NULL; node = node->next) {
    if (!wants_status(node)) continue;
    err = omadm_buf_printf(out, "<Status><CmdID>%u</CmdID><MsgRef>%u</MsgRef>", ++*id, reference);
    if (err == OMADM_OK) err = copy_element(out, "CmdRef", node, "CmdID");
    if (err == OMADM_OK) err = add_element(out, "Cmd", "", (const char *)node->name);
    if (err == OMADM_OK) err = omadm_buf_add_text(out, "<Data>200</Data></Status>");
  }
  return err;
}

/* XML 1.0 2.2: the characters that it has a place for. */
static bool fits_xml(omadm_str text) {
  for (size_t i = 0; i < text.len; i++) {
    if ((unsigned char)text.ptr[i] < ' ' && !omadm_is_space(text.ptr[i])) return false;
  }
  return omadm_utf8_is_valid(text);
}

/* Meta and Data. OMA-TS-SyncML_MetaInfo 5.2: what XML cannot carry, and bin, travels as base64. */
static omadm_err add_value(const serve_command *command, omadm_buf *out) {
  bool encoded = omadm_str_is(command->format, "bin") || !fits_xml(command->value);
  const char *format = encoded ? "b64" : command->format.ptr;
  omadm_err err = OMADM_OK;
  if (format != NULL || command->type.ptr != NULL) err = omadm_buf_add_text(out, "<Meta>");
  if (err == OMADM_OK && format != NULL) err = add_element(out, "Format", METINF, format);
  if (err == OMADM_OK && command->type.ptr != NULL)
    err = add_element(out, "Type", METINF, command->type.ptr);
  if (err == OMADM_OK && (format != NULL || command->type.ptr != NULL))
    err = omadm_buf_add_text(out, "</Meta>");
  if (err != OMADM_OK || command->value.ptr == NULL) return err;
  if (!encoded) return add_element(out, "Data", "", command->value.ptr);
  err = omadm_buf_add_text(out, "<Data>");
  if (err == OMADM_OK) err = omadm_base64_encode(command->value, out);
  return err == OMADM_OK ? omadm_buf_add_text(out, "</Data>") : err;
}

static omadm_err add_command(const serve_command *command, omadm_buf *out) {
  omadm_buf target;
  omadm_buf_init(&target, out->mem, 0);
  omadm_err err = omadm_buf_add_str(&target, command->uri);
  if (err == OMADM_OK && command->property != NULL)
    err = omadm_buf_printf(&target, "?prop=%s", command->property);
  if (err == OMADM_OK) err = omadm_buf_add(&target, "", 1);
  if (err == OMADM_OK)
    err = omadm_buf_printf(out, "<%s><CmdID>%u</CmdID><Item><Target>", command->name, command->id);
  if (err == OMADM_OK) err = add_element(out, "LocURI", "", target.ptr);
  if (err == OMADM_OK) err = omadm_buf_add_text(out, "</Target>");
  if (err == OMADM_OK) err = add_value(command, out);
  if (err == OMADM_OK) err = omadm_buf_printf(out, "</Item></%s>", command->name);
  omadm_buf_dispose(&target);
  return err;
}

omadm_err serve_compose(const xmlDoc *message, serve_command *commands, bool go_on, omadm_buf *out,
                        omadm_error *error) {
  unsigned id = 0;
  omadm_err err = add_header(header_of(message), out, error);
  if (err == OMADM_OK) err = add_statuses(message, &id, out);
  for (serve_command *c = commands; err == OMADM_OK && c != NULL; c = c->next) {
    c->id = ++id;
    err = add_command(c, out);
  }
  /* OMA-TS-DM_Protocol 8.1.1: the next message is asked for while the client is not at its end. */
  if (err == OMADM_OK && go_on)
    err = omadm_buf_printf(out, "<Alert><CmdID>%u</CmdID><Data>1222</Data></Alert>", ++id);
  if (err == OMADM_OK)
    err = omadm_buf_printf(out, "%s</SyncBody></SyncML>", go_on ? "" : "<Final/>");
  return err == OMADM_E_NOMEM ? omadm_error_set(error, err, "out of memory") : err;
}

static serve_command *find_command(serve_command *commands, const xmlNode *answer,
                                   unsigned reference) {
  unsigned message = number_in(answer, "MsgRef");
  unsigned id = number_in(answer, "CmdRef");
  /* MsgRef is optional in Results. */
  if (message != reference && omadm_message_child(answer, "MsgRef") != NULL) return NULL;
  while (commands != NULL && commands->id != id)
    commands = commands->next;
  return id == 0 ? NULL : commands;
}

/* What stands in an element as octets: its text, or where there is markup in it, the source. */
static omadm_err take_content(const xmlNode *node, omadm_arena *arena, omadm_str *out) {
  bool markup = false;
  if (node == NULL) return OMADM_OK;
  for (const xmlNode *n = node->children; n != NULL; n = n->next)
    markup = markup || n->type == XML_ELEMENT_NODE;
  if (!markup) {
    char *text = omadm_message_text(node);
    *out = omadm_arena_copy(arena, omadm_str_of(text == NULL ? "" : text));
    xmlFree(text);
    return out->ptr == NULL ? OMADM_E_NOMEM : OMADM_OK;
  }
  xmlBuffer *source = xmlBufferCreate();
  if (source == NULL) return OMADM_E_NOMEM;
  for (xmlNode *n = node->children; n != NULL; n = n->next)
    xmlNodeDump(source, node->doc, n, 0, 0);
  *out = omadm_arena_copy(arena, omadm_str_of((const char *)xmlBufferContent(source)));
  xmlBufferFree(source);
  return out->ptr == NULL ? OMADM_E_NOMEM : OMADM_OK;
}

static omadm_err take_results(const xmlNode *results, serve_command *command, omadm_arena *arena) {
  const xmlNode *item = omadm_message_child(results, "Item");
  const xmlNode *own = omadm_message_child(item, "Meta");
  const xmlNode *shared = omadm_message_child(results, "Meta");
  const xmlNode *format = omadm_message_child(own, "Format");
  const xmlNode *type = omadm_message_child(own, "Type");
  const xmlNode *data = omadm_message_child(item, "Data");
  if (item == NULL) return OMADM_OK;
  command->in_pieces = command->in_pieces || omadm_message_child(item, "MoreData") != NULL;
  if (data == NULL) command->found = omadm_arena_copy(arena, (omadm_str)OMADM_STR(""));
  omadm_err err = take_content(data, arena, &command->found);
  if (err == OMADM_OK)
    err = take_content(format != NULL ? format : omadm_message_child(shared, "Format"), arena,
                       &command->found_format);
  if (err == OMADM_OK)
    err = take_content(type != NULL ? type : omadm_message_child(shared, "Type"), arena,
                       &command->found_type);
  return err;
}

omadm_err serve_settle(const xmlDoc *answer, unsigned reference, serve_command *commands,
                       omadm_arena *arena) {
  const xmlNode *body = body_of(answer);
  omadm_err err = OMADM_OK;
  const xmlNode *status = omadm_message_child(body, "Status");
  for (; status != NULL; status = omadm_message_sibling(status, "Status")) {
    serve_command *command = find_command(commands, status, reference);
    if (command != NULL) command->code = number_in(status, "Data");
  }
  const xmlNode *results = omadm_message_child(body, "Results");
  for (; err == OMADM_OK && results != NULL; results = omadm_message_sibling(results, "Results")) {
    serve_command *command = find_command(commands, results, reference);
    if (command != NULL) err = take_results(results, command, arena);
  }
  return err;
}
