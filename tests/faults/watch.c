/* SPDX-License-Identifier: MIT */
#include "tests/faults/watch.h"

/* No verb but cancel is called while an operation is pending (<omadm/tree.h>). */
static omadm_status called(world *w, omadm_status status, const omadm_answer *answer) {
  world_require(w->pending == 0, "no verb is called while an operation is pending");
  world_require(status != OMADM_ST_NONE, "every verb answers");
  if (status == OMADM_ST_PENDING) {
    world_require(answer->token != 0, "a pending operation has a token");
    w->pending = answer->token;
  }
  return status;
}

static omadm_status watch_resolve(void *ctx, const omadm_origin *origin, const omadm_uri *uri,
                                  omadm_node *node) {
  world *w = ctx;
  return w->inner->resolve(w->inner->ctx, origin, uri, node);
}

static omadm_status watch_get(void *ctx, const omadm_origin *origin, const omadm_node *node,
                              omadm_answer *answer) {
  world *w = ctx;
  return called(w, w->inner->get(w->inner->ctx, origin, node, answer), answer);
}

static omadm_status watch_list(void *ctx, const omadm_origin *origin, const omadm_node *node,
                               uint64_t *cursor, omadm_answer *answer) {
  world *w = ctx;
  return called(w, w->inner->list(w->inner->ctx, origin, node, cursor, answer), answer);
}

static omadm_status watch_add(void *ctx, const omadm_origin *origin, const omadm_node *node,
                              const omadm_value *value, omadm_answer *answer) {
  world *w = ctx;
  return called(w, w->inner->add(w->inner->ctx, origin, node, value, answer), answer);
}

static omadm_status watch_replace(void *ctx, const omadm_origin *origin, const omadm_node *node,
                                  const omadm_value *value, omadm_answer *answer) {
  world *w = ctx;
  return called(w, w->inner->replace(w->inner->ctx, origin, node, value, answer), answer);
}

static omadm_status watch_remove(void *ctx, const omadm_origin *origin, const omadm_node *node,
                                 omadm_answer *answer) {
  world *w = ctx;
  return called(w, w->inner->remove(w->inner->ctx, origin, node, answer), answer);
}

static omadm_status watch_exec(void *ctx, const omadm_origin *origin, const omadm_node *node,
                               const omadm_value *value, omadm_answer *answer) {
  world *w = ctx;
  if (w->before_exec != NULL) w->before_exec(w->before_exec_ctx);
  return called(w, w->inner->exec(w->inner->ctx, origin, node, value, answer), answer);
}

static omadm_status watch_enlist(void *ctx, const omadm_origin *origin, const omadm_node *node,
                                 omadm_verb verb, omadm_answer *answer) {
  world *w = ctx;
  return w->inner->enlist(w->inner->ctx, origin, node, verb, answer);
}

static omadm_status watch_begin(void *ctx, const omadm_origin *origin) {
  world *w = ctx;
  omadm_status status = w->inner->begin(w->inner->ctx, origin);
  world_require(!w->open, "an Atomic begins outside of another");
  if (status == OMADM_ST_OK) {
    w->open = true;
    w->begun++;
  }
  return status;
}

static omadm_status watch_commit(void *ctx, size_t *member, omadm_status *undo, size_t n) {
  world *w = ctx;
  world_require(w->open && w->pending == 0, "a commit ends an Atomic whose members have ended");
  w->open = false;
  w->ended++;
  return w->inner->commit(w->inner->ctx, member, undo, n);
}

static void watch_rollback(void *ctx, omadm_status *undo, size_t n) {
  world *w = ctx;
  world_require(w->open && w->pending == 0, "a roll-back ends an Atomic whose members have ended");
  w->open = false;
  w->ended++;
  w->inner->rollback(w->inner->ctx, undo, n);
}

static omadm_err watch_settle(void *ctx) {
  world *w = ctx;
  world_require(!w->open, "nothing is settled inside an Atomic");
  w->settles++;
  return w->inner->settle(w->inner->ctx);
}

static void watch_cancel(void *ctx, omadm_token token) {
  world *w = ctx;
  world_require(token != 0 && token == w->pending, "what is cancelled is what is pending");
  w->pending = 0;
  w->inner->cancel(w->inner->ctx, token);
}

void watch_completed(world *w, omadm_token token) {
  if (w->pending == token) w->pending = 0;
}

void watch_init(world *w) {
  w->tree = (omadm_tree){.struct_size = sizeof w->tree,
                         .ctx = w,
                         .resolve = watch_resolve,
                         .get = watch_get,
                         .list = watch_list,
                         .add = watch_add,
                         .replace = watch_replace,
                         .remove = watch_remove,
                         .exec = watch_exec,
                         .enlist = watch_enlist,
                         .begin = watch_begin,
                         .commit = watch_commit,
                         .rollback = watch_rollback,
                         .settle = watch_settle,
                         .cancel = watch_cancel};
}
