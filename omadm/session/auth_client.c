/* SPDX-License-Identifier: MIT */
/* The device proves itself to the server. */
#include "omadm/session/auth.h"

#include <inttypes.h>

#include "base/codec.h"

enum { CHALLENGES_MAX = 2 /* in a row that are followed */ };

static auth_secret *in_use(omadm_session *s) {
  auth_party *party = &s->auth.client.party;
  return &party->of[party->type];
}

static bool refuse(omadm_session *s, uint64_t code, const char *why) {
  session_end(s, OMADM_OUTCOME_REFUSED, "the server answered %" PRIu64 " %s", code, why);
  return false;
}

/* Takes NextNonce where there is one. False: the session ended. */
static bool take_nonce(omadm_session *s, const wire_command *c, uint64_t code) {
  auth_secret *own = in_use(s);
  omadm_buf octets;
  if (c->chal.next_nonce.len == 0) return true;
  omadm_buf_init(&octets, &s->mem, 0);
  omadm_err err = auth_decode(&c->chal, c->chal.next_nonce, &octets);
  if (err == OMADM_OK) {
    omadm_buf_wipe(&own->nonce);
    err = omadm_buf_add_str(&own->nonce, omadm_buf_str(&octets));
    s->auth.client.unkept = true;
  }
  omadm_buf_wipe(&octets);
  omadm_buf_dispose(&octets);
  if (err == OMADM_OK) return true;
  if (err == OMADM_E_NOMEM) {
    session_fail(s, err);
    return false;
  }
  return refuse(s, code, "with a nonce that is no base64, or too long");
}

static bool challenge(omadm_session *s, const wire_command *c, uint64_t code) {
  auth_client *client = &s->auth.client;
  omadm_str word = c->chal.type;
  omadm_auth type = word.len > 0 ? omadm_auth_parse(word) : OMADM_AUTH_BASIC;
  if (client->challenged) return true;
  if (!c->has_chal) {
    if (client->sent) return refuse(s, code, "to our credentials, and asks for no others");
    word = (omadm_str)OMADM_STR("none that it names");
    type = OMADM_AUTH_NONE;
  }
  if (type == OMADM_AUTH_NONE || !client->party.of[type].known) {
    if (word.len == 0) word = (omadm_str)OMADM_STR("syncml:auth-basic");
    session_end(s, OMADM_OUTCOME_REFUSED,
                "the server answered %" PRIu64
                " and asks for credentials of type %.*s, and the account has none",
                code, word.len < 64 ? (int)word.len : 64, word.ptr);
    return false;
  }
  /* OMA-TS-DM_Protocol 9.1 */
  if (client->party.fixed && type != client->party.type)
    return refuse(s, code, "and asks for another type of credentials than it accepted before");
  if (client->challenges == CHALLENGES_MAX)
    return refuse(s, code, "again and again: it does not accept the credentials of the account");
  if (type == OMADM_AUTH_MAC && c->chal.next_nonce.len == 0)
    return refuse(s, code, "and gives no nonce for syncml:auth-MAC");
  client->party.type = type;
  if (!take_nonce(s, c, code)) return false;
  client->challenges++;
  client->ready = true;
  client->challenged = true;
  return true;
}

/* The credentials were right. */
static bool accepted(omadm_session *s, const wire_command *c, uint64_t code) {
  auth_client *client = &s->auth.client;
  bool named = c->chal.type.len > 0;
  bool ours = c->has_chal && (!named || omadm_auth_parse(c->chal.type) == client->party.type);
  if (client->party.type == OMADM_AUTH_MAC &&
      (code != OMADM_ST_OK || !ours || c->chal.next_nonce.len == 0))
    return refuse(s, code, "to a message with x-syncml-hmac: 200 and a nonce have to come");
  client->party.fixed = true;
  client->challenges = 0;
  if (client->party.type == OMADM_AUTH_BASIC) client->unkept = true;
  /* 212: for the rest of the session; 200: for this message. */
  if (code == OMADM_ST_AUTHENTICATED) client->ready = false;
  return !ours || take_nonce(s, c, code);
}

bool auth_status(omadm_session *s, const wire_command *c, uint64_t code) {
  auth_client *client = &s->auth.client;
  client->answered = true;
  if (code == OMADM_ST_INVALID_CREDENTIALS || code == OMADM_ST_MISSING_CREDENTIALS)
    return challenge(s, c, code);
  return code < 200 || code >= 300 || !client->sent || accepted(s, c, code);
}

void auth_client_keep(omadm_session *s) {
  auth_client *client = &s->auth.client;
  if (!client->unkept || !OMADM_HAS(omadm_host, s->host, nonce)) return;
  omadm_err err = s->host->nonce(s->host->ctx, s->config.server_id, OMADM_AUTH_CLIENT,
                                 client->party.type, omadm_buf_str(&in_use(s)->nonce));
  client->unkept = false;
  /* The next session is challenged then, which costs one message. */
  if (err != OMADM_OK)
    omadm_log_line(s->log, OMADM_LOG_ERROR, "session", "the server's nonce could not be kept: %s",
                   omadm_err_text(err));
}

/* Data of Cred (OMA-TS-SyncML_RepPro 5.3, OMA-TS-DM_Security 5.3.2). */
static omadm_err write_cred(omadm_session *s, omadm_buf *out) {
  const auth_secret *own = in_use(s);
  omadm_str name = omadm_buf_str(&own->name);
  omadm_str secret = omadm_buf_str(&own->secret);
  if (s->auth.client.party.type == OMADM_AUTH_MD5) {
    omadm_digest digest;
    char text[OMADM_DIGEST_TEXT];
    omadm_err err = omadm_digest_prove(name, secret, omadm_buf_str(&own->nonce), NULL, &digest);
    if (err != OMADM_OK) return err;
    omadm_digest_text(&digest, text);
    return omadm_buf_add(out, text, sizeof text);
  }
  omadm_buf plain;
  omadm_buf_init(&plain, &s->mem, 0);
  omadm_err err = omadm_buf_reserve(&plain, name.len + secret.len + 1);
  if (err == OMADM_OK) err = omadm_buf_add_str(&plain, name);
  if (err == OMADM_OK) err = omadm_buf_add_text(&plain, ":");
  if (err == OMADM_OK) err = omadm_buf_add_str(&plain, secret);
  if (err == OMADM_OK) err = omadm_base64_encode(omadm_buf_str(&plain), out);
  omadm_buf_wipe(&plain);
  omadm_buf_dispose(&plain);
  return err;
}

void auth_client_prepare(omadm_session *s, omadm_err *err) {
  auth_client *client = &s->auth.client;
  omadm_buf_wipe(&client->cred);
  /* Cred is not used with x-syncml-hmac (OMA-TS-DM_Security 5.4.3). */
  if (*err == OMADM_OK && client->ready && client->party.type != OMADM_AUTH_MAC)
    *err = write_cred(s, &client->cred);
}

void auth_header(const omadm_session *s, wire_out_header *header) {
  const auth_party *party = &s->auth.client.party;
  /* OMA-TS-DM_RepPro 6.1.9: a digest does not tell who made it. */
  if (party->type == OMADM_AUTH_MD5 || party->type == OMADM_AUTH_MAC)
    header->source_name = omadm_buf_str(&party->of[party->type].name);
  header->cred_type = omadm_str_of(omadm_auth_text(party->type));
  header->cred_data = omadm_buf_str(&s->auth.client.cred);
}
