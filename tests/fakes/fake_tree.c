/* SPDX-License-Identifier: MIT */
#include "tests/fakes/fake_tree.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

typedef struct fake_node {
  char *path; /* "./A/B" */
  omadm_format format;
  char *type;
  char *value;
  size_t len;
} fake_node;

typedef struct node_list {
  fake_node *nodes;
  size_t n;
} node_list;

/* A verb that was asked and is not done yet. */
typedef struct pending {
  omadm_token token;
  omadm_verb verb;
  char *path;
  omadm_format format;
  char *data;
  size_t len;
} pending;

struct fake_tree {
  omadm_tree port;
  fake_knobs knobs;
  node_list now;
  node_list before; /* the open Atomic */
  char **places; /* ref[0] of a node is an index here */
  size_t n_places;
  pending op;
  omadm_token last_token;
  int list_ready; /* the next list call is the repetition of a late one */
};

static char *copy_octets(const char *p, size_t n) {
  char *copy = malloc(n + 1);
  if (copy == NULL) abort();
  if (n > 0) memcpy(copy, p, n);
  copy[n] = '\0';
  return copy;
}

static void *grow(void *p, size_t n, size_t size) {
  void *bigger = realloc(p, n * size);
  if (bigger == NULL) abort();
  return bigger;
}

static fake_node *find(const fake_tree *t, const char *path) {
  for (size_t i = 0; i < t->now.n; i++) {
    if (strcmp(t->now.nodes[i].path, path) == 0) return &t->now.nodes[i];
  }
  return NULL;
}

static void node_dispose(fake_node *node) {
  free(node->path);
  free(node->type);
  free(node->value);
}

static void list_dispose(node_list *list) {
  for (size_t i = 0; i < list->n; i++)
    node_dispose(&list->nodes[i]);
  free(list->nodes);
  *list = (node_list){0};
}

static node_list list_copy(const node_list *list) {
  node_list copy = {.n = list->n};
  copy.nodes = grow(NULL, list->n + 1, sizeof *copy.nodes);
  for (size_t i = 0; i < list->n; i++) {
    const fake_node *from = &list->nodes[i];
    copy.nodes[i] = (fake_node){.path = copy_octets(from->path, strlen(from->path)),
                                .format = from->format,
                                .type = copy_octets(from->type, strlen(from->type)),
                                .value = copy_octets(from->value, from->len),
                                .len = from->len};
  }
  return copy;
}

static void set_value(fake_tree *t, const char *path, omadm_format format, const char *value,
                      size_t len) {
  char *parent = copy_octets(path, strlen(path));
  char *slash = strrchr(parent, '/');
  if (slash != NULL && slash > parent + 1) {
    *slash = '\0';
    if (find(t, parent) == NULL) set_value(t, parent, OMADM_FORMAT_NODE, "", 0);
  }
  free(parent);
  fake_node *node = find(t, path);
  if (node == NULL) {
    t->now.nodes = grow(t->now.nodes, t->now.n + 1, sizeof *t->now.nodes);
    node = &t->now.nodes[t->now.n++];
    *node = (fake_node){.path = copy_octets(path, strlen(path)), .type = copy_octets("", 0)};
  }
  free(node->value);
  node->format = format;
  node->value = copy_octets(value, len);
  node->len = len;
}

static void remove_subtree(fake_tree *t, const char *path) {
  size_t len = strlen(path);
  size_t kept = 0;
  for (size_t i = 0; i < t->now.n; i++) {
    fake_node *node = &t->now.nodes[i];
    char after = strncmp(node->path, path, len) == 0 ? node->path[len] : 'x';
    if (after == '\0' || after == '/')
      node_dispose(node);
    else
      t->now.nodes[kept++] = *node;
  }
  t->now.n = kept;
}

static uint64_t place(fake_tree *t, const char *path) {
  for (size_t i = 0; i < t->n_places; i++) {
    if (strcmp(t->places[i], path) == 0) return i;
  }
  t->places = grow(t->places, t->n_places + 1, sizeof *t->places);
  t->places[t->n_places] = copy_octets(path, strlen(path));
  return t->n_places++;
}

