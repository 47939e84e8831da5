/* SPDX-License-Identifier: MIT */
/*
 * What a session is made of, and the types that its files share. Each file's own functions stand in
 * its own header.
 */
#ifndef OMADM_SESSION_STATE_H
#define OMADM_SESSION_STATE_H

#include <omadm/session.h>

#include "base/codec.h"
#include "base/mem.h"
#include "base/str.h"
#include "omadm/session/auth_state.h"
#include "omadm/session/dialect.h"
#include "omadm/wire/model.h"
#include "omadm/wire/write.h"

/* Where the caller's loop stands. WORK: next() has something to do. SENT: a message is lent.
 * GATHER: between begin and end. */
typedef enum session_state {
  STATE_WORK = 0,
  STATE_SENT,
  STATE_RECEIVE,
  STATE_GATHER,
  STATE_WAIT,
  STATE_DONE
} session_state;

/* What next() does while the state is WORK, or takes up again after WAIT. */
typedef enum session_job { JOB_PACKAGE1 = 0, JOB_MESSAGE, JOB_WALK, JOB_FAREWELL } session_job;

/* A step of something that may have to wait. PAUSE: there is more to do, at once. FAIL:
 * session_fail said why. */
typedef enum step { STEP_DONE = 0, STEP_WAIT, STEP_PAUSE, STEP_FAIL } step;

enum { NO_CHANGE = -1 };

/* The answer to one Item. Spans point into the received message. */
typedef struct answer_item {
  omadm_str target, source; /* LocURIs as asked, trimmed */
  omadm_status code;
  bool unsettled; /* a change that is not durable yet */
  ptrdiff_t change; /* number of the change in the open Atomic, or NO_CHANGE */
  size_t more_changes; /* that follow it, of a TNDS document */
  const wire_out_item *told; /* an Item of its Status, in the reply's arena; or NULL */
} answer_item;

/* The answer to one command, made while it runs; becomes Status and Results rows when its message
 * is finished. */
typedef struct answer {
  struct answer *next;
  omadm_str cmd_ref, cmd; /* they live as long as the rows */
  bool silent; /* NoResp */
  /* Where there are no Items to answer for: containers, Alert, incomplete commands. */
  omadm_status code;
  bool unsettled; /* an Atomic that was committed and is not durable yet */
  wire_out_item *results; /* room for n_items; NULL before the first */
  size_t n_results;
  size_t n_items;
  /* Items of the Status of a command that has no Items of its own to answer for: what the user
   * said. */
  const wire_out_item *told;
  size_t n_told;
  answer_item items[];
} answer;

/* A piece of what is sent, in the reply's arena. */
typedef enum row_kind { ROW_STATUS = 0, ROW_RESULTS, ROW_ALERT, ROW_REPLACE, ROW_OUTBOX } row_kind;

typedef struct reply_row {
  struct reply_row *next;
  row_kind kind;
  omadm_status code;
  omadm_str msg_ref, cmd_ref, cmd, target_ref, source_ref;
  int alert;
  const wire_out_item *items;
  size_t n_items;
} reply_row;

typedef struct row_list {
  reply_row *head;
  reply_row **tail;
} row_list;

typedef struct command_row command_row;

/* A list of commands being walked: the body, a Sequence, an Atomic; or one whose members are
 * answered and not run. */
typedef struct walk_frame {
  struct walk_frame *parent;
  const wire_command *container; /* NULL: the body */
  const wire_command *next; /* the command that comes */
  answer *answer; /* of the container */
  bool skip;
  const wire_command *culprit; /* why an Atomic is skipped, where one Item is to blame */
  size_t culprit_item;
  omadm_status culprit_code;
} walk_frame;

/* Where the walk stands: enough to leave at any tree call and to come back. */
typedef struct walk {
  walk_frame *top;
  const wire_command *command; /* running; NULL: the next one is to be taken */
  const command_row *row;
  answer *answer;
  const wire_item *item;
  size_t index; /* of item */
  bool located; /* uri and node are those of item */
  bool called; /* the verb of item was begun */
  unsigned steps; /* of an Item that has many, since control was given back (walk_step) */
  bool paused; /* it is PENDING because of that alone */
  omadm_uri uri;
  omadm_node node;
  omadm_node source; /* of a Copy */
  omadm_value value;
  omadm_answer reply; /* of the last tree call */
  uint64_t cursor; /* of a list */
  bool listing; /* a name was listed before */
  walk_frame *atomic; /* whose transaction is open, or NULL */
  size_t n_changes; /* in it */
  int64_t command_began, message_began;
} walk;

/* The operation that the session waits for, and its answer. */
typedef struct late_answer {
  omadm_token token; /* 0: none */
  bool arrived;
  omadm_status status;
  omadm_answer answer; /* spans point into text */
  omadm_buf text;
} late_answer;

/* The question that the user is asked, and what became of it. */
typedef struct question {
  omadm_ui_question text;
  omadm_token token; /* 0: nobody waits for the user */
  int64_t asked_at, deadline;
  bool over;
  omadm_status status; /* once it is over */
  const wire_out_item *items; /* in the reply's arena */
  size_t n_items;
} question;

