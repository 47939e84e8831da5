/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/str.h"
#include "conformance/player/player.h"
#include "conformance/player/serve.h"

#define MESSAGE                                                                                    \
  "<SyncML "                                                                                       \
  "xmlns='SYNCML:SYNCML1.2'><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</"                       \
  "VerProto><SessionID>7</SessionID>"                                                              \
  "<MsgID>1</MsgID><Target><LocURI>http://s/</LocURI></Target><Source><LocURI>d</LocURI></"        \
  "Source></SyncHdr><SyncBody>"                                                                    \
  "<Alert><CmdID>1</CmdID><Data>1223</Data></Alert><Final/></SyncBody></SyncML>"

/* What the other end may do; a child process does it. Returns 0 where the answer begins as
 * expected. */
static int post(unsigned port, const char *request, const char *expected) {
  char answer[2000];
  size_t len = 0;
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
  int s = socket(AF_INET, SOCK_STREAM, 0);
  if (s < 0 || connect(s, (const struct sockaddr *)&to, sizeof to) != 0) return 2;
  if (write(s, request, strlen(request)) != (ssize_t)strlen(request)) return 3;
  while (len < sizeof answer - 1) {
    ssize_t n = read(s, answer + len, sizeof answer - 1 - len);
    if (n <= 0) break;
    len += (size_t)n;
  }
  answer[len] = 0;
  close(s);
  if (*expected == 0) return len == 0 ? 0 : 4;
  return strstr(answer, expected) == NULL ? 1 : 0;
}

static pid_t post_later(unsigned port, const char *headers, const char *body,
                        const char *expected) {
  pid_t child = fork();
  assert_true(child >= 0);
  if (child > 0) return child;
  char request[4000];
  snprintf(
      request, sizeof request,
      "POST /dm?s=1 HTTP/1.1\r\nHost: h:1\r\nConnection: close\r\n%sContent-Length: %zu\r\n\r\n%s",
      headers, strlen(body), body);
  _exit(post(port, request, expected));
}

static int exit_of(pid_t child) {
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 99;
}

static omadm_listener *listen_here(void) {
  omadm_listener *listener = NULL;
  omadm_error error = {0};
  const omadm_listener_options options = {.struct_size = sizeof options, .max_body = 2000};
  if (omadm_listener_new(&options, &listener, &error) != OMADM_OK) fail_msg("%s", error.text);
  assert_true(omadm_listener_port(listener) > 0);
  return listener;
}

static void whatever_connects_is_the_client(void **state) {
  (void)state;
  omadm_listener *listener = listen_here();
  omadm_serve *serve = NULL;
  omadm_transcript *t = NULL;
  omadm_player_result result;
  const omadm_serve_options options = {
      .struct_size = sizeof options, .patience = 10, .linger = 100};
  static const char source[] =
      "<transcript xmlns='urn:omadm:transcript:1' id='i' title='t'><client url='http://h:1/dm?s=1' "
      "content-type='application/vnd.syncml.dm+xml' header-x-a='{{a}}'><any/></client>"
      "<server header-x-b='{{a}}'><ok/></server><end result='aborted'/></transcript>";
  assert_int_equal(omadm_transcript_parse(omadm_str_of(source), "t.xml", &t, NULL), OMADM_OK);
  assert_int_equal(omadm_serve_new(listener, &options, &serve, NULL), OMADM_OK);
  pid_t child =
      post_later(omadm_listener_port(listener),
                 "Content-Type: application/vnd.syncml.dm+xml\r\nX-A: 5\r\n", MESSAGE, "<ok/>");
  assert_int_equal(omadm_player_play(t, omadm_serve_client(serve), NULL, &result, NULL), OMADM_OK);
  if (result.verdict != OMADM_VERDICT_PASSED)
    fail_msg("%.*s", (int)result.reason.len, result.reason.ptr);
  assert_int_equal(exit_of(child), 0);
  omadm_player_result_dispose(&result);
  omadm_transcript_free(t);
  omadm_serve_free(serve);
  omadm_listener_free(listener);
}

static void a_cut_connection_gives_no_answer(void **state) {
  (void)state;
  omadm_listener *listener = listen_here();
  omadm_player_request request;
  pid_t child = post_later(omadm_listener_port(listener), "", "x", "");
  assert_int_equal(omadm_listener_next(listener, 5000, &request, NULL), OMADM_OK);
  assert_true(omadm_str_is(request.body, "x"));
  assert_int_equal(omadm_listener_cut(listener, NULL), OMADM_OK);
  assert_int_equal(exit_of(child), 0);
  omadm_listener_free(listener);
}

