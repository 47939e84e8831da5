/* SPDX-License-Identifier: MIT */
/* Accounts read back from the tree. */
#include <omadm/account.h>
#include <omadm/acl.h>

#include "base/mem.h"
#include "base/str.h"
#include "provisioning/layout.h"
#include "provisioning/read.h"

struct omadm_accounts {
  omadm_arena arena;
  size_t n;
  omadm_account *account;
};

/* "warn namespace=refuse": the tree is the device's own memory, so a word nobody knows is left out.
 */
static void parse_quirks(const char *text, omadm_quirks *quirks) {
  while (*text != '\0') {
    size_t n = strcspn(text, " ");
    const char *equal = memchr(text, '=', n);
    omadm_str name = {text, equal != NULL ? (size_t)(equal - text) : 0};
    const char *rule = equal != NULL ? equal + 1 : text;
    (void)omadm_quirks_set(quirks, name, (omadm_str){rule, (size_t)(text + n - rule)});
    text += n;
    text += strspn(text, " ");
  }
}

static uint64_t parse_size(const char *text) {
  uint64_t number = 0;
  return omadm_str_u64(omadm_str_of(text), &number) ? number : 0;
}

static omadm_err read_account(omadm_framework *framework, omadm_arena *arena, omadm_str name,
                              omadm_account *account) {
  const char *text[ACCOUNT_NODE_COUNT];
  omadm_buf uri;
  omadm_buf_init(&uri, NULL, 0);
  omadm_err err = omadm_buf_add_text(&uri, DMACC "/");
  if (err == 0) err = omadm_uri_write_name(name, &uri);
  *account = (omadm_account){.struct_size = sizeof *account};
  if (err == 0) err = read_text(framework, arena, &uri, "ServerID", &account->server_id);
  for (size_t i = 0; i < ACCOUNT_NODE_COUNT && err == 0; i++)
    err = read_text(framework, arena, &uri, account_nodes[i].node, &text[i]);
  if (err == 0) err = read_url(framework, arena, &uri, &account->url);
  if (err == 0) {
    account->name = text[ACCOUNT_NAME];
    account->ca = text[ACCOUNT_CA];
    account->client_cert = text[ACCOUNT_CLIENT_CERT];
    account->client_key = text[ACCOUNT_CLIENT_KEY];
    account->hosts = text[ACCOUNT_HOSTS];
    account->dialect =
        strcmp(text[ACCOUNT_DIALECT], "windows") == 0 ? OMADM_DIALECT_WINDOWS : OMADM_DIALECT_OMA;
    account->encoding =
        strcmp(text[ACCOUNT_ENCODING], "wbxml") == 0 ? OMADM_ENCODING_WBXML : OMADM_ENCODING_XML;
    account->rights_full = strcmp(text[ACCOUNT_RIGHTS], "full") == 0;
    account->max_msg_size = parse_size(text[ACCOUNT_MAX_MSG_SIZE]);
    account->max_obj_size = parse_size(text[ACCOUNT_MAX_OBJ_SIZE]);
    parse_quirks(text[ACCOUNT_QUIRKS], &account->quirks);
  }
  omadm_buf_dispose(&uri);
  return err;
}

omadm_err omadm_accounts_load(omadm_framework *framework, const omadm_log *log,
                              omadm_accounts **accounts, omadm_error *error) {
  omadm_accounts *self = omadm_mem_new(&omadm_mem_default, 1, sizeof *self);
  omadm_buf names;
  size_t n = 0;
  omadm_buf_init(&names, NULL, 0);
  *accounts = NULL;
  if (self == NULL)
    return omadm_error_set(error, OMADM_E_NOMEM, "out of memory while reading the accounts");
  omadm_arena_init(&self->arena, &omadm_mem_default, 0);
  omadm_err err = read_names(framework, omadm_str_of(DMACC), ACCOUNTS_MAX, &names, &n);
  if (err == 0 && n > 0) {
    self->account = omadm_arena_new(&self->arena, n, sizeof *self->account);
    if (self->account == NULL) err = OMADM_E_NOMEM;
  }
  const char *name = names.ptr;
  for (size_t i = 0; i < n && err == 0; i++, name += strlen(name) + 1) {
    omadm_account *account = &self->account[self->n];
    omadm_err own = read_account(framework, &self->arena, omadm_str_of(name), account);
    if (own == OMADM_E_NOMEM) err = own;
    /* What is wrong with one account is no reason to lose the others. */
    if (own != 0)
      omadm_log_line(log, OMADM_LOG_ERROR, "account",
                     DMACC "/%s could not be read (%s) and is not used", name, omadm_err_text(own));
    else if (account->server_id[0] != '\0' && account->url[0] != '\0')
      self->n++;
    else
      omadm_log_line(log, OMADM_LOG_WARN, "account", DMACC "/%s has no %s and is not used", name,
                     account->server_id[0] == '\0' ? "ServerID" : "address (AppAddr/…/Addr)");
  }
  omadm_buf_dispose(&names);
  if (err != 0) {
    omadm_accounts_free(self);
    return omadm_error_set(error, err, "the accounts in " DMACC " could not be read: %s",
                           omadm_err_text(err));
  }
  *accounts = self;
  return 0;
}

