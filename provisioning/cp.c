/* SPDX-License-Identifier: MIT */
#include "provisioning/cp.h"

#include "base/str.h"

enum { MOST_DEPTH = 8, MOST_PIECES = 4096, MOST_ARENA = 4 * 1024 * 1024 };

omadm_err cp_build_fail(cp_build *b, omadm_err err, const char *problem) {
  if (b->err != 0) return b->err;
  b->err = err;
  b->problem = problem;
  return err;
}

void cp_build_begin(cp_build *b, cp_document *document) {
  *b = (cp_build){.document = document};
  omadm_arena_init(&document->arena, &omadm_mem_default, MOST_ARENA);
  document->root = NULL;
}

/* A piece of the document; NULL after noting the failure. */
static void *piece(cp_build *b, size_t size) {
  if (b->err != 0) return NULL;
  if (++b->count > MOST_PIECES) {
    cp_build_fail(b, OMADM_E_LIMIT, "it has too many parts");
    return NULL;
  }
  void *p = omadm_arena_new(&b->document->arena, 1, size);
  if (p == NULL) cp_build_fail(b, OMADM_E_NOMEM, "out of memory");
  return p;
}

static omadm_str copy(cp_build *b, omadm_str text) {
  omadm_str copied = omadm_arena_copy(&b->document->arena, text);
  if (copied.ptr == NULL) cp_build_fail(b, OMADM_E_NOMEM, "out of memory");
  return copied;
}

static cp_characteristic *characteristic(cp_build *b, omadm_str type) {
  cp_characteristic *c = piece(b, sizeof *c);
  if (c == NULL) return NULL;
  c->type = copy(b, type);
  c->children_end = &c->children;
  c->parms_end = &c->parms;
  c->parent = b->open;
  return c;
}

void cp_build_root(cp_build *b) {
  if (b->document->root != NULL) cp_build_fail(b, OMADM_E_SYNTAX, "it has two roots");
  cp_characteristic *root = characteristic(b, (omadm_str){"", 0});
  if (root == NULL) return;
  b->document->root = root;
  b->open = root;
}

void cp_build_characteristic(cp_build *b, omadm_str type) {
  if (b->open == NULL) cp_build_fail(b, OMADM_E_SYNTAX, "a characteristic stands at its top");
  if (++b->depth > MOST_DEPTH) cp_build_fail(b, OMADM_E_LIMIT, "it is nested too deep");
  cp_characteristic *c = characteristic(b, type);
  if (c == NULL) return;
  *b->open->children_end = c;
  b->open->children_end = &c->next;
  b->open = c;
}

void cp_build_parm(cp_build *b, omadm_str name, omadm_str value, bool has_value) {
  if (b->open == NULL) cp_build_fail(b, OMADM_E_SYNTAX, "a parm stands at its top");
  cp_parm *p = piece(b, sizeof *p);
  if (p == NULL) return;
  p->name = copy(b, name);
  p->value = copy(b, value);
  p->has_value = has_value;
  *b->open->parms_end = p;
  b->open->parms_end = &p->next;
}

void cp_build_up(cp_build *b) {
  if (b->err != 0 || b->open == NULL) return;
  b->open = b->open->parent;
  if (b->depth > 0) b->depth--;
}

void cp_document_dispose(cp_document *document) {
  if (document->arena.mem != NULL) omadm_arena_dispose(&document->arena);
  *document = (cp_document){.root = NULL};
}

const cp_characteristic *cp_find(const cp_characteristic *at, const char *type) {
  while (at != NULL && !omadm_str_equal_nocase(at->type, omadm_str_of(type)))
    at = at->next;
  return at;
}

const cp_parm *cp_parm_find(const cp_parm *at, const char *name) {
  while (at != NULL && !omadm_str_equal_nocase(at->name, omadm_str_of(name)))
    at = at->next;
  return at;
}

omadm_str cp_value(const cp_characteristic *c, const char *name) {
  const cp_parm *parm = cp_parm_find(c->parms, name);
  return parm != NULL ? parm->value : (omadm_str){"", 0};
}
