/* SPDX-License-Identifier: MIT */
#include "transport/mask.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"

static void assert_masked(mask *m, const char *text, const char *expected) {
  omadm_buf out;
  omadm_buf_init(&out, NULL, 0);
  assert_int_equal(mask_text(m, omadm_str_of(text), &out), 0);
  if (!omadm_str_is(omadm_buf_str(&out), expected)) {
    fail_msg("%s\nbecame   %.*s\nand not  %s", text, (int)out.len, out.ptr, expected);
  }
  omadm_buf_dispose(&out);
}

typedef struct row {
  const char *text, *expected;
} row;

#define S1 "{{secret-1}}"

static const row rows[] = {
    {"", ""},
    {"<a>b</a>", "<a>b</a>"},
    {"<Cred><Meta/><Data>xyz</Data></Cred><Data>200</Data>",
     "<Cred><Meta/><Data>" S1 "</Data></Cred><Data>200</Data>"},
    {"<s:Cred><s:Data a='1'> xyz\r\n</s:Data></s:Cred>",
     "<s:Cred><s:Data a='1'> " S1 "\r\n</s:Data></s:Cred>"},
    {"<Chal><m:NextNonce>bm9uY2U=</m:NextNonce></Chal>",
     "<Chal><m:NextNonce>" S1 "</m:NextNonce></Chal>"},
    {"<NextNonce/><NextNonce></NextNonce>", "<NextNonce/><NextNonce></NextNonce>"},
    {"<Item><Target><LocURI>./a/AAuthSecret</LocURI></Target><Data>pw</Data></Item>",
     "<Item><Target><LocURI>./a/AAuthSecret</LocURI></Target><Data>" S1 "</Data></Item>"},
    {"<Item><Data>pw</Data><Target><LocURI> ./a/aauthdata?prop=Value </LocURI></Target></Item>",
     "<Item><Data>" S1
     "</Data><Target><LocURI> ./a/aauthdata?prop=Value </LocURI></Target></Item>"},
    {"<Item><Target>./a/Password</Target><Data><![CDATA[p<w]]></Data></Item>",
     "<Item><Target>./a/Password</Target><Data><![CDATA[" S1 "]]></Data></Item>"},
    {"<Item><Source><LocURI>./AAuthSecret</LocURI></Source><Data>pw</Data></Item><Item><Data>x</"
     "Data></Item>",
     "<Item><Source><LocURI>./AAuthSecret</LocURI></Source><Data>" S1
     "</Data></Item><Item><Data>x</Data></Item>"},
    {"<Item><Target><LocURI>./AAuthSecretName</LocURI></Target><Data>x</Data></Item>",
     "<Item><Target><LocURI>./AAuthSecretName</LocURI></Target><Data>x</Data></Item>"},
    {"<Item><Target><LocURI>./AAuthSecret</LocURI></Target><Data><b><Data>1</Data></b>2</Data></"
     "Item>",
     "<Item><Target><LocURI>./AAuthSecret</LocURI></Target><Data>" S1 "</Data></Item>"},
    /* A node that takes a secret among other things. */
    {"<Exec><Item><Target><LocURI>./V/TriggerAttestation</LocURI></Target><Data>{\"rpID\":1,"
     "\"aadToken\":\"t\"}</Data></Item></Exec>",
     "<Exec><Item><Target><LocURI>./V/TriggerAttestation</LocURI></Target><Data>" S1
     "</Data></Item></Exec>"},
    {"<Item><Target><LocURI>./V/triggerattestation?x</LocURI></"
     "Target><Data><![CDATA[{&quot;AADTOKEN"
     "&quot;:&quot;t&quot;}]]></Data></Item>",
     "<Item><Target><LocURI>./V/triggerattestation?x</LocURI></Target><Data><![CDATA[" S1
     "]]></Data></Item>"},
    {"<Alert><Item><Source><LocURI>./V/TriggerAttestation</LocURI></Source><Data>200</Data></Item>"
     "</Alert>",
     "<Alert><Item><Source><LocURI>./V/TriggerAttestation</LocURI></Source><Data>200</Data></Item>"
     "</Alert>"},
    {"<Item><Source><LocURI>./a</LocURI><Target><LocURI>./V/TriggerAttestation</LocURI></Target>"
     "<Data>t</Data></Item>",
     "<Item><Source><LocURI>./a</LocURI><Target><LocURI>./V/TriggerAttestation</LocURI></Target>"
     "<Data>" S1 "</Data></Item>"},
    /* Names that say what they are only when they are decoded. */
    {"<Item><Target><LocURI>./V/Trigger%41ttestation</LocURI></Target><Data>t</Data></Item>",
     "<Item><Target><LocURI>./V/Trigger%41ttestation</LocURI></Target><Data>" S1 "</Data></Item>"},
    {"<Item><Target><LocURI>./V/P&#97;ssword</LocURI></Target><Data>t</Data></Item>",
     "<Item><Target><LocURI>./V/P&#97;ssword</LocURI></Target><Data>" S1 "</Data></Item>"},
    {"<Node><NodeName>AAuthSecret</NodeName><Value>pw</Value></Node><NodeName>x</"
     "NodeName><Value>y</Value>",
     "<Node><NodeName>AAuthSecret</NodeName><Value>" S1
     "</Value></Node><NodeName>x</NodeName><Value>y</Value>"},
    {"<Data><![CDATA[<NodeName>AAuthData</NodeName><Value>pw</Value>]]></Data>",
     "<Data><![CDATA[<NodeName>AAuthData</NodeName><Value>" S1 "</Value>]]></Data>"},
    {"<Data>&lt;NodeName&gt;AAuthData&lt;/NodeName&gt;&lt;Value&gt;pw&lt;/Value&gt;</Data>",
     "<Data>&lt;NodeName&gt;AAuthData&lt;/NodeName&gt;&lt;Value&gt;" S1 "&lt;/Value&gt;</Data>"},
    /* Malformed: cut off, never closed, closed twice, tags that are none. */
    {"<Cred><Data>xyz", "<Cred><Data>" S1},
    {"<NextNonce>xyz", "<NextNonce>" S1},
    {"<Item><Target><LocURI>./AAuthSecret</LocURI></Target><Data>pw</Data>",
     "<Item><Target><LocURI>./AAuthSecret</LocURI></Target><Data>" S1 "</Data>"},
    {"</Data></Cred></Item></Value><", "</Data></Cred></Item></Value><"},
    {"<Data", "<Data"},
    {"<Cred><Data <Data>x</Data>", "<Cred><Data <Data>" S1 "</Data>"},
    {"&lt;", "&lt;"},
    {"a < b && c > d </ <> <:>", "a < b && c > d </ <> <:>"},
};

