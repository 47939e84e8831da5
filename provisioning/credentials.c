/* SPDX-License-Identifier: MIT */
/* The host port of sessions: credentials and nonces of DMAcc, the rest from the framework. */
#include <omadm/account.h>

#include "base/digest.h"
#include "base/mem.h"
#include "base/str.h"
#include "provisioning/layout.h"
#include "provisioning/read.h"

/* Credentials below one account: more are not looked at (and never stand for "none"). */
enum { ENTRIES_MAX = 64 };

struct omadm_account_host {
  omadm_host port;
  omadm_host base; /* the framework's, with its own ctx */
  omadm_framework *framework;
  omadm_buf name, secret, nonce, nonce_before; /* lent by credentials */
};

/* The nodes of one account, while they are looked at. */
typedef struct look {
  omadm_framework *framework;
  omadm_buf uri; /* of the account */
  omadm_buf value;
  omadm_buf names; /* of its entries below AppAuth */
  const char *entry[OMADM_AUTH_TYPES]; /* those of the side, by type */
  bool by_transport; /* the side proves itself by TLS */
  bool puzzling; /* an entry may be of the side, and cannot be understood */
} look;

static omadm_auth type_of(omadm_str word) {
  for (int t = OMADM_AUTH_BASIC; t < OMADM_AUTH_TYPES; t++)
    if (omadm_str_is(word, auth_type_words[t].node)) return (omadm_auth)t;
  return OMADM_AUTH_NONE;
}

/* Makes *uri that of an entry; the caller puts the length back. */
static omadm_err enter(look *l, const char *entry) {
  omadm_err err = omadm_buf_add_text(&l->uri, "/AppAuth/");
  return err != 0 ? err : omadm_uri_write_name(omadm_str_of(entry), &l->uri);
}

/* Reads a node into l->value; empty where there is none. */
static omadm_err read(look *l, const char *node) {
  l->value.len = 0;
  omadm_err err = read_value(l->framework, &l->uri, node, &l->value);
  return err == OMADM_E_NOT_FOUND ? 0 : err;
}

/* Credentials of somebody else: of the other side, or of another protocol. */
static bool is_of_others(omadm_str level, omadm_auth_side side) {
  omadm_auth_side other = side == OMADM_AUTH_CLIENT ? OMADM_AUTH_SERVER : OMADM_AUTH_CLIENT;
  return omadm_str_is(level, auth_sides[other].level) || omadm_str_is(level, "OBEX") ||
         omadm_str_is(level, "HTTP");
}

static omadm_err look_at_entry(look *l, omadm_auth_side side, const char *name) {
  size_t len = l->uri.len;
  omadm_err err = enter(l, name);
  if (err == 0) err = read(l, "AAuthLevel");
  bool ours = err == 0 && omadm_str_is(omadm_buf_str(&l->value), auth_sides[side].level);
  if (err == 0 && !ours && !is_of_others(omadm_buf_str(&l->value), side)) l->puzzling = true;
  if (ours) err = read(l, "AAuthType");
  omadm_auth type = ours && err == 0 ? type_of(omadm_buf_str(&l->value)) : OMADM_AUTH_NONE;
  bool transport = ours && err == 0 && omadm_str_is(omadm_buf_str(&l->value), "TRANSPORT");
  if (transport) l->by_transport = true;
  if (ours && type == OMADM_AUTH_NONE && !transport) l->puzzling = true;
  /* Two of one type are one too many: the first one counts. */
  if (type != OMADM_AUTH_NONE && l->entry[type] == NULL) l->entry[type] = name;
  l->uri.len = len;
  return err;
}

static omadm_err look_open(look *l, omadm_framework *framework, omadm_str server_id,
                           omadm_auth_side side) {
  size_t n = 0;
  *l = (look){.framework = framework};
  omadm_buf_init(&l->uri, NULL, 0);
  omadm_buf_init(&l->value, NULL, 0);
  omadm_buf_init(&l->names, NULL, 0);
  omadm_err err = read_account_uri(framework, server_id, &l->uri);
  if (err != 0) return err;
  size_t len = l->uri.len;
  err = omadm_buf_add_text(&l->uri, "/AppAuth");
  if (err == 0) err = read_names(framework, omadm_buf_str(&l->uri), ENTRIES_MAX, &l->names, &n);
  /* What is not looked at may be how the server proves itself. */
  if (err == OMADM_E_LIMIT && n == ENTRIES_MAX) {
    l->puzzling = true;
    err = OMADM_OK;
  }
  l->uri.len = len;
  const char *name = l->names.ptr;
  for (size_t i = 0; i < n && err == 0; i++, name += strlen(name) + 1)
    err = look_at_entry(l, side, name);
  return err;
}

