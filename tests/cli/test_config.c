/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/str.h"
#include "cli/config.h"

static void wrong_files_are_refused_with_file_line_and_reason(void **state) {
  static const struct {
    const char *text;
    omadm_err err;
    const char *message;
  } rows[] = {
      {"[device\n", OMADM_E_SYNTAX, "f:1: a section ends with ]"},
      {"[devices]\n", OMADM_E_SYNTAX, "f:1: unknown section \"devices\"; omadm.conf(5) names them"},
      {"[server]\n", OMADM_E_SYNTAX, "f:1: unknown section \"server\"; omadm.conf(5) names them"},
      {"[server.]\n", OMADM_E_SYNTAX, "f:1: unknown section \"server.\"; omadm.conf(5) names them"},
      {"[server.a b]\n", OMADM_E_SYNTAX,
       "f:1: a server cannot be called \"a b\": blanks and = & * + are not allowed"},
      {"id = x\n", OMADM_E_SYNTAX, "f:1: a key stands before the first [section]"},
      {"[device]\nid\n", OMADM_E_SYNTAX, "f:2: neither a [section] nor a \"key = value\""},
      {"[device]\n= x\n", OMADM_E_SYNTAX, "f:2: there is no key before \"=\""},
      {"[device]\nid =\n", OMADM_E_ARGUMENT, "f:2: id: it must be a value"},
      {"[device]\nidd = x\n", OMADM_E_SYNTAX, "f:2: unknown key \"idd\"; omadm.conf(5) names them"},
      {"[device]\nid = a\n\n;x\nid = b\n", OMADM_E_SYNTAX, "f:5: id stands in line 2 already"},
      {"[device]\n id = x\n", OMADM_E_SYNTAX,
       "f:2: the line is indented; values do not go on in a further line"},
      {"[device]\nid = \xff\n", OMADM_E_SYNTAX, "f:2: this is not UTF-8 text"},
      {"[device]\nuser = many\n", OMADM_E_ARGUMENT,
       "f:2: user = many: it must be one of single|none"},
      {"[csp.X]\nisolate = thread\n", OMADM_E_ARGUMENT,
       "f:2: isolate = thread: it must be one of none|process"},
      {"[csp.X]\nallow = here\n", OMADM_E_ARGUMENT,
       "f:2: allow: it must be a path from the root on (\"/…\")"},
      {"[csp.X]\nmemory = 1\n", OMADM_E_ARGUMENT,
       "f:2: memory: it must be a number in the range 33554432-1099511627776"},
      {"[server.a]\nurl = ftp://x\n", OMADM_E_ARGUMENT,
       "f:2: url: it must be an address that begins with http:// or https://"},
      {"[server.a]\ndialect = oma\n", OMADM_E_SYNTAX, "f:1: [server.a] has no url"},
      {"[server.a]\nurl = http://x\nauth = digest\n", OMADM_E_ARGUMENT,
       "f:3: auth = digest: it must be one of none|basic|md5|mac"},
      {"[server.a]\nclient-key = tpm:0x81000001\n", OMADM_E_UNSUPPORTED,
       "f:2: client-key = tpm:0x81000001: this version of omadm does not do that"},
      {"[server.a]\nclient-key = key.pem\n", OMADM_E_ARGUMENT,
       "f:2: client-key: it must be a path from the root on (\"/…\")"},
      {"[server.a]\nnonce = =\n", OMADM_E_ARGUMENT, "f:2: nonce: it must be base64"},
      {"[server.a]\nquirk.nonsense = warn\n", OMADM_E_SYNTAX,
       "f:2: there is no quirk \"nonsense\"; omadm.conf(5) names them"},
      {"[server.a]\nquirk.uri-case = maybe\n", OMADM_E_ARGUMENT,
       "f:2: quirk.uri-case = maybe: it must be one of tolerate|warn|refuse|strict"},
      {"[server.a]\nurl = http://x\n[server.b]\nserver-id = a\nurl = http://y\n", OMADM_E_SYNTAX,
       "f:5: [server.b] is the same server as [server.a]"},
      {"[log]\nlevel = loud\n", OMADM_E_ARGUMENT,
       "f:2: level = loud: it must be one of error|warn|info|debug"},
      {"[limits]\nrounds = 0\n", OMADM_E_ARGUMENT,
       "f:2: rounds: it must be a number in the range 1-1000000"},
      {"[limits]\nrounds = 1e3\n", OMADM_E_ARGUMENT,
       "f:2: rounds: it must be a number in the range 1-1000000"},
      {"[limits]\nmax-msg-size = 2047\n", OMADM_E_ARGUMENT,
       "f:2: max-msg-size: it must be a number in the range 2048-1073741824"},
      {"[limits]\ndepth = 1001\n", OMADM_E_ARGUMENT,
       "f:2: depth: it must be a number in the range 8-1000"},
      {"[limits]\ndata-depth = 10001\n", OMADM_E_ARGUMENT,
       "f:2: data-depth: it must be a number in the range 1-10000"},
      {"[server.a]\nurl = http://x\nmax-msg-size = 1\n", OMADM_E_ARGUMENT,
       "f:3: max-msg-size: it must be a number in the range 2048-1073741824"},
      {"[server.a]\n\n[log]\n", OMADM_E_SYNTAX, "f:1: [server.a] has no url"},
      {"[server.a]\nurl = http://x:99999/\n", OMADM_E_ARGUMENT,
       "f:2: url: \"http://x:99999/\" is not an address: Port number was not a decimal number "
       "between 0 and 65535"},
      {"[server.a]\nurl = http://u:p@x/\n", OMADM_E_ARGUMENT,
       "f:2: url: an address with a user name or password in it is refused; set user = and secret "
       "="},
      {"[server.a]\nurl = http://x\nclient-key = /k\n", OMADM_E_ARGUMENT,
       "f:3: client-key = without client-cert = is of no use"},
      {"[limits]\nuri-depth = 129\n", OMADM_E_ARGUMENT,
       "f:2: uri-depth: it must be a number in the range 5-128"},
      {"[server.a]\nurl = http://x\nauth = md5\nuser = u\n", OMADM_E_ARGUMENT,
       "f:3: auth = md5 needs secret =, and there is none"},
      {"[server.a]\nurl = http://x\nauth = md5\nsecret = s\n", OMADM_E_ARGUMENT,
       "f:3: auth = md5 needs user =, and there is none"},
      {"[server.b]\nurl = http://y\nserver-secret = s\n[server.a]\nserver-auth = mac\nurl = "
       "http://x\n",
       OMADM_E_ARGUMENT, "f:5: server-auth = mac needs server-secret =, and there is none"},
      {"[csp.a]\nisolat = process\nuser = nobody\n", OMADM_E_ARGUMENT,
       "f:3: user = is for a process of its own, which [csp.a] does not ask for: add isolate = "
       "process, or leave it out"},
      {"[csp.a]\nisolate = none\nfile = /a.so\nslot-time = 3\n[csp.b]\nisolate = process\n",
       OMADM_E_ARGUMENT,
       "f:4: slot-time = is for a process of its own, which [csp.a] does not ask for: add isolate "
       "= process, or leave it out"},
      {"[limits]\nround = 5\n", OMADM_E_SYNTAX,
       "f:2: unknown key \"round\"; omadm.conf(5) names them"},
  };
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    cli_config config;
    omadm_error error;
    omadm_error_clear(&error);
    omadm_err err = config_parse(&config, omadm_str_of(rows[i].text), "f", &error);
    if (strcmp(error.text, rows[i].message) != 0) print_message("row %zu: %s\n", i, error.text);
    assert_string_equal(error.text, rows[i].message);
    assert_int_equal(err, rows[i].err);
    config_dispose(&config);
  }
}