void omadm_accounts_free(omadm_accounts *accounts) {
  if (accounts == NULL) return;
  omadm_arena_dispose(&accounts->arena);
  omadm_mem_free(&omadm_mem_default, accounts);
}

size_t omadm_accounts_count(const omadm_accounts *accounts) {
  return accounts->n;
}

const omadm_account *omadm_accounts_at(const omadm_accounts *accounts, size_t i) {
  return i < accounts->n ? &accounts->account[i] : NULL;
}

const omadm_account *omadm_accounts_find(const omadm_accounts *accounts, const char *server_id) {
  for (size_t i = 0; i < accounts->n; i++)
    if (strcmp(accounts->account[i].server_id, server_id) == 0) return &accounts->account[i];
  return NULL;
}

/* Appends "&Delete=a+b" for the accounts with every right. */
static omadm_err add_right(const omadm_accounts *accounts, const char *right, omadm_buf *out) {
  omadm_err err = 0;
  bool first = true;
  for (size_t i = 0; i < accounts->n && err == 0; i++) {
    const omadm_account *account = &accounts->account[i];
    if (!account->rights_full || !omadm_acl_is_id(omadm_str_of(account->server_id))) continue;
    err = first ? omadm_buf_printf(out, "&%s=%s", right, account->server_id)
                : omadm_buf_printf(out, "+%s", account->server_id);
    first = false;
  }
  return err;
}

omadm_err omadm_accounts_root_acl(const omadm_accounts *accounts, omadm_buf *out) {
  static const char *const rights[] = {"Delete", "Exec", "Replace"};
  omadm_err err = omadm_buf_add_text(out, "Add=*&Get=*");
  for (size_t i = 0; i < sizeof rights / sizeof rights[0] && err == 0; i++)
    err = add_right(accounts, rights[i], out);
  return err;
}

static const char *or_null(const char *text) {
  return text[0] != '\0' ? text : NULL;
}

/* An address without a scheme is resolved against the one in use, and stays on its host. */
static int may_go(const void *ctx, omadm_str uri) {
  const omadm_account *account = ctx;
  char target[4097];
  omadm_error why = {0};
  if (uri.len >= sizeof target) return 0;
  for (size_t i = 0; i < uri.len; i++)
    if ((unsigned char)uri.ptr[i] <= ' ' || uri.ptr[i] == 0x7F) return 0;
  memcpy(target, uri.ptr, uri.len);
  target[uri.len] = '\0';
  if (target[0] == '/' && target[1] != '/' && target[1] != '\\') return 1;
  return omadm_http_may_go(account->url, or_null(account->hosts), target, &why);
}

void omadm_account_session(const omadm_account *account, omadm_session_config *config) {
  config->may_go = may_go;
  config->may_go_ctx = account;
  config->dialect = account->dialect;
  config->encoding = account->encoding;
  config->quirks = account->quirks;
  config->server_id = omadm_str_of(account->server_id);
  config->server_uri = omadm_str_of(account->url);
  if (account->max_msg_size > 0) config->limits.max_msg_size = account->max_msg_size;
  if (account->max_obj_size > 0) config->limits.max_obj_size = account->max_obj_size;
}

void omadm_account_http(const omadm_account *account, omadm_http_config *config) {
  config->address = account->url;
  config->hosts = or_null(account->hosts);
  config->ca = or_null(account->ca);
  config->client_cert = or_null(account->client_cert);
  config->client_key = or_null(account->client_key);
}
