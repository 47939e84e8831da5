/* SPDX-License-Identifier: MIT */
/* From a section of the configuration into ./SyncML/DMAcc. */
#include <omadm/account.h>

#include <openssl/evp.h>

#include "base/codec.h"
#include "base/str.h"
#include "provisioning/layout.h"

/* META: the digest of what was imported for a server, and the servers that were imported, one a
 * line. */
#define META_DIGEST "account/"
#define META_LIST "accounts"

/* Nodes of every account that no setting decides. */
static const struct {
  const char *node;
  const char *value;
} fixed_nodes[] = {{"AppID", "w7"}, {"AppAddr/1/AddrType", "URI"}};

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

static omadm_err add_account_uri(omadm_str server_id, omadm_buf *uri) {
  omadm_err err = omadm_buf_add_text(uri, DMACC "/");
  return err != 0 ? err : omadm_uri_write_name(server_id, uri);
}

/* Sets one node below the account whose URI stands in *uri, which comes back as it was. */
static omadm_err set_node(omadm_framework *framework, omadm_buf *uri, const char *node,
                          omadm_format format, omadm_str value, omadm_error *error) {
  size_t len = uri->len;
  omadm_err err = omadm_buf_printf(uri, "/%s", node);
  if (err == 0)
    err = omadm_framework_poke(framework, omadm_buf_str(uri), format, omadm_str_of("text/plain"),
                               value, error);
  uri->len = len;
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

static omadm_err set_account_node(omadm_framework *framework, omadm_buf *uri, size_t which,
                                  const omadm_setting *settings, size_t n, omadm_error *error) {
  const account_node *node = &account_nodes[which];
  const omadm_setting *given = find_setting(settings, n, node->setting);
  const omadm_setting_rule *rule = omadm_account_rule_find(omadm_str_of(node->setting));
  omadm_str value = given != NULL ? given->value : omadm_str_of(rule->preset);
  omadm_buf quirks;
  omadm_buf_init(&quirks, NULL, 0);
  omadm_err err = 0;
  if (which == ACCOUNT_QUIRKS) {
    err = quirks_text(settings, n, &quirks);
    value = omadm_buf_str(&quirks);
  }
  if (err == 0 && value.len > 0)
    err = set_node(framework, uri, node->node, node->format, value, error);
  omadm_buf_dispose(&quirks);
  return err;
}

static omadm_err write_account(omadm_framework *framework, omadm_str server_id,
                               const omadm_setting *settings, size_t n, omadm_error *error) {
  omadm_buf uri;
  omadm_buf_init(&uri, NULL, 0);
  omadm_err err = add_account_uri(server_id, &uri);
  if (err == 0)
    err = omadm_framework_poke(framework, omadm_buf_str(&uri), OMADM_FORMAT_NODE, (omadm_str){0},
                               (omadm_str){0}, error);
  if (err == OMADM_E_NOT_FOUND) {
    omadm_error_clear(error);
    err = 0;
  }
  if (err == 0) err = set_node(framework, &uri, "ServerID", OMADM_FORMAT_CHR, server_id, error);
  for (size_t i = 0; i < sizeof fixed_nodes / sizeof fixed_nodes[0] && err == 0; i++)
    err = set_node(framework, &uri, fixed_nodes[i].node, OMADM_FORMAT_CHR,
                   omadm_str_of(fixed_nodes[i].value), error);
  for (size_t i = 0; i < ACCOUNT_NODE_COUNT && err == 0; i++)
    err = set_account_node(framework, &uri, i, settings, n, error);
  omadm_buf_dispose(&uri);
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
  if (changed != NULL) *changed = 0;
  if (find_setting(settings, n, "url") == NULL) {
    err = omadm_error_set(error, OMADM_E_ARGUMENT, "the account \"%.*s\" has no url",
                          (int)server_id.len, server_id.ptr);
    goto out;
  }
  err = omadm_buf_printf(&key, META_DIGEST "%.*s", (int)server_id.len, server_id.ptr);
  if (err == 0) err = settings_digest(settings, n, &now);
  if (err == 0) err = omadm_framework_meta_get(framework, omadm_buf_str(&key), &before);
  if (err == OMADM_E_NOT_FOUND) err = 0;
  if (err != 0 || omadm_str_equal(omadm_buf_str(&before), omadm_buf_str(&now))) goto out;

  err = write_account(framework, server_id, settings, n, error);
  if (err == 0) err = list_add(framework, server_id);
  if (err == 0) err = omadm_framework_meta_set(framework, omadm_buf_str(&key), omadm_buf_str(&now));
  if (err == 0) err = settle(framework);
  if (err == 0 && changed != NULL) *changed = 1;
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
  omadm_err err = add_account_uri(server_id, &text);
  if (err == 0)
    err = omadm_framework_poke(framework, omadm_buf_str(&text), OMADM_FORMAT_NODE, (omadm_str){0},
                               (omadm_str){0}, error);
  if (err == OMADM_E_NOT_FOUND) {
    omadm_error_clear(error);
    err = 0;
  }
  text.len = 0;
  if (err == 0)
    err = omadm_buf_printf(&text, META_DIGEST "%.*s", (int)server_id.len, server_id.ptr);
  if (err == 0) err = omadm_framework_meta_set(framework, omadm_buf_str(&text), (omadm_str){0});
  if (err == 0) omadm_framework_event(framework, OMADM_CSP_ACCOUNT_REMOVED, server_id);
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
