/* SPDX-License-Identifier: MIT */
#include <omadm/account.h>
#include <omadm/bootstrap.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/str.h"
#include <omadm/builtin.h>

#define DOCUMENT                                                                                   \
  "<wap-provisioningdoc><characteristic type='APPLICATION'><parm name='APPID' value='w7'/>"        \
  "<parm name='PROVIDER-ID' value='acme'/><parm name='ADDR' value='https://dm.example.com/'/>"     \
  "<parm name='INIT'/></characteristic></wap-provisioningdoc>"

typedef struct device {
  omadm_store *store;
  omadm_framework *framework;
} device;

static int set_up(void **state) {
  static device self;
  omadm_framework_config config;
  self = (device){.store = NULL};
  assert_int_equal(omadm_store_new_memory(&self.store, NULL), 0);
  omadm_framework_config_init(&config);
  config.store = self.store;
  assert_int_equal(omadm_framework_new(&config, &self.framework, NULL), 0);
  assert_int_equal(omadm_builtin_mount(self.framework, NULL), 0);
  *state = &self;
  return 0;
}

static int tear_down(void **state) {
  device *self = *state;
  omadm_framework_free(self->framework);
  omadm_store_close(self->store);
  return 0;
}

static omadm_bootstrap_source source_of(const char *text) {
  omadm_bootstrap_source source;
  omadm_bootstrap_source_init(&source);
  source.octets = omadm_str_of(text);
  source.trusted = 1;
  return source;
}

static omadm_err read_document(const omadm_bootstrap_source *source, omadm_bootstrap **bootstrap) {
  omadm_error error;
  omadm_error_clear(&error);
  omadm_err err = omadm_bootstrap_read(source, bootstrap, &error);
  assert_int_equal(err == 0, *bootstrap != NULL);
  if (err != 0) assert_string_not_equal(error.text, "");
  return err;
}

static size_t count_accounts(device *self) {
  omadm_accounts *accounts = NULL;
  assert_int_equal(omadm_accounts_load(self->framework, NULL, &accounts, NULL), 0);
  size_t n = omadm_accounts_count(accounts);
  omadm_accounts_free(accounts);
  return n;
}

static void a_document_says_what_it_holds(void **state) {
  (void)state;
  omadm_bootstrap *bootstrap = NULL;
  omadm_bootstrap_account account;
  omadm_bootstrap_source source = source_of(DOCUMENT);
  assert_int_equal(read_document(&source, &bootstrap), 0);
  assert_int_equal(omadm_bootstrap_is_authenticated(bootstrap), 0);
  assert_int_equal(omadm_bootstrap_count(bootstrap), 1);
  assert_int_equal(omadm_bootstrap_at(bootstrap, 0, &account), 0);
  assert_true(omadm_str_is(account.server_id, "acme"));
  assert_true(omadm_str_is(account.url, "https://dm.example.com/"));
  assert_int_equal(account.session_now, 1);
  assert_int_equal(omadm_bootstrap_at(bootstrap, 1, &account), OMADM_E_NOT_FOUND);
  omadm_bootstrap_free(bootstrap);
}

static void nothing_is_believed_without_a_reason(void **state) {
  (void)state;
  omadm_bootstrap *bootstrap = NULL;
  omadm_bootstrap_source source = source_of(DOCUMENT);
  source.trusted = 0;
  assert_int_equal(read_document(&source, &bootstrap), OMADM_E_REFUSED);
}

static void a_mac_without_sec_is_refused(void **state) {
  (void)state;
  omadm_bootstrap *bootstrap = NULL;
  omadm_bootstrap_source source = source_of(DOCUMENT);
  source.mac = omadm_str_of("00");
  assert_int_equal(read_document(&source, &bootstrap), OMADM_E_REFUSED);
}

static void other_documents_are_not_supported(void **state) {
  (void)state;
  static const char *const others[] = {"", "x", "<html/>", "\x03\x01\x6A",
                                       "\x7F"
                                       "ELF"};
  for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
    omadm_bootstrap *bootstrap = NULL;
    omadm_bootstrap_source source = source_of(others[i]);
    assert_int_equal(read_document(&source, &bootstrap), OMADM_E_UNSUPPORTED);
  }
}

