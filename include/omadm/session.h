/* SPDX-License-Identifier: MIT */
/* clang-format off */
/*
 * The engine: one management session (OMA-TS-DM_Protocol 8), without any I/O. The caller owns the
 * loop:
 *
 *   for (;;) switch (omadm_session_next(s, now, &out)) {
 *   case OMADM_SEND:    post out.body to out.uri;                          break;
 *   case OMADM_RECEIVE: begin(content type, hmac), feed(octets)…, end();   break;
 *   case OMADM_WAIT:    wait for omadm_session_complete, or _deadline;     break;
 *   case OMADM_DONE:    return omadm_session_outcome(s, &result);
 *   }
 *
 * State x call -> what next() says then. Any other call answers OMADM_E_STATE and changes nothing.
 *
 *   state    call             next() then says
 *   -------  ---------------  ------------------------------------------------------------------
 *   SEND     next             RECEIVE, or DONE after the last message
 *   SEND     resend           RECEIVE; the same octets are lent again
 *   RECEIVE  resend           RECEIVE; the same octets are lent again
 *   RECEIVE  begin feed end   SEND, WAIT or DONE
 *   WAIT     complete         SEND, WAIT or DONE
 *   WAIT     user_answered    SEND, WAIT or DONE
 *   WAIT     next             WAIT before the deadline; SEND, WAIT or DONE once it has passed
 *   any      abort            SEND of Alert 1223, then DONE; DONE at once before the first message
 *   any      break            DONE
 *   DONE     next             DONE
 *
 * A long message hands control back in between by a WAIT whose deadline has come already: the
 * caller may abort there, or calls next() again at once.
 *
 * What is lent on SEND is valid until the next call of any function but resend and outcome.
 *
 * A session belongs to one thread. Two sessions share only what both were given.
 */
/* clang-format on */
#ifndef OMADM_SESSION_H
#define OMADM_SESSION_H

#include <omadm/error.h>
#include <omadm/host.h>
#include <omadm/limits.h>
#include <omadm/quirk.h>
#include <omadm/tree.h>
#include <omadm/types.h>
#include <omadm/ui.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct omadm_session omadm_session;

typedef enum omadm_dialect { OMADM_DIALECT_OMA = 0, OMADM_DIALECT_WINDOWS } omadm_dialect;

/* "oma" or "windows"; lives for ever. */
OMADM_EXPORT const char *omadm_dialect_text(omadm_dialect dialect);

typedef struct omadm_session_config {
  size_t struct_size;
  const omadm_mem *mem; /* NULL: malloc; copied */
  const omadm_tree *tree; /* borrowed for the session's life, as is host */
  const omadm_host *host;
  omadm_dialect dialect;
  omadm_str server_id; /* copied, as are the spans below */
  omadm_str server_uri; /* where package 1 goes: Target of the header */
  omadm_str device_id; /* Source of the header */
  /* Empty: made from host->session_number, hexadecimal (oma) or decimal (windows). */
  omadm_str session_id;
  int server_initiated; /* Alert 1200 instead of 1201 */
  omadm_str login_status; /* windows: Data of the LoginStatus alert; empty: "none" */
  /* May messages go to that RespURI? 0: the session ends before anything in the message that
     names it is executed. NULL: anywhere; the transport still judges each address. */
  int (*may_go)(const void *ctx, omadm_str uri);
  const void *may_go_ctx; /* borrowed for the session's life */
  omadm_encoding encoding; /* of the first message; later ones are written as the server writes */
  const omadm_ui *ui; /* the user; NULL: there is none. Borrowed for the session's life */
  /* 1: the notification's digest was made with the nonce of four zero octets, and both sides use it
   * until they have new ones (OMA-TS-DM_Notification 5.1). */
  int nonce_resync;
  /* At the end because they grow: nothing else moves when a limit or a quirk is added. */
  omadm_limits limits;
  omadm_quirks quirks;
} omadm_session_config;

/* Sets every field to its default: struct_size, limits, every quirk tolerated, oma. */
OMADM_EXPORT void omadm_session_config_init(omadm_session_config *config);

/* Makes a session that is about to send package 1. Owned by the caller, free with
 * omadm_session_free. ARGUMENT where config lacks a tree, a host, a server URI or a device id. */