/* What a log was told, one line after the other. */
static void note(void *ctx, omadm_log_level level, const char *module, const char *text) {
  omadm_buf *told = ctx;
  assert_int_equal(level, OMADM_LOG_WARN);
  assert_string_equal(module, "config");
  assert_int_equal(omadm_buf_printf(told, "%s\n", text), 0);
}

static void assert_warned(const char *text, const char *expected) {
  cli_config config;
  omadm_buf told;
  omadm_buf_init(&told, NULL, 0);
  omadm_log log = {
      .struct_size = sizeof log, .level = OMADM_LOG_DEBUG, .ctx = &told, .write = note};
  assert_int_equal(config_parse(&config, omadm_str_of(text), "f", NULL), 0);
  config_warn(&config, &log);
  assert_int_equal(omadm_buf_add(&told, "", 1), 0);
  assert_string_equal(told.ptr, expected);
  omadm_buf_dispose(&told);
  config_dispose(&config);
}

static void what_nobody_asks_for_is_warned_of(void **state) {
  (void)state;
  assert_warned("[server.a]\nurl = http://x\nuser = u\nsecret = s\nserver-secret = s\n",
                "f:3: user = without auth = is of no use: nobody proves himself by it\n"
                "f:5: server-secret = without server-auth = is of no use: nobody proves himself by "
                "it\n");
  assert_warned("[server.a]\nurl = http://x\nuser = u\nsecret = s\nauth = none\n", "");
  assert_warned("[server.a]\nurl = http://x\nuser = u\nsecret = s\nauth = md5\n", "");
}