static void secrets_are_found_by_what_stands_around_them(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    mask m;
    mask_init(&m);
    assert_masked(&m, rows[i].text, rows[i].expected);
    mask_dispose(&m);
  }
}

static void the_same_secret_has_the_same_name(void **state) {
  mask m;
  omadm_buf out;
  (void)state;
  mask_init(&m);
  omadm_buf_init(&out, NULL, 0);
  assert_masked(&m, "<NextNonce>a</NextNonce><NextNonce>b</NextNonce><NextNonce> a </NextNonce>",
                "<NextNonce>{{secret-1}}</NextNonce><NextNonce>{{secret-2}}</NextNonce><NextNonce> "
                "{{secret-1}} </NextNonce>");
  assert_masked(&m, "<Cred><Data>b</Data></Cred>", "<Cred><Data>{{secret-2}}</Data></Cred>");
  assert_int_equal(mask_value(&m, omadm_str_of("c"), &out), 0);
  assert_true(omadm_str_is(omadm_buf_str(&out), "{{secret-3}}"));
  omadm_buf_dispose(&out);
  mask_dispose(&m);
}

#define ANSWER(ref, typed)                                                                         \
  "<Status><CmdID>9</CmdID><CmdRef>" ref                                                           \
  "</CmdRef><Cmd>Alert</Cmd><Data>200</Data><Item><Data>" typed "</Data></Item></Status>"
#define QUESTION(id, options)                                                                      \
  "<Alert><CmdID>" id "</CmdID><Data>1102</Data><Item><Data>" options                              \
  "</Data></Item><Item><Data>PIN?</Data></Item></Alert>"

static void what_is_typed_at_a_hiding_alert_is_masked(void **state) {
  static const struct {
    const char *question;
    bool hidden;
  } cases[] = {
      {QUESTION("3", "MINDT=30&amp;ET=P"), true},
      {QUESTION("3", "<![CDATA[ET=P&MAXLEN=4]]>"), true},
      {QUESTION("3", "ET=%50"), true},
      {QUESTION("3", "E&#84;=P"), true},
      {QUESTION("&#51;", "ET=P"), true},
      {QUESTION("<![CDATA[3]]>", "ET=P"), true},
      {QUESTION("3", "ET=T"), false},
      {QUESTION("3", "IT=N"), false},
      {QUESTION("4", "ET=P"), false},
  };
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    mask m;
    mask_init(&m);
    assert_masked(&m, cases[i].question, cases[i].question);
    assert_masked(&m, ANSWER("3", "1234"),
                  cases[i].hidden ? ANSWER("3", "{{secret-1}}") : ANSWER("3", "1234"));
    mask_dispose(&m);
  }
}

static void many_hiding_alerts_hide_all_that_is_typed(void **state) {
  mask m;
  char question[200];
  (void)state;
  mask_init(&m);
  for (int i = 1; i <= MASK_ALERTS + 1; i++) {
    snprintf(question, sizeof question, QUESTION("%d", "ET=P"), i);
    assert_masked(&m, question, question);
  }
  assert_masked(&m, ANSWER("7777", "1234"), ANSWER("7777", "{{secret-1}}"));
  mask_dispose(&m);
}

static void hostile_text_takes_linear_time(void **state) {
  static const char *const pieces[] = {"<",           "<Data",    "<Item><Data>", "&lt;Data",
                                       "<NextNonce>", "<LocURI>", "</Item>"};
  enum { SIZE = 4000000 };
  char *text = malloc(SIZE);
  (void)state;
  assert_non_null(text);
  for (size_t p = 0; p < sizeof pieces / sizeof *pieces; p++) {
    size_t n = strlen(pieces[p]);
    for (size_t i = 0; i < SIZE; i++)
      text[i] = pieces[p][i % n];
    mask m;
    omadm_buf out;
    mask_init(&m);
    omadm_buf_init(&out, NULL, 0);
    assert_int_equal(mask_text(&m, (omadm_str){text, SIZE}, &out), 0);
    omadm_buf_dispose(&out);
    mask_dispose(&m);
  }
  free(text);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(secrets_are_found_by_what_stands_around_them),
      cmocka_unit_test(the_same_secret_has_the_same_name),
      cmocka_unit_test(what_is_typed_at_a_hiding_alert_is_masked),
      cmocka_unit_test(many_hiding_alerts_hide_all_that_is_typed),
      cmocka_unit_test(hostile_text_takes_linear_time),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
