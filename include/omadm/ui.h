/* SPDX-License-Identifier: MIT */
/*
 * The user port: what a server may ask the person at the device (OMA-TS-DM_Protocol 10, alerts 1100
 * to 1104). Called from the thread that runs the session. A device without a person passes no
 * table; then the alerts are answered 406.
 */
#ifndef OMADM_UI_H
#define OMADM_UI_H

#include <omadm/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum omadm_ui_kind {
  OMADM_UI_DISPLAY = 1100,
  OMADM_UI_CONFIRM = 1101,
  OMADM_UI_TEXT = 1102,
  OMADM_UI_CHOICE = 1103, /* one */
  OMADM_UI_CHOICES = 1104 /* several */
} omadm_ui_kind;

/* What an answer to TEXT is made of (option IT). */
typedef enum omadm_ui_input {
  OMADM_UI_ALPHANUMERIC = 0,
  OMADM_UI_NUMBER,
  OMADM_UI_DATE, /* DDMMYYYY */
  OMADM_UI_TIME, /* hhmmss */
  OMADM_UI_PHONE,
  OMADM_UI_ADDRESS /* of IPv4, xxx.yyy.zzz.www */
} omadm_ui_input;

/* A question. Everything is borrowed until the question is over. */
typedef struct omadm_ui_question {
  size_t struct_size;
  omadm_ui_kind kind;
  omadm_str text; /* UTF-8 */
  const omadm_str *choices; /* CHOICE, CHOICES: numbered from 1 in this order */
  size_t n_choices;
  uint32_t min_seconds; /* MINDT: to be shown at least so long; 0: not said */
  uint32_t
      max_seconds; /* MAXDT: then the question is over; 0: not said. The session keeps the time */
  omadm_str preset; /* DR of TEXT: the text to begin with */
  const unsigned char *chosen; /* DR of CHOICE and CHOICES: chosen[i] is 1 where choice i + 1 is
                                  preset; NULL: none is */
  int accept; /* DR of CONFIRM: 1 accept, 0 reject, -1 not said */
  uint32_t max_length; /* MAXLEN of TEXT, in characters; 0: not said */
  omadm_ui_input input; /* IT of TEXT */
  int masked; /* ET of TEXT: 1 what is typed is not shown */
} omadm_ui_question;

typedef enum omadm_ui_outcome {
  OMADM_UI_PENDING = 0, /* the answer comes later, by omadm_session_user_answered */
  OMADM_UI_ANSWERED, /* shown, accepted, typed or chosen: 200 */
  OMADM_UI_REJECTED, /* CONFIRM answered with no: 304 */
  OMADM_UI_CANCELLED, /* 214 */
  OMADM_UI_TIMED_OUT, /* 408 */
  OMADM_UI_UNFIT /* cannot be shown: 416 */
} omadm_ui_outcome;

/* What the person said; read before the port is called again. */
typedef struct omadm_ui_reply {
  omadm_token token; /* with PENDING; not 0 */
  omadm_str text; /* TEXT */
  const uint32_t *choices; /* CHOICE (one), CHOICES: numbers from 1 */
  size_t n_choices;
} omadm_ui_reply;

typedef struct omadm_ui {
  size_t struct_size;
  void *ctx;
  omadm_ui_outcome (*ask)(void *ctx, const omadm_ui_question *question, omadm_ui_reply *reply);
  /* The question of that token is over: its time has passed, or the session is. May be NULL. */
  void (*withdraw)(void *ctx, omadm_token token);
} omadm_ui;

#ifdef __cplusplus
}
#endif
#endif
