/* SPDX-License-Identifier: MIT */
/* From a section of the configuration into ./SyncML/DMAcc. */
#include <omadm/account.h>

#include <openssl/evp.h>

#include "base/codec.h"
#include "base/str.h"
#include "provisioning/read.h"
#include "provisioning/record.h"

/* META: the digest of what was imported for a server, and the servers that were imported, one a
 * line. */
#define META_DIGEST "account/"
#define META_LIST "accounts"

static const omadm_setting *find_setting(const omadm_setting *settings, size_t n,
                                         const char *name) {
  for (size_t i = 0; i < n; i++)
    if (omadm_str_is(settings[i].name, name)) return &settings[i];
  return NULL;
}

/* Appends a digest of all names and values: secrets are among them, so the text itself is not kept
 * a second time. */
static omadm_err settings_digest(const omadm_setting *settings, size_t n, omadm_buf *out) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned len = 0;
  omadm_buf text;
  omadm_buf_init(&text, NULL, 0);
  omadm_err err = 0;
  for (size_t i = 0; i < n && err == 0; i++)
    err = omadm_buf_printf(&text, "%.*s=%.*s\n", (int)settings[i].name.len, settings[i].name.ptr,
                           (int)settings[i].value.len, settings[i].value.ptr);
  if (err == 0 && EVP_Digest(text.ptr, text.len, digest, &len, EVP_sha256(), NULL) != 1)
    err = OMADM_E_NOMEM;
  if (err == 0) err = omadm_hex_encode((omadm_str){(const char *)digest, len}, out);
  omadm_buf_dispose(&text);
  return err;
}

/* "warn namespace=refuse …": the rule for all, then those of single entries. */
static omadm_err quirks_text(const omadm_setting *settings, size_t n, omadm_buf *out) {
  const omadm_setting *all = find_setting(settings, n, "quirks");
  omadm_err err = omadm_buf_add_str(out, all != NULL ? all->value : omadm_str_of("tolerate"));
  for (size_t i = 0; i < n && err == 0; i++) {
    if (!omadm_str_starts(settings[i].name, "quirk.")) continue;
    size_t prefix = strlen("quirk.");
    err = omadm_buf_printf(out, " %.*s=%.*s", (int)(settings[i].name.len - prefix),
                           settings[i].name.ptr + prefix, (int)settings[i].value.len,
                           settings[i].value.ptr);
  }
  return err;
}

/* The value of a setting; empty where it is not given. */
static omadm_str setting_value(const omadm_setting *settings, size_t n, const char *name) {
  const omadm_setting *given = find_setting(settings, n, name);
  return given != NULL ? given->value : (omadm_str){"", 0};
}

static omadm_auth auth_setting(const omadm_setting *settings, size_t n, omadm_auth_side side) {
  omadm_str word = setting_value(settings, n, auth_sides[side].type);
  for (int t = OMADM_AUTH_BASIC; t < OMADM_AUTH_TYPES; t++)
    if (omadm_str_is(word, auth_type_words[t].setting)) return (omadm_auth)t;
  return OMADM_AUTH_NONE;
}

/* The credentials of one side: AppAuth/client or AppAuth/server. */
static omadm_err take_side(account_record *record, omadm_auth_side side,
                           const omadm_setting *settings, size_t n, omadm_buf *nonce) {
  const auth_side_words *words = &auth_sides[side];
  omadm_auth type = auth_setting(settings, n, side);
  if (type == OMADM_AUTH_NONE) return OMADM_OK;
  omadm_err err = omadm_base64_decode(setting_value(settings, n, words->nonce), nonce);
  record->credentials[record->n_credentials++] =
      (record_credentials){.node = words->node,
                           .level = omadm_str_of(words->level),
                           .type = omadm_str_of(auth_type_words[type].node),
                           .name = setting_value(settings, n, words->name),
                           .secret = setting_value(settings, n, words->secret),
                           .data = omadm_buf_str(nonce)};
  if (side == OMADM_AUTH_CLIENT) record->preference = omadm_str_of(auth_type_words[type].node);
  return err;
}

/* The value of the i-th node of an account, or what it is where none is given. */
static omadm_str node_value(size_t i, const omadm_setting *settings, size_t n) {
  const char *name = account_nodes[i].setting;
  const omadm_setting *given = find_setting(settings, n, name);
  return given != NULL ? given->value
                       : omadm_str_of(omadm_account_rule_find(omadm_str_of(name))->preset);
}

