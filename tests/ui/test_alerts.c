/* SPDX-License-Identifier: MIT */
/* User interaction alerts over a user port that answers at once, later, or never. What they do to
 * other commands is shown by transcripts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "tests/session/talk.h"

#define ITEM(data) "<Item><Data>" data "</Data></Item>"
#define ALERT(id, code, items) "<Alert><CmdID>" id "</CmdID><Data>" code "</Data>" items "</Alert>"
#define CONFIRM ALERT("4", "1101", ITEM("") ITEM("Go?"))

typedef struct person {
  omadm_ui port;
  omadm_ui_outcome outcome; /* of the next question */
  omadm_ui_reply reply;
  omadm_ui_question asked;
  char text[64], last_choice[64];
  int questions, withdrawn;
} person;

static omadm_ui_outcome ask(void *ctx, const omadm_ui_question *q, omadm_ui_reply *reply) {
  person *p = ctx;
  p->questions++;
  p->asked = *q;
  snprintf(p->text, sizeof p->text, "%.*s", (int)q->text.len, q->text.ptr);
  if (q->n_choices > 0)
    snprintf(p->last_choice, sizeof p->last_choice, "%.*s", (int)q->choices[q->n_choices - 1].len,
             q->choices[q->n_choices - 1].ptr);
  *reply = p->reply;
  return p->outcome;
}

static void withdraw(void *ctx, omadm_token token) {
  person *p = ctx;
  assert_int_equal(token, p->reply.token);
  p->withdrawn++;
}

static void open_scene(talk *t, person *p) {
  *p = (person){.outcome = OMADM_UI_ANSWERED};
  p->port = (omadm_ui){.struct_size = sizeof p->port, .ctx = p, .ask = ask, .withdraw = withdraw};
  talk_open(t, OMADM_DIALECT_OMA);
  fake_tree_put(t->tree, "./A/B", OMADM_FORMAT_CHR, "old");
  t->config.ui = &p->port;
  talk_package1(t);
}

static void send_on(talk *t) {
  omadm_step step = OMADM_WAIT;
  for (int i = 0; i < 10 && step == OMADM_WAIT; i++)
    step = talk_next(t);
  assert_int_equal(step, OMADM_SEND);
}

static void an_outcome_is_told_by_its_code(void **state) {
  (void)state;
  static const struct {
    omadm_ui_outcome outcome;
    const char *code;
  } rows[] = {{OMADM_UI_ANSWERED, "200"},  {OMADM_UI_REJECTED, "304"}, {OMADM_UI_CANCELLED, "214"},
              {OMADM_UI_TIMED_OUT, "408"}, {OMADM_UI_UNFIT, "416"},    {OMADM_UI_PENDING, "500"}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    talk t;
    person p;
    char told[96];
    open_scene(&t, &p);
    p.outcome = rows[i].outcome;
    talk_server(&t, "1", STATUS_OK_HEADER CONFIRM FINAL);
    send_on(&t);
    assert_string_equal(p.text, "Go?");
    snprintf(told, sizeof told, "<CmdRef>4</CmdRef><Cmd>Alert</Cmd><Data>%s</Data></Status>",
             rows[i].code);
    assert_sent(&t, told);
    talk_close(&t);
  }
}

static void a_later_answer_is_told_and_its_time_is_not_that_of_the_commands(void **state) {
  (void)state;
  talk t;
  person p;
  open_scene(&t, &p);
  p.outcome = OMADM_UI_PENDING;
  p.reply.token = 77;
  t.now = 1000;
  talk_server(&t, "1",
              STATUS_OK_HEADER ALERT("4", "1102", ITEM("") ITEM("Name?")) GET("5", "./A/B") FINAL);
  assert_int_equal(talk_next(&t), OMADM_WAIT);
  assert_int_equal(omadm_session_deadline(t.session), 301000);
  t.now = 300999; /* longer than message-time */
  assert_int_equal(talk_next(&t), OMADM_WAIT);
  assert_int_equal(omadm_session_user_answered(t.session, 78, OMADM_UI_ANSWERED, NULL),
                   OMADM_E_NOT_FOUND);
  const omadm_ui_reply reply = {.text = OMADM_STR("Ann & Bob")};
  assert_int_equal(omadm_session_user_answered(t.session, 77, OMADM_UI_ANSWERED, &reply), OMADM_OK);
  send_on(&t);
  assert_sent(&t, "<CmdRef>4</CmdRef><Cmd>Alert</Cmd><Data>200</Data><Item><Data>Ann &amp; "
                  "Bob</Data></Item></Status>");
  assert_sent(&t, "<Data>old</Data>");
  assert_int_equal(p.withdrawn, 0);
  talk_close(&t);
}

