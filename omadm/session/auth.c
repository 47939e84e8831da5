/* SPDX-License-Identifier: MIT */
#include "omadm/session/auth.h"

#include "base/codec.h"
#include "omadm/session/auth_hmac.h"
#include "omadm/session/reply.h"

enum {
  NONCE_MAX = 256, /* octets of one that a server gives: sixteen are usual */
  HEADER_MAX = 4096 /* of x-syncml-hmac */
};

/* Notification 5.1: "0x00000000". */
static const omadm_str resync_nonce = {"\0\0\0\0", 4};

omadm_err auth_decode(const wire_meta *meta, omadm_str text, omadm_buf *out) {
  bool base64 = omadm_str_equal_nocase(meta->format, omadm_str_of("b64"));
  if (text.len > (size_t)2 * NONCE_MAX) return OMADM_E_LIMIT;
  /* In WBXML a server may write the octets themselves; sixteen characters of text are base64. */
  if (meta->octets && !base64 && text.len == OMADM_DIGEST) return omadm_buf_add_str(out, text);
  return omadm_base64_decode(text, out);
}

static void secret_dispose(auth_secret *secret) {
  omadm_buf *buffers[] = {&secret->name, &secret->secret, &secret->nonce, &secret->before};
  for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++) {
    omadm_buf_wipe(buffers[i]);
    omadm_buf_dispose(buffers[i]);
  }
}

static void party_init(omadm_session *s, auth_party *party) {
  for (int t = 0; t < OMADM_AUTH_TYPES; t++) {
    auth_secret *secret = &party->of[t];
    omadm_buf *buffers[] = {&secret->name, &secret->secret, &secret->nonce, &secret->before};
    for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++)
      omadm_buf_init(buffers[i], &s->mem, 0);
  }
}

static omadm_err secret_copy(omadm_session *s, const omadm_credentials *given, auth_secret *own) {
  omadm_err err = omadm_buf_add_str(&own->name, given->name);
  if (err == OMADM_OK) err = omadm_buf_add_str(&own->secret, given->secret);
  if (err == OMADM_OK)
    err = omadm_buf_add_str(&own->nonce, s->config.nonce_resync ? resync_nonce : given->nonce);
  if (err == OMADM_OK && !s->config.nonce_resync)
    err = omadm_buf_add_str(&own->before, given->nonce_before);
  own->known = err == OMADM_OK;
  return err;
}

/* All that the account has for a side: which type the server will ask for is not known yet. */
static omadm_err party_read(omadm_session *s, omadm_auth_side side, auth_party *party, bool *each) {
  omadm_credentials given = {.type = OMADM_AUTH_NONE};
  omadm_err err =
      s->host->credentials(s->host->ctx, s->config.server_id, side, OMADM_AUTH_NONE, &given);
  if (err == OMADM_E_NOT_FOUND || (err == OMADM_OK && given.type == OMADM_AUTH_NONE))
    return OMADM_OK;
  party->proves = err == OMADM_OK;
  party->type = given.type;
  *each = given.each_message != 0;
  for (int t = OMADM_AUTH_BASIC; t < OMADM_AUTH_TYPES && err == OMADM_OK; t++) {
    err = s->host->credentials(s->host->ctx, s->config.server_id, side, (omadm_auth)t, &given);
    if (err == OMADM_OK) err = secret_copy(s, &given, &party->of[t]);
    if (err == OMADM_E_NOT_FOUND) err = OMADM_OK;
  }
  return err == OMADM_OK && !party->of[party->type].known ? OMADM_E_NOT_FOUND : err;
}

omadm_err auth_begin(omadm_session *s, omadm_error *error) {
  auth_client *client = &s->auth.client;
  auth_server *server = &s->auth.server;
  bool ignored = false;
  party_init(s, &client->party);
  party_init(s, &server->party);
  omadm_buf_init(&client->cred, &s->mem, 0);
  omadm_buf_init(&client->header, &s->mem, 0);
  omadm_buf_init(&server->header, &s->mem, HEADER_MAX);
  if (!OMADM_HAS(omadm_host, s->host, credentials)) return OMADM_OK;
  omadm_err err = party_read(s, OMADM_AUTH_CLIENT, &client->party, &ignored);
  if (err == OMADM_OK) err = party_read(s, OMADM_AUTH_SERVER, &server->party, &server->each);
  if (err != OMADM_OK)
    return omadm_error_set(error, err, "the credentials of the account cannot be read: %s",
                           omadm_err_text(err));
  /* A digest without a nonce would have to be repeated anyway. */
  const auth_secret *own = &client->party.of[client->party.type];
  client->ready =
      client->party.proves && (client->party.type == OMADM_AUTH_BASIC || own->nonce.len > 0);
  return OMADM_OK;
}

