/* SPDX-License-Identifier: MIT */
#include "transport/recorder_setup.h"

#include <inttypes.h>

#include "base/codec.h"
#include "base/digest.h"
#include "base/str.h"
#include "transport/transcript.h"

/* The keys of [server.ID] for each side. */
static const struct {
  const char *auth, *user, *secret, *nonce;
} sides[] = {
    [OMADM_AUTH_CLIENT] = {"auth", "user", "secret", "nonce"},
    [OMADM_AUTH_SERVER] = {"server-auth", "server-user", "server-secret", "server-nonce"},
};

static const char *const words[OMADM_AUTH_TYPES] = {
    [OMADM_AUTH_BASIC] = "basic", [OMADM_AUTH_MD5] = "md5", [OMADM_AUTH_MAC] = "mac"};

static omadm_err add_size(omadm_buf *text, const char *name, uint64_t size) {
  return size > 0 ? omadm_buf_printf(text, " %s=\"%" PRIu64 "\"", name, size) : 0;
}

/* The name that stands for the secret in the messages, too. */
static omadm_err add_masked(omadm_buf *text, const char *name, omadm_str secret, mask *secrets) {
  omadm_buf masked;
  omadm_buf_init(&masked, &omadm_mem_default, 0);
  omadm_err err = mask_value(secrets, secret, &masked);
  if (err == 0) err = transcript_add_attribute(text, name, omadm_buf_str(&masked));
  omadm_buf_dispose(&masked);
  return err;
}

static omadm_err add_nonce(omadm_buf *text, const char *name, omadm_str nonce) {
  omadm_buf encoded;
  if (nonce.len == 0) return 0;
  omadm_buf_init(&encoded, &omadm_mem_default, 0);
  omadm_err err = omadm_base64_encode(nonce, &encoded);
  if (err == 0) err = transcript_add_attribute(text, name, omadm_buf_str(&encoded));
  omadm_buf_wipe(&encoded);
  omadm_buf_dispose(&encoded);
  return err;
}

/* How one side proves itself. A masked nonce is left out: it would not be base64. */
static omadm_err add_side(omadm_buf *text, const omadm_recording *what, omadm_auth_side side,
                          mask *secrets) {
  const omadm_host *host = what->host;
  omadm_credentials given = {0};
  if (host == NULL || host->credentials == NULL) return 0;
  omadm_err err = host->credentials(host->ctx, what->server_id, side, OMADM_AUTH_NONE, &given);
  if (err == OMADM_E_NOT_FOUND) return 0;
  if (err != 0 || given.type == OMADM_AUTH_NONE || given.type >= OMADM_AUTH_TYPES) return err;
  err = transcript_add_attribute(text, sides[side].auth, omadm_str_of(words[given.type]));
  if (err == 0) err = transcript_add_attribute(text, sides[side].user, given.name);
  if (err == 0 && !what->with_secrets)
    err = add_masked(text, sides[side].secret, given.secret, secrets);
  if (err == 0 && what->with_secrets)
    err = transcript_add_attribute(text, sides[side].secret, given.secret);
  if (err == 0 && what->with_secrets) err = add_nonce(text, sides[side].nonce, given.nonce);
  if (err == 0 && given.each_message)
    err = transcript_add_attribute(text, "server-auth-each", omadm_str_of("yes"));
  return err;
}

omadm_err recorder_add_setup(omadm_buf *text, const omadm_recording *what, mask *secrets) {
  if (what->device_id.len == 0) return 0;
  omadm_err err = omadm_buf_add_text(text, "<setup");
  if (err == 0) err = transcript_add_attribute(text, "device-id", what->device_id);
  if (err == 0) err = omadm_buf_add_text(text, ">\n  <server");
  if (err == 0) err = transcript_add_attribute(text, "id", what->server_id);
  if (err == 0) err = transcript_add_attribute(text, "url", what->url);
  if (err == 0)
    err =
        transcript_add_attribute(text, "dialect", omadm_str_of(omadm_dialect_text(what->dialect)));
  if (err == 0) err = add_side(text, what, OMADM_AUTH_CLIENT, secrets);
  if (err == 0) err = add_side(text, what, OMADM_AUTH_SERVER, secrets);
  if (err == 0) err = add_size(text, "max-msg-size", what->max_msg_size);
  if (err == 0) err = add_size(text, "max-obj-size", what->max_obj_size);
  return err == 0 ? omadm_buf_add_text(text, "/>\n</setup>\n") : err;
}