static void look_close(look *l) {
  omadm_buf_wipe(&l->value);
  omadm_buf_dispose(&l->uri);
  omadm_buf_dispose(&l->value);
  omadm_buf_dispose(&l->names);
}

/* Is there a node, and what is in it? */
static omadm_err read_optional(look *l, const char *node, bool *there) {
  l->value.len = 0;
  omadm_err err = read_value(l->framework, &l->uri, node, &l->value);
  *there = err == 0;
  return err == OMADM_E_NOT_FOUND ? 0 : err;
}

/* What the device begins with: AAuthPref; without a value the type of the last session; else the
 * strongest (OMA-TS-DM_StdObj 5.3.1). Of a server always the strongest. NONE: no credentials. */
static omadm_err prefer(look *l, omadm_auth_side side, omadm_auth *type) {
  static const omadm_auth order[] = {OMADM_AUTH_MAC, OMADM_AUTH_MD5, OMADM_AUTH_BASIC};
  omadm_err err = 0;
  bool there = false;
  *type = OMADM_AUTH_NONE;
  if (side == OMADM_AUTH_CLIENT) err = read_optional(l, "AAuthPref", &there);
  if (err == 0 && there && l->value.len == 0) err = read(l, NODE_LAST_TYPE);
  if (err != 0) return err;
  if (there) *type = type_of(omadm_buf_str(&l->value));
  if (l->entry[*type] == NULL) *type = OMADM_AUTH_NONE;
  for (size_t i = 0; i < sizeof order / sizeof *order && *type == OMADM_AUTH_NONE; i++)
    if (l->entry[order[i]] != NULL) *type = order[i];
  return 0;
}

/* Replaces a lent buffer by the value of a node. */
static omadm_err lend(look *l, const char *node, omadm_buf *out) {
  omadm_buf_wipe(out);
  omadm_err err = read(l, node);
  return err == 0 ? omadm_buf_add_str(out, omadm_buf_str(&l->value)) : err;
}

static omadm_err fill(omadm_account_host *self, look *l, omadm_auth_side side, omadm_str server_id,
                      omadm_credentials *out) {
  size_t len = l->uri.len;
  omadm_err err = enter(l, l->entry[out->type]);
  if (err == 0) err = lend(l, "AAuthName", &self->name);
  if (err == 0 && self->name.len == 0 && side == OMADM_AUTH_SERVER)
    err = omadm_buf_add_str(&self->name, server_id);
  if (err == 0) err = lend(l, "AAuthSecret", &self->secret);
  if (err == 0) err = lend(l, "AAuthData", &self->nonce);
  l->uri.len = len;
  omadm_buf_wipe(&self->nonce_before);
  if (side == OMADM_AUTH_SERVER) {
    if (err == 0) err = lend(l, NODE_NONCE_BEFORE, &self->nonce_before);
    if (err == 0) err = read(l, account_nodes[ACCOUNT_SERVER_AUTH_EACH].node);
    out->each_message = omadm_str_is(omadm_buf_str(&l->value), "yes");
  }
  out->name = omadm_buf_str(&self->name);
  out->secret = omadm_buf_str(&self->secret);
  out->nonce = omadm_buf_str(&self->nonce);
  out->nonce_before = omadm_buf_str(&self->nonce_before);
  return err;
}

static omadm_err credentials(void *ctx, omadm_str server_id, omadm_auth_side side, omadm_auth type,
                             omadm_credentials *out) {
  omadm_account_host *self = ctx;
  look l;
  *out = (omadm_credentials){.type = type};
  omadm_err err = look_open(&l, self->framework, server_id, side);
  if (err == 0 && type == OMADM_AUTH_NONE) err = prefer(&l, side, &out->type);
  if (err == 0 && l.entry[out->type] == NULL) err = OMADM_E_NOT_FOUND;
  /* A server that has to prove itself in a way that is not understood is not one that need not. */
  if (err == OMADM_E_NOT_FOUND && type == OMADM_AUTH_NONE && side == OMADM_AUTH_SERVER &&
      l.puzzling && !l.by_transport) {
    omadm_log_line(self->port.log, OMADM_LOG_ERROR, "account",
                   "\"%.*s\": how its server proves itself (AppAuth) cannot be understood",
                   (int)server_id.len, server_id.ptr);
    err = OMADM_E_UNSUPPORTED;
  }
  if (err == 0) err = fill(self, &l, side, server_id, out);
  look_close(&l);
  return err;
}

static omadm_err poke(look *l, const char *node, omadm_str value) {
  size_t len = l->uri.len;
  omadm_err err = omadm_buf_printf(&l->uri, "/%s", node);
  if (err == 0)
    err = omadm_framework_poke_passing(l->framework, omadm_buf_str(&l->uri), value, NULL);
  l->uri.len = len;
  return err;
}

