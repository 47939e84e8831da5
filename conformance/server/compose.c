/* SPDX-License-Identifier: MIT */
#include "conformance/server/compose.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "conformance/player/message.h"

#include "conformance/server/commands.h"

#define SYNCML_NAMESPACE "SYNCML:SYNCML1.2"

static omadm_err add_escaped(omadm_buf *out, omadm_str text) {
  omadm_err err = OMADM_OK;
  size_t done = 0;
  for (size_t i = 0; err == OMADM_OK && i < text.len; i++) {
    const char *as = NULL;
    switch (text.ptr[i]) {
    case '&': as = "&amp;"; break;
    case '<': as = "&lt;"; break;
    case '>': as = "&gt;"; break;
    case '"': as = "&quot;"; break;
    case '\r': as = "&#13;"; break;
    default: continue;
    }
    err = omadm_buf_add(out, text.ptr + done, i - done);
    if (err == OMADM_OK) err = omadm_buf_add_text(out, as);
    done = i + 1;
  }
  return err == OMADM_OK ? omadm_buf_add(out, text.ptr + done, text.len - done) : err;
}

static omadm_err add_element(omadm_buf *out, const char *name, const char *text) {
  omadm_err err = omadm_buf_printf(out, "<%s>", name);
  if (err == OMADM_OK) err = add_escaped(out, omadm_str_of(text));
  return err == OMADM_OK ? omadm_buf_printf(out, "</%s>", name) : err;
}

static omadm_err add_uri(omadm_buf *out, const char *name, const char *uri) {
  omadm_err err = omadm_buf_printf(out, "<%s>", name);
  if (err == OMADM_OK) err = add_element(out, "LocURI", uri);
  return err == OMADM_OK ? omadm_buf_printf(out, "</%s>", name) : err;
}

omadm_err compose_begin(compose *self, const char *session_id, unsigned message_id,
                        const char *target, const char *source) {
  omadm_buf *out = self->out;
  omadm_err err =
      omadm_buf_add_text(out, "<SyncML xmlns=\"" SYNCML_NAMESPACE
                              "\"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto>");
  if (err == OMADM_OK) err = add_element(out, "SessionID", session_id);
  if (err == OMADM_OK) err = omadm_buf_printf(out, "<MsgID>%u</MsgID>", message_id);
  if (err == OMADM_OK) err = add_uri(out, "Target", target);
  if (err == OMADM_OK) err = add_uri(out, "Source", source);
  if (err == OMADM_OK) err = omadm_buf_add_str(out, self->cred);
  return err == OMADM_OK ? omadm_buf_add_text(out, "</SyncHdr><SyncBody>") : err;
}

/* True where a command of the package, or inside one, has this CmdID already. */
static bool is_taken(const xmlNode *parent, const char *id) {
  for (const xmlNode *n = commands_first(parent); n != NULL; n = commands_next(n)) {
    char *own = commands_child_text(n, "CmdID");
    bool same = own != NULL && strcmp(own, id) == 0;
    xmlFree(own);
    if (same || (commands_is_container(n) && is_taken(n, id))) return true;
  }
  return false;
}

static void next_id(compose *self, char *id, size_t size) {
  do {
    snprintf(id, size, "%u", ++self->last_id);
  } while (self->package != NULL && is_taken(self->package, id));
}

omadm_err compose_status(compose *self, const char *message_ref, const char *command_ref,
                         const char *command, const char *target, const char *source,
                         unsigned code) {
  char id[16];
  omadm_buf *out = self->out;
  next_id(self, id, sizeof id);
  omadm_err err = omadm_buf_printf(out, "<Status><CmdID>%s</CmdID>", id);
  if (err == OMADM_OK) err = add_element(out, "MsgRef", message_ref);
  if (err == OMADM_OK) err = add_element(out, "CmdRef", command_ref);
  if (err == OMADM_OK) err = add_element(out, "Cmd", command);
  if (err == OMADM_OK && target != NULL) err = add_element(out, "TargetRef", target);
  if (err == OMADM_OK && source != NULL) err = add_element(out, "SourceRef", source);
  if (err == OMADM_OK && strcmp(command_ref, "0") == 0) err = omadm_buf_add_str(out, self->chal);
  return err == OMADM_OK ? omadm_buf_printf(out, "<Data>%u</Data></Status>", code) : err;
}

omadm_err compose_alert(compose *self, unsigned code) {
  char id[16];
  next_id(self, id, sizeof id);
  return omadm_buf_printf(self->out, "<Alert><CmdID>%s</CmdID><Data>%u</Data></Alert>", id, code);
}

/* The namespace in which an element goes out: what has none, or ours, is SyncML. */
static const char *space_of(const xmlNode *node) {
  const char *space = node->ns == NULL ? SYNCML_NAMESPACE : (const char *)node->ns->href;
  return strcmp(space, COMMANDS_NAMESPACE) == 0 ? SYNCML_NAMESPACE : space;
}

static omadm_err add_attributes(omadm_buf *out, const xmlNode *node) {
  omadm_err err = OMADM_OK;
  for (const xmlAttr *a = node->properties; err == OMADM_OK && a != NULL; a = a->next) {
    if (a->ns != NULL) continue;
    xmlChar *value = xmlNodeListGetString(node->doc, a->children, 1);
    err = omadm_buf_printf(out, " %s=\"", (const char *)a->name);
    if (err == OMADM_OK) err = add_escaped(out, omadm_str_of((const char *)value));
    if (err == OMADM_OK) err = omadm_buf_add_text(out, "\"");
    xmlFree(value);
  }
  return err;
}

