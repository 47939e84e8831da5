/* SPDX-License-Identifier: MIT */
#include "health-attestation/azure_answer.h"

#include <string.h>

#include "health-attestation/azure_json.h"

enum { CHALLENGE_MAX = 64, CONTEXT_MAX = 16384, REPORT_MAX = 65536, ERROR_MAX = 512, ID_MAX = 128 };

/* The message inside data, appended to *text, and what of it counts. */
static omadm_str read_message(omadm_str body, octets *text) {
  octets data = {0};
  omadm_str found = {NULL, 0};
  if (json_add_string(&data, json_find(body, "data")) &&
      octets_add_from_base64(text, octets_str(&data))) {
    omadm_str payload = json_find(octets_str(text), "payload");
    found = json_is_braced(payload) ? payload : octets_str(text);
  }
  octets_dispose(&data);
  return found;
}

/* Base64url is all that a text of the protocol is made of; dots are between the parts of a JWT. */
static bool is_base64url(omadm_str text) {
  for (size_t i = 0; i < text.len; i++) {
    char c = text.ptr[i];
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
          (c != '\0' && strchr("-_+/=", c) != NULL)))
      return false;
  }
  return text.len > 0;
}

bool answer_read_challenge(omadm_str body, challenge *out) {
  octets text = {0};
  omadm_str message = read_message(body, &text);
  bool good = json_add_string(&out->text, json_find(message, "challenge")) &&
              json_add_string(&out->context, json_find(message, "service_context")) &&
              is_base64url(octets_str(&out->text)) && is_base64url(octets_str(&out->context)) &&
              octets_add_from_base64(&out->challenge, octets_str(&out->text)) &&
              out->challenge.len > 0 && out->challenge.len <= CHALLENGE_MAX &&
              out->context.len <= CONTEXT_MAX;
  octets_dispose(&text);
  return good;
}

void challenge_dispose(challenge *self) {
  octets_dispose(&self->challenge);
  octets_dispose(&self->text);
  octets_dispose(&self->context);
}

/* Three parts of base64url (RFC 7515 7.1). */
static bool is_jwt(omadm_str text) {
  for (int part = 0; part < 3; part++) {
    const char *dot = text.len > 0 ? memchr(text.ptr, '.', text.len) : NULL;
    size_t n = dot != NULL ? (size_t)(dot - text.ptr) : text.len;
    if ((dot != NULL) != (part < 2) || !is_base64url((omadm_str){text.ptr, n})) return false;
    if (dot != NULL) text = (omadm_str){dot + 1, text.len - n - 1};
  }
  return true;
}

bool answer_read_report(omadm_str body, octets *report) {
  octets text = {0};
  octets found = {0};
  omadm_str message = read_message(body, &text);
  bool good = json_add_string(&found, json_find(message, "report")) && found.len <= REPORT_MAX &&
              is_jwt(octets_str(&found));
  if (good) octets_add_str(report, octets_str(&found));
  octets_dispose(&found);
  octets_dispose(&text);
  return good && !report->failed;
}

bool answer_read_error(omadm_str body, octets *message) {
  octets text = {0};
  bool found =
      json_add_string(&text, json_find(json_find(body, "error"), "message")) && text.len > 0;
  if (found) octets_add_printable(message, octets_str(&text), ERROR_MAX);
  octets_dispose(&text);
  return found;
}

/* The value of the first such header; empty where there is none that is usable. */
static omadm_str header(omadm_str headers, const char *name) {
  while (headers.len > 0) {
    const char *end = memchr(headers.ptr, '\n', headers.len);
    size_t n = end != NULL ? (size_t)(end - headers.ptr) : headers.len;
    omadm_str line = {headers.ptr, n};
    headers = (omadm_str){headers.ptr + n + (end != NULL), headers.len - n - (end != NULL)};
    const char *colon = memchr(line.ptr, ':', line.len);
    if (colon == NULL || !json_is((omadm_str){line.ptr, (size_t)(colon - line.ptr)}, name))
      continue;
    omadm_str value =
        octets_trim((omadm_str){colon + 1, line.len - (size_t)(colon - line.ptr) - 1});
    bool usable = value.len > 0 && value.len <= ID_MAX;
    for (size_t i = 0; usable && i < value.len; i++)
      usable = value.ptr[i] > ' ' && value.ptr[i] <= '~' && value.ptr[i] != ';';
    if (usable) return value;
  }
  return (omadm_str){NULL, 0};
}

void answer_read_correlation(omadm_str headers, octets *id) {
  omadm_str value = header(headers, "MS-CV");
  if (value.len == 0) value = header(headers, "x-ms-request-id");
  octets_add_str(id, value);
}
