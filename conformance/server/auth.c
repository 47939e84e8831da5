/* SPDX-License-Identifier: MIT */
#include "conformance/server/auth.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "base/codec.h"
#include "base/mem.h"
#include "base/str.h"
#include "conformance/player/hmac.h"
#include "conformance/player/message.h"

#include "conformance/server/commands.h"

#define METINF " xmlns=\"syncml:metinf\""

static const struct {
  const char *word, *type;
} types[] = {
    {"basic", "syncml:auth-basic"}, {"md5", "syncml:auth-md5"}, {"mac", "syncml:auth-MAC"}};

static const char *type_of(const auth_side *side) {
  for (size_t i = 0; side->type != NULL && i < sizeof types / sizeof *types; i++) {
    if (strcmp(types[i].word, side->type) == 0) return types[i].type;
  }
  return NULL;
}

static bool uses(const auth_side *side, const char *word) {
  return side->type != NULL && strcmp(side->type, word) == 0;
}

void auth_init(auth *self) {
  *self = (auth){.mac = {0}};
  omadm_buf_init(&self->device.nonce, &omadm_mem_default, 0);
  omadm_buf_init(&self->server.nonce, &omadm_mem_default, 0);
  omadm_buf_init(&self->mac, &omadm_mem_default, 0);
}

void auth_dispose(auth *self) {
  omadm_buf_dispose(&self->device.nonce);
  omadm_buf_dispose(&self->server.nonce);
  omadm_buf_dispose(&self->mac);
}

const char **auth_option(auth *self, const char *name) {
  const struct {
    const char *name;
    const char **text;
  } texts[] = {
      {"--auth", &self->device.type},        {"--user", &self->device.user},
      {"--secret", &self->device.secret},    {"--server-auth", &self->server.type},
      {"--server-user", &self->server.user}, {"--server-secret", &self->server.secret},
  };
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    if (strcmp(texts[i].name, name) == 0) return texts[i].text;
  }
  return NULL;
}

bool auth_set_nonce(auth *self, const char *name, const char *value) {
  auth_side *side = strcmp(name, "--nonce") == 0          ? &self->device
                    : strcmp(name, "--server-nonce") == 0 ? &self->server
                                                          : NULL;
  if (side == NULL) return false;
  side->nonce.len = 0;
  return omadm_base64_decode(omadm_str_of(value), &side->nonce) == OMADM_OK;
}

const char *auth_check(const auth *self) {
  const auth_side *sides[] = {&self->device, &self->server};
  for (size_t i = 0; i < 2; i++) {
    if (sides[i]->type == NULL) continue;
    if (type_of(sides[i]) == NULL) return "--auth and --server-auth are basic, md5 or mac";
    if (sides[i]->user == NULL || sides[i]->secret == NULL)
      return "a side that proves itself needs a user and a secret";
  }
  return NULL;
}

void auth_begin(auth *self) {
  self->device.proven = self->server.proven = false;
}

/* What is to be shown: Data of Cred. */
static omadm_err secret_text(const auth_side *side, omadm_buf *out) {
  omadm_str user = omadm_str_of(side->user), secret = omadm_str_of(side->secret);
  if (!uses(side, "basic")) return hmac_prove(user, secret, omadm_buf_str(&side->nonce), NULL, out);
  omadm_buf plain;
  omadm_buf_init(&plain, &omadm_mem_default, 0);
  omadm_err err = omadm_buf_printf(&plain, "%s:%s", side->user, side->secret);
  if (err == OMADM_OK) err = omadm_base64_encode(omadm_buf_str(&plain), out);
  omadm_buf_dispose(&plain);
  return err;
}

/* The header's value for some octets. */
static omadm_err mac_text(const auth_side *side, omadm_str body, omadm_buf *out) {
  omadm_err err = omadm_buf_printf(out, "algorithm=MD5, username=\"%s\", mac=", side->user);
  return err != OMADM_OK ? err
                         : hmac_prove(omadm_str_of(side->user), omadm_str_of(side->secret),
                                      omadm_buf_str(&side->nonce), &body, out);
}