static const char *path_of(const fake_tree *t, const omadm_node *node) {
  return t->places[node->ref[0]];
}

static char *path_text(const omadm_uri *uri) {
  size_t n = 2;
  for (size_t i = 0; i < uri->n; i++)
    n += uri->segment[i].len + 1;
  char *path = copy_octets(".", 1);
  path = grow(path, n, 1);
  for (size_t i = 0; i < uri->n; i++) {
    strcat(path, "/");
    strncat(path, uri->segment[i].ptr, uri->segment[i].len);
  }
  return path;
}

static bool below_leaf(const fake_tree *t, const char *path) {
  char *above = copy_octets(path, strlen(path));
  bool found = false;
  for (char *slash = strrchr(above, '/'); slash != NULL && !found; slash = strrchr(above, '/')) {
    *slash = '\0';
    const fake_node *node = find(t, above);
    found = node != NULL && node->format != OMADM_FORMAT_NODE;
  }
  free(above);
  return found;
}

static omadm_status resolve(void *ctx, const omadm_origin *origin, const omadm_uri *uri,
                            omadm_node *node) {
  (void)origin;
  fake_tree *t = ctx;
  char *path = path_text(uri);
  const char *acl = t->knobs.acl;
  *node = (omadm_node){.ref = {place(t, path)},
                       .format = OMADM_FORMAT_CHR,
                       .access = 0x3F,
                       .acl = {acl, strlen(acl)}};
  const fake_node *found = find(t, path);
  bool refused = found == NULL && below_leaf(t, path);
  if (uri->n == 0) node->format = OMADM_FORMAT_NODE;
  if (found != NULL) node->format = found->format;
  free(path);
  if (refused) return OMADM_ST_NOT_ALLOWED;
  return found != NULL || uri->n == 0 ? OMADM_ST_OK : OMADM_ST_NOT_FOUND;
}

/* A verb is asked: in late mode it is kept for fake_tree_complete. */
static omadm_status postpone(fake_tree *t, omadm_verb verb, const char *path,
                             const omadm_value *value, omadm_answer *answer) {
  t->op =
      (pending){.token = ++t->last_token, .verb = verb, .path = copy_octets(path, strlen(path))};
  if (value != NULL) {
    t->op.format = value->format;
    t->op.data = copy_octets(value->data.ptr, value->data.len);
    t->op.len = value->data.len;
  }
  answer->token = t->op.token;
  return OMADM_ST_PENDING;
}

static omadm_status do_get(fake_tree *t, const char *path, omadm_answer *answer) {
  const fake_node *node = find(t, path);
  if (node == NULL) return OMADM_ST_NOT_FOUND;
  answer->format = node->format;
  answer->data = (omadm_str){node->value, node->len};
  return OMADM_ST_OK;
}

static omadm_status get(void *ctx, const omadm_origin *origin, const omadm_node *node,
                        omadm_answer *answer) {
  (void)origin;
  fake_tree *t = ctx;
  t->knobs.calls++;
  if (t->knobs.late) return postpone(t, OMADM_VERB_GET, path_of(t, node), NULL, answer);
  return do_get(t, path_of(t, node), answer);
}

static omadm_status list(void *ctx, const omadm_origin *origin, const omadm_node *node,
                         uint64_t *cursor, omadm_answer *answer) {
  (void)origin;
  fake_tree *t = ctx;
  t->knobs.calls++;
  if (t->knobs.late && !t->list_ready)
    return postpone(t, OMADM_VERB_LIST, path_of(t, node), NULL, answer);
  t->list_ready = 0;
  const char *path = path_of(t, node);
  size_t len = strlen(path);
  while (*cursor < t->now.n) {
    const char *child = t->now.nodes[(*cursor)++].path;
    if (strncmp(child, path, len) != 0 || child[len] != '/' || strchr(child + len + 1, '/') != NULL)
      continue;
    answer->data = (omadm_str){child + len + 1, strlen(child + len + 1)};
    return OMADM_ST_OK;
  }
  return OMADM_ST_END;
}

