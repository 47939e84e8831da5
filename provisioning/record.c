/* SPDX-License-Identifier: MIT */
#include "provisioning/record.h"

#include <omadm/account.h>
#include <omadm/acl.h>
#include <omadm/uri.h>

#include "base/str.h"
#include "provisioning/read.h"

enum { LONGEST = 2048 }; /* octets of one value of an account */

/* What a replaced account loses: all but ServerID, which stays what it is. What the administrator
 * of the device said under Ext is lost to the configuration only; documents cannot say it. */
static const struct {
  const char *node;
  bool by_configuration; /* and by nothing else */
} replaced[] = {{"Name", false},     {"PrefConRef", false},      {"ToConRef", false},
                {"AppAddr", false},  {"AppAuth", false},         {"AAuthPref", false},
                {"Ext/omadm", true}, {NODE_NONCE_BEFORE, false}, {NODE_LAST_TYPE, false}};

static omadm_err reject(const account_record *record, const char *why, omadm_error *error) {
  return omadm_error_set(error, OMADM_E_SYNTAX, "the account \"%.*s\" %s",
                         (int)(record->server_id.len < 255 ? record->server_id.len : 0),
                         record->server_id.ptr, why);
}

static bool is_url(omadm_str text) {
  const omadm_setting_rule *rule = omadm_account_rule_find(omadm_str_of("url"));
  return omadm_setting_check(rule, text, NULL) == OMADM_OK;
}

omadm_str account_record_url(const account_record *record) {
  for (size_t i = 0; i < record->n_addresses; i++)
    if (is_url(record->addresses[i].address)) return record->addresses[i].address;
  return (omadm_str){"", 0};
}

static bool is_too_long(const account_record *record) {
  size_t longest = record->name.len;
  for (size_t i = 0; i < record->n_addresses; i++)
    if (record->addresses[i].address.len > longest) longest = record->addresses[i].address.len;
  for (size_t i = 0; i < record->n_connections; i++)
    if (record->connections[i].len > longest) longest = record->connections[i].len;
  for (size_t i = 0; i < record->n_credentials; i++) {
    const record_credentials *c = &record->credentials[i];
    if (c->name.len > longest) longest = c->name.len;
    if (c->secret.len > longest) longest = c->secret.len;
    if (c->data.len > longest) longest = c->data.len;
  }
  return longest > LONGEST;
}

static bool are_ports(const record_address *address) {
  for (size_t i = 0; i < address->n_ports; i++) {
    uint64_t port = 0;
    if (!omadm_str_u64(address->ports[i], &port) || port == 0 || port > 65535) return false;
  }
  return true;
}

/* What an entry of credentials says whose they are, and how they are shown
 * (OMA-TS-DM_StdObj 5.3.1). Of `seen` the device can tell whether a server kept to it. */
static const char *const levels[] = {"CLCRED", "SRVCRED", "OBEX", "HTTP"};
static const struct {
  const char *word;
  bool seen;
} types[] = {{"BASIC", true},       {"DIGEST", true},       {"HMAC", true},  {"TRANSPORT", true},
             {"HTTP-BASIC", false}, {"HTTP-DIGEST", false}, {"X509", false}, {"SECURID", false},
             {"SAFEWORD", false},   {"DIGIPASS", false}};

static bool is_level(omadm_str word) {
  for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++)
    if (omadm_str_is(word, levels[i])) return true;
  return false;
}

static bool is_type(omadm_str word, bool *seen) {
  for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
    if (!omadm_str_is(word, types[i].word)) continue;
    *seen = types[i].seen;
    return true;
  }
  return false;
}

/* What cannot be understood, or not done, may be how the server proves itself. Left out, the
 * account would be one whose server need not. */
static omadm_err check_credentials(const account_record *record, omadm_error *error) {
  bool wanted = false;
  bool possible = false;
  for (size_t i = 0; i < record->n_credentials; i++) {
    const record_credentials *c = &record->credentials[i];
    bool seen = false;
    if (!is_level(c->level))
      return reject(record, "has credentials whose AAuthLevel is missing or not known", error);
    if (!is_type(c->type, &seen))
      return reject(record, "has credentials whose AAuthType is missing or not known", error);
    if (!omadm_str_is(c->level, "SRVCRED")) continue;
    wanted = true;
    possible = possible || seen;
    if (seen && c->secret.len == 0 && !omadm_str_is(c->type, "TRANSPORT"))
      return reject(record, "has no AAuthSecret by which its server would prove itself", error);
  }
  if (wanted && !possible)
    return omadm_error_set(error, OMADM_E_UNSUPPORTED,
                           "the account \"%.*s\" names no way of its server to prove itself that "
                           "this device can check: BASIC, DIGEST, HMAC or TRANSPORT",
                           (int)record->server_id.len, record->server_id.ptr);
  return OMADM_OK;
}

