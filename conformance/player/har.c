/* SPDX-License-Identifier: MIT */
#include "conformance/player/har.h"

#include <string.h>

#include <jansson.h>
#include <libxml/tree.h>

#include "base/codec.h"
#include "base/mem.h"
#include "base/str.h"

#include "conformance/player/files.h"
#include "conformance/player/message.h"
#include "conformance/player/transcript.h"

#define XML_TYPE "application/vnd.syncml.dm+xml"

static const char *text_of(const json_t *object, const char *name) {
  const char *text = json_string_value(json_object_get(object, name));
  return text == NULL ? "" : text;
}

/* In the middle of an archive: what package 1 told. */
typedef struct conversion {
  omadm_buf *out;
  size_t count; /* of requests */
  char *session_id; /* NULL: unknown */
} conversion;

/* Replaces the SessionID of package 1 by {{session}}: the client that is tested has one of its own.
 * It stands in the header, before anything else could hold it. */
static omadm_err bind_session(const conversion *self, omadm_buf *body) {
  static const omadm_str tag = OMADM_STR("SessionID>");
  size_t n = self->session_id == NULL ? 0 : strlen(self->session_id);
  const char *at = n == 0 || body->len == 0 ? NULL : memmem(body->ptr, body->len, tag.ptr, tag.len);
  if (at == NULL) return OMADM_OK;
  size_t begin = (size_t)(at - body->ptr) + tag.len;
  if (body->len - begin <= n || memcmp(body->ptr + begin, self->session_id, n) != 0 ||
      body->ptr[begin + n] != '<')
    return OMADM_OK;
  omadm_buf bound;
  omadm_buf_init(&bound, &omadm_mem_default, 0);
  omadm_err err = omadm_buf_add(&bound, body->ptr, begin);
  if (err == OMADM_OK) err = omadm_buf_add_text(&bound, "{{session}}");
  if (err == OMADM_OK) err = omadm_buf_add(&bound, body->ptr + begin + n, body->len - begin - n);
  body->len = 0;
  if (err == OMADM_OK) err = omadm_buf_add_str(body, omadm_buf_str(&bound));
  omadm_buf_dispose(&bound);
  return err;
}

/* The text of a body, base64 undone. Proxies write "encoding" beside it, in both halves. */
static omadm_err add_body(const json_t *content, omadm_buf *out) {
  const json_t *text = json_object_get(content, "text");
  omadm_str raw = {json_string_value(text), json_string_length(text)};
  if (strcmp(text_of(content, "encoding"), "base64") == 0) return omadm_base64_decode(raw, out);
  return omadm_buf_add(out, raw.ptr, raw.len);
}

static omadm_err add_escaped(omadm_buf *out, const char *text) {
  omadm_err err = OMADM_OK;
  for (; err == OMADM_OK && *text != 0; text++) {
    const char *entity = *text == '&'   ? "&amp;"
                         : *text == '<' ? "&lt;"
                         : *text == '"' ? "&quot;"
                                        : NULL;
    err = entity == NULL ? omadm_buf_add(out, text, 1) : omadm_buf_add_text(out, entity);
  }
  return err;
}

static bool is_syncml(const char *type) {
  return strncasecmp(type, "application/vnd.syncml.dm+", strlen("application/vnd.syncml.dm+")) == 0;
}

/* The content type of the request: the posted data's own, else the header. */
static const char *request_type(const json_t *request) {
  const char *type = text_of(json_object_get(request, "postData"), "mimeType");
  const json_t *headers = json_object_get(request, "headers");
  for (size_t i = 0; type[0] == 0 && i < json_array_size(headers); i++) {
    const json_t *header = json_array_get(headers, i);
    if (strcasecmp(text_of(header, "name"), "content-type") == 0) type = text_of(header, "value");
  }
  return type;
}

/* Octets that can stand between tags as they are: a well-formed document in UTF-8 with nothing
 * before its root. */
static bool stands_as_it_is(omadm_str octets) {
  xmlDoc *doc = NULL;
  if (octets.len < 2 || octets.ptr[0] != '<' || octets.ptr[1] == '?' || octets.ptr[1] == '!')
    return false;
  if (!omadm_utf8_is_valid(octets) || omadm_message_parse(octets, &doc, NULL) != OMADM_OK)
    return false;
  xmlFreeDoc(doc);
  octets = omadm_str_trim(octets);
  return octets.ptr[octets.len - 1] == '>';
}