void auth_end(omadm_session *s) {
  omadm_buf *buffers[] = {&s->auth.client.cred, &s->auth.client.header, &s->auth.server.header};
  for (int t = 0; t < OMADM_AUTH_TYPES; t++) {
    secret_dispose(&s->auth.client.party.of[t]);
    secret_dispose(&s->auth.server.party.of[t]);
  }
  for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++) {
    omadm_buf_wipe(buffers[i]);
    omadm_buf_dispose(buffers[i]);
  }
  omadm_wipe(&s->auth.server.nonce, sizeof s->auth.server.nonce);
}

omadm_err auth_prepare(omadm_session *s) {
  omadm_err err = OMADM_OK;
  auth_server_prepare(s, &err);
  auth_client_prepare(s, &err);
  return err;
}

/* Is anything asked of us? A Status asks for nothing. */
static bool has_commands(const omadm_session *s) {
  for (const wire_command *c = s->message->commands; c != NULL; c = c->next) {
    if (c->kind != WIRE_STATUS) return true;
  }
  return false;
}

/* OMA-TS-DM_Protocol 9.1: one more chance after each kind of failure. False: that was it. */
static bool count_failure(omadm_session *s, bool commands) {
  auth_server *server = &s->auth.server;
  bool wrong = s->header.code == OMADM_ST_INVALID_CREDENTIALS;
  /* It may want us to prove ourselves first; then it is we who count. */
  bool waits = !wrong && s->auth.client.challenged && !commands;
  unsigned *count = wrong ? &server->wrong : &server->missing;
  if (waits || ++*count < 2) return true;
  server->challenge = OMADM_AUTH_NONE;
  session_give_up(s, OMADM_OUTCOME_REFUSED, "the server did not prove itself: its credentials %s",
                  wrong ? "are wrong" : "are missing");
  return false;
}

bool auth_conclude(omadm_session *s) {
  auth_client *client = &s->auth.client;
  bool commands = has_commands(s);
  /* OMA-TS-DM_Security 5.4.3 */
  if (client->sent && client->party.type == OMADM_AUTH_MAC && !client->answered) {
    session_end(s, OMADM_OUTCOME_REFUSED,
                "the server did not answer our header, and gave no nonce for the next one");
    return false;
  }
  if (s->auth.server.trusted) {
    auth_client_keep(s);
    auth_server_keep(s, commands);
  } else if (!commands && !client->challenged) {
    /* OMA-TS-DM_Protocol 9: it is not challenged. */
    session_end(s, OMADM_OUTCOME_REFUSED, "the server did not prove itself, and ended the session");
    return false;
  } else if (!count_failure(s, commands)) {
    return false;
  }
  s->auth.denied = !s->auth.server.trusted ? s->header.code
                   : client->challenged    ? OMADM_ST_NOT_EXECUTED
                                           : 0;
  if (client->challenged) reply_clear(s);
  return true;
}

bool auth_repeats(omadm_session *s) {
  if (!s->auth.client.challenged) return false;
  /* Package 1 answers nothing: it is complete in itself. Alerts go with it again
   * (OMA-TS-DM_Protocol 9.1). */
  s->server_closed = true;
  s->n_sent = 0;
  s->package1 = NULL;
  s->job = JOB_PACKAGE1;
  return true;
}

omadm_err auth_sign(omadm_session *s) {
  auth_client *client = &s->auth.client;
  const auth_secret *own = &client->party.of[client->party.type];
  client->header.len = 0;
  client->sent = client->ready;
  client->challenged = false;
  s->auth.denied = 0;
  if (!client->ready || client->party.type != OMADM_AUTH_MAC) return OMADM_OK;
  omadm_digest mac;
  omadm_str body = omadm_buf_str(&s->out);
  omadm_err err = omadm_digest_prove(omadm_buf_str(&own->name), omadm_buf_str(&own->secret),
                                     omadm_buf_str(&own->nonce), &body, &mac);
  if (err == OMADM_OK) err = auth_hmac_write(omadm_buf_str(&own->name), &mac, &client->header);
  return err;
}