static omadm_status do_change(fake_tree *t, omadm_verb verb, const char *path, omadm_format format,
                              omadm_str data, omadm_answer *answer) {
  if (t->knobs.refused != NULL && strcmp(t->knobs.refused, path) == 0) {
    answer->detail = (omadm_str)OMADM_STR("refused by the test");
    return t->knobs.refused_status;
  }
  if (verb == OMADM_VERB_EXEC) {
    t->knobs.execs++;
    return t->knobs.exec_status;
  }
  t->knobs.changes++;
  const fake_node *node = find(t, path);
  if (verb == OMADM_VERB_DELETE) {
    remove_subtree(t, path);
    return OMADM_ST_OK;
  }
  if (format == OMADM_FORMAT_ABSENT) format = node != NULL ? node->format : OMADM_FORMAT_CHR;
  set_value(t, path, format, data.ptr != NULL ? data.ptr : "", data.len);
  return OMADM_ST_OK;
}

static omadm_status change(void *ctx, omadm_verb verb, const omadm_node *node,
                           const omadm_value *value, omadm_answer *answer) {
  fake_tree *t = ctx;
  t->knobs.calls++;
  const char *path = path_of(t, node);
  if (t->knobs.late) return postpone(t, verb, path, value, answer);
  omadm_str data = value != NULL ? value->data : (omadm_str){NULL, 0};
  return do_change(t, verb, path, value != NULL ? value->format : OMADM_FORMAT_ABSENT, data,
                   answer);
}

static omadm_status add(void *ctx, const omadm_origin *origin, const omadm_node *node,
                        const omadm_value *value, omadm_answer *answer) {
  (void)origin;
  return change(ctx, OMADM_VERB_ADD, node, value, answer);
}

static omadm_status replace(void *ctx, const omadm_origin *origin, const omadm_node *node,
                            const omadm_value *value, omadm_answer *answer) {
  (void)origin;
  return change(ctx, OMADM_VERB_REPLACE, node, value, answer);
}

static omadm_status drop(void *ctx, const omadm_origin *origin, const omadm_node *node,
                         omadm_answer *answer) {
  (void)origin;
  return change(ctx, OMADM_VERB_DELETE, node, NULL, answer);
}

static omadm_status exec(void *ctx, const omadm_origin *origin, const omadm_node *node,
                         const omadm_value *value, omadm_answer *answer) {
  (void)origin;
  return change(ctx, OMADM_VERB_EXEC, node, value, answer);
}

static omadm_status enlist(void *ctx, const omadm_origin *origin, const omadm_node *node,
                           omadm_verb verb, omadm_answer *answer) {
  (void)origin, (void)verb, (void)answer;
  const fake_tree *t = ctx;
  bool unlisted = t->knobs.unlisted != NULL && strcmp(t->knobs.unlisted, path_of(t, node)) == 0;
  return unlisted ? OMADM_ST_NOT_SUPPORTED : OMADM_ST_OK;
}

static omadm_status begin(void *ctx, const omadm_origin *origin) {
  (void)origin;
  fake_tree *t = ctx;
  t->knobs.begins++;
  if (t->knobs.begin_status == OMADM_ST_OK) t->before = list_copy(&t->now);
  return t->knobs.begin_status;
}

static void undo_all(fake_tree *t, omadm_status *undo, size_t n) {
  list_dispose(&t->now);
  t->now = t->before;
  t->before = (node_list){0};
  for (size_t i = 0; i < n; i++)
    undo[i] = t->knobs.undo_status;
}

static omadm_status commit(void *ctx, size_t *member, omadm_status *undo, size_t n) {
  fake_tree *t = ctx;
  t->knobs.commits++;
  *member = 0;
  if (t->knobs.commit_status == OMADM_ST_OK)
    list_dispose(&t->before);
  else
    undo_all(t, undo, n);
  return t->knobs.commit_status;
}