OMADM_EXPORT omadm_err omadm_session_new(const omadm_session_config *config,
                                         omadm_session **session, omadm_error *error);

/* Frees the session in any state; changes not settled are rolled back. NULL is allowed. */
OMADM_EXPORT void omadm_session_free(omadm_session *session);

typedef enum omadm_step { OMADM_SEND = 0, OMADM_RECEIVE, OMADM_WAIT, OMADM_DONE } omadm_step;

/* A message to be posted (OMA-TS-SyncML_HTTPBinding 5). Everything is lent, see above. */
typedef struct omadm_out {
  omadm_str uri; /* the account's address, or the last RespURI */
  omadm_str content_type;
  omadm_str hmac; /* value of x-syncml-hmac, or empty */
  omadm_str body;
  int last; /* nothing will be read after it: 1223 */
} omadm_out;

/*
 * What to do next; `now` is a clock in milliseconds that never goes back. *out is filled on SEND.
 * Runs the commands of a message that was fed. On failure of memory the session is DONE with
 * outcome REFUSED.
 */
OMADM_EXPORT omadm_step omadm_session_next(omadm_session *session, int64_t now, omadm_out *out);

/* The last message once more, after a lost answer: same octets, same MsgID. */
OMADM_EXPORT omadm_err omadm_session_resend(omadm_session *session, omadm_out *out);

/* A message of the server. It is gathered whole under limits.receive before anything in it is
 * looked at; chunks may have any size. end() with nothing fed means that the server ended the
 * exchange. LIMIT: too large; the session is DONE, REFUSED. */
OMADM_EXPORT omadm_err omadm_session_begin(omadm_session *session, omadm_str content_type,
                                           omadm_str hmac);
OMADM_EXPORT omadm_err omadm_session_feed(omadm_session *session, const void *octets, size_t n);
OMADM_EXPORT omadm_err omadm_session_end(omadm_session *session);

/* The late answer for a token: its status and, for a Get, the value (copied). NOT_FOUND where the
 * session does not wait for it (any more): logged by the caller, else harmless. */
OMADM_EXPORT omadm_err omadm_session_complete(omadm_session *session, omadm_token token,
                                              omadm_status status, const omadm_answer *answer);

/* The late answer of the user port (<omadm/ui.h>): what became of the question with that token. The
 * reply is copied. NOT_FOUND where the session does not wait for it (any more). */
OMADM_EXPORT omadm_err omadm_session_user_answered(omadm_session *session, omadm_token token,
                                                   omadm_ui_outcome outcome,
                                                   const omadm_ui_reply *reply);

/* While WAIT: when next() must be called even if nothing completes. */
OMADM_EXPORT int64_t omadm_session_deadline(const omadm_session *session);

/* Ends the session at the user's wish: Alert 1223 is sent if anything was sent before
 * (OMA-TS-DM_Protocol 8.1). */
OMADM_EXPORT void omadm_session_abort(omadm_session *session);

/* Ends the session without another message: the transport gave up. `reason` is copied into the
 * outcome. */
OMADM_EXPORT void omadm_session_break(omadm_session *session, const char *reason);

typedef enum omadm_outcome {
  OMADM_OUTCOME_NONE = 0, /* not over yet */
  OMADM_OUTCOME_DONE, /* ended as the standard says */
  OMADM_OUTCOME_ABORTED, /* 1223 from either side */
  OMADM_OUTCOME_REFUSED /* broken off: undecodable, wrong session, transport */
} omadm_outcome;

typedef struct omadm_result {
  omadm_outcome outcome;
  char reason[256]; /* a sentence; "" for DONE */
  uint64_t messages; /* of the server, accepted */
  uint64_t commands; /* executed or refused */
  uint64_t failed; /* of these, answered with 4xx or 5xx */
} omadm_result;

/* How it ended, or where it stands: outcome NONE, and the numbers so far. */
OMADM_EXPORT void omadm_session_outcome(const omadm_session *session, omadm_result *result);

/* The SessionID in use; borrowed for the session's life. */
OMADM_EXPORT omadm_str omadm_session_id(const omadm_session *session);

#ifdef __cplusplus
}
#endif
#endif