static bool fits_cdata(omadm_str octets) {
  if (octets.len == 0 || !omadm_utf8_is_valid(octets) ||
      memmem(octets.ptr, octets.len, "]]>", 3) != NULL)
    return false;
  for (size_t i = 0; i < octets.len; i++) {
    unsigned char c = (unsigned char)octets.ptr[i];
    if (c < ' ' && c != '\n' && c != '\t') return false;
  }
  return true;
}

/* ">octets</name>", in the most readable of the three forms that keeps every octet. */
static omadm_err add_octets(omadm_buf *out, const char *name, omadm_str octets) {
  omadm_err err = OMADM_OK;
  if (octets.len == 0) return omadm_buf_add_text(out, "/>\n");
  if (stands_as_it_is(octets)) {
    err = omadm_buf_add_text(out, ">");
    if (err == OMADM_OK) err = omadm_buf_add_str(out, octets);
  } else if (fits_cdata(octets)) {
    err = omadm_buf_add_text(out, "><![CDATA[");
    if (err == OMADM_OK) err = omadm_buf_add_str(out, octets);
    if (err == OMADM_OK) err = omadm_buf_add_text(out, "]]>");
  } else {
    err = omadm_buf_add_text(out, " raw=\"base64\">");
    if (err == OMADM_OK) err = omadm_base64_encode(octets, out);
  }
  return err == OMADM_OK ? omadm_buf_printf(out, "</%s>\n", name) : err;
}

/* The text of the element at the end of a path of names below root; owned by the caller, xmlFree.
 */
static char *text_at(const xmlNode *node, const char *const *names) {
  for (; node != NULL && *names != NULL; names++)
    node = omadm_message_child(node, *names);
  return omadm_message_text(node);
}

/* Does package 1 hold the alert that only the windows dialect has ([MS-MDM] 2.2.7.2)? */
static bool is_windows(const xmlNode *root) {
  static const char *const type[] = {"Item", "Meta", "Type", NULL};
  const xmlNode *body = omadm_message_child(root, "SyncBody");
  bool found = false;
  for (const xmlNode *n = body == NULL ? NULL : body->children; n != NULL && !found; n = n->next) {
    if (n->type != XML_ELEMENT_NODE || strcmp((const char *)n->name, "Alert") != 0) continue;
    char *text = text_at(n, type);
    found = text != NULL && strstr(text, "/MDM/LoginStatus") != NULL;
    xmlFree(text);
  }
  return found;
}

/* What the client was, as far as its package 1 tells: without it the player would be another. */
static omadm_err add_setup(conversion *self, const json_t *request) {
  static const char *const source[] = {"SyncHdr", "Source", "LocURI", NULL};
  static const char *const session[] = {"SyncHdr", "SessionID", NULL};
  omadm_buf *out = self->out;
  xmlDoc *doc = NULL;
  char *device = NULL;
  omadm_buf body;
  omadm_buf_init(&body, &omadm_mem_default, 0);
  omadm_err err = add_body(json_object_get(request, "postData"), &body);
  if (err == OMADM_OK && omadm_message_parse(omadm_buf_str(&body), &doc, NULL) == OMADM_OK) {
    const xmlNode *root = xmlDocGetRootElement(doc);
    device = text_at(root, source);
    self->session_id = text_at(root, session);
    if (device != NULL && device[0] != 0) {
      err = omadm_buf_add_text(out, "  <setup device-id=\"");
      if (err == OMADM_OK) err = add_escaped(out, device);
      if (err == OMADM_OK) err = omadm_buf_add_text(out, "\"><server id=\"srv\" url=\"");
      if (err == OMADM_OK) err = add_escaped(out, text_of(request, "url"));
      if (err == OMADM_OK)
        err = omadm_buf_printf(out, "\" dialect=\"%s\"/></setup>\n",
                               is_windows(root) ? "windows" : "oma");
    }
  }
  xmlFree(device);
  xmlFreeDoc(doc);
  omadm_buf_dispose(&body);
  return err;
}

static omadm_err add_client(const conversion *self, const json_t *request, omadm_error *error) {
  omadm_buf *out = self->out;
  omadm_buf body;
  omadm_buf_init(&body, &omadm_mem_default, 0);
  omadm_err err = add_body(json_object_get(request, "postData"), &body);
  if (err == OMADM_OK) err = bind_session(self, &body);
  if (err == OMADM_OK && !stands_as_it_is(omadm_str_trim(omadm_buf_str(&body))) &&
      !fits_cdata(omadm_buf_str(&body))) {
    err = omadm_error_set(error, OMADM_E_UNSUPPORTED,
                          "a request whose body is not XML cannot be compared: %s",
                          text_of(request, "url"));
  }
  if (err == OMADM_OK) err = omadm_buf_add_text(out, "  <client url=\"");
  if (err == OMADM_OK) err = add_escaped(out, text_of(request, "url"));
  if (err == OMADM_OK) err = omadm_buf_add_text(out, "\"");
  if (err == OMADM_OK) err = add_octets(out, "client", omadm_str_trim(omadm_buf_str(&body)));
  omadm_buf_dispose(&body);
  return err;
}

