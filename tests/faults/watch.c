/* SPDX-License-Identifier: MIT */
#include "tests/faults/watch.h"

/* What a Get handed out has to be released. */
static void count_snapshot(world *w, omadm_status status, const omadm_answer *answer) {
  if (status == OMADM_ST_OK && answer != NULL && answer->snapshot != 0) w->snapshots++;
}

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
  omadm_status status = called(w, w->inner->get(w->inner->ctx, origin, node, answer), answer);
  count_snapshot(w, status, answer);
  return status;
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

static omadm_status watch_rename(void *ctx, const omadm_origin *origin, const omadm_node *node,
                                 omadm_str name, omadm_answer *answer) {
  world *w = ctx;
  return called(w, w->inner->rename(w->inner->ctx, origin, node, name, answer), answer);
}

static omadm_status watch_copy(void *ctx, const omadm_origin *origin, const omadm_node *source,
                               const omadm_node *target, omadm_answer *answer) {
  world *w = ctx;
  return called(w, w->inner->copy(w->inner->ctx, origin, source, target, answer), answer);
}

static omadm_status watch_prop_get(void *ctx, const omadm_origin *origin, const omadm_node *node,
                                   omadm_str property, omadm_answer *answer) {
  world *w = ctx;
  return called(w, w->inner->prop_get(w->inner->ctx, origin, node, property, answer), answer);
}

static omadm_status watch_prop_set(void *ctx, const omadm_origin *origin, const omadm_node *node,
                                   omadm_str property, omadm_str value, omadm_answer *answer) {
  world *w = ctx;
  return called(w, w->inner->prop_set(w->inner->ctx, origin, node, property, value, answer),
                answer);
}

static omadm_status watch_write_begin(void *ctx, const omadm_origin *origin, const omadm_node *node,
                                      omadm_verb verb, const omadm_value *head, uint64_t size,
                                      omadm_answer *answer) {
  world *w = ctx;
  omadm_status status = called(
      w, w->inner->write_begin(w->inner->ctx, origin, node, verb, head, size, answer), answer);
  world_require(status != OMADM_ST_PENDING, "a large value is begun at once");
  if (status != OMADM_ST_OK) return status;
  world_require(!w->writing, "large values come one at a time");
  w->writing = true;
  return status;
}

static omadm_status watch_write_append(void *ctx, omadm_str octets) {
  world *w = ctx;
  world_require(w->writing && w->pending == 0, "octets belong to a large value");
  return w->inner->write_append(w->inner->ctx, octets);
}

static omadm_status watch_write_end(void *ctx, int commit, omadm_answer *answer) {
  world *w = ctx;
  world_require(w->writing, "a large value is ended once");
  w->writing = false;
  return called(w, w->inner->write_end(w->inner->ctx, commit, answer), answer);
}

static omadm_status watch_read(void *ctx, omadm_token snapshot, uint64_t offset, size_t most,
                               omadm_answer *answer) {
  world *w = ctx;
  world_require(w->snapshots > 0, "what is read has not been released");
  return w->inner->read(w->inner->ctx, snapshot, offset, most, answer);
}

static omadm_status watch_place(void *ctx, const omadm_origin *origin, omadm_str type,
                                omadm_str name, omadm_buf *uri) {
  world *w = ctx;
  return w->inner->place(w->inner->ctx, origin, type, name, uri);
}

static omadm_status watch_check(void *ctx, const omadm_origin *origin, const omadm_node *node,
                                omadm_verb verb, omadm_str property, const omadm_value *value,
                                omadm_answer *answer) {
  world *w = ctx;
  omadm_status status = w->inner->check(w->inner->ctx, origin, node, verb, property, value, answer);
  world_require(status != OMADM_ST_PENDING, "a check is answered at once");
  return status;
}

static void watch_release(void *ctx, omadm_token snapshot) {
  world *w = ctx;
  world_require(w->snapshots > 0, "a snapshot is released once");
  w->snapshots--;
  w->inner->release(w->inner->ctx, snapshot);
}

void watch_completed(world *w, omadm_token token, omadm_status status, const omadm_answer *answer) {
  if (w->pending != token) return;
  w->pending = 0;
  count_snapshot(w, status, answer);
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
                         .cancel = watch_cancel,
                         .rename = watch_rename,
                         .copy = watch_copy,
                         .prop_get = watch_prop_get,
                         .prop_set = watch_prop_set,
                         .write_begin = watch_write_begin,
                         .write_append = watch_write_append,
                         .write_end = watch_write_end,
                         .read = watch_read,
                         .place = watch_place,
                         .release = watch_release,
                         .check = watch_check};
}
