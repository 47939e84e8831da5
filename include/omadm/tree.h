/* SPDX-License-Identifier: MIT */
/*
 * The tree port: what the engine asks of a management tree. The CSP framework implements it
 * (<omadm/framework.h>); a vendor with a tree of its own fills this table.
 *
 * The engine decides what SyncML decides: syntax, order, rights (omadm_acl_allows on the effective
 * ACL that resolve hands out), Atomic and Sequence. The tree decides existence, AccessType, format,
 * occurrence, scope, and stores.
 *
 * All calls come from the thread that runs the session. Any verb may answer OMADM_ST_PENDING with a
 * token in answer->token; it is then finished by omadm_session_complete, and no other verb is
 * called before that but cancel.
 *
 * omadm_node, omadm_value and omadm_answer have no size of their own: they grow at the end only.
 * Until the first release the engine, a tree and their callers are of one build; from then on a
 * longer one is another version of the port.
 */
#ifndef OMADM_TREE_H
#define OMADM_TREE_H

#include <omadm/status.h>
#include <omadm/types.h>
#include <omadm/uri.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Who asks, and in which command. Everything is borrowed for the call. */
typedef struct omadm_origin {
  omadm_str server_id; /* empty: the device itself */
  omadm_str session_id;
  omadm_str msg_ref;
  omadm_str cmd_ref;
  omadm_str correlator; /* of an Exec; may be empty */
  /* 1 in the windows dialect: Replace of an absent dynamic leaf creates it, and a value without a
   * format has that of the DDF. */
  int windows;
  /* What the tree refuses in values: BOOL_SPELLING, VALUE_SPACE. NULL: tolerate. */
  const omadm_quirks *quirks;
} omadm_origin;

typedef enum omadm_verb {
  OMADM_VERB_GET = 0,
  OMADM_VERB_LIST,
  OMADM_VERB_ADD,
  OMADM_VERB_REPLACE,
  OMADM_VERB_DELETE,
  OMADM_VERB_EXEC,
  OMADM_VERB_RENAME,
  OMADM_VERB_COPY
} omadm_verb;

/*
 * A resolved URI. `ref` is the tree's own and opaque; it and the spans are valid until the next
 * change, commit, rollback or settle of the tree. A tree may bound how many are valid at once, to
 * no fewer than 200. Where resolve answers 404 the node does not exist: ref still names the place,
 * so that add can use it, acl is that of the nearest existing ancestor, and the rest says what a
 * node would be there (format ABSENT: none may be).
 */
typedef struct omadm_node {
  uint64_t ref[4];
  omadm_format format; /* NODE for an interior node */
  omadm_str type; /* MIME type of a leaf, MO identifier of an interior node; may be empty */
  unsigned access; /* OMADM_ACCESS_* of its description */
  int permanent; /* scope */
  omadm_str acl; /* the effective ACL (OMA-TS-DM_TND 7.7.1.1) */
  uint32_t quirks; /* 1 << OMADM_QUIRK_* met while resolving */
  omadm_str parent_acl; /* that of the node above, which decides who changes a leaf's ACL; of the
                           root: empty */
  int guarded; /* 1: the ACL holds in every dialect, because the device itself set it on a node of
                  its own (an account) */
} omadm_node;

/* A value that comes with Add, Replace or Exec. Octets as decoded from the wire: base64 of a bin
 * value is gone. */
typedef struct omadm_value {
  omadm_format format; /* ABSENT where Meta had none */
  omadm_str type; /* empty where Meta had none */
  omadm_str data;
  int has_data; /* 0: there was no Data element at all */
  /* add: the ACL of the new node, where it is interior, and of each interior node that is made
   * above it (OMA-TS-DM_TND 7.7.1.3). Empty: none. */
  omadm_str acl;
} omadm_value;

/* What a verb answers. The callee fills what applies; spans are borrowed until the next call of the
 * tree. */
typedef struct omadm_answer {
  omadm_token token; /* with OMADM_ST_PENDING */
  omadm_format format; /* get */
  omadm_str type; /* get */
  omadm_str data; /* get: the value; list: one child's name, decoded */
  omadm_str detail; /* a sentence for the log: which rule failed; never sent */
  uint32_t quirks; /* 1 << OMADM_QUIRK_* that the value needed and the origin tolerates */
  /* get: not 0 where the value is too large for `data`, which is empty then. It names a snapshot of
   * `size` octets, for read; whoever gets it ends it by release. */
  omadm_token snapshot;
  uint64_t size;
  omadm_str at; /* add, refused: the URI of the node above that could not be made; else empty */
} omadm_answer;