static omadm_err write_account(omadm_framework *framework, omadm_str server_id,
                               const omadm_setting *settings, size_t n, omadm_error *error) {
  account_record record = {.server_id = server_id, .configured = true};
  omadm_buf quirks;
  omadm_buf nonces[2];
  omadm_buf_init(&quirks, NULL, 0);
  omadm_buf_init(&nonces[0], NULL, 0);
  omadm_buf_init(&nonces[1], NULL, 0);
  for (size_t i = 0; i < ACCOUNT_NODE_COUNT; i++)
    record.own[i] = node_value(i, settings, n);
  record.name = record.own[ACCOUNT_NAME];
  record.addresses[record.n_addresses++] =
      (record_address){.address = record.own[ACCOUNT_URL], .type = omadm_str_of("URI")};
  record.own[ACCOUNT_NAME] = record.own[ACCOUNT_URL] = (omadm_str){"", 0};
  omadm_err err = quirks_text(settings, n, &quirks);
  record.own[ACCOUNT_QUIRKS] = omadm_buf_str(&quirks);
  if (err == 0) err = take_side(&record, OMADM_AUTH_CLIENT, settings, n, &nonces[0]);
  if (err == 0) err = take_side(&record, OMADM_AUTH_SERVER, settings, n, &nonces[1]);
  if (err == 0) err = account_record_write(framework, &record, error);
  omadm_buf_dispose(&quirks);
  omadm_buf_dispose(&nonces[0]);
  omadm_buf_dispose(&nonces[1]);
  return err;
}

static omadm_err settle(omadm_framework *framework) {
  const omadm_tree *tree = omadm_framework_tree(framework);
  return tree->settle(tree->ctx);
}

/* Reads META_LIST into *list; empty where there is none. */
static omadm_err read_list(omadm_framework *framework, omadm_buf *list) {
  omadm_err err = omadm_framework_meta_get(framework, omadm_str_of(META_LIST), list);
  return err == OMADM_E_NOT_FOUND ? 0 : err;
}

/* The next line of *rest, which moves behind it. false at the end. */
static bool next_line(omadm_str *rest, omadm_str *line) {
  if (rest->len == 0) return false;
  const char *end = memchr(rest->ptr, '\n', rest->len);
  size_t n = end != NULL ? (size_t)(end - rest->ptr) : rest->len;
  *line = (omadm_str){rest->ptr, n};
  size_t skip = end != NULL ? n + 1 : n;
  *rest = (omadm_str){rest->ptr + skip, rest->len - skip};
  return true;
}

static omadm_err list_add(omadm_framework *framework, omadm_str server_id) {
  omadm_buf list;
  omadm_buf_init(&list, NULL, 0);
  omadm_err err = read_list(framework, &list);
  omadm_str rest = omadm_buf_str(&list);
  omadm_str line = {0};
  bool listed = false;
  while (next_line(&rest, &line))
    listed = listed || omadm_str_equal(line, server_id);
  if (err == 0 && !listed) {
    err = omadm_buf_add_str(&list, server_id);
    if (err == 0) err = omadm_buf_add_text(&list, "\n");
    if (err == 0)
      err = omadm_framework_meta_set(framework, omadm_str_of(META_LIST), omadm_buf_str(&list));
  }
  omadm_buf_dispose(&list);
  return err;
}

/* A side that proves itself needs a secret, the device a name as well; the server has its ServerID.
 * Without them everything would be refused, and the reason hard to see. */
static omadm_err check_secrets(omadm_str server_id, const omadm_setting *settings, size_t n,
                               omadm_error *error) {
  for (int side = OMADM_AUTH_CLIENT; side <= OMADM_AUTH_SERVER; side++) {
    const auth_side_words *words = &auth_sides[side];
    const char *needed[] = {words->secret, side == OMADM_AUTH_CLIENT ? words->name : words->secret};
    if (auth_setting(settings, n, (omadm_auth_side)side) == OMADM_AUTH_NONE) continue;
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
      if (find_setting(settings, n, needed[i]) == NULL)
        return omadm_error_set(error, OMADM_E_ARGUMENT, "the account \"%.*s\" has %s and no %s",
                               (int)server_id.len, server_id.ptr, words->type, needed[i]);
  }
  return 0;
}

/* Is there an account of that server? */
static omadm_err is_there(omadm_framework *framework, omadm_str server_id, bool *there) {
  omadm_buf uri;
  omadm_buf_init(&uri, NULL, 0);
  omadm_err err = read_account_uri(framework, server_id, &uri);
  *there = err == OMADM_OK;
  omadm_buf_dispose(&uri);
  return err == OMADM_E_NOT_FOUND ? OMADM_OK : err;
}