static void too_large_a_body_never_reaches_the_player(void **state) {
  (void)state;
  char body[2500];
  omadm_listener *listener = listen_here();
  omadm_player_request request;
  memset(body, 'x', sizeof body - 1);
  body[sizeof body - 1] = 0;
  pid_t child = post_later(omadm_listener_port(listener), "", body, "HTTP/1.1 413");
  assert_int_equal(omadm_listener_next(listener, 1000, &request, NULL), OMADM_E_TIMEOUT);
  assert_int_equal(exit_of(child), 0);
  omadm_listener_free(listener);
}

static void an_unanswered_request_does_not_hold_up_the_end(void **state) {
  (void)state;
  omadm_listener *listener = listen_here();
  omadm_player_request request;
  pid_t child = post_later(omadm_listener_port(listener), "", "x", "");
  assert_int_equal(omadm_listener_next(listener, 5000, &request, NULL), OMADM_OK);
  omadm_listener_free(listener);
  assert_int_equal(exit_of(child), 0);
}

static void a_failed_transcript_does_not_spoil_the_next(void **state) {
  (void)state;
  omadm_listener *listener = listen_here();
  omadm_serve *serve = NULL;
  const omadm_serve_options options = {
      .struct_size = sizeof options, .patience = 10, .linger = 100};
  static const char *const sources[] = {
      "<transcript xmlns='urn:omadm:transcript:1' id='i' title='t'><setup><ddf "
      "src='a/b.xml'/></setup><client><b/></client>"
      "<server status='503'/></transcript>",
      "<transcript xmlns='urn:omadm:transcript:1' id='i' "
      "title='t'><client><any/></client><server><ok/></server></transcript>",
  };
  static const char *const answers[] = {"<Final/>", "<ok/>"};
  static const char *const notes[] = {"not set up: b.xml: mount it on the client\n", ""};
  assert_int_equal(omadm_serve_new(listener, &options, &serve, NULL), OMADM_OK);
  for (size_t i = 0; i < 2; i++) {
    omadm_transcript *t = NULL;
    omadm_player_result result;
    assert_int_equal(omadm_transcript_parse(omadm_str_of(sources[i]), "t.xml", &t, NULL), OMADM_OK);
    pid_t child = post_later(omadm_listener_port(listener), "", MESSAGE, answers[i]);
    assert_int_equal(omadm_player_play(t, omadm_serve_client(serve), NULL, &result, NULL),
                     OMADM_OK);
    assert_int_equal(result.verdict, i == 0 ? OMADM_VERDICT_FAILED : OMADM_VERDICT_PASSED);
    assert_true(omadm_str_is(omadm_buf_str(&result.notes), notes[i]));
    assert_int_equal(exit_of(child), 0);
    omadm_player_result_dispose(&result);
    omadm_transcript_free(t);
  }
  omadm_serve_free(serve);
  omadm_listener_free(listener);
}

/* Messages of a client. */
#define HEADER(number)                                                                             \
  "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto>"      \
  "<SessionID>7</SessionID><MsgID>" number "</MsgID><Target><LocURI>http://s/</LocURI></Target>"   \
  "<Source><LocURI>d</LocURI></Source></SyncHdr><SyncBody>"
#define FOOTER "<Final/></SyncBody></SyncML>"
#define FIRST HEADER("1") "<Alert><CmdID>1</CmdID><Data>1201</Data></Alert>" FOOTER
#define STATUS(message, command, code)                                                             \
  "<Status><CmdID>1</CmdID><MsgRef>" message "</MsgRef><CmdRef>" command "</CmdRef><Cmd>x</Cmd>"   \
  "<Data>" code "</Data></Status>"

/* What the other end says, and what stands in the answer. */
typedef struct turn {
  const char *body;
  const char *expected;
} turn;

/* The other end, in a child process; its exit status is the number of the turn that went wrong. */
static pid_t converse(unsigned port, const turn *turns, size_t count) {
  pid_t child = fork();
  assert_true(child >= 0);
  if (child > 0) return child;
  for (size_t i = 0; i < count; i++) {
    char request[4000];
    snprintf(request, sizeof request,
             "POST / HTTP/1.1\r\nHost: h:1\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n%s",
             strlen(turns[i].body), turns[i].body);
    if (post(port, request, turns[i].expected) != 0) _exit((int)i + 1);
  }
  _exit(0);
}