typedef struct omadm_tree {
  size_t struct_size;
  void *ctx;

  /* 200: *node is the node. 404: it does not exist (see omadm_node). Others: why there can be none
   * (405 below a leaf …). */
  omadm_status (*resolve)(void *ctx, const omadm_origin *origin, const omadm_uri *uri,
                          omadm_node *node);

  /* The value of a leaf: 200, 404, 405, 500. */
  omadm_status (*get)(void *ctx, const omadm_origin *origin, const omadm_node *node,
                      omadm_answer *answer);
  /* The children of an interior node, one a call, in a stable order: 200 and a name, then END.
   * *cursor starts at 0. After a late completion with 200 the same call is made again. */
  omadm_status (*list)(void *ctx, const omadm_origin *origin, const omadm_node *node,
                       uint64_t *cursor, omadm_answer *answer);

  /* One change each, already authorised. Missing interior parents of an Add are created where the
   * description allows. */
  omadm_status (*add)(void *ctx, const omadm_origin *origin, const omadm_node *node,
                      const omadm_value *value, omadm_answer *answer);
  omadm_status (*replace)(void *ctx, const omadm_origin *origin, const omadm_node *node,
                          const omadm_value *value, omadm_answer *answer);
  omadm_status (*remove)(void *ctx, const omadm_origin *origin, const omadm_node *node,
                         omadm_answer *answer);
  /* 202 where the end will be told by a Generic Alert. */
  omadm_status (*exec)(void *ctx, const omadm_origin *origin, const omadm_node *node,
                       const omadm_value *value, omadm_answer *answer);

  /* May this be a member of an Atomic? Asked for every member before the first runs: 200, or 406
   * where it could not be undone (OMA-TS-DM_RepPro 6.6.3). */
  omadm_status (*enlist)(void *ctx, const omadm_origin *origin, const omadm_node *node,
                         omadm_verb verb, omadm_answer *answer);

  /* An Atomic. Changes between begin and commit hold together or not at all; they are numbered from
   * 0 in the order they were accepted (2xx). begin: 200, or 503 while another session's transaction
   * is open. */
  omadm_status (*begin)(void *ctx, const omadm_origin *origin);
  /* 200: all effective. Else nothing is: *member is the change that refused, undo[i] as rollback
   * fills it. */
  omadm_status (*commit)(void *ctx, size_t *member, omadm_status *undo, size_t n);
  /* Undoes all; undo[i] becomes 216 or 516 for change i < n. A number that no change was accepted
   * under stands for the one that failed: 516 where something of it stays, as long as it is late or
   * for good. */
  void (*rollback)(void *ctx, omadm_status *undo, size_t n);

  /* Makes every accepted change durable. Called before a Status of a change is handed out, before
   * parking, before an Exec. On failure those that are not durable are taken back. */
  omadm_err (*settle)(void *ctx);

  /* The engine no longer waits for this token: the operation should end, and its completion still
   * comes, to the tree. An Exec outside an Atomic goes on: the server was told 202, and a Generic
   * Alert tells it the end. */
  void (*cancel)(void *ctx, omadm_token token);

  /* Optional from here on. A missing rename, copy, prop_get, prop_set or write_begin (with append
   * and end) is answered 406 (405 where the standard says so), a missing place 415. Without check
   * nothing is known beforehand. read and release come together. */
  omadm_status (*rename)(void *ctx, const omadm_origin *origin, const omadm_node *node,
                         omadm_str name, omadm_answer *answer);
  omadm_status (*copy)(void *ctx, const omadm_origin *origin, const omadm_node *source,
                       const omadm_node *target, omadm_answer *answer);
  omadm_status (*prop_get)(void *ctx, const omadm_origin *origin, const omadm_node *node,
                           omadm_str property, omadm_answer *answer);
  omadm_status (*prop_set)(void *ctx, const omadm_origin *origin, const omadm_node *node,
                           omadm_str property, omadm_str value, omadm_answer *answer);
  /*
   * Large values, one at a time: begin names the verb (ADD, REPLACE or EXEC), what stands in Meta,
   * and the most octets that come; it answers at once what the verb would answer to such a value,
   * 503 while another one is under way. append takes octets in order, of a bin node decoded ones:
   * 200, 413, 415, 420; after a refusal only end follows. end drops it, or runs the verb with the
   * whole value: only this may be PENDING. Nothing of it can be seen before that.
   */
  omadm_status (*write_begin)(void *ctx, const omadm_origin *origin, const omadm_node *node,
                              omadm_verb verb, const omadm_value *head, uint64_t size,
                              omadm_answer *answer);
  omadm_status (*write_append)(void *ctx, omadm_str octets);
  omadm_status (*write_end)(void *ctx, int commit, omadm_answer *answer);
  /* Octets of a snapshot from `offset` on, one to `most` of them, into answer->data; none at its
   * end. 200, 404: there is no such snapshot, 510: its octets are not what was stored. */
  omadm_status (*read)(void *ctx, omadm_token snapshot, uint64_t offset, size_t most,
                       omadm_answer *answer);
  /* Where a new managed object of that type (OMA-TS-DM_StdObj 5.3.4, Inbox) belongs: appends the
   * URI of the node to be made, the last segment `name` or, where that is taken or empty, one of
   * the tree's choice. 200; 415: no place is known. */
  omadm_status (*place)(void *ctx, const omadm_origin *origin, omadm_str type, omadm_str name,
                        omadm_buf *uri);
  /* Ends a snapshot. A tree that has `read` has this. */
  void (*release)(void *ctx, omadm_token snapshot);
  /*
   * What add, replace or remove would refuse, as far as one can tell beforehand; nothing is
   * changed, and it is never PENDING. A change that belongs to others takes for granted what they
   * do: an ADD that the node is gone, a REPLACE that a permanent node is there. Occurrence is left
   * to the change. With a `property` (REPLACE): would the value become that of this property, also
   * of a node that is still to be made? Optional.
   */
  omadm_status (*check)(void *ctx, const omadm_origin *origin, const omadm_node *node,
                        omadm_verb verb, omadm_str property, const omadm_value *value,
                        omadm_answer *answer);
} omadm_tree;

#ifdef __cplusplus
}
#endif
#endif