static omadm_err add_node(omadm_buf *out, const xmlNode *node, const char *space) {
  const char *content = (const char *)node->content;
  if (node->type == XML_TEXT_NODE) return add_escaped(out, omadm_str_of(content));
  if (node->type == XML_CDATA_SECTION_NODE)
    return omadm_buf_printf(out, "<![CDATA[%s]]>", content == NULL ? "" : content);
  if (node->type == XML_COMMENT_NODE)
    return omadm_buf_printf(out, "<!--%s-->", content == NULL ? "" : content);
  if (node->type != XML_ELEMENT_NODE) return OMADM_OK;
  const char *own = space_of(node);
  omadm_err err = omadm_buf_printf(out, "<%s", (const char *)node->name);
  if (err == OMADM_OK && strcmp(own, space) != 0) err = omadm_buf_printf(out, " xmlns=\"%s\"", own);
  if (err == OMADM_OK) err = add_attributes(out, node);
  if (err != OMADM_OK || node->children == NULL)
    return err != OMADM_OK ? err : omadm_buf_add_text(out, "/>");
  err = omadm_buf_add_text(out, ">");
  for (const xmlNode *n = node->children; err == OMADM_OK && n != NULL; n = n->next)
    err = add_node(out, n, own);
  return err == OMADM_OK ? omadm_buf_printf(out, "</%s>", (const char *)node->name) : err;
}

omadm_err compose_complete(compose *self, xmlNode *command) {
  char id[16];
  omadm_err err = OMADM_OK;
  if (!commands_is_command(command)) return OMADM_OK;
  char *own = commands_child_text(command, "CmdID");
  bool missing = own == NULL;
  xmlFree(own);
  if (missing) {
    next_id(self, id, sizeof id);
    xmlNode *node =
        xmlNewDocNode(command->doc, command->ns, (const xmlChar *)"CmdID", (const xmlChar *)id);
    if (node == NULL) return OMADM_E_NOMEM;
    if (command->children == NULL) {
      xmlAddChild(command, node);
    } else {
      xmlAddPrevSibling(command->children, node);
    }
  }
  if (!commands_is_container(command)) return OMADM_OK;
  for (xmlNode *n = commands_first(command); err == OMADM_OK && n != NULL; n = commands_next(n))
    err = compose_complete(self, n);
  return err;
}

omadm_err compose_command(compose *self, const xmlNode *command) {
  return add_node(self->out, command, SYNCML_NAMESPACE);
}

static omadm_err add_children(omadm_buf *out, const xmlNode *node, const char *space) {
  omadm_err err = OMADM_OK;
  for (const xmlNode *n = node == NULL ? NULL : node->children; err == OMADM_OK && n != NULL;
       n = n->next)
    err = add_node(out, n, space);
  return err;
}

/* OMA-TS-DM_Protocol 7: Size stands in the first chunk. */
static omadm_err add_meta(omadm_buf *out, const xmlNode *meta, size_t size) {
  if (meta == NULL && size == 0) return OMADM_OK;
  omadm_err err = omadm_buf_add_text(out, "<Meta>");
  if (err == OMADM_OK) err = add_children(out, meta, SYNCML_NAMESPACE);
  if (err == OMADM_OK && size > 0)
    err = omadm_buf_printf(out, "<Size xmlns=\"syncml:metinf\">%zu</Size>", size);
  return err == OMADM_OK ? omadm_buf_add_text(out, "</Meta>") : err;
}

static omadm_err add_piece(omadm_buf *out, const compose_chunk *chunk) {
  omadm_err err = omadm_buf_add_text(out, "<Data>");
  if (err == OMADM_OK) err = add_escaped(out, chunk->data);
  if (err == OMADM_OK) err = omadm_buf_add_text(out, "</Data>");
  return err == OMADM_OK && chunk->more ? omadm_buf_add_text(out, "<MoreData/>") : err;
}

static bool is_element(const xmlNode *node, const char *name) {
  return node->type == XML_ELEMENT_NODE && strcmp((const char *)node->name, name) == 0;
}

omadm_err compose_piece(compose *self, const xmlNode *command, const compose_chunk *chunk) {
  omadm_buf *out = self->out;
  omadm_err err = omadm_buf_printf(out, "<%s>", (const char *)command->name);
  for (const xmlNode *n = command->children; err == OMADM_OK && n != NULL; n = n->next) {
    if (!is_element(n, "Item")) {
      err = add_node(out, n, SYNCML_NAMESPACE);
      continue;
    }
    err = omadm_buf_add_text(out, "<Item>");
    for (const xmlNode *m = n->children; err == OMADM_OK && m != NULL; m = m->next) {
      if (!is_element(m, "Meta") && !is_element(m, "Data"))
        err = add_node(out, m, SYNCML_NAMESPACE);
    }
    if (err == OMADM_OK) err = add_meta(out, omadm_message_child(n, "Meta"), chunk->size);
    if (err == OMADM_OK) err = add_piece(out, chunk);
    if (err == OMADM_OK) err = omadm_buf_add_text(out, "</Item>");
  }
  return err == OMADM_OK ? omadm_buf_printf(out, "</%s>", (const char *)command->name) : err;
}

omadm_err compose_end(compose *self, bool final) {
  return omadm_buf_printf(self->out, "%s</SyncBody></SyncML>", final ? "<Final/>" : "");
}