static void rollback(void *ctx, omadm_status *undo, size_t n) {
  fake_tree *t = ctx;
  t->knobs.rollbacks++;
  undo_all(t, undo, n);
  if (n > 0) undo[n - 1] = t->knobs.rest_status;
}

static omadm_err settle(void *ctx) {
  fake_tree *t = ctx;
  t->knobs.settles++;
  return t->knobs.settle_error;
}

static void forget_op(fake_tree *t) {
  free(t->op.path);
  free(t->op.data);
  t->op = (pending){0};
}

static void cancel(void *ctx, omadm_token token) {
  fake_tree *t = ctx;
  t->knobs.cancels++;
  if (token == t->op.token) forget_op(t);
}

fake_tree *fake_tree_new(void) {
  fake_tree *t = calloc(1, sizeof *t);
  if (t == NULL) abort();
  t->port = (omadm_tree){.struct_size = sizeof t->port,
                         .ctx = t,
                         .resolve = resolve,
                         .get = get,
                         .list = list,
                         .add = add,
                         .replace = replace,
                         .remove = drop,
                         .exec = exec,
                         .enlist = enlist,
                         .begin = begin,
                         .commit = commit,
                         .rollback = rollback,
                         .settle = settle,
                         .cancel = cancel};
  t->knobs = (fake_knobs){.acl = "Add=*&Delete=*&Exec=*&Get=*&Replace=*",
                          .exec_status = OMADM_ST_OK,
                          .begin_status = OMADM_ST_OK,
                          .commit_status = OMADM_ST_OK,
                          .undo_status = OMADM_ST_ROLLED_BACK,
                          .rest_status = OMADM_ST_ROLLED_BACK};
  return t;
}

void fake_tree_free(fake_tree *t) {
  if (t == NULL) return;
  list_dispose(&t->now);
  list_dispose(&t->before);
  for (size_t i = 0; i < t->n_places; i++)
    free(t->places[i]);
  free(t->places);
  forget_op(t);
  free(t);
}

const omadm_tree *fake_tree_port(fake_tree *t) {
  return &t->port;
}

fake_knobs *fake_tree_knobs(fake_tree *t) {
  return &t->knobs;
}

void fake_tree_put(fake_tree *t, const char *path, omadm_format format, const char *value) {
  if (value == NULL)
    set_value(t, path, OMADM_FORMAT_NODE, "", 0);
  else
    set_value(t, path, format, value, strlen(value));
}

void fake_tree_put_devinfo(fake_tree *t) {
  fake_tree_put(t, "./DevInfo/DevId", OMADM_FORMAT_CHR, "IMEI:1");
  fake_tree_put(t, "./DevInfo/Man", OMADM_FORMAT_CHR, "man");
  fake_tree_put(t, "./DevInfo/Mod", OMADM_FORMAT_CHR, "mod");
  fake_tree_put(t, "./DevInfo/DmV", OMADM_FORMAT_CHR, "1.2");
  fake_tree_put(t, "./DevInfo/Lang", OMADM_FORMAT_CHR, "en");
}

const char *fake_tree_value(const fake_tree *t, const char *path) {
  const fake_node *node = find(t, path);
  return node != NULL ? node->value : NULL;
}

omadm_token fake_tree_pending(const fake_tree *t) {
  return t->op.token;
}

omadm_err fake_tree_complete(fake_tree *t, omadm_session *session) {
  if (t->op.token == 0) return OMADM_E_NOT_FOUND;
  pending op = t->op;
  t->op = (pending){0};
  omadm_answer answer = {0};
  omadm_status status = OMADM_ST_OK;
  if (op.verb == OMADM_VERB_GET)
    status = do_get(t, op.path, &answer);
  else if (op.verb == OMADM_VERB_LIST)
    t->list_ready = 1;
  else
    status = do_change(t, op.verb, op.path, op.format, (omadm_str){op.data, op.len}, &answer);
  omadm_err err = omadm_session_complete(session, op.token, status, &answer);
  free(op.path);
  free(op.data);
  return err;
}
