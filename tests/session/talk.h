/* SPDX-License-Identifier: MIT */
/* One session over the fakes, and the few steps that tests take with it. */
#ifndef OMADM_TESTS_SESSION_TALK_H
#define OMADM_TESTS_SESSION_TALK_H

#include <omadm/session.h>

#include "tests/fakes/fake_host.h"
#include "tests/fakes/fake_tree.h"

#define STATUS_OK_HEADER                                                                           \
  "<Status><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><Data>200</"      \
  "Data></Status>"
#define GET(id, uri)                                                                               \
  "<Get><CmdID>" id "</CmdID><Item><Target><LocURI>" uri "</LocURI></Target></Item></Get>"
#define REPLACE(id, uri, value)                                                                    \
  "<Replace><CmdID>" id "</CmdID><Item><Target><LocURI>" uri "</LocURI></Target><Data>" value      \
  "</Data></Item></Replace>"
#define EXEC(id, uri)                                                                              \
  "<Exec><CmdID>" id "</CmdID><Item><Target><LocURI>" uri "</LocURI></Target></Item></Exec>"
#define FINAL "<Final/>"

typedef struct talk {
  fake_tree *tree;
  fake_knobs *knobs;
  fake_host host;
  omadm_session_config config;
  omadm_session *session;
  int64_t now;
  omadm_out out;
  char sent[65536]; /* the last message of the session, terminated */
} talk;

/* Makes the fakes and a configuration; the session is made by talk_start, so that a test can change
 * the configuration. */
void talk_open(talk *t, omadm_dialect dialect);
void talk_start(talk *t);
/* Frees everything; also after talk_open alone. */
void talk_close(talk *t);

/* next(), with what was sent kept in t->sent. */
omadm_step talk_next(talk *t);
/* Feeds octets as one body. The session must be in RECEIVE. */
void talk_feed(talk *t, const char *body);
/* A message of the server with this MsgID and body, fed after RECEIVE was reached. */
void talk_server(talk *t, const char *msg_id, const char *body);
/* talk_server and talk_next. */
omadm_step talk_exchange(talk *t, const char *msg_id, const char *body);
/* next() and completions until the session neither works nor waits. */
omadm_step talk_finish_late(talk *t);
/* Sends package 1: the session is in RECEIVE afterwards. */
void talk_package1(talk *t);

omadm_outcome talk_outcome(const talk *t);
const char *talk_reason(talk *t);

/* Fails the test where the last message does not hold that text. */
void assert_sent(const talk *t, const char *text);
void assert_not_sent(const talk *t, const char *text);
void assert_logged(const talk *t, const char *text);

#endif