/* The large object that the server sends in chunks. OPEN: the tree takes it. REFUSED: what still
 * comes of it is refused alike. */
typedef struct large_in {
  enum { LARGE_NONE = 0, LARGE_OPEN, LARGE_REFUSED } state;
  wire_kind kind; /* the command that carries it */
  omadm_buf target; /* its LocURI */
  uint64_t size, got; /* octets as they stand in Data */
  bool base64;
  omadm_base64_in digits;
  omadm_status refusal;
  unsigned idle; /* messages since the last refused chunk */
  bool chunk; /* this message brought one */
  bool ending; /* all is here, and the tree has not answered yet */
  bool gathered; /* a TNDS document: the session keeps it, not the tree (tnds.h) */
} large_in;

typedef struct large_out large_out; /* large_out.c */

/* An alert of the outbox that is out, until its Status comes. */
typedef struct sent_alert {
  uint64_t msg, cmd, id;
  bool answered;
} sent_alert;

typedef struct package1 package1;
typedef struct list_task list_task; /* list.c */
typedef struct tnds_task tnds_task; /* tnds.c */

/* What the last ACL grants to the server of the session: neighbouring nodes share one. */
typedef struct acl_memo {
  char text[256];
  size_t len;
  unsigned asked, granted; /* OMADM_ACCESS_* */
} acl_memo;

struct omadm_session {
  omadm_mem mem;
  omadm_session_config config; /* its spans point into `texts` */
  omadm_arena texts;
  const omadm_tree *tree;
  const omadm_host *host;
  const omadm_log *log;
  const dialect *dialect;
  omadm_origin origin;

  session_state state;
  session_job job;
  int64_t now;
  int64_t deadline; /* while WAIT */
  omadm_result result;
  omadm_outcome ending; /* what the outcome will be once the farewell is out */

  omadm_buf body; /* the server's message */
  omadm_buf charset; /* of its Content-Type */
  bool called_wbxml; /* by its Content-Type */
  omadm_arena arena; /* of its model and of the answers to it */
  wire_message *message;
  uint64_t last_msg_id; /* of the last accepted message */
  uint64_t last_body; /* hash of it */
  bool heard; /* there was one */

  struct {
    bool present; /* the next message begins with a Status for the header */
    omadm_status code;
    omadm_str msg_ref, target, source; /* of the header answered; in the reply's arena */
    omadm_str detail; /* supported version, for 505 and 513 */
  } header;
  auth_state auth;
  uint64_t peer_msg_size, peer_obj_size; /* 0: not announced */
  omadm_buf resp_uri; /* empty: none */
  large_in large_in;
  large_out *large_out; /* to be sent, one after the other */
  large_out *large_told; /* sent, and the server has not answered yet */
  size_t large_waiting; /* octets of their values that are kept here */
  uint64_t large_octets; /* came or went in chunks since the last message was sent */
  bool server_closed; /* the server's package is complete: we may send Final */

  walk walk;
  acl_memo acl;
  omadm_str creator_acl; /* what a new node of this server's gets; ptr NULL: not made yet */
  package1 *package1;
  late_answer late;
  list_task *list; /* kept from one list to the next; NULL before the first */
  tnds_task *tnds; /* likewise */
  question question;
  answer *first_answer, **last_answer; /* of the message being walked */
  answer *unsettled; /* the first that tells of a change not durable yet, or NULL */

  omadm_arena reply; /* rows, and the values of Results */
  size_t reply_octets; /* of values in it */
  row_list queue; /* what is still to be sent */
  const reply_row *stuck; /* began a message already and did not fit */
  uint64_t msg_id; /* of our last message */
  omadm_buf out;
  omadm_encoding out_encoding;
  bool out_is_last; /* nothing will be read after it */
  uint64_t rounds; /* messages handed out */
  sent_alert *sent;
  size_t n_sent, cap_sent;

  omadm_buf scratch; /* of the URI at hand */
  omadm_buf octets; /* a value on its way from or to base64 */
  omadm_buf names; /* a child list being gathered */
};

/* Ends the session: every later next() says DONE. A pending operation is cancelled, an open Atomic
 * rolled back, accepted changes settled. The sentence is "" for DONE; what session_give_up said
 * stays. */
void session_end(omadm_session *s, omadm_outcome outcome, const char *format, ...)
    OMADM_PRINTF(3, 4);
/* Drops the work in progress; the next thing to happen is a farewell (Alert 1223), then the end
 * with this outcome. */
void session_give_up(omadm_session *s, omadm_outcome outcome, const char *format, ...)
    OMADM_PRINTF(3, 4);
/* Ends the session for lack of memory, or because a limit was met. */
step session_fail(omadm_session *s, omadm_err err);
/* The same for lack of memory, as what an Item is answered: 500. */
omadm_status session_no_memory(omadm_session *s);
/* Cancels what is pending, rolls an open Atomic back, settles what was accepted. */
void session_drop_work(omadm_session *s);

#endif
