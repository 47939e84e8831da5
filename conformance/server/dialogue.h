/* SPDX-License-Identifier: MIT */
/*
 * The server's side of the conversation: from a device's message to the answer, with everything
 * checked that can be.
 */
#ifndef OMADM_SERVER_DIALOGUE_H
#define OMADM_SERVER_DIALOGUE_H

#include <stdbool.h>
#include <stdio.h>

#include <libxml/tree.h>

#include <omadm/error.h>
#include <omadm/types.h>

#include "conformance/player/client.h"
#include "conformance/player/grammar.h"

#include "conformance/server/auth.h"
#include "conformance/server/parcel.h"
#include "conformance/server/replies.h"
#include "conformance/server/seen.h"
#include "conformance/server/steps.h"
#include "conformance/server/table.h"

typedef struct dialogue {
  const xmlDoc *commands; /* borrowed, as the three below */
  omadm_grammar *grammar;
  table *table;
  FILE *out;
  unsigned sessions; /* begun */
  unsigned ended; /* over, well or not */
  size_t complaints; /* checks that did not hold */
  bool open;
  char *session_id;
  char *device; /* LocURI of the header's Source */
  char *server; /* LocURI of the header's Target */
  unsigned server_message; /* MsgID of the last one sent */
  unsigned device_message;
  unsigned groups; /* sessions of the file that were begun */
  xmlNode *step; /* what comes next in the file; NULL: nothing in this session */
  bool waiting; /* step waits for its alert: the next session goes on there */
  seen seen;
  const steps_services *services; /* borrowed; NULL: none */
  const omadm_player_codec *codec; /* borrowed; NULL: no WBXML */
  bool wbxml; /* the message that is answered came in WBXML, and so does the answer go */
  auth *auth; /* borrowed; NULL: nobody proves anything */
  unsigned header_code; /* of the message that is answered */
  bool challenged; /* the device was asked for credentials: package 1 comes again */
  unsigned denied; /* how often the device asked for our credentials in this session */
  bool repeats; /* it does now: the package goes again */
  xmlNode *sent; /* the package that the device answers now */
  char sent_ref[16]; /* MsgID of the message that carried the command which is settled */
  parcel parcel; /* what of it is still to be sent */
  size_t chunk; /* octets of a value in a message; 0: what the device's MaxMsgSize leaves */
  size_t device_size; /* its MaxMsgSize; 0: not said */
  replies replies;
  omadm_buf answer; /* the last message sent, kept for a repeated request */
} dialogue;

void dialogue_init(dialogue *self, const xmlDoc *commands, omadm_grammar *grammar, table *claims,
                   FILE *out);
void dialogue_dispose(dialogue *self);

/* The device's message; self->wbxml says in what. Returns the HTTP status for the answer, which is
 * in self->answer (empty where it is not 200). */
unsigned dialogue_receive(dialogue *self, omadm_str body);

/* The device does not come back: what is missing then is a complaint. */
void dialogue_give_up(dialogue *self);

/* A check that did not hold: printed and counted. */
void dialogue_complain(dialogue *self, const char *format, ...) OMADM_PRINTF(2, 3);

/* Prints and checks what the device answered to the package sent last (settle.c). */
void dialogue_settle(dialogue *self);

#endif
