/* SPDX-License-Identifier: MIT */
/* The server proves itself to the device. */
#include "omadm/session/auth.h"

#include "base/codec.h"
#include "omadm/session/auth_hmac.h"

typedef enum proof { PROOF_GOOD = 0, PROOF_MISSING, PROOF_WRONG } proof;

static auth_secret *in_use(omadm_session *s) {
  auth_party *party = &s->auth.server.party;
  return &party->of[party->type];
}

/* Is it the digest that the nonce asks for? */
static bool is_digest(const auth_secret *own, const omadm_buf *nonce, const omadm_str *covered,
                      const omadm_digest *given) {
  omadm_digest wanted;
  omadm_err err = omadm_digest_prove(omadm_buf_str(&own->name), omadm_buf_str(&own->secret),
                                     omadm_buf_str(nonce), covered, &wanted);
  bool equal = err == OMADM_OK && omadm_digest_equal(&wanted, given);
  omadm_wipe(&wanted, sizeof wanted);
  return equal;
}

/* The nonce that was given last. Where it may have been lost the one before is good too, but only
 * for a digest that covers the message, and with it the session: a Cred would be good again for
 * whoever saw it and cuts the connection. Such a server is challenged with a new nonce. */
static bool digest_fits(omadm_session *s, const auth_secret *own, const omadm_str *covered,
                        const omadm_digest *given) {
  bool last = is_digest(own, &own->nonce, covered, given);
  bool before =
      covered != NULL && own->before.len > 0 && is_digest(own, &own->before, covered, given);
  s->auth.server.behind = before && !last;
  return last || before;
}

static bool basic_fits(const auth_secret *own, omadm_str given) {
  omadm_str name = omadm_buf_str(&own->name);
  omadm_str secret = omadm_buf_str(&own->secret);
  if (given.len != name.len + 1 + secret.len || given.ptr[name.len] != ':') return false;
  bool same_name = omadm_secret_equal((omadm_str){given.ptr, name.len}, name);
  return omadm_secret_equal((omadm_str){given.ptr + name.len + 1, secret.len}, secret) && same_name;
}

static bool cred_fits(omadm_session *s, const wire_cred *cred, omadm_auth type) {
  const auth_secret *own = &s->auth.server.party.of[type];
  omadm_digest digest;
  omadm_buf octets;
  omadm_buf_init(&octets, &s->mem, 0);
  omadm_err err = type == OMADM_AUTH_BASIC ? omadm_base64_decode(cred->data, &octets)
                                           : auth_decode(&cred->meta, cred->data, &octets);
  bool fits = false;
  if (err == OMADM_OK && type == OMADM_AUTH_BASIC) {
    fits = basic_fits(own, omadm_buf_str(&octets));
  } else if (err == OMADM_OK && octets.len == OMADM_DIGEST) {
    memcpy(digest.octets, octets.ptr, OMADM_DIGEST);
    fits = digest_fits(s, own, NULL, &digest);
  }
  omadm_buf_wipe(&octets);
  omadm_buf_dispose(&octets);
  return fits;
}

static bool hmac_fits(omadm_session *s) {
  const auth_secret *own = &s->auth.server.party.of[OMADM_AUTH_MAC];
  omadm_str body = omadm_buf_str(&s->body);
  omadm_digest mac;
  omadm_buf name;
  omadm_buf_init(&name, &s->mem, 0);
  bool fits = auth_hmac_read(omadm_buf_str(&s->auth.server.header), &name, &mac) &&
              omadm_str_equal(omadm_buf_str(&name), omadm_buf_str(&own->name)) &&
              digest_fits(s, own, &body, &mac);
  omadm_buf_dispose(&name);
  return fits;
}

/* What the message proves. The type is that of the account, or any other one that the account has
 * as long as none was accepted. */
static proof examine(omadm_session *s) {
  auth_party *party = &s->auth.server.party;
  const wire_cred *cred = &s->message->cred;
  bool hmac = party->of[OMADM_AUTH_MAC].known && s->auth.server.header.len > 0;
  omadm_auth type = hmac                       ? OMADM_AUTH_MAC
                    : cred->meta.type.len == 0 ? OMADM_AUTH_BASIC
                                               : omadm_auth_parse(cred->meta.type);
  if (!hmac && !cred->present) return PROOF_MISSING;
  bool usable = type != OMADM_AUTH_NONE && party->of[type].known &&
                (hmac || type != OMADM_AUTH_MAC) && (!party->fixed || type == party->type);
  if (!usable) return PROOF_WRONG;
  if (hmac ? !hmac_fits(s) : !cred_fits(s, cred, type)) return PROOF_WRONG;
  party->type = type;
  return PROOF_GOOD;
}