/* A document with these APPAUTHs. */
static omadm_err read_with(const char *credentials, const char *said) {
  char text[2000];
  omadm_bootstrap *bootstrap = NULL;
  omadm_error error;
  omadm_error_clear(&error);
  snprintf(text, sizeof text,
           "<wap-provisioningdoc><characteristic type='APPLICATION'><parm name='APPID' value='w7'/>"
           "<parm name='PROVIDER-ID' value='acme'/><parm name='ADDR' value='https://dm.example/'/>"
           "%s</characteristic></wap-provisioningdoc>",
           credentials);
  omadm_bootstrap_source source = source_of(text);
  omadm_err err = omadm_bootstrap_read(&source, &bootstrap, &error);
  omadm_bootstrap_free(bootstrap);
  assert_non_null(strstr(error.text, said));
  return err;
}

#define PARM(name, value) "<parm name='" name "' value='" value "'/>"
#define APPAUTH(level, type, more)                                                                 \
  "<characteristic type='APPAUTH'>" PARM("AAUTHLEVEL", level) PARM("AAUTHTYPE", type)              \
      PARM("AAUTHNAME", "n") more "</characteristic>"
#define SECRET PARM("AAUTHSECRET", "s")

/* Without it the server would not have to prove itself. */
static void credentials_that_are_not_understood_are_refused(void **state) {
  (void)state;
  static const struct {
    const char *credentials;
    omadm_err err;
    const char *said;
  } rows[] = {
      {APPAUTH("CLIENT", "DIGEST", SECRET), 0, ""},
      {APPAUTH("CLIENT", "FOO,DIGEST", SECRET), 0, ""},
      {APPAUTH("CLIENT", "TRANSPORT", ""), 0, ""},
      {APPAUTH("CLIENT", "X509,HMAC", SECRET), 0, ""},
      {APPAUTH("APPSRV", "X509", ""), 0, ""},
      {APPAUTH("CLIENT", "FOO", SECRET), OMADM_E_UNSUPPORTED, "AAUTHTYPE = \"FOO\""},
      {APPAUTH("CLIENT", "FOO,BAR", SECRET), OMADM_E_UNSUPPORTED, "AAUTHTYPE = \"FOO,BAR\""},
      {APPAUTH("CLIENT", ",", SECRET), OMADM_E_UNSUPPORTED, "AAUTHTYPE"},
      {APPAUTH("APPSRV", "FOO", SECRET), OMADM_E_UNSUPPORTED, "AAUTHTYPE"},
      {APPAUTH("SRVCRED", "DIGEST", SECRET), OMADM_E_UNSUPPORTED, "AAUTHLEVEL = \"SRVCRED\""},
      {APPAUTH("CLIENT", "X509", SECRET), OMADM_E_UNSUPPORTED, "no way of its server"},
      {APPAUTH("CLIENT", "DIGEST", ""), OMADM_E_SYNTAX, "no AAuthSecret"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    omadm_err err = read_with(rows[i].credentials, rows[i].said);
    if (err != rows[i].err) print_message("%s\n", rows[i].credentials);
    assert_int_equal(err, rows[i].err);
  }
}

#define NODE(name, inside) "<Node><NodeName>" name "</NodeName>" inside "</Node>"
#define LEAF(name, value)                                                                          \
  NODE(name, "<RTProperties><Format><chr/></Format><Type><MIME>text/plain</MIME></Type>"           \
             "</RTProperties><Value>" value "</Value>")
#define MESSAGE(credentials)                                                                       \
  "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto>"      \
  "<SessionID>1</SessionID><MsgID>1</MsgID><Target><LocURI>d</LocURI></Target><Source>"            \
  "<LocURI>https://dm.example/</LocURI></Source></SyncHdr><SyncBody><Add><CmdID>1</CmdID><Item>"   \
  "<Target><LocURI>./Inbox</LocURI></Target><Meta><Format xmlns='syncml:metinf'>xml</Format>"      \
  "<Type xmlns='syncml:metinf'>application/vnd.syncml.dmtnds+xml</Type></Meta><Data>"              \
  "<MgmtTree xmlns='syncml:dmddf1.2'><VerDTD>1.2</VerDTD><Node><NodeName>acc</NodeName>"           \
  "<RTProperties><Format><node/></Format><Type><DDFName>urn:oma:mo:oma-dm-dmacc:1.0</DDFName>"     \
  "</Type></RTProperties>" LEAF("ServerID", "acme")                                                \
      NODE("AppAddr", NODE("1", LEAF("Addr", "https://dm.example/")))                              \
          NODE("AppAuth", NODE("b", credentials)) "</Node></MgmtTree></Data></Item></Add><Final/>" \
                                                  "</SyncBody></SyncML>"

static void so_are_those_of_the_dm_profile(void **state) {
  (void)state;
  static const struct {
    const char *text;
    omadm_err err;
  } rows[] = {
      {MESSAGE(LEAF("AAuthLevel", "SRVCRED") LEAF("AAuthType", "DIGEST") LEAF("AAuthSecret", "s")),
       0},
      {MESSAGE(LEAF("AAuthLevel", "SRVCRED") LEAF("AAuthType", "TRANSPORT")), 0},
      {MESSAGE(LEAF("AAuthLevel", "SRVCRED") LEAF("AAuthType", "FOO") LEAF("AAuthSecret", "s")),
       OMADM_E_SYNTAX},
      {MESSAGE(LEAF("AAuthLevel", "FOO") LEAF("AAuthType", "DIGEST") LEAF("AAuthSecret", "s")),
       OMADM_E_SYNTAX},
      {MESSAGE(LEAF("AAuthType", "DIGEST") LEAF("AAuthSecret", "s")), OMADM_E_SYNTAX},
      {MESSAGE(LEAF("AAuthLevel", "SRVCRED") LEAF("AAuthSecret", "s")), OMADM_E_SYNTAX},
      {MESSAGE(LEAF("AAuthLevel", "SRVCRED") LEAF("AAuthType", "DIGEST")), OMADM_E_SYNTAX},
      {MESSAGE(LEAF("AAuthLevel", "SRVCRED") LEAF("AAuthType", "X509")), OMADM_E_UNSUPPORTED},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    omadm_bootstrap *bootstrap = NULL;
    omadm_bootstrap_source source = source_of(rows[i].text);
    assert_int_equal(read_document(&source, &bootstrap), rows[i].err);
    omadm_bootstrap_free(bootstrap);
  }
}

static void applying_makes_the_account(void **state) {
  device *self = *state;
  omadm_bootstrap *bootstrap = NULL;
  omadm_bootstrap_source source = source_of(DOCUMENT);
  assert_int_equal(read_document(&source, &bootstrap), 0);
  assert_int_equal(omadm_bootstrap_apply(bootstrap, self->framework, 0, NULL), 0);
  assert_int_equal(count_accounts(self), 1);
  assert_int_equal(omadm_bootstrap_apply(bootstrap, self->framework, 0, NULL), OMADM_E_EXISTS);
  assert_int_equal(count_accounts(self), 1);
  omadm_bootstrap_free(bootstrap);
}

/* The ACL of the node itself, terminated. */
static void read_acl(device *self, const char *text, omadm_buf *acl) {
  const omadm_tree *tree = omadm_framework_tree(self->framework);
  const omadm_origin origin = {.server_id = {NULL, 0}};
  omadm_limits limits;
  omadm_uri uri;
  omadm_node node = {.format = OMADM_FORMAT_ABSENT};
  omadm_answer answer = {.token = 0};
  char scratch[64];
  omadm_limits_init(&limits);
  assert_int_equal(omadm_uri_parse(omadm_str_of(text), 0, &limits, scratch, NULL, &uri), 200);
  assert_int_equal(tree->resolve(tree->ctx, &origin, &uri, &node), 200);
  assert_int_equal(tree->prop_get(tree->ctx, &origin, &node, omadm_str_of("ACL"), &answer), 200);
  assert_int_equal(omadm_buf_add_str(acl, answer.data), 0);
  assert_int_equal(omadm_buf_add(acl, "", 1), 0);
}

static void a_new_account_finds_no_rights_of_an_earlier_one(void **state) {
  device *self = *state;
  omadm_bootstrap *bootstrap = NULL;
  omadm_buf acl;
  omadm_bootstrap_source source = source_of(DOCUMENT);
  omadm_buf_init(&acl, NULL, 0);
  omadm_error error;
  omadm_error_clear(&error);
  assert_int_equal(omadm_framework_poke_acl(self->framework, omadm_str_of("./DevDetail"),
                                            omadm_str_of("Get=other&Replace=acme"), &error),
                   0);
  assert_int_equal(read_document(&source, &bootstrap), 0);
  assert_int_equal(omadm_bootstrap_apply(bootstrap, self->framework, 0, NULL), 0);
  omadm_bootstrap_free(bootstrap);
  read_acl(self, "./DevDetail", &acl);
  assert_string_equal(acl.ptr, "Get=other");
  omadm_buf_dispose(&acl);
}

static void a_port_of_its_own_joins_the_address(void **state) {
  device *self = *state;
  static const struct {
    const char *address, *port, *url;
  } rows[] = {
      {"https://a.example/x", "8443", "https://a.example:8443/x"},
      {"https://a.example", "1", "https://a.example:1"},
      {"https://a.example:9/x", "8443", "https://a.example:9/x"},
      {"https://[2001:db8::1]/x", "8443", "https://[2001:db8::1]:8443/x"},
      {"https://[2001:db8::1]:9/x", "8443", "https://[2001:db8::1]:9/x"},
      {"https://u:p@a.example/x?y=http://b:1", "8443", "https://u:p@a.example:8443/x?y=http://b:1"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    omadm_buf text;
    omadm_bootstrap *bootstrap = NULL;
    omadm_accounts *accounts = NULL;
    omadm_buf_init(&text, NULL, 0);
    assert_int_equal(
        omadm_buf_printf(&text,
                         "<wap-provisioningdoc><characteristic type='APPLICATION'>"
                         "<parm name='APPID' value='w7'/><parm name='PROVIDER-ID' value='s%zu'/>"
                         "<characteristic type='APPADDR'><parm name='ADDR' value='%s'/>"
                         "<characteristic type='PORT'><parm name='PORTNBR' value='%s'/>"
                         "</characteristic></characteristic></characteristic>"
                         "</wap-provisioningdoc>",
                         i, rows[i].address, rows[i].port),
        0);
    omadm_bootstrap_source source = source_of("");
    source.octets = omadm_buf_str(&text);
    assert_int_equal(read_document(&source, &bootstrap), 0);
    assert_int_equal(omadm_bootstrap_apply(bootstrap, self->framework, 0, NULL), 0);
    assert_int_equal(omadm_accounts_load(self->framework, NULL, &accounts, NULL), 0);
    char id[] = {'s', (char)('0' + i), '\0'};
    assert_non_null(omadm_accounts_find(accounts, id));
    assert_string_equal(omadm_accounts_find(accounts, id)->url, rows[i].url);
    omadm_accounts_free(accounts);
    omadm_bootstrap_free(bootstrap);
    omadm_buf_dispose(&text);
  }
}

/* A server may send what w7 allows and an account of ours has one of. */
static void the_first_of_two_ports_counts(void **state) {
  static const char two[] =
      "<wap-provisioningdoc><characteristic type='APPLICATION'><parm name='APPID' value='w7'/>"
      "<parm name='PROVIDER-ID' value='two'/><characteristic type='APPADDR'>"
      "<parm name='ADDR' value='https://dm.example/'/>"
      "<characteristic type='PORT'><parm name='PORTNBR' value='8443'/></characteristic>"
      "<characteristic type='PORT'><parm name='PORTNBR' value='9443'/></characteristic>"
      "</characteristic></characteristic></wap-provisioningdoc>";
  device *self = *state;
  const char *const documents[] = {DOCUMENT, two};
  omadm_accounts *accounts = NULL;
  for (size_t i = 0; i < 2; i++) {
    omadm_bootstrap *bootstrap = NULL;
    omadm_bootstrap_source source = source_of(documents[i]);
    assert_int_equal(read_document(&source, &bootstrap), 0);
    assert_int_equal(omadm_bootstrap_apply(bootstrap, self->framework, 0, NULL), 0);
    omadm_bootstrap_free(bootstrap);
  }
  assert_int_equal(omadm_accounts_load(self->framework, NULL, &accounts, NULL), 0);
  assert_int_equal(omadm_accounts_count(accounts), 2);
  assert_string_equal(omadm_accounts_find(accounts, "two")->url, "https://dm.example:8443/");
  omadm_accounts_free(accounts);
}

static void checking_only_changes_nothing(void **state) {
  device *self = *state;
  omadm_bootstrap *bootstrap = NULL;
  omadm_bootstrap_source source = source_of(DOCUMENT);
  assert_int_equal(read_document(&source, &bootstrap), 0);
  assert_int_equal(omadm_bootstrap_apply(bootstrap, self->framework, 1, NULL), 0);
  assert_int_equal(count_accounts(self), 0);
  assert_int_equal(omadm_bootstrap_apply(bootstrap, self->framework, 0, NULL), 0);
  assert_int_equal(count_accounts(self), 1);
  omadm_bootstrap_free(bootstrap);
}

static void a_transaction_of_somebody_else_is_left_alone(void **state) {
  device *self = *state;
  omadm_bootstrap *bootstrap = NULL;
  omadm_bootstrap_source source = source_of(DOCUMENT);
  const omadm_tree *tree = omadm_framework_tree(self->framework);
  const omadm_origin server = {.server_id = OMADM_STR("srv")};
  assert_int_equal(read_document(&source, &bootstrap), 0);
  assert_int_equal(tree->begin(tree->ctx, &server), OMADM_ST_OK);
  assert_int_equal(omadm_bootstrap_apply(bootstrap, self->framework, 0, NULL), OMADM_E_STATE);
  tree->rollback(tree->ctx, NULL, 0);
  assert_int_equal(count_accounts(self), 0);
  omadm_bootstrap_free(bootstrap);
}

static omadm_err count_attempts(void *ctx, unsigned attempt, omadm_buf *pin) {
  unsigned *last = ctx;
  assert_int_equal(attempt, *last + 1);
  *last = attempt;
  return omadm_buf_add_text(pin, "0000");
}

static void a_pin_is_asked_for_three_times(void **state) {
  (void)state;
  static const char octets[] = "\x03\x0B\x6A\x00\x45\x01";
  unsigned asked = 0;
  omadm_bootstrap *bootstrap = NULL;
  omadm_bootstrap_source source = source_of("");
  source.octets = (omadm_str){octets, sizeof octets - 1};
  source.sec = omadm_str_of("USERPIN");
  source.mac = omadm_str_of("818C70A483454846F09D28A43C7301F1235208B7");
  source.pin = count_attempts;
  source.pin_ctx = &asked;
  assert_int_equal(read_document(&source, &bootstrap), OMADM_E_REFUSED);
  assert_int_equal(asked, OMADM_BOOTSTRAP_ATTEMPTS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_document_says_what_it_holds),
      TEST(nothing_is_believed_without_a_reason),
      TEST(a_mac_without_sec_is_refused),
      TEST(other_documents_are_not_supported),
      TEST(a_mac_without_sec_is_refused),
      TEST(credentials_that_are_not_understood_are_refused),
      TEST(so_are_those_of_the_dm_profile),
      TEST(applying_makes_the_account),
      TEST(a_new_account_finds_no_rights_of_an_earlier_one),
      TEST(a_port_of_its_own_joins_the_address),
      TEST(the_first_of_two_ports_counts),
      TEST(checking_only_changes_nothing),
      TEST(a_transaction_of_somebody_else_is_left_alone),
      TEST(a_pin_is_asked_for_three_times),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