static omadm_err add_server(const conversion *self, const json_t *response) {
  omadm_buf *out = self->out;
  const json_t *content = json_object_get(response, "content");
  long long status = json_integer_value(json_object_get(response, "status"));
  const char *type = text_of(content, "mimeType");
  omadm_buf body;
  omadm_buf_init(&body, &omadm_mem_default, 0);
  omadm_err err = add_body(content, &body);
  if (err == OMADM_OK) err = bind_session(self, &body);
  if (err == OMADM_OK) err = omadm_buf_add_text(out, "  <server");
  bool bare = body.len == 0;
  if (status < 100 || status > 599) status = 200;
  if (err == OMADM_OK && (status != 200 || bare))
    err = omadm_buf_printf(out, " status=\"%lld\"", status);
  if (err == OMADM_OK && type[0] != 0 && strcasecmp(type, XML_TYPE) != 0 && !bare) {
    err = omadm_buf_add_text(out, " content-type=\"");
    if (err == OMADM_OK) err = add_escaped(out, type);
    if (err == OMADM_OK) err = omadm_buf_add_text(out, "\"");
  }
  if (err == OMADM_OK) err = add_octets(out, "server", omadm_buf_str(&body));
  omadm_buf_dispose(&body);
  return err;
}

static omadm_err add_entries(conversion *self, const json_t *entries, omadm_error *error) {
  omadm_err err = OMADM_OK;
  for (size_t i = 0; err == OMADM_OK && i < json_array_size(entries); i++) {
    const json_t *entry = json_array_get(entries, i);
    const json_t *request = json_object_get(entry, "request");
    if (strcmp(text_of(request, "method"), "POST") != 0 || !is_syncml(request_type(request)))
      continue;
    if (self->count == 0) err = add_setup(self, request);
    if (err == OMADM_OK) err = add_client(self, request, error);
    if (err == OMADM_OK) err = add_server(self, json_object_get(entry, "response"));
    self->count++;
  }
  return err;
}

omadm_err omadm_har_convert(omadm_str json, const char *id, omadm_buf *out, omadm_error *error) {
  json_error_t where = {.line = 0};
  size_t before = out->len;
  conversion self = {.out = out};
  json_t *root = json_loadb(json.ptr, json.len, 0, &where);
  const json_t *entries = json_object_get(json_object_get(root, "log"), "entries");
  if (root == NULL)
    return omadm_error_set(error, OMADM_E_SYNTAX, "%s: line %d: %s", id, where.line, where.text);
  omadm_err err = OMADM_OK;
  if (!json_is_array(entries)) {
    err = omadm_error_set(error, OMADM_E_SYNTAX, "%s: not an HTTP Archive: log/entries is missing",
                          id);
    goto out;
  }
  err = omadm_buf_printf(out, "<transcript xmlns=\"%s\" id=\"", OMADM_TRANSCRIPT_NAMESPACE);
  if (err == OMADM_OK) err = add_escaped(out, id);
  if (err == OMADM_OK) err = omadm_buf_add_text(out, "\" title=\"made from an HTTP Archive\">\n");
  if (err == OMADM_OK) err = add_entries(&self, entries, error);
  if (err == OMADM_OK) err = omadm_buf_add_text(out, "</transcript>\n");
  if (err == OMADM_OK && self.count == 0)
    err = omadm_error_set(error, OMADM_E_NOT_FOUND, "%s: no POST of SyncML in it", id);
out:
  xmlFree(self.session_id);
  json_decref(root);
  if (err == OMADM_OK) return OMADM_OK;
  out->len = before;
  return omadm_error_set(error, err, "%s: %s", id, omadm_err_text(err));
}

omadm_err omadm_har_read(const char *path, omadm_buf *out, omadm_error *error) {
  const char *slash = strrchr(path, '/');
  omadm_arena arena;
  omadm_str json = {NULL, 0};
  omadm_arena_init(&arena, &omadm_mem_default, 0);
  omadm_err err = files_read(path, &arena, &json, error);
  if (err == OMADM_OK) err = omadm_har_convert(json, slash == NULL ? path : slash + 1, out, error);
  omadm_arena_dispose(&arena);
  return err;
}
