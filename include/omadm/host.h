/* SPDX-License-Identifier: MIT */
/*
 * The host port: random octets, the log, session numbers and the outbox. Called from the thread
 * that runs the session.
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
} omadm_host;

#ifdef __cplusplus
}
#endif
#endif