/* The nonce of a server: the one until now stays good until the server shows that it has the new
 * one. Two that are one mean that it has. */
static omadm_err keep_before(look *l, const char *entry, omadm_str nonce) {
  size_t len = l->uri.len;
  omadm_err err = enter(l, entry);
  if (err == 0) err = read(l, "AAuthData");
  l->uri.len = len;
  bool shown = omadm_str_equal(omadm_buf_str(&l->value), nonce);
  if (shown || l->value.len == 0) l->value.len = 0;
  omadm_str before = {l->value.len > 0 ? l->value.ptr : "", l->value.len};
  return err == 0 ? poke(l, NODE_NONCE_BEFORE, before) : err;
}

static omadm_err keep_nonce(look *l, omadm_auth_side side, omadm_auth type, omadm_str nonce) {
  size_t len = l->uri.len;
  omadm_err err = 0;
  bool empty_pref = false;
  if (side == OMADM_AUTH_SERVER) {
    err = keep_before(l, l->entry[type], nonce);
  } else {
    err = read_optional(l, "AAuthPref", &empty_pref);
    empty_pref = empty_pref && l->value.len == 0;
    if (err == 0 && empty_pref)
      err = poke(l, NODE_LAST_TYPE, omadm_str_of(auth_type_words[type].node));
  }
  if (err != 0 || type == OMADM_AUTH_BASIC) return err;
  err = enter(l, l->entry[type]);
  if (err == 0) err = poke(l, "AAuthData", (omadm_str){nonce.len > 0 ? nonce.ptr : "", nonce.len});
  l->uri.len = len;
  return err;
}

static omadm_err nonce(void *ctx, omadm_str server_id, omadm_auth_side side, omadm_auth type,
                       omadm_str octets) {
  omadm_account_host *self = ctx;
  const omadm_tree *tree = omadm_framework_tree(self->framework);
  look l;
  omadm_err err = look_open(&l, self->framework, server_id, side);
  if (err == 0 && l.entry[type] == NULL) err = OMADM_E_NOT_FOUND;
  if (err == 0) err = keep_nonce(&l, side, type, octets);
  if (err == 0) err = tree->settle(tree->ctx);
  look_close(&l);
  return err;
}

static omadm_err random_octets(void *ctx, void *out, size_t n) {
  const omadm_account_host *self = ctx;
  return self->base.random(self->base.ctx, out, n);
}

/* A session begins: the nonces of those before it go for good. */
static omadm_err session_number(void *ctx, uint32_t *number) {
  const omadm_account_host *self = ctx;
  omadm_framework_erase(self->framework);
  return self->base.session_number(self->base.ctx, number);
}

static omadm_err alert_next(void *ctx, omadm_str server_id, uint64_t after, omadm_alert *alert) {
  const omadm_account_host *self = ctx;
  return self->base.alert_next(self->base.ctx, server_id, after, alert);
}

static omadm_err alert_answered(void *ctx, omadm_str server_id, uint64_t id, omadm_status status) {
  const omadm_account_host *self = ctx;
  return self->base.alert_answered(self->base.ctx, server_id, id, status);
}

omadm_err omadm_account_host_new(omadm_framework *framework, omadm_account_host **host,
                                 omadm_error *error) {
  omadm_account_host *self = omadm_mem_new(&omadm_mem_default, 1, sizeof *self);
  *host = self;
  if (self == NULL) return omadm_error_set(error, OMADM_E_NOMEM, "out of memory for a host port");
  self->framework = framework;
  self->base.struct_size = sizeof self->base;
  omadm_framework_host(framework, &self->base);
  self->port = (omadm_host){.struct_size = sizeof self->port,
                            .ctx = self,
                            .log = self->base.log,
                            .random = random_octets,
                            .session_number = session_number,
                            .alert_next = alert_next,
                            .alert_answered = alert_answered,
                            .credentials = credentials,
                            .nonce = nonce};
  omadm_buf *lent[] = {&self->name, &self->secret, &self->nonce, &self->nonce_before};
  for (size_t i = 0; i < sizeof lent / sizeof *lent; i++)
    omadm_buf_init(lent[i], NULL, 0);
  return 0;
}

omadm_host *omadm_account_host_port(omadm_account_host *host) {
  return &host->port;
}

void omadm_account_host_free(omadm_account_host *host) {
  if (host == NULL) return;
  omadm_framework_erase(host->framework);
  omadm_buf *lent[] = {&host->name, &host->secret, &host->nonce, &host->nonce_before};
  for (size_t i = 0; i < sizeof lent / sizeof *lent; i++) {
    omadm_buf_wipe(lent[i]);
    omadm_buf_dispose(lent[i]);
  }
  omadm_mem_free(&omadm_mem_default, host);
}