static void prove(omadm_session *s) {
  auth_server *server = &s->auth.server;
  bool each = server->each || server->party.type == OMADM_AUTH_MAC;
  server->party.fixed = true;
  server->trusted = true;
  server->proved = !each;
  server->missing = server->wrong = 0;
  s->header.code = each ? OMADM_ST_OK : OMADM_ST_AUTHENTICATED;
  /* Basic has no nonce to be told. */
  if (server->party.type != OMADM_AUTH_BASIC) server->challenge = server->party.type;
}

void auth_judge(omadm_session *s) {
  auth_server *server = &s->auth.server;
  s->auth.client.answered = false;
  s->auth.client.challenged = false;
  s->auth.denied = 0;
  server->challenge = OMADM_AUTH_NONE;
  server->trusted = !server->party.proves;
  server->behind = false;
  if (server->trusted) return;
  proof found = examine(s);
  if (found == PROOF_GOOD) {
    prove(s);
  } else if (found == PROOF_MISSING && server->proved) {
    server->trusted = true;
  } else {
    server->proved = false;
    server->challenge = server->party.type;
    s->header.code =
        found == PROOF_MISSING ? OMADM_ST_MISSING_CREDENTIALS : OMADM_ST_INVALID_CREDENTIALS;
  }
}

static omadm_err keep(omadm_session *s, omadm_str nonce) {
  if (!OMADM_HAS(omadm_host, s->host, nonce)) return OMADM_OK;
  return s->host->nonce(s->host->ctx, s->config.server_id, OMADM_AUTH_SERVER,
                        s->auth.server.party.type, nonce);
}

void auth_server_keep(omadm_session *s, bool has_commands) {
  auth_server *server = &s->auth.server;
  if (!server->unshown) return;
  /* It has the nonce of our last message. Where a newer one goes out now, that one is kept with
   * this one behind it. */
  if (server->challenge != OMADM_AUTH_NONE && has_commands) return;
  server->unshown = false;
  omadm_err err = keep(s, omadm_buf_str(&in_use(s)->nonce));
  /* The nonce before stays good, which does no harm. */
  if (err != OMADM_OK)
    omadm_log_line(s->log, OMADM_LOG_ERROR, "session", "a nonce could not be kept: %s",
                   omadm_err_text(err));
}

/* Makes a nonce and, once the server has proved itself, keeps it before it is told. A nonce for
 * somebody unknown must not push out the server's. */
static omadm_err issue(omadm_session *s) {
  auth_server *server = &s->auth.server;
  auth_secret *own = in_use(s);
  omadm_digest octets;
  if (!OMADM_HAS(omadm_host, s->host, random)) return OMADM_E_UNSUPPORTED;
  omadm_err err = s->host->random(s->host->ctx, octets.octets, sizeof octets.octets);
  const omadm_str nonce = {(const char *)octets.octets, sizeof octets.octets};
  /* What the server has shown that it has is the one before. */
  if (err == OMADM_OK && server->trusted && server->behind)
    err = keep(s, omadm_buf_str(&own->before));
  else if (err == OMADM_OK && server->trusted && server->unkept)
    err = keep(s, omadm_buf_str(&own->nonce));
  if (err == OMADM_OK && server->trusted) err = keep(s, nonce);
  if (err != OMADM_OK) return err;
  server->unshown = server->trusted;
  server->unkept = !server->trusted;
  omadm_digest_text(&octets, server->nonce);
  omadm_buf_wipe(&own->nonce);
  omadm_buf_wipe(&own->before);
  return omadm_buf_add_str(&own->nonce, nonce);
}

void auth_server_prepare(omadm_session *s, omadm_err *err) {
  omadm_auth type = s->auth.server.challenge;
  if (*err == OMADM_OK && s->header.present && (type == OMADM_AUTH_MD5 || type == OMADM_AUTH_MAC))
    *err = issue(s);
}

void auth_challenge(const omadm_session *s, wire_out_status *status) {
  const auth_server *server = &s->auth.server;
  if (server->challenge == OMADM_AUTH_NONE) return;
  status->chal_type = omadm_str_of(omadm_auth_text(server->challenge));
  if (server->challenge != OMADM_AUTH_BASIC)
    status->chal_nonce = (omadm_str){server->nonce, sizeof server->nonce};
}
