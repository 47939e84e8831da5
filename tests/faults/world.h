/* SPDX-License-Identifier: MIT */
/*
 * A whole device in memory: a store, the framework with the CSPs that are built in, stored CSPs of
 * the conformance fixtures, one that answers late (slow.h), and a session that a test or a fuzzer
 * feeds as the server. The tree between them is watched: it is called in the order that
 * <omadm/tree.h> allows, and each begin meets one commit or rollback.
 */
#ifndef TESTS_FAULTS_WORLD_H
#define TESTS_FAULTS_WORLD_H

#include <omadm/framework.h>
#include <omadm/session.h>
#include <omadm/store.h>

#include <stdbool.h>

#include "base/mem.h"

typedef struct world_options {
  omadm_dialect dialect;
  const char *quirks; /* "tolerate", "warn", "refuse"; NULL: tolerate */
  unsigned host_flags; /* OMADM_HOST_* */
  bool server_initiated;
  omadm_auth auth; /* both sides have credentials of that type; NONE: nobody proves anything */
  size_t chunk; /* the server's octets come in such pieces; 0: whole */
  omadm_limits limits;
  const omadm_mem *mem; /* of framework and session; NULL: malloc */
  omadm_store *store; /* borrowed; NULL: one in memory, that goes with the world */
} world_options;

typedef struct world {
  world_options options;
  omadm_store *store;
  omadm_framework *framework;
  const omadm_tree *inner; /* the framework's */
  omadm_tree tree; /* watches it */
  omadm_host inner_host; /* the framework's */
  omadm_host host; /* the session's */
  omadm_log log;
  omadm_buf nonces[2]; /* by omadm_auth_side */
  omadm_session *session;
  int64_t now;
  omadm_out out; /* of the last SEND */
  unsigned begun, ended; /* transactions */
  bool open; /* a transaction is */
  bool writing; /* a large value is */
  unsigned snapshots; /* not yet released */
  omadm_token pending; /* the tree waits for this one; 0: none */
  omadm_token asked; /* by the world itself */
  omadm_status answered;
  omadm_answer answer;
  uint64_t hash;
  unsigned settles;
  void (*before_exec)(
      void *ctx); /* called when the session asks the tree for an Exec; may be NULL */
  void *before_exec_ctx;
} world;

#define WORLD_DEVICE "IMEI:004999010640000"
#define WORLD_SERVER "https://dm.example.net/oma"
#define WORLD_SESSION "1"

/* The defaults: limits with 20 rounds, all else zero. */
void world_options_init(world_options *options);

/* A device that is ready for a session. On failure, which is for lack of memory or because the
   store failed, world_close is still due. */
omadm_err world_open(world *w, const world_options *options);
/* Frees session, framework, and the store where it is the world's own. */
void world_close(world *w);

/* Begins a session; one that exists is freed. */
omadm_err world_session(world *w);
/* Goes on until the session wants to send, to receive, or is done: late answers are waited for,
   the clock is moved where there will be none. *w->out is the message on SEND. */
omadm_step world_next(world *w);
/* Hands a message of the server's to the session: begin, feed in pieces, end. */
omadm_err world_feed(world *w, const void *octets, size_t n);

/* A number for the tree below ./Vendor and ./SyncML as the device reads it, and for the store's
   nodes. Not while an operation is pending. 0: it could not be read. */
uint64_t world_hash(world *w);

/* The value of a leaf as the device reads it; "" and the status where there is none. */
omadm_status world_get(world *w, const char *uri, char *out, size_t size);

/* Fails where a rule of this file's first paragraph is broken: prints it and aborts. */
void world_require(bool holds, const char *rule);

#endif
