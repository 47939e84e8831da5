/* SPDX-License-Identifier: MIT */
#include <omadm/transport.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

typedef struct row {
  const char *address, *hosts, *target;
  const char *why; /* part of the sentence; NULL: it may go */
} row;

static const row rows[] = {
    {"https://mdm.example.com/a", NULL, "https://mdm.example.com/b?sid=1", NULL},
    {"https://mdm.example.com/a", NULL, "https://mdm.example.com:443/b", NULL},
    {"https://mdm.example.com:443/a", NULL, "HTTPS://MDM.Example.COM/b", NULL},
    {"https://mdm.example.com/a", NULL, "b?sid=1", NULL},
    {"https://mdm.example.com/a", NULL, "/b#fragment", NULL},
    {"http://mdm.example.com/a", NULL, "http://mdm.example.com:80/b", NULL},
    {"http://127.0.0.1:80/a", NULL, "http://0x7f.1/b", NULL},
    {"https://[2001:db8::1]:8443/a", NULL, "https://[2001:db8::1]:8443/b", NULL},
    {"https://mdm.example.com/a", NULL, "http://mdm.example.com/b", "stays there"},
    {"https://mdm.example.com/a", "mdm.example.com", "http://mdm.example.com/b", "stays there"},
    {"https://mdm.example.com/a", NULL, "https://mdm.example.com:8443/b", "hosts ="},
    {"https://mdm.example.com/a", NULL, "https://other.example.com/b", "hosts ="},
    {"https://mdm.example.com/a", NULL, "//other.example.com/b", "hosts ="},
    {"https://mdm.example.com/a", NULL, "https://mdm.example.com.evil.example/b", "hosts ="},
    {"https://mdm.example.com/a", NULL, "https://example.com/b", "hosts ="},
    {"https://mdm.example.com/a", NULL, "https://mdm.example.com\\@evil.example/b", ""},
    {"https://mdm.example.com/a", "mdm2.example.com", "https://MDM2.example.com/b", NULL},
    {"https://mdm.example.com/a", "mdm2.example.com", "https://mdm2.example.com:8443/b", NULL},
    {"https://mdm.example.com/a", "x.example, mdm2.example.com:8443",
     "https://mdm2.example.com:8443/b", NULL},
    {"https://mdm.example.com/a", "x.example\tmdm2.example.com:443", "https://mdm2.example.com/b",
     NULL},
    {"https://mdm.example.com/a", "mdm2.example.com:8443", "https://mdm2.example.com/b", "hosts ="},
    {"https://mdm.example.com/a", ", ,", "https://mdm2.example.com/b", "hosts ="},
    {"http://mdm.example.com/a", NULL, "https://mdm.example.com/b", "hosts ="},
    {"http://mdm.example.com/a", "mdm.example.com", "https://mdm.example.com/b", NULL},
    {"https://mdm.example.com/a", NULL, "https://user@mdm.example.com/b", "user name"},
    {"https://mdm.example.com/a", NULL, "https://user:secret@mdm.example.com/b", "user name"},
    {"https://mdm.example.com/a", NULL, "https://mdm.example.com@evil.example/b", "user name"},
    {"https://user:secret@mdm.example.com/a", NULL, "https://mdm.example.com/b", "user name"},
    {"https://mdm.example.com/a", NULL, "ftp://mdm.example.com/b", "https:// or http://"},
    {"https://mdm.example.com/a", NULL, "file:///etc/passwd", "https:// or http://"},
    {"https://mdm.example.com/a", NULL, "javascript:alert(1)", ""},
    {"https://mdm.example.com/a", NULL, "https://", "not an address"},
    {"https://mdm.example.com/a", NULL, "https://mdm.example.com:99999/", "not an address"},
    {"https://mdm.example.com/a", NULL, "https://mdm.example.com/\r\nX: y", "not an address"},
    {"mdm.example.com", NULL, "https://mdm.example.com/", "not an address"},
    {"", NULL, "https://mdm.example.com/", "not an address"},
};

static void each_address_is_judged_by_the_rules(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    omadm_error error = {0};
    int may = omadm_http_may_go(rows[i].address, rows[i].hosts, rows[i].target, &error);
    bool good = rows[i].why == NULL
                    ? may == 1 && error.code == 0
                    : may == 0 && error.code != 0 && strstr(error.text, rows[i].why) != NULL;
    if (!good) {
      fail_msg("%s -> %s (hosts %s): %d, \"%s\"", rows[i].address, rows[i].target,
               rows[i].hosts != NULL ? rows[i].hosts : "-", may, error.text);
    }
  }
}

static void a_refusal_shows_neither_password_nor_query(void **state) {
  (void)state;
  static const char *const targets[] = {
      "https://user:geheim@mdm.example.com/", "https://other.example/x?sid=geheim",
      "https://user:geheim@:99999/", "https://mdm.example.com:0x/?geheim"};
  for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
    omadm_error error = {0};
    assert_int_equal(omadm_http_may_go("https://mdm.example.com/", NULL, targets[i], &error), 0);
    assert_null(strstr(error.text, "geheim"));
    assert_true(error.text[0] != '\0');
  }
}

static void an_overlong_address_is_refused(void **state) {
  (void)state;
  static char target[20000];
  omadm_error error = {0};
  memset(target, 'a', sizeof target - 1);
  memcpy(target, "https://mdm.example.com/", 24);
  assert_int_equal(omadm_http_may_go("https://mdm.example.com/", NULL, target, &error), 0);
  assert_int_equal(error.code, OMADM_E_ARGUMENT);
  assert_int_equal(omadm_http_may_go("https://mdm.example.com/", NULL, target, NULL), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_address_is_judged_by_the_rules),
      cmocka_unit_test(a_refusal_shows_neither_password_nor_query),
      cmocka_unit_test(an_overlong_address_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