static void a_password_without_tls_is_warned_of(void **state) {
  (void)state;
  assert_warned("[server.a]\nurl = http://x\nauth = basic\nuser = u\nsecret = s\n",
                "f:3: auth = basic with an address that is http:// shows the password to the "
                "network\n");
  assert_warned("[server.a]\nurl = https://x\nauth = basic\nuser = u\nsecret = s\n", "");
}

static void secrets_that_others_may_read_are_warned_of(void **state) {
  (void)state;
  char path[] = "/tmp/omadm-config-XXXXXX";
  static const char text[] = "[server.a]\nurl = https://x\nauth = md5\nuser = u\nsecret = s\n";
  static const struct {
    mode_t mode;
    bool warned;
  } rows[] = {{0600, false}, {0644, true}, {0604, true}};
  int file = mkstemp(path);
  assert_true(file >= 0);
  assert_int_equal(write(file, text, sizeof text - 1), sizeof text - 1);
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    cli_config config;
    omadm_buf told;
    omadm_buf_init(&told, NULL, 0);
    omadm_log log = {
        .struct_size = sizeof log, .level = OMADM_LOG_DEBUG, .ctx = &told, .write = note};
    assert_int_equal(fchmod(file, rows[i].mode), 0);
    assert_int_equal(config_read(&config, path, NULL), 0);
    config_warn(&config, &log);
    assert_int_equal(told.len > 0, rows[i].warned);
    omadm_buf_dispose(&told);
    config_dispose(&config);
  }
  close(file);
  unlink(path);
}

static void assert_value(const cli_config *config, config_section_id section, const char *name,
                         const char *key, const char *value) {
  omadm_str found = config_get(config, section, name, key);
  assert_int_equal(found.len, strlen(value));
  assert_memory_equal(found.ptr, value, found.len);
}

static void a_value_is_all_that_stands_behind_the_equal_sign(void **state) {
  cli_config config;
  omadm_error error;
  (void)state;
  omadm_error_clear(&error);
  const char *text =
      "\xEF\xBB\xBF; comment\n# comment\n\n   \n[server.acme]\r\nurl=https://x/y?a=b;c#d\r\n"
      "secret =  a ;b # c = d\t\n[csp.Reboot]\ncommand = systemctl reboot ; true\nwhat ever = 1";
  assert_int_equal(config_parse(&config, omadm_str_of(text), "f", &error), 0);
  assert_value(&config, CONFIG_SERVER, "acme", "url", "https://x/y?a=b;c#d");
  assert_value(&config, CONFIG_SERVER, "acme", "secret", "a ;b # c = d");
  assert_value(&config, CONFIG_CSP, "Reboot", "command", "systemctl reboot ; true");
  assert_value(&config, CONFIG_CSP, "Reboot", "what ever", "1");
  assert_value(&config, CONFIG_CSP, "Reboot", "absent", "");
  config_dispose(&config);
}