/* Plays the source against the turns; the caller disposes of the result. */
static void play_turns(const char *source, const turn *turns, size_t count,
                       omadm_player_result *result) {
  omadm_listener *listener = listen_here();
  omadm_serve *serve = NULL;
  omadm_transcript *t = NULL;
  const omadm_serve_options options = {.struct_size = sizeof options, .patience = 2, .linger = 100};
  assert_int_equal(omadm_transcript_parse(omadm_str_of(source), "t.xml", &t, NULL), OMADM_OK);
  assert_int_equal(omadm_serve_new(listener, &options, &serve, NULL), OMADM_OK);
  pid_t child = converse(omadm_listener_port(listener), turns, count);
  assert_int_equal(omadm_player_play(t, omadm_serve_client(serve), NULL, result, NULL), OMADM_OK);
  omadm_transcript_free(t);
  omadm_serve_free(serve);
  omadm_listener_free(listener);
  assert_int_equal(exit_of(child), 0);
}

static void check_result(const omadm_player_result *result, omadm_player_verdict verdict,
                         const char *reason) {
  omadm_str found = omadm_buf_str(&result->reason);
  if (result->verdict != verdict || !omadm_str_is(found, reason))
    fail_msg("verdict %d: %.*s", (int)result->verdict, (int)found.len, found.ptr);
}

#define TRANSCRIPT(setup, rest)                                                                    \
  "<transcript xmlns='urn:omadm:transcript:1' id='i' title='t'><setup>" setup                      \
  "<server id='s' dialect='oma'/></setup><client><any/></client><server><ok/></server>" rest       \
  "</transcript>"

static void nodes_and_properties_are_set_and_read_in_sessions_around(void **state) {
  (void)state;
  static const char source[] =
      TRANSCRIPT("<node uri='./A' format='int' acl='Get=*' title='T'>5</node>",
                 "<after><node uri='./A' format='int' acl='Get=*' title='T'>6</node><absent "
                 "uri='./B'/></after>");
  static const turn turns[] = {
      {FIRST, "<Replace><CmdID>3</CmdID><Item><Target><LocURI>./A</LocURI></Target><Meta><Format "
              "xmlns=\"syncml:metinf\">int</Format></Meta><Data>5</Data></Item></Replace><Final/>"},
      {HEADER("2") STATUS("1", "3", "200") FOOTER,
       "<Replace><CmdID>2</CmdID><Item><Target><LocURI>./A?prop=ACL</LocURI></Target><Data>Get=*"},
      {HEADER("3") STATUS("2", "2", "200") STATUS("2", "3", "200") FOOTER, "</Status><Final/>"},
      {MESSAGE, "<ok/>"},
      {FIRST, "<Get><CmdID>4</CmdID><Item><Target><LocURI>./A?prop=ACL</LocURI>"},
      /* In two messages: the second one is asked for. */
      {HEADER("2") STATUS("1", "3", "200") STATUS("1", "4", "200") STATUS("1", "5", "200")
           STATUS("1", "6", "404") "<Results><CmdID>8</CmdID><CmdRef>3</CmdRef><Item><Meta><Format>"
                                   "int</Format></Meta><Data>6</Data></Item></Results>"
                                   "</SyncBody></SyncML>",
       "<Data>1222</Data></Alert></SyncBody>"},
      {HEADER("3") "<Results><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>4</CmdRef><Item><Data>Get=*"
                   "</Data></Item></Results><Results><CmdID>2</CmdID><MsgRef>1</MsgRef><CmdRef>5"
                   "</CmdRef><Item><Data>T</Data></Item></Results>" FOOTER,
       "</Status><Final/>"},
  };
  omadm_player_result result;
  play_turns(source, turns, sizeof turns / sizeof turns[0], &result);
  check_result(&result, OMADM_VERDICT_PASSED, "");
  assert_int_equal(result.notes.len, 0);
  omadm_player_result_dispose(&result);
}

