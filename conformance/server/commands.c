/* SPDX-License-Identifier: MIT */
#include "conformance/server/commands.h"

#include <string.h>

#include <libxml/parser.h>

#include "base/mem.h"
#include "base/str.h"
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

/* The elements that stand beside packages. */
static const struct element {
  const char *name;
  const char *attributes[6]; /* that it may have */
  const char *needed[5]; /* that it must have */
  const char *known; /* both, for a message */
} elements[] = {
    {"expect-alert", {"type", "data", "claim"}, {"type"}, "type (needed), data, claim"},
    {"await",
     {"type", "uri", "ready", "running", "claim"},
     {"type", "uri", "ready", "running"},
     "type, uri, ready, running (all needed), claim"},
    {"validate", {"nonce", "expect", "claim"}, {"nonce"}, "nonce (needed), expect, claim"},
    {"token", {"nonce", "expect", "claim"}, {"nonce"}, "nonce (needed), expect, claim"},
};

static omadm_err check_element(const char *path, const struct element *element, const xmlNode *node,
                               omadm_error *error) {
  bool good = true;
  for (const xmlAttr *a = node->properties; a != NULL; a = a->next) {
    bool known = false;
    for (size_t i = 0; element->attributes[i] != NULL; i++)
      known = known || strcmp((const char *)a->name, element->attributes[i]) == 0;
    good = good && known;
  }
  for (size_t i = 0; element->needed[i] != NULL; i++)
    good = good && xmlHasProp(node, (const xmlChar *)element->needed[i]) != NULL;
  if (good) return OMADM_OK;
  return omadm_error_set(error, OMADM_E_SYNTAX, "%s:%ld: <%s>: its attributes are %s", path,
                         xmlGetLineNo(node), element->name, element->known);
}

static const struct element *find_element(const xmlNode *node) {
  for (size_t i = 0; i < sizeof elements / sizeof elements[0]; i++) {
    if (is_named(node, elements[i].name)) return &elements[i];
  }
  return NULL;
}

static omadm_err check_group(const char *path, const xmlNode *group, bool inside_session,
                             omadm_error *error) {
  omadm_err err = OMADM_OK;
  for (const xmlNode *n = commands_first(group); err == OMADM_OK && n != NULL;
       n = commands_next(n)) {
    const struct element *element = find_element(n);
    if (is_named(n, "package")) {
      err = check_attributes(path, n, error);
    } else if (element != NULL) {
      err = check_element(path, element, n, error);
    } else if (is_named(n, "session") && !inside_session) {
      err = check_group(path, n, true, error);
    } else {
      err =
          fail(path, n, "expected package, session, expect-alert, await, validate or token", error);
    }
  }
  return err;
}

/* Sets the text of a text node or attribute anew, with its {{names}} replaced. */
static omadm_err fill_text(xmlNode *text, const bindings *values, omadm_error *error) {
  omadm_buf filled;
  const char *content = (const char *)text->content;
  if (content == NULL || strstr(content, "{{") == NULL) return OMADM_OK;
  omadm_buf_init(&filled, &omadm_mem_default, 0);
  omadm_err err = bindings_expand(values, omadm_str_of(content), false, &filled, error);
  if (err == OMADM_OK) {
    xmlNodeSetContent(text, NULL);
    xmlNodeAddContentLen(text, (const xmlChar *)filled.ptr, (int)filled.len);
  }
  omadm_buf_dispose(&filled);
  return err;
}

static omadm_err fill(xmlNode *node, const bindings *values, omadm_error *error) {
  omadm_err err = OMADM_OK;
  if (node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE)
    return fill_text(node, values, error);
  if (node->type != XML_ELEMENT_NODE) return OMADM_OK;
  for (const xmlAttr *a = node->properties; err == OMADM_OK && a != NULL; a = a->next) {
    if (a->children != NULL) err = fill_text(a->children, values, error);
  }
  for (xmlNode *n = node->children; err == OMADM_OK && n != NULL; n = n->next)
    err = fill(n, values, error);
  return err;
}

/* A {{name}} stands for nothing: which one, and what gives it a value. */
static omadm_err say_unfilled(const char *path, const omadm_error *unfilled, omadm_error *error) {
  static const char *const advice[][2] = {
      {"{{dha}}", "--dha HOST:PORT"}, {"{{azure}}", "--azure URL"}, {"", "--set NAME=VALUE"}};
  size_t i = 0;
  while (strncmp(unfilled->text, advice[i][0], strlen(advice[i][0])) != 0)
    i++;
  return omadm_error_set(error, OMADM_E_SYNTAX, "%s: %.*s has no value: give %s", path,
                         (int)strcspn(unfilled->text, " "), unfilled->text, advice[i][1]);
}

omadm_err commands_read(const char *path, const bindings *values, xmlDoc **out,
                        omadm_error *error) {
  const int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
                      XML_PARSE_BIG_LINES | XML_PARSE_HUGE; /* a text of it may be a firmware */
  omadm_err err = OMADM_OK;
  omadm_error unfilled;
  *out = NULL;
  xmlParserCtxt *context = xmlNewParserCtxt();
  if (context == NULL) return omadm_error_set(error, OMADM_E_NOMEM, "out of memory");
  (void)xmlCtxtUseOptions(context, options); /* silent before the file is opened, too */
  xmlDoc *doc = xmlCtxtReadFile(context, path, NULL, options);
  if (doc == NULL) {
    const char *why =
        context->lastError.message == NULL ? "cannot be read" : context->lastError.message;
    err = omadm_error_set(error, OMADM_E_SYNTAX, "%s:%d: %.*s", path, context->lastError.line,
                          (int)strcspn(why, "\n"), why);
    goto out;
  }
  xmlNode *root = xmlDocGetRootElement(doc);
  err = is_named(root, "commands") ? check_group(path, root, false, error)
                                   : fail(path, root, "expected <commands>", error);
  if (err == OMADM_OK) {
    omadm_error_clear(&unfilled);
    err = fill(root, values, &unfilled);
    if (err == OMADM_E_NOT_FOUND) err = say_unfilled(path, &unfilled, error);
  }
  if (err != OMADM_OK) goto out;
  *out = doc;
  doc = NULL;
out:
  xmlFreeDoc(doc);
  xmlFreeParserCtxt(context);
  return err;
}

xmlNode *commands_begin(const xmlDoc *doc, unsigned session) {
  const xmlNode *group = xmlDocGetRootElement(doc);
  const xmlNode *grouped = omadm_message_child(group, "session");
  if (grouped == NULL) return session > 0 ? NULL : commands_first(group);
  for (group = grouped; group != NULL && session > 0; session--)
    group = omadm_message_sibling(group, "session");
  return commands_first(group);
}