omadm_err omadm_account_import(omadm_framework *framework, omadm_str server_id,
                               const omadm_setting *settings, size_t n, int *changed,
                               omadm_error *error) {
  omadm_buf key;
  omadm_buf before;
  omadm_buf now;
  omadm_buf_init(&key, NULL, 0);
  omadm_buf_init(&before, NULL, 0);
  omadm_buf_init(&now, NULL, 0);
  omadm_err err = 0;
  bool there = true;
  if (changed != NULL) *changed = 0;
  if (find_setting(settings, n, "url") == NULL) {
    err = omadm_error_set(error, OMADM_E_ARGUMENT, "the account \"%.*s\" has no url",
                          (int)server_id.len, server_id.ptr);
    goto out;
  }
  err = check_secrets(server_id, settings, n, error);
  if (err == 0) err = omadm_buf_printf(&key, META_DIGEST "%.*s", (int)server_id.len, server_id.ptr);
  if (err == 0) err = settings_digest(settings, n, &now);
  if (err == 0) err = omadm_framework_meta_get(framework, omadm_buf_str(&key), &before);
  if (err == OMADM_E_NOT_FOUND) err = 0;
  bool same = err == 0 && omadm_str_equal(omadm_buf_str(&before), omadm_buf_str(&now));
  /* The section stands there, whoever took the account away. */
  if (same) err = is_there(framework, server_id, &there);
  if (err != 0 || (same && there)) goto out;

  err = write_account(framework, server_id, settings, n, error);
  if (err == 0) err = list_add(framework, server_id);
  if (err == 0) err = omadm_framework_meta_set(framework, omadm_buf_str(&key), omadm_buf_str(&now));
  if (err == 0) err = settle(framework);
  if (err == 0 && changed != NULL) *changed = same ? 2 : 1;
out:
  omadm_buf_dispose(&key);
  omadm_buf_dispose(&before);
  omadm_buf_dispose(&now);
  if (err != 0)
    omadm_error_set(error, err, "the account \"%.*s\" could not be imported: %s",
                    (int)server_id.len, server_id.ptr, omadm_err_text(err));
  return err;
}

/* Removes the account and the memory of its import. */
static omadm_err forget(omadm_framework *framework, omadm_str server_id, omadm_error *error) {
  omadm_buf text;
  omadm_buf_init(&text, NULL, 0);
  omadm_err err = read_account_uri(framework, server_id, &text);
  if (err == 0)
    err = omadm_framework_poke(framework, omadm_buf_str(&text), OMADM_FORMAT_NODE, (omadm_str){0},
                               (omadm_str){0}, error);
  if (err == OMADM_E_NOT_FOUND) err = OMADM_OK;
  text.len = 0;
  if (err == 0)
    err = omadm_buf_printf(&text, META_DIGEST "%.*s", (int)server_id.len, server_id.ptr);
  if (err == 0) err = omadm_framework_meta_set(framework, omadm_buf_str(&text), (omadm_str){0});
  omadm_buf_dispose(&text);
  return err;
}

static bool is_among(const omadm_str *all, size_t n, omadm_str one) {
  for (size_t i = 0; i < n; i++)
    if (omadm_str_equal(all[i], one)) return true;
  return false;
}

omadm_err omadm_account_prune(omadm_framework *framework, const omadm_str *keep, size_t n,
                              omadm_error *error) {
  omadm_buf list;
  omadm_buf left;
  omadm_buf_init(&list, NULL, 0);
  omadm_buf_init(&left, NULL, 0);
  omadm_err err = read_list(framework, &list);
  omadm_str rest = omadm_buf_str(&list);
  omadm_str line = {0};
  while (err == 0 && next_line(&rest, &line)) {
    if (is_among(keep, n, line))
      err = omadm_buf_printf(&left, "%.*s\n", (int)line.len, line.ptr);
    else
      err = forget(framework, line, error);
  }
  if (err == 0 && left.len != list.len) {
    err = omadm_framework_meta_set(framework, omadm_str_of(META_LIST), omadm_buf_str(&left));
    if (err == 0) err = settle(framework);
  }
  omadm_buf_dispose(&list);
  omadm_buf_dispose(&left);
  return err != 0 ? omadm_error_set(error, err, "an account could not be removed: %s",
                                    omadm_err_text(err))
                  : 0;
}