omadm_err account_record_check(const account_record *record, omadm_error *error) {
  const omadm_setting_rule *rule = omadm_account_rule_find(omadm_str_of("server-id"));
  if (record->server_id.len == 0)
    return omadm_error_set(error, OMADM_E_SYNTAX, "an account has no ServerID");
  if (record->server_id.len > 255)
    return omadm_error_set(error, OMADM_E_SYNTAX, "the ServerID of an account is too long");
  if (omadm_setting_check(rule, record->server_id, NULL) != OMADM_OK)
    return omadm_error_set(error, OMADM_E_SYNTAX,
                           "the ServerID of an account is not one to be used: visible ASCII "
                           "characters without = & * +, and neither . nor ..");
  for (size_t i = 0; i < record->n_addresses; i++)
    if (!are_ports(&record->addresses[i]))
      return reject(record, "has a port that is no number from 1 to 65535", error);
  if (account_record_url(record).len == 0)
    return reject(record, "has no address that begins with http:// or https://", error);
  if (is_too_long(record)) return reject(record, "has a value that is too long", error);
  return check_credentials(record, error);
}

/* The account that is being written. After a failure nothing more is. */
typedef struct writer {
  omadm_framework *framework;
  omadm_buf uri; /* of the account; behind it the node under way */
  omadm_err err;
  omadm_error *error;
} writer;

static void remove_node(writer *w, const char *node) {
  size_t len = w->uri.len;
  if (w->err == 0) w->err = omadm_buf_printf(&w->uri, "/%s", node);
  if (w->err == 0)
    w->err = omadm_framework_poke(w->framework, omadm_buf_str(&w->uri), OMADM_FORMAT_ABSENT,
                                  (omadm_str){0}, (omadm_str){0}, w->error);
  if (w->err == OMADM_E_NOT_FOUND) {
    omadm_error_clear(w->error);
    w->err = OMADM_OK;
  }
  w->uri.len = len;
}

/* Nothing where the value is empty. */
static void write_format(writer *w, const char *node, omadm_format format, omadm_str value) {
  size_t len = w->uri.len;
  if (value.len == 0 || w->err != 0) return;
  w->err = omadm_buf_printf(&w->uri, "/%s", node);
  if (w->err == 0)
    w->err = omadm_framework_poke(w->framework, omadm_buf_str(&w->uri), format, (omadm_str){0},
                                  value, w->error);
  w->uri.len = len;
}

static void write_text(writer *w, const char *node, omadm_str value) {
  write_format(w, node, OMADM_FORMAT_CHR, value);
}

/* What follows goes below "/NODE/NUMBER"; returns where to come back to. */
static size_t enter(writer *w, const char *node, size_t number) {
  size_t len = w->uri.len;
  if (w->err == 0) w->err = omadm_buf_printf(&w->uri, "/%s/%zu", node, number);
  return len;
}

static void write_address(writer *w, const record_address *address, size_t number) {
  size_t len = enter(w, "AppAddr", number);
  write_text(w, "Addr", address->address);
  write_text(w, "AddrType", address->type);
  for (size_t i = 0; i < address->n_ports; i++) {
    size_t above = enter(w, "Port", i + 1);
    write_text(w, "PortNbr", address->ports[i]);
    w->uri.len = above;
  }
  w->uri.len = len;
}

/* In their order, but first those that a session can be sent to. */
static void write_addresses(writer *w, const account_record *record) {
  size_t number = 0;
  for (int usable = 1; usable >= 0; usable--) {
    for (size_t i = 0; i < record->n_addresses; i++)
      if (is_url(record->addresses[i].address) == (usable == 1))
        write_address(w, &record->addresses[i], ++number);
  }
}

static void write_credentials(writer *w, const record_credentials *c, size_t number) {
  size_t len = w->uri.len;
  if (c->node == NULL)
    (void)enter(w, "AppAuth", number);
  else if (w->err == 0)
    w->err = omadm_buf_printf(&w->uri, "/AppAuth/%s", c->node);
  write_text(w, "AAuthLevel", c->level);
  write_text(w, "AAuthType", c->type);
  write_text(w, "AAuthName", c->name);
  write_text(w, "AAuthSecret", c->secret);
  write_format(w, "AAuthData", OMADM_FORMAT_BIN, c->data);
  w->uri.len = len;
}

static void write_connections(writer *w, const account_record *record) {
  if (record->n_connections == 1) write_text(w, "PrefConRef", record->connections[0]);
  for (size_t i = 0; record->n_connections > 1 && i < record->n_connections; i++) {
    size_t len = enter(w, "ToConRef", i + 1);
    write_text(w, "ConRef", record->connections[i]);
    w->uri.len = len;
  }
}

static void write_own(writer *w, const account_record *record) {
  for (size_t i = 0; i < ACCOUNT_NODE_COUNT; i++)
    write_format(w, account_nodes[i].node, account_nodes[i].format, record->own[i]);
}

