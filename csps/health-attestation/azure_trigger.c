/* SPDX-License-Identifier: MIT */
#include "health-attestation/azure_trigger.h"

#include <openssl/crypto.h>
#include <string.h>

#include "health-attestation/azure_json.h"
#include "health-attestation/endpoint.h"

enum { URL_MAX = 2048, NONCE_MAX = 512, CV_MAX = 128 };

typedef struct name {
  const char *name;
  size_t member; /* offset in trigger */
} name;

static const name names[] = {
    {"rpid", offsetof(trigger, rp_id)},        {"serviceendpoint", offsetof(trigger, endpoint)},
    {"endpoint", offsetof(trigger, endpoint)}, {"nonce", offsetof(trigger, nonce)},
    {"aadtoken", offsetof(trigger, token)},    {"cv", offsetof(trigger, cv)},
};

enum { NAMES = sizeof names / sizeof *names };

/* An empty text and null are as good as absence. Two spellings of one member are it twice. */
static const char *take(trigger *self, const json_member *member, bool seen[NAMES]) {
  for (size_t i = 0; i < NAMES; i++) {
    if (!json_is(member->key, names[i].name)) continue;
    octets *to = (octets *)((char *)self + names[i].member);
    if (seen[i] || to->len > 0) return "a member is there twice";
    seen[i] = true;
    if (octets_is(member->value, "null")) return NULL;
    return json_add_string(to, member->value) ? NULL : "a member is no text";
  }
  return NULL;
}

static bool is_visible(omadm_str text) {
  for (size_t i = 0; i < text.len; i++) {
    if (text.ptr[i] <= ' ' || text.ptr[i] > '~') return false;
  }
  return true;
}

static bool begins(omadm_str text, const char *with) {
  return text.len >= strlen(with) && json_is((omadm_str){text.ptr, strlen(with)}, with);
}

static const char scheme[] = "https://";

omadm_str trigger_authority(const trigger *self) {
  omadm_str rest = octets_str(&self->endpoint);
  size_t end = 0;
  rest = (omadm_str){rest.ptr + sizeof scheme - 1, rest.len - (sizeof scheme - 1)};
  while (end < rest.len && strchr("/?#", rest.ptr[end]) == NULL)
    end++;
  return (omadm_str){rest.ptr, end};
}

/* Between its slashes stands what HASEndpoint may be too: no user, nothing that another reader of
 * URLs could take for another host. */
static bool has_usable_endpoint(const trigger *self) {
  omadm_str url = octets_str(&self->endpoint);
  return url.len <= URL_MAX && is_visible(url) && begins(url, scheme) &&
         endpoint_is_valid(trigger_authority(self));
}

/* The nonce comes as hexadecimal digits and goes on as octets. */
static bool decode_nonce(octets *nonce) {
  octets decoded = {0};
  if (nonce->len > 2 * NONCE_MAX || !octets_add_from_hex(&decoded, octets_str(nonce))) {
    octets_dispose(&decoded);
    return false;
  }
  octets_dispose(nonce);
  *nonce = decoded;
  return true;
}

const char *trigger_parse(omadm_str text, trigger *self) {
  bool seen[NAMES] = {false};
  const char *wrong = NULL;
  json_member member;
  *self = (trigger){0};
  if (text.len > TRIGGER_MAX) return "it is too long";
  json_members it = json_members_of(text, true);
  while (wrong == NULL && json_next(&it, &member))
    wrong = take(self, &member, seen);
  if (wrong != NULL) return wrong;
  if (it.failed) return "it is no JSON object";
  if (self->endpoint.len == 0) return "there is no endpoint";
  if (!has_usable_endpoint(self)) return "the endpoint is no https URL";
  if (!decode_nonce(&self->nonce)) return "the nonce is not hexadecimal";
  if (!is_visible(octets_str(&self->token))) return "the token is none";
  if (self->cv.len > CV_MAX || !is_visible(octets_str(&self->cv)))
    return "the correlation vector is none";
  return NULL;
}

void trigger_dispose(trigger *self) {
  if (self->token.ptr != NULL) OPENSSL_cleanse(self->token.ptr, self->token.cap);
  octets_dispose(&self->rp_id);
  octets_dispose(&self->endpoint);
  octets_dispose(&self->nonce);
  octets_dispose(&self->token);
  octets_dispose(&self->cv);
}
