/* SPDX-License-Identifier: MIT */
#include "conformance/server/commands.h"

#include <string.h>

#include <libxml/parser.h>

#include "conformance/player/message.h"

static bool is_named(const xmlNode *node, const char *name) {
  return node != NULL && node->type == XML_ELEMENT_NODE &&
         strcmp((const char *)node->name, name) == 0;
}

static xmlNode *element_from(xmlNode *node) {
  while (node != NULL && node->type != XML_ELEMENT_NODE)
    node = node->next;
  return node;
}

xmlNode *commands_first(const xmlNode *parent) {
  return parent == NULL ? NULL : element_from(parent->children);
}

xmlNode *commands_next(const xmlNode *node) {
  return element_from(node->next);
}

bool commands_is_container(const xmlNode *command) {
  return is_named(command, "Atomic") || is_named(command, "Sequence");
}

bool commands_is_command(const xmlNode *node) {
  static const char *const parts[] = {"CmdID", "Meta", "NoResp", "Item"};
  for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
    if (is_named(node, parts[i])) return false;
  }
  return true;
}

char *commands_attribute(const xmlNode *node, const char *name) {
  return (char *)xmlGetNsProp(node, (const xmlChar *)name, (const xmlChar *)COMMANDS_NAMESPACE);
}

char *commands_child_text(const xmlNode *parent, const char *name) {
  char *text = omadm_message_text(omadm_message_child(parent, name));
  if (text == NULL) return NULL;
  size_t from = strspn(text, " \t\r\n");
  size_t len = strlen(text + from);
  while (len > 0 && strchr(" \t\r\n", text[from + len - 1]) != NULL)
    len--;
  memmove(text, text + from, len);
  text[len] = 0;
  return text;
}

char *commands_item_uri(const xmlNode *item) {
  char *uri = commands_child_text(omadm_message_child(item, "Target"), "LocURI");
  return uri != NULL ? uri : commands_child_text(omadm_message_child(item, "Source"), "LocURI");
}

static omadm_err fail(const char *path, const xmlNode *at, const char *what, omadm_error *error) {
  return omadm_error_set(error, OMADM_E_SYNTAX, "%s:%ld: <%s>: %s", path, xmlGetLineNo(at),
                         (const char *)at->name, what);
}

/* Our attributes on this element and on all below it. */
static omadm_err check_attributes(const char *path, const xmlNode *node, omadm_error *error) {
  static const char *const known[] = {"expect-status", "expect-value", "claim"};
  for (const xmlAttr *a = node->properties; a != NULL; a = a->next) {
    if (a->ns == NULL || strcmp((const char *)a->ns->href, COMMANDS_NAMESPACE) != 0) continue;
    bool good = false;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
      good = good || strcmp((const char *)a->name, known[i]) == 0;
    if (!good)
      return fail(path, node,
                  "unknown omadm: attribute; there are expect-status, expect-value, claim", error);
  }
  omadm_err err = OMADM_OK;
  for (const xmlNode *n = commands_first(node); err == OMADM_OK && n != NULL;
       n = commands_next(n)) {
    err = check_attributes(path, n, error);
  }
  return err;
}

static omadm_err check_expect_alert(const char *path, const xmlNode *node, omadm_error *error) {
  static const char *const known[] = {"type", "data", "claim"};
  for (const xmlAttr *a = node->properties; a != NULL; a = a->next) {
    bool good = false;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
      good = good || strcmp((const char *)a->name, known[i]) == 0;
    if (!good) return fail(path, node, "unknown attribute; there are type, data, claim", error);
  }
  if (xmlHasProp(node, (const xmlChar *)"type") == NULL)
    return fail(path, node, "the attribute type is missing", error);
  return OMADM_OK;
}

static omadm_err check_group(const char *path, const xmlNode *group, bool inside_session,
                             omadm_error *error) {
  omadm_err err = OMADM_OK;
  for (const xmlNode *n = commands_first(group); err == OMADM_OK && n != NULL;
       n = commands_next(n)) {
    if (is_named(n, "package")) {
      err = check_attributes(path, n, error);
    } else if (is_named(n, "expect-alert")) {
      err = check_expect_alert(path, n, error);
    } else if (is_named(n, "session") && !inside_session) {
      err = check_group(path, n, true, error);
    } else {
      err = fail(path, n, "expected package, session or expect-alert", error);
    }
  }
  return err;
}

omadm_err commands_read(const char *path, xmlDoc **out, omadm_error *error) {
  const int options =
      XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_BIG_LINES;
  omadm_err err = OMADM_OK;
  *out = NULL;
  xmlParserCtxt *context = xmlNewParserCtxt();
  if (context == NULL) return omadm_error_set(error, OMADM_E_NOMEM, "out of memory");
  xmlDoc *doc = xmlCtxtReadFile(context, path, NULL, options);
  if (doc == NULL) {
    const char *why =
        context->lastError.message == NULL ? "cannot be read" : context->lastError.message;
    err = omadm_error_set(error, OMADM_E_SYNTAX, "%s:%d: %.*s", path, context->lastError.line,
                          (int)strcspn(why, "\n"), why);
    goto out;
  }
  const xmlNode *root = xmlDocGetRootElement(doc);
  err = is_named(root, "commands") ? check_group(path, root, false, error)
                                   : fail(path, root, "expected <commands>", error);
  if (err != OMADM_OK) goto out;
  *out = doc;
  doc = NULL;
out:
  xmlFreeDoc(doc);
  xmlFreeParserCtxt(context);
  return err;
}

xmlNode *commands_package(const xmlDoc *doc, unsigned session, unsigned package) {
  const xmlNode *group = xmlDocGetRootElement(doc);
  const xmlNode *grouped = omadm_message_child(group, "session");
  if (grouped != NULL) {
    for (group = grouped; group != NULL && session > 0; session--)
      group = omadm_message_sibling(group, "session");
  } else if (session > 0) {
    return NULL;
  }
  xmlNode *found = omadm_message_child(group, "package");
  for (; found != NULL && package > 0; package--)
    found = omadm_message_sibling(found, "package");
  return found;
}