static void values_longer_than_any_buffer_are_kept_whole(void **state) {
  static char text[10000];
  cli_config config;
  omadm_error error;
  (void)state;
  omadm_error_clear(&error);
  int n = snprintf(text, sizeof text, "[device]\nid = ");
  memset(text + n, 'x', 9000);
  assert_int_equal(config_parse(&config, omadm_str_of(text), "f", &error), 0);
  assert_int_equal(config_get(&config, CONFIG_DEVICE, "", "id").len, 9000);
  config_dispose(&config);
}

static void folders_may_repeat_and_keep_their_order(void **state) {
  cli_config config;
  omadm_error error;
  size_t i = 0;
  (void)state;
  omadm_error_clear(&error);
  assert_int_equal(
      config_parse(&config, omadm_str_of("[tree]\nddf = /a\ncsp = /c\nddf = /b\n"), "f", &error),
      0);
  assert_string_equal(config_next(&config, CONFIG_TREE, (omadm_str){0}, &i)->value.ptr, "/a");
  assert_string_equal(config_next(&config, CONFIG_TREE, (omadm_str){0}, &i)->value.ptr, "/c");
  assert_string_equal(config_next(&config, CONFIG_TREE, (omadm_str){0}, &i)->value.ptr, "/b");
  assert_null(config_next(&config, CONFIG_TREE, (omadm_str){0}, &i));
  config_dispose(&config);
}

static void limits_and_level_are_taken_over(void **state) {
  cli_config config;
  omadm_error error;
  (void)state;
  omadm_error_clear(&error);
  assert_int_equal(config_parse(&config,
                                omadm_str_of("[limits]\nrounds = 7\n[log]\nlevel = debug\n"), "f",
                                &error),
                   0);
  assert_int_equal(config.limits.rounds, 7);
  assert_int_equal(config.limits.uri_depth, 64);
  assert_int_equal(config_log_level(&config), OMADM_LOG_DEBUG);
  config_dispose(&config);
}

static void every_limit_is_a_key(void **state) {
  (void)state;
#define ASSERT_KEY(field, name, value, least, most, text)                                          \
  assert_non_null(config_rule_find(CONFIG_LIMITS, omadm_str_of(name)));
  OMADM_LIMITS(ASSERT_KEY)
#undef ASSERT_KEY
}

static void a_missing_named_file_is_an_error(void **state) {
  cli_config config;
  omadm_error error;
  (void)state;
  omadm_error_clear(&error);
  assert_int_equal(config_read(&config, "/nonexistent/omadm.conf", &error), OMADM_E_ARGUMENT);
  assert_string_equal(error.text,
                      "/nonexistent/omadm.conf: cannot be opened: No such file or directory");
  config_dispose(&config);
}

static void an_unusable_file_is_an_error(void **state) {
  cli_config config;
  omadm_error error;
  (void)state;
  omadm_error_clear(&error);
  assert_int_equal(config_read(&config, "/", &error), OMADM_E_IO);
  assert_non_null(strstr(error.text, "/: cannot be read"));
  config_dispose(&config);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(wrong_files_are_refused_with_file_line_and_reason),
      cmocka_unit_test(what_nobody_asks_for_is_warned_of),
      cmocka_unit_test(a_password_without_tls_is_warned_of),
      cmocka_unit_test(secrets_that_others_may_read_are_warned_of),
      cmocka_unit_test(a_value_is_all_that_stands_behind_the_equal_sign),
      cmocka_unit_test(values_longer_than_any_buffer_are_kept_whole),
      cmocka_unit_test(folders_may_repeat_and_keep_their_order),
      cmocka_unit_test(limits_and_level_are_taken_over),
      cmocka_unit_test(every_limit_is_a_key),
      cmocka_unit_test(a_missing_named_file_is_an_error),
      cmocka_unit_test(an_unusable_file_is_an_error),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
