/* SPDX-License-Identifier: MIT */
/* Accounts read back from the tree. */
#include <omadm/account.h>

#include "base/mem.h"
#include "base/str.h"
#include "provisioning/layout.h"

#define ACCOUNTS_MAX 1000

/* How long a late answer is waited for. */
#define LATE_SLICES 300
#define LATE_MS 100

struct omadm_accounts {
  omadm_arena arena;
  size_t n;
  omadm_account *account;
};

/* The value of a node below the account as a string of the arena; "" where there is none. *uri
 * comes back as it was. */
static omadm_err read_text(omadm_framework *framework, omadm_arena *arena, omadm_buf *uri,
                           const char *node, const char **text) {
  size_t len = uri->len;
  omadm_buf value;
  omadm_buf_init(&value, NULL, 0);
  *text = "";
  omadm_err err = omadm_buf_printf(uri, "/%s", node);
  if (err == 0) err = omadm_framework_peek(framework, omadm_buf_str(uri), &value);
  if (err == 0 && value.len > 0) {
    omadm_str copy = omadm_arena_copy(arena, omadm_buf_str(&value));
    if (copy.ptr == NULL)
      err = OMADM_E_NOMEM;
    else
      *text = copy.ptr;
  }
  uri->len = len;
  omadm_buf_dispose(&value);
  return err == OMADM_E_NOT_FOUND ? 0 : err;
}

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

/* The next child of a node. A tree may answer late (its test hosts do so on purpose): then its work
   is done here until it has, and it is asked again. */
static omadm_status next_child(omadm_framework *framework, const omadm_node *node, uint64_t *cursor,
                               omadm_answer *answer) {
  const omadm_tree *tree = omadm_framework_tree(framework);
  const omadm_origin origin = {0};
  for (;;) {
    size_t before = omadm_framework_pending(framework);
    *answer = (omadm_answer){0};
    omadm_status status = tree->list(tree->ctx, &origin, node, cursor, answer);
    if (status != OMADM_ST_PENDING) return status;
    for (int slice = 0; omadm_framework_pending(framework) > before; slice++) {
      if (slice == LATE_SLICES) return OMADM_ST_TIMEOUT;
      (void)omadm_framework_pump(framework, LATE_MS);
    }
  }
}

/* The address: AppAddr/1 is what the import writes; a server may have named its own. */
static omadm_err read_url(omadm_framework *framework, omadm_arena *arena, omadm_buf *uri,
                          const char **url) {
  omadm_err err = read_text(framework, arena, uri, account_nodes[ACCOUNT_URL].node, url);
  if (err != 0 || (*url)[0] != '\0') return err;
  size_t len = uri->len;
  const omadm_tree *tree = omadm_framework_tree(framework);
  omadm_origin origin = {0};
  omadm_limits limits;
  omadm_limits_init(&limits);
  omadm_buf scratch;
  omadm_buf_init(&scratch, NULL, 0);
  err = omadm_buf_add_text(uri, "/AppAddr");
  if (err == 0) err = omadm_buf_reserve(&scratch, uri->len);
  omadm_uri parsed;
  omadm_node node = {0};
  uint64_t cursor = 0;
  omadm_answer answer = {0};
  if (err == 0 &&
      omadm_uri_parse(omadm_buf_str(uri), 0, &limits, scratch.ptr, NULL, &parsed) == OMADM_ST_OK &&
      tree->resolve(tree->ctx, &origin, &parsed, &node) == OMADM_ST_OK &&
      next_child(framework, &node, &cursor, &answer) == OMADM_ST_OK) {
    err = omadm_buf_add_text(uri, "/");
    if (err == 0) err = omadm_uri_write_name(answer.data, uri);
    if (err == 0) err = read_text(framework, arena, uri, "Addr", url);
  }
  uri->len = len;
  omadm_buf_dispose(&scratch);
  return err;
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
    account->rights_full = strcmp(text[ACCOUNT_RIGHTS], "full") == 0;
    account->max_msg_size = parse_size(text[ACCOUNT_MAX_MSG_SIZE]);
    account->max_obj_size = parse_size(text[ACCOUNT_MAX_OBJ_SIZE]);
    parse_quirks(text[ACCOUNT_QUIRKS], &account->quirks);
  }
  omadm_buf_dispose(&uri);
  return err;
}

/* The names of the account nodes, each followed by a zero octet. */
static omadm_err read_names(omadm_framework *framework, omadm_buf *names, size_t *n) {
  const omadm_tree *tree = omadm_framework_tree(framework);
  omadm_origin origin = {0};
  omadm_uri uri;
  omadm_node node = {0};
  omadm_limits limits;
  char scratch[sizeof DMACC];
  omadm_limits_init(&limits);
  *n = 0;
  if (omadm_uri_parse(omadm_str_of(DMACC), 0, &limits, scratch, NULL, &uri) != OMADM_ST_OK)
    return OMADM_E_STATE;
  if (tree->resolve(tree->ctx, &origin, &uri, &node) != OMADM_ST_OK) return 0;
  uint64_t cursor = 0;
  while (*n < ACCOUNTS_MAX) {
    omadm_answer answer;
    omadm_status status = next_child(framework, &node, &cursor, &answer);
    if (status == OMADM_ST_END) break;
    if (status != OMADM_ST_OK) return status == OMADM_ST_TIMEOUT ? OMADM_E_TIMEOUT : OMADM_E_STORE;
    omadm_err err = omadm_buf_add_str(names, answer.data);
    if (err == 0) err = omadm_buf_add(names, "", 1);
    if (err != 0) return err;
    (*n)++;
  }
  return 0;
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
  omadm_err err = read_names(framework, &names, &n);
  if (err == 0 && n > 0) {
    self->account = omadm_arena_new(&self->arena, n, sizeof *self->account);
    if (self->account == NULL) err = OMADM_E_NOMEM;
  }
  const char *name = names.ptr;
  for (size_t i = 0; i < n && err == 0; i++, name += strlen(name) + 1) {
    omadm_account *account = &self->account[self->n];
    err = read_account(framework, &self->arena, omadm_str_of(name), account);
    if (err != 0) break;
    if (account->server_id[0] != '\0' && account->url[0] != '\0')
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

static bool acl_may_name(const char *server_id) {
  return server_id[0] != '\0' && strpbrk(server_id, "=&*+ \t\r\n") == NULL;
}

/* Appends "&Delete=a+b" for the accounts with every right. */
static omadm_err add_right(const omadm_accounts *accounts, const char *right, omadm_buf *out) {
  omadm_err err = 0;
  bool first = true;
  for (size_t i = 0; i < accounts->n && err == 0; i++) {
    const omadm_account *account = &accounts->account[i];
    if (!account->rights_full || !acl_may_name(account->server_id)) continue;
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