static void what_a_client_breaks_off_is_told(void **state) {
  (void)state;
  static const char source[] = TRANSCRIPT("<node uri='./A'>5</node>", "");
  static const struct {
    turn turns[2];
    omadm_player_verdict verdict;
    const char *reason;
  } cases[] = {
      {{{FIRST, "<Replace>"}, {HEADER("2") STATUS("1", "3", "405") FOOTER, "<Add>"}},
       OMADM_VERDICT_FAILED,
       "t.xml:1: the set-up: the set-up session: the client did not go on within 2 seconds"},
      {{{FIRST, "<Replace>"}, {"rubbish", ""}},
       OMADM_VERDICT_FAILED,
       "t.xml:1: the set-up: the set-up session: the client's message: not well-formed, line 1: "
       "Start tag expected, '<' not found"},
      {{{FIRST, "<Replace>"},
        {HEADER("2") "<Alert><CmdID>1</CmdID><Data>1223</Data></Alert>" FOOTER, "<Final/>"}},
       OMADM_VERDICT_FAILED,
       "t.xml:1: the set-up: the client aborted the set-up session"},
      {{{FIRST, "<Replace>"}, {HEADER("2") "</SyncBody>", ""}},
       OMADM_VERDICT_FAILED,
       "t.xml:1: the set-up: the set-up session: the client's message: not well-formed, line 1: "
       "Premature end of data in tag SyncML line 1"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    omadm_player_result result;
    play_turns(source, cases[i].turns, 2, &result);
    check_result(&result, cases[i].verdict, cases[i].reason);
    omadm_player_result_dispose(&result);
  }
}

static void a_client_of_another_dialect_is_let_go(void **state) {
  (void)state;
  static const char source[] = TRANSCRIPT("", "");
  static const turn turns[] = {
      {HEADER("1") "<Alert><CmdID>1</CmdID><Data>1224</Data><Item><Meta><Type>"
                   "com.microsoft/MDM/LoginStatus</Type></Meta><Data>user</Data></Item></"
                   "Alert>" FOOTER,
       "<Cmd>Alert</Cmd><Data>200</Data></Status><Final/>"},
  };
  omadm_player_result result;
  play_turns(source, turns, 1, &result);
  check_result(&result, OMADM_VERDICT_SKIPPED,
               "t.xml:1: the start of a session: the client speaks the windows dialect, the "
               "transcript asks for oma");
  omadm_player_result_dispose(&result);
}

#define PROFILED(attribute)                                                                        \
  "<transcript xmlns='urn:omadm:transcript:1' id='i' title='t'><setup " attribute                  \
  "><server id='s' "                                                                               \
  "dialect='oma'/></setup><client><any/></client><server><ok/></server></transcript>"

static void what_only_the_owner_of_the_client_can_set_skips_it(void **state) {
  (void)state;
  static const struct {
    const char *source;
    const char *reason;
  } cases[] = {
      {TRANSCRIPT("<limit name='decoded' value='600'/>", ""),
       "t.xml:1: needs limit decoded=600 on the client"},
      {PROFILED("os-build='10.0.22621.1'"), "t.xml:1: needs a client of os-build=10.0.22621.1"},
      {PROFILED("edition='0x48'"), "t.xml:1: needs a client of edition=0x48"},
      {PROFILED("join='none'"), "t.xml:1: needs a client of join=none"},
      {TRANSCRIPT("<server id='q' quirks='none'/>", ""),
       "t.xml:1: needs quirks=none in the client's account"},
      {TRANSCRIPT("<server id='q' url='http://s/' quirk.any='off'/>", ""),
       "t.xml:1: needs quirk.any=off in the client's account"},
      {TRANSCRIPT("<server id='q' hosts='a b'/>", ""),
       "t.xml:1: needs hosts=a b in the client's account"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    omadm_player_result result;
    play_turns(cases[i].source, NULL, 0, &result);
    check_result(&result, OMADM_VERDICT_SKIPPED, cases[i].reason);
    omadm_player_result_dispose(&result);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(whatever_connects_is_the_client),
      cmocka_unit_test(a_failed_transcript_does_not_spoil_the_next),
      cmocka_unit_test(nodes_and_properties_are_set_and_read_in_sessions_around),
      cmocka_unit_test(what_a_client_breaks_off_is_told),
      cmocka_unit_test(a_client_of_another_dialect_is_let_go),
      cmocka_unit_test(what_only_the_owner_of_the_client_can_set_skips_it),
      cmocka_unit_test(a_cut_connection_gives_no_answer),
      cmocka_unit_test(too_large_a_body_never_reaches_the_player),
      cmocka_unit_test(an_unanswered_request_does_not_hold_up_the_end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
