/* SPDX-License-Identifier: MIT */
#include "health-attestation/dha_response.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <expat.h>

enum { MESSAGE_MAX = 300 };

#define SEPARATOR '\n' /* between namespace and name; can be in neither */

typedef struct reader {
  XML_Parser parser;
  dha_response *response;
  octets text; /* of HealthCertificateBlob */
  unsigned depth;
  bool is_response; /* the root is the right one */
  bool in_blob, has_blob;
  bool ended; /* the root's end was read */
  bool damaged;
} reader;

/* The namespace is not looked at: responses to version 4 come in that of version 3. */
static const char *local_name(const char *name) {
  const char *at = strrchr(name, SEPARATOR);
  return at != NULL ? at + 1 : name;
}

static bool read_number(const char *text, long *number) {
  char *end = NULL;
  *number = strtol(text, &end, 10);
  return end != text && *end == '\0' && *number >= INT_MIN && *number <= INT_MAX;
}

static void read_root(reader *r, const char **attribute) {
  dha_response *response = r->response;
  for (; *attribute != NULL; attribute += 2) {
    const char *name = local_name(attribute[0]);
    if (strcmp(name, "ErrorCode") == 0 && !read_number(attribute[1], &response->error))
      r->damaged = true;
    if (strcmp(name, "ErrorMessage") == 0) {
      octets *message = &response->message;
      message->len = 0;
      octets_add_printable(message, octets_of(attribute[1]), MESSAGE_MAX);
      for (size_t i = 0; i < message->len; i++)
        if (message->ptr[i] == '"') message->ptr[i] = '\'';
    }
  }
}

static void read_blob(reader *r, const char **attribute) {
  dha_response *response = r->response;
  r->in_blob = r->has_blob = true;
  for (; *attribute != NULL; attribute += 2) {
    const char *name = local_name(attribute[0]);
    omadm_str value = octets_of(attribute[1]);
    if (strcmp(name, "IV") == 0 && !octets_add_from_base64(&response->iv, value)) r->damaged = true;
    if (strcmp(name, "EKChallenge") != 0) continue;
    response->has_challenge = true;
    if (!octets_add_from_base64(&response->challenge, value)) r->damaged = true;
  }
}

static void on_start(void *data, const XML_Char *name, const XML_Char **attributes) {
  reader *r = data;
  const char *local = local_name(name);
  r->depth++;
  if (r->depth == 1 && strcmp(local, "HealthCertificateResponse") == 0) {
    r->is_response = true;
    read_root(r, (const char **)attributes);
  } else if (r->depth == 2 && r->is_response && !r->has_blob &&
             strcmp(local, "HealthCertificateBlob") == 0) {
    read_blob(r, (const char **)attributes);
  }
}

static void on_end(void *data, const XML_Char *name) {
  reader *r = data;
  (void)name;
  if (r->depth == 2) r->in_blob = false;
  r->depth--;
  r->ended = r->depth == 0;
}

static void on_text(void *data, const XML_Char *text, int len) {
  reader *r = data;
  if (r->in_blob && r->depth == 2) octets_add(&r->text, text, (size_t)len);
}

/* No answer has a document type; entities in one could only do harm. */
static void on_doctype(void *data, const XML_Char *name, const XML_Char *system,
                       const XML_Char *public, int internal) {
  reader *r = data;
  (void)name, (void)system, (void)public, (void)internal;
  r->damaged = true;
  XML_StopParser(r->parser, XML_FALSE);
}

/* Nothing that is XML came at all: 16; what began as XML and is not such an answer, whole: 17. What
 * stands behind the root's end is not looked at. */
static health_status judge(reader *r, bool parsed) {
  dha_response *response = r->response;
  if (!parsed && r->depth == 0 && !r->ended && !r->damaged) return HEALTH_NOT_XML;
  if (!r->ended || !r->is_response || r->damaged) return HEALTH_CORRUPT_XML;
  if (response->error != 0) return HEALTH_FAILED;
  if (!r->has_blob) return HEALTH_CORRUPT_XML;
  omadm_str text = octets_trim(octets_str(&r->text));
  if (text.len == 0) return HEALTH_EMPTY;
  if (!octets_add_from_base64(&response->blob, text) || response->blob.len == 0)
    return HEALTH_CORRUPT_XML;
  return HEALTH_REQUESTED;
}

health_status dha_response_parse(omadm_str text, dha_response *response) {
  reader r = {.response = response};
  *response = (dha_response){0};
  if (text.len > INT_MAX) return HEALTH_CORRUPT_XML;
  r.parser = XML_ParserCreateNS(NULL, SEPARATOR);
  if (r.parser == NULL) return HEALTH_UNKNOWN;
  XML_SetUserData(r.parser, &r);
  XML_SetElementHandler(r.parser, on_start, on_end);
  XML_SetCharacterDataHandler(r.parser, on_text);
  XML_SetStartDoctypeDeclHandler(r.parser, on_doctype);
  bool parsed = XML_Parse(r.parser, text.ptr, (int)text.len, XML_TRUE) == XML_STATUS_OK;
  health_status status = r.text.failed ? HEALTH_UNKNOWN : judge(&r, parsed);
  XML_ParserFree(r.parser);
  octets_dispose(&r.text);
  return status;
}

void dha_response_dispose(dha_response *response) {
  octets_dispose(&response->blob);
  octets_dispose(&response->iv);
  octets_dispose(&response->challenge);
  octets_dispose(&response->message);
}
