/* SPDX-License-Identifier: MIT */
#include "tests/faults/judge.h"

#include <stdio.h>
#include <stdlib.h>

#include <libxml/parser.h>
#include <libxml/tree.h>

#include <omadm/wbxml.h>

#include "base/mem.h"
#include "base/str.h"
#include "conformance/player/grammar.h"
#include "conformance/player/message.h"
#include "tests/faults/world.h"

/* Made once: it is the same for every message, and slow to make. */
static omadm_grammar *grammar(void) {
  static omadm_grammar *made;
  omadm_error error = {0};
  if (made == NULL && omadm_grammar_new(&made, &error) != 0)
    world_require(false, "the grammar can be read");
  return made;
}

void judge_init(judge *self) {
  memset(self, 0, sizeof *self);
  omadm_buf_init(&self->last, NULL, 0);
}

void judge_dispose(judge *self) {
  omadm_buf_dispose(&self->last);
}

static bool is(const xmlNode *node, const char *name) {
  return node->type == XML_ELEMENT_NODE && strcmp((const char *)node->name, name) == 0;
}

/* The trimmed text of a child element; "" where there is none. */
static void text_of(const xmlNode *parent, const char *name, char *out, size_t size) {
  const xmlNode *child = parent != NULL ? omadm_message_child(parent, name) : NULL;
  char *text = child != NULL ? omadm_message_text(child) : NULL;
  omadm_str trimmed = omadm_str_trim(omadm_str_of(text));
  snprintf(out, size, "%.*s", (int)trimmed.len, trimmed.len > 0 ? trimmed.ptr : "");
  xmlFree(text);
}

static uint64_t number_of(const xmlNode *parent, const char *name) {
  char text[64];
  text_of(parent, name, text, sizeof text);
  return strtoull(text, NULL, 10);
}

/* A message in either encoding. */
static omadm_err parse(omadm_str message, xmlDoc **doc, omadm_error *error) {
  bool wbxml = message.len > 0 && message.ptr[0] >= 1 && message.ptr[0] <= 3;
  if (!wbxml) return omadm_message_parse(message, doc, error);
  omadm_buf xml;
  omadm_buf_init(&xml, &omadm_mem_default, 0);
  omadm_err err = omadm_wbxml_decode(message, 0, &xml, error);
  if (err == 0) err = omadm_message_parse(omadm_buf_str(&xml), doc, error);
  omadm_buf_dispose(&xml);
  return err;
}

static xmlDoc *read_valid(omadm_str message) {
  xmlDoc *doc = NULL;
  omadm_error error = {0};
  if (parse(message, &doc, &error) != 0 || omadm_grammar_check(grammar(), doc, &error) != 0) {
    fprintf(stderr, "%s\n%.*s\n", error.text, (int)message.len, message.ptr);
    world_require(false, "what the client sends is valid SyncML DM 1.2");
  }
  return doc;
}

static void mark_answered(judge *self, const xmlNode *status) {
  char msg[24], cmd[24];
  text_of(status, "MsgRef", msg, sizeof msg);
  text_of(status, "CmdRef", cmd, sizeof cmd);
  for (size_t i = 0; i < self->n_commands; i++) {
    judge_command *c = &self->commands[i];
    if (strcmp(c->msg, msg) == 0 && strcmp(c->cmd, cmd) == 0) c->answered = true;
  }
}

static void judge_body(judge *self, const xmlNode *body) {
  uint64_t last = 0;
  for (const xmlNode *node = body->children; node != NULL; node = node->next) {
    if (node->type != XML_ELEMENT_NODE || is(node, "Final")) continue;
    uint64_t id = number_of(node, "CmdID");
    world_require(id > last, "the client's CmdIDs count up");
    last = id;
    if (is(node, "Status")) mark_answered(self, node);
  }
}

