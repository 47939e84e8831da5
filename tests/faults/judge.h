/* SPDX-License-Identifier: MIT */
/*
 * What a session says, judged from the outside: with libxml2 and the grammar of SyncML DM 1.2, not
 * with the engine's own reader. Aborts where a rule is broken.
 */
#ifndef TESTS_FAULTS_JUDGE_H
#define TESTS_FAULTS_JUDGE_H

#include <omadm/types.h>

#include <stdbool.h>

enum { JUDGE_COMMANDS = 4096 };

/* A command that wants a Status. */
typedef struct judge_command {
  char msg[24], cmd[24];
  bool answered;
} judge_command;

typedef struct judge {
  uint64_t msg_id; /* of the client's last message */
  uint64_t peer_size; /* the server's MaxMsgSize; 0: none */
  omadm_buf last; /* the client's last message */
  judge_command commands[JUDGE_COMMANDS];
  size_t n_commands;
} judge;

void judge_init(judge *self);
void judge_dispose(judge *self);

/* A message of the client: well-formed, valid, its MsgID one more than the last or all octets the
   same, CmdIDs that count up from 1, not longer than the server's MaxMsgSize unless `last`.
   True where it is the last message again. */
bool judge_client(judge *self, omadm_str message, bool last);

/* A message of the server that was accepted: its commands want a Status each. */
void judge_server(judge *self, omadm_str message);

/* Each command had its Status. */
void judge_end(const judge *self);

/* The code of the first Status for CmdRef `cmd` in a message of the client; 0: there is none. */
int judge_status(omadm_str message, const char *cmd);

#endif