static void the_servers_time_for_an_answer_ends_the_question(void **state) {
  (void)state;
  talk t;
  person p;
  open_scene(&t, &p);
  p.outcome = OMADM_UI_PENDING;
  p.reply.token = 5;
  talk_server(&t, "1", STATUS_OK_HEADER ALERT("4", "1101", ITEM("MAXDT=20") ITEM("Go?")) FINAL);
  assert_int_equal(talk_next(&t), OMADM_WAIT);
  assert_int_equal(omadm_session_deadline(t.session), t.now + 20000);
  t.now += 20000;
  send_on(&t);
  assert_sent(&t, "<CmdRef>4</CmdRef><Cmd>Alert</Cmd><Data>408</Data>");
  assert_int_equal(p.withdrawn, 1);
  assert_int_equal(omadm_session_user_answered(t.session, 5, OMADM_UI_ANSWERED, NULL),
                   OMADM_E_NOT_FOUND);
  talk_close(&t);
}

static void the_limit_ends_a_question_whose_server_asks_for_more(void **state) {
  (void)state;
  talk t;
  person p;
  open_scene(&t, &p);
  p.outcome = OMADM_UI_PENDING;
  p.reply.token = 5;
  talk_server(&t, "1",
              STATUS_OK_HEADER ALERT("4", "1101", ITEM("MAXDT=4294967295") ITEM("Go?")) FINAL);
  assert_int_equal(talk_next(&t), OMADM_WAIT);
  assert_int_equal(omadm_session_deadline(t.session), t.now + 300000);
  talk_close(&t);
  assert_int_equal(p.withdrawn, 1);
}

static void an_abort_withdraws_the_question(void **state) {
  (void)state;
  talk t;
  person p;
  open_scene(&t, &p);
  p.outcome = OMADM_UI_PENDING;
  p.reply.token = 5;
  talk_server(&t, "1", STATUS_OK_HEADER CONFIRM FINAL);
  assert_int_equal(talk_next(&t), OMADM_WAIT);
  omadm_session_abort(t.session);
  assert_int_equal(p.withdrawn, 1);
  assert_int_equal(talk_next(&t), OMADM_SEND);
  assert_sent(&t, "<Data>1223</Data>");
  talk_close(&t);
}

static void choices_are_told_as_items_with_their_numbers(void **state) {
  (void)state;
  static const uint32_t chosen[] = {3, 1};
  talk t;
  person p;
  open_scene(&t, &p);
  p.reply = (omadm_ui_reply){.choices = chosen, .n_choices = 2};
  talk_server(&t, "1",
              STATUS_OK_HEADER ALERT(
                  "4", "1104", ITEM("DR=2-3") ITEM("Which?") ITEM("a") ITEM("b") ITEM("c")) FINAL);
  send_on(&t);
  assert_int_equal(p.asked.n_choices, 3);
  assert_string_equal(p.last_choice, "c");
  assert_sent(&t,
              "<Data>200</Data><Item><Data>3</Data></Item><Item><Data>1</Data></Item></Status>");
  talk_close(&t);
}

static void a_reply_that_does_not_fit_its_question_is_500(void **state) {
  (void)state;
  static const uint32_t beyond[] = {3}, zero[] = {0}, two[] = {1, 2};
  static const struct {
    const char *code;
    omadm_ui_outcome outcome;
    omadm_ui_reply reply;
  } rows[] = {
      {"1103", OMADM_UI_ANSWERED, {.choices = beyond, .n_choices = 1}},
      {"1103", OMADM_UI_ANSWERED, {.choices = zero, .n_choices = 1}},
      {"1103", OMADM_UI_ANSWERED, {.choices = two, .n_choices = 2}},
      {"1103", OMADM_UI_ANSWERED, {.n_choices = 0}},
      {"1104", OMADM_UI_ANSWERED, {.choices = beyond, .n_choices = 1}},
      {"1100", OMADM_UI_REJECTED, {.n_choices = 0}},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    talk t;
    person p;
    char body[512];
    open_scene(&t, &p);
    p.outcome = rows[i].outcome;
    p.reply = rows[i].reply;
    snprintf(body, sizeof body,
             STATUS_OK_HEADER ALERT("4", "%s", ITEM("") ITEM("?") ITEM("a") ITEM("b")) FINAL,
             rows[i].code);
    talk_server(&t, "1", body);
    send_on(&t);
    assert_sent(&t, "<Cmd>Alert</Cmd><Data>500</Data></Status>");
    assert_logged(&t, "does not fit the question");
    talk_close(&t);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_outcome_is_told_by_its_code),
      cmocka_unit_test(a_later_answer_is_told_and_its_time_is_not_that_of_the_commands),
      cmocka_unit_test(the_servers_time_for_an_answer_ends_the_question),
      cmocka_unit_test(the_limit_ends_a_question_whose_server_asks_for_more),
      cmocka_unit_test(an_abort_withdraws_the_question),
      cmocka_unit_test(choices_are_told_as_items_with_their_numbers),
      cmocka_unit_test(a_reply_that_does_not_fit_its_question_is_500),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
