/* SPDX-License-Identifier: MIT */
/*
 * The host port: random octets, the log, session numbers, the outbox, and the credentials and
 * nonces of accounts. Called from the thread that runs the session.
 */
#ifndef OMADM_HOST_H
#define OMADM_HOST_H

#include <omadm/error.h>
#include <omadm/log.h>
#include <omadm/status.h>
#include <omadm/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Importance of an alert, lowest first (OMA-TS-DM_Protocol 8.7). NONE: no Mark element is sent. */
typedef enum omadm_mark {
  OMADM_MARK_NONE = 0,
  OMADM_MARK_INDETERMINATE,
  OMADM_MARK_HARMLESS,
  OMADM_MARK_INFORMATIONAL,
  OMADM_MARK_WARNING,
  OMADM_MARK_MINOR,
  OMADM_MARK_CRITICAL,
  OMADM_MARK_FATAL
} omadm_mark;

/* The word of a mark ("critical"), "" for NONE; lives for ever. */
OMADM_EXPORT const char *omadm_mark_text(omadm_mark mark);
/* NONE for an unknown word. */
OMADM_EXPORT omadm_mark omadm_mark_parse(omadm_str word);

/* An alert that waits for a server: a Generic Alert (1226) or a client event (1224). */
typedef struct omadm_alert {
  uint64_t id; /* the outbox's own; 0 in an alert to be raised */
  int code; /* 1226 or 1224 */
  omadm_str type; /* sent literally; required */
  omadm_format format; /* ABSENT: chr, and no Format element where the dialect leaves it out */
  omadm_mark mark;
  omadm_str source; /* URI of the node that raised it; may be empty */
  omadm_str data;
  omadm_str correlator; /* of the Exec it answers; may be empty */
  int session_now; /* asks the host for a session now; so do marks critical and fatal */
} omadm_alert;

/* How a side proves itself within SyncML (OMA-TS-DM_Security 5.3, 5.4). */
typedef enum omadm_auth {
  OMADM_AUTH_NONE = 0, /* not at all: the transport does it */
  OMADM_AUTH_BASIC,
  OMADM_AUTH_MD5,
  OMADM_AUTH_MAC, /* the header x-syncml-hmac */
  OMADM_AUTH_TYPES
} omadm_auth;

/* "syncml:auth-basic" and so on, "" for NONE; lives for ever. */
OMADM_EXPORT const char *omadm_auth_text(omadm_auth type);
/* NONE for a word that names none. Letter case does not count. */
OMADM_EXPORT omadm_auth omadm_auth_parse(omadm_str word);

/* Whose credentials: DMAcc's AAuthLevel CLCRED and SRVCRED (OMA-TS-DM_StdObj 5.3.1). */
typedef enum omadm_auth_side {
  OMADM_AUTH_CLIENT = 0, /* the device proves itself to the server */
  OMADM_AUTH_SERVER /* the server proves itself to the device */
} omadm_auth_side;

/* What one side proves itself with. Spans are borrowed until the next call of the port. */
typedef struct omadm_credentials {
  omadm_auth type; /* NONE: that side need not prove itself */
  omadm_str name; /* AAuthName; of a server without one its ServerID */
  omadm_str secret;
  omadm_str nonce; /* octets, decoded; may be empty */
  /* Of a server: the nonce before that one, good too as long as the server has not shown that it
   * has the newer one; may be empty. */
  omadm_str nonce_before;
  int each_message; /* of a server: it proves itself with each message, not once a session */
} omadm_credentials;

typedef struct omadm_host {
  size_t struct_size;
  void *ctx;
  const omadm_log *log; /* may be NULL */

  /* Fills out with n unpredictable octets. */
  omadm_err (*random)(void *ctx, void *out, size_t n);

  /* A number from 1 to 65535 that no recent session used; stored before it is returned. */
  omadm_err (*session_number)(void *ctx, uint32_t *number);

  /* The next alert for that server with an id greater than `after`: 0, or OMADM_E_NOT_FOUND when
   * there is none. Spans are borrowed until the next call. NULL: there is no outbox. */
  omadm_err (*alert_next)(void *ctx, omadm_str server_id, uint64_t after, omadm_alert *alert);
  /* The server answered that alert with `status`: 2xx, 406, 412, 415 and 500 remove it, others
   * leave it. */
  omadm_err (*alert_answered)(void *ctx, omadm_str server_id, uint64_t id, omadm_status status);

  /* The credentials of that account: of `type`, or with NONE those that it prefers. NOT_FOUND: it
   * has none of that type (none at all). NULL: no side proves itself within SyncML. */
  omadm_err (*credentials)(void *ctx, omadm_str server_id, omadm_auth_side side, omadm_auth type,
                           omadm_credentials *credentials);
  /* Keeps the nonce to be used next on that side; durable when it returns. Of a server the one kept
   * until now becomes nonce_before; where it is the same, the server has shown that it has it, and
   * nonce_before is forgotten. Of the client it also says that `type` was used last; with BASIC
   * nothing else. */
  omadm_err (*nonce)(void *ctx, omadm_str server_id, omadm_auth_side side, omadm_auth type,
                     omadm_str nonce);
} omadm_host;

#ifdef __cplusplus
}
#endif
#endif