/* An account of a document belongs to its server, and to nobody else. One of the configuration
 * everybody may read, and its server may change what the description lets it; a ServerID that an
 * ACL cannot name gets nothing more (docs/adr/0004). Nobody adds an account. */
static void write_acl(writer *w, const account_record *record) {
  omadm_str id = record->server_id;
  omadm_buf acl;
  omadm_buf_init(&acl, NULL, 0);
  if (w->err == 0)
    w->err = omadm_framework_poke_acl(w->framework, omadm_str_of(DMACC), omadm_str_of("Get=*"),
                                      w->error);
  if (w->err == 0 && !record->configured)
    w->err = omadm_buf_printf(&acl, "Get=%.*s&Replace=%.*s&Delete=%.*s", (int)id.len, id.ptr,
                              (int)id.len, id.ptr, (int)id.len, id.ptr);
  if (w->err == 0 && record->configured) w->err = omadm_buf_add_text(&acl, "Get=*");
  if (w->err == 0 && record->configured && omadm_acl_is_id(id))
    w->err = omadm_buf_printf(&acl, "&Replace=%.*s", (int)id.len, id.ptr);
  if (w->err == 0)
    w->err = omadm_framework_poke_acl(w->framework, omadm_buf_str(&w->uri), omadm_buf_str(&acl),
                                      w->error);
  omadm_buf_dispose(&acl);
}

/* Whoever may hand documents to the device must not fill it with accounts. Those of the
 * administrator, and of who knows a secret of the device, have room behind that. */
static void require_room(writer *w, const account_record *record) {
  omadm_buf names;
  size_t n = 0;
  size_t most = record->configured || record->authenticated ? ACCOUNTS_MAX : OMADM_ACCOUNTS_MOST;
  omadm_buf_init(&names, NULL, 0);
  if (w->err == 0) w->err = read_names(w->framework, omadm_str_of(DMACC), ACCOUNTS_MAX, &names, &n);
  if (w->err == 0 && n >= most)
    w->err = omadm_error_set(w->error, OMADM_E_LIMIT, "there are %zu accounts already", n);
  omadm_buf_dispose(&names);
}

/* A new account is named by its ServerID. That place may be another server's, where somebody chose
 * such a name for it: then nothing of it may be mixed with this one. */
static void require_free(writer *w) {
  omadm_buf id;
  omadm_buf_init(&id, NULL, 0);
  if (w->err != 0) return;
  omadm_err err = read_value(w->framework, &w->uri, "ServerID", &id);
  if (err == 0)
    err = omadm_error_set(w->error, OMADM_E_EXISTS, "%.*s is the account of another server",
                          (int)w->uri.len, w->uri.ptr);
  if (err != OMADM_E_NOT_FOUND) w->err = err;
  omadm_buf_dispose(&id);
}

static void find_place(writer *w, const account_record *record) {
  omadm_str server_id = record->server_id;
  w->err = read_account_uri(w->framework, server_id, &w->uri);
  for (size_t i = 0; w->err == 0 && i < sizeof replaced / sizeof replaced[0]; i++)
    if (record->configured || !replaced[i].by_configuration) remove_node(w, replaced[i].node);
  if (w->err != OMADM_E_NOT_FOUND) return;
  w->err = OMADM_OK;
  require_room(w, record);
  w->uri.len = 0;
  if (w->err != 0) return;
  w->err = omadm_buf_add_text(&w->uri, DMACC "/");
  if (w->err == 0) w->err = omadm_uri_write_name(server_id, &w->uri);
  require_free(w);
  /* An earlier server of that name may stand in ACLs that were set after its account had gone: a
   * document brings no rights with it but its own. */
  if (w->err == 0 && !record->configured)
    w->err = omadm_framework_forget_server(w->framework, server_id);
}

omadm_err account_record_write(omadm_framework *framework, const account_record *record,
                               omadm_error *error) {
  writer w = {.framework = framework, .error = error};
  omadm_buf_init(&w.uri, NULL, 0);
  find_place(&w, record);
  write_text(&w, "AppID", omadm_str_of("w7"));
  write_text(&w, "ServerID", record->server_id);
  write_text(&w, "Name", record->name);
  write_text(&w, "AAuthPref", record->preference);
  write_connections(&w, record);
  write_addresses(&w, record);
  for (size_t i = 0; i < record->n_credentials; i++)
    write_credentials(&w, &record->credentials[i], i + 1);
  write_own(&w, record);
  write_acl(&w, record);
  omadm_buf_dispose(&w.uri);
  return w.err != 0 ? omadm_error_set(error, w.err, "the account \"%.*s\" could not be written: %s",
                                      (int)record->server_id.len, record->server_id.ptr,
                                      omadm_err_text(w.err))
                    : OMADM_OK;
}