static bool mac_is_right(const auth *self, omadm_str body) {
  omadm_buf wanted;
  omadm_buf_init(&wanted, &omadm_mem_default, 0);
  bool right = mac_text(&self->device, body, &wanted) == OMADM_OK &&
               omadm_str_equal(omadm_buf_str(&wanted), self->header);
  omadm_buf_dispose(&wanted);
  return right;
}

static bool cred_is_right(const auth *self, const xmlNode *cred) {
  char *data = commands_child_text(cred, "Data");
  char *type = commands_child_text(omadm_message_child(cred, "Meta"), "Type");
  omadm_buf wanted;
  omadm_buf_init(&wanted, &omadm_mem_default, 0);
  bool right = data != NULL && type != NULL && strcmp(type, type_of(&self->device)) == 0 &&
               secret_text(&self->device, &wanted) == OMADM_OK &&
               omadm_str_is(omadm_buf_str(&wanted), data);
  omadm_buf_dispose(&wanted);
  xmlFree(data);
  xmlFree(type);
  return right;
}

unsigned auth_judge(auth *self, const xmlNode *header, omadm_str body) {
  auth_side *device = &self->device;
  const xmlNode *cred = omadm_message_child(header, "Cred");
  if (device->type == NULL) return 200;
  if (uses(device, "mac"))
    return self->header.len == 0 ? 407 : mac_is_right(self, body) ? 200 : 401;
  if (cred == NULL) return device->proven ? 200 : 407;
  device->proven = cred_is_right(self, cred);
  return device->proven ? 212 : 401;
}

omadm_err auth_challenge(auth *self, unsigned code, omadm_buf *out) {
  char octets[16];
  auth_side *device = &self->device;
  bool refused = code == 401 || code == 407;
  bool next = !uses(device, "basic") && (code == 212 || (code == 200 && uses(device, "mac")));
  if (device->type == NULL || !(refused || next)) return OMADM_OK;
  omadm_err err = omadm_buf_printf(
      out, "<Chal><Meta><Format" METINF ">b64</Format><Type" METINF ">%s</Type>", type_of(device));
  if (err == OMADM_OK && !uses(device, "basic")) {
    if (getrandom(octets, sizeof octets, 0) != (ssize_t)sizeof octets) return OMADM_E_IO;
    device->nonce.len = 0;
    err = omadm_buf_add(&device->nonce, octets, sizeof octets);
    if (err == OMADM_OK) err = omadm_buf_add_text(out, "<NextNonce" METINF ">");
    if (err == OMADM_OK) err = omadm_base64_encode(omadm_buf_str(&device->nonce), out);
    if (err == OMADM_OK) err = omadm_buf_add_text(out, "</NextNonce>");
  }
  return err == OMADM_OK ? omadm_buf_add_text(out, "</Meta></Chal>") : err;
}

void auth_take(auth *self, const xmlNode *status) {
  const xmlNode *meta = omadm_message_child(omadm_message_child(status, "Chal"), "Meta");
  char *nonce = commands_child_text(meta, "NextNonce");
  char *code = commands_child_text(status, "Data");
  if (code != NULL && strcmp(code, "212") == 0) self->server.proven = true;
  if (nonce != NULL) {
    self->server.nonce.len = 0;
    (void)omadm_base64_decode(omadm_str_of(nonce), &self->server.nonce);
  }
  xmlFree(nonce);
  xmlFree(code);
}

/* Without a nonce nothing can be shown yet: the device gives one when it asks. */
static bool lacks_nonce(const auth_side *side) {
  return !uses(side, "basic") && side->nonce.len == 0;
}

omadm_err auth_prove(auth *self, omadm_buf *out) {
  const auth_side *server = &self->server;
  if (server->type == NULL || server->proven || uses(server, "mac") || lacks_nonce(server))
    return OMADM_OK;
  omadm_err err = omadm_buf_printf(
      out, "<Cred><Meta><Format" METINF ">b64</Format><Type" METINF ">%s</Type></Meta><Data>",
      type_of(server));
  if (err == OMADM_OK) err = secret_text(server, out);
  return err == OMADM_OK ? omadm_buf_add_text(out, "</Data></Cred>") : err;
}

omadm_err auth_sign(auth *self, omadm_str answer) {
  self->mac.len = 0;
  return uses(&self->server, "mac") && !lacks_nonce(&self->server)
             ? mac_text(&self->server, answer, &self->mac)
             : OMADM_OK;
}