bool judge_client(judge *self, omadm_str message, bool last) {
  if (self->last.len > 0 && omadm_str_equal(message, omadm_buf_str(&self->last))) return true;
  xmlDoc *doc = read_valid(message);
  const xmlNode *root = xmlDocGetRootElement(doc);
  uint64_t id = number_of(omadm_message_child(root, "SyncHdr"), "MsgID");
  world_require(id == self->msg_id + 1, "the client's MsgIDs count up");
  self->msg_id = id;
  if (self->peer_size > 0 && !last)
    world_require(message.len <= self->peer_size,
                  "no message is larger than the server's MaxMsgSize");
  judge_body(self, omadm_message_child(root, "SyncBody"));
  xmlFreeDoc(doc);
  self->last.len = 0;
  world_require(omadm_buf_add_str(&self->last, message) == 0, "the test has memory");
  return false;
}

static bool has(const xmlNode *node, const char *name) {
  return omadm_message_child(node, name) != NULL;
}

static void want(judge *self, const char *msg, const xmlNode *command) {
  static const char *const names[] = {"Add",  "Alert", "Atomic",  "Copy",     "Delete",
                                      "Exec", "Get",   "Replace", "Sequence", "Map"};
  char cmd[24];
  size_t i = 0;
  while (i < sizeof names / sizeof *names && !is(command, names[i]))
    i++;
  if (i == sizeof names / sizeof *names) return;
  if (is(command, "Atomic") || is(command, "Sequence")) {
    for (const xmlNode *node = command->children; node != NULL; node = node->next)
      if (node->type == XML_ELEMENT_NODE) want(self, msg, node);
  }
  text_of(command, "CmdID", cmd, sizeof cmd);
  const xmlNode *id = omadm_message_child(command, "CmdID");
  if (id != NULL && omadm_message_sibling(id, "CmdID") != NULL) return; /* which one is it? */
  if (cmd[0] == '\0' || strcmp(cmd, "0") == 0 || strlen(cmd) > 20 || has(command, "NoResp")) return;
  if (self->n_commands == JUDGE_COMMANDS) return;
  judge_command *c = &self->commands[self->n_commands++];
  snprintf(c->msg, sizeof c->msg, "%s", msg);
  snprintf(c->cmd, sizeof c->cmd, "%s", cmd);
  c->answered = false;
}

void judge_server(judge *self, omadm_str message) {
  xmlDoc *doc = NULL;
  if (parse(message, &doc, NULL) != 0) return;
  const xmlNode *root = xmlDocGetRootElement(doc);
  const xmlNode *header = omadm_message_child(root, "SyncHdr");
  const xmlNode *body = omadm_message_child(root, "SyncBody");
  char msg[24];
  text_of(header, "MsgID", msg, sizeof msg);
  const xmlNode *meta = header != NULL ? omadm_message_child(header, "Meta") : NULL;
  if (meta != NULL && number_of(meta, "MaxMsgSize") > 0)
    self->peer_size = number_of(meta, "MaxMsgSize");
  bool quiet = header != NULL && has(header, "NoResp");
  for (const xmlNode *node = body != NULL && !quiet ? body->children : NULL; node != NULL;
       node = node->next) {
    if (node->type == XML_ELEMENT_NODE) want(self, msg, node);
  }
  xmlFreeDoc(doc);
}

void judge_end(const judge *self) {
  for (size_t i = 0; i < self->n_commands; i++) {
    const judge_command *c = &self->commands[i];
    if (!c->answered) fprintf(stderr, "message %s, command %s\n", c->msg, c->cmd);
    world_require(c->answered, "every command has its Status");
  }
}

int judge_status(omadm_str message, const char *cmd) {
  xmlDoc *doc = read_valid(message);
  const xmlNode *body = omadm_message_child(xmlDocGetRootElement(doc), "SyncBody");
  int code = 0;
  for (const xmlNode *node = body->children; node != NULL && code == 0; node = node->next) {
    char ref[24];
    if (!is(node, "Status")) continue;
    text_of(node, "CmdRef", ref, sizeof ref);
    if (strcmp(ref, cmd) == 0) code = (int)number_of(node, "Data");
  }
  xmlFreeDoc(doc);
  return code;
}
