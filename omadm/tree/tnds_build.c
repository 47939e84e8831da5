/* SPDX-License-Identifier: MIT */
#include "omadm/tree/tnds_build.h"

#include <omadm/uri.h>

#include <stdarg.h>
#include <stdio.h>

#include "base/codec.h"
#include "omadm/tree/tnds_own.h"

/* What may stand where (OMA-TS-DM_TNDS 6). What is no part of TNDS is skipped with its content. */
typedef enum context {
  IN_DOCUMENT = 0,
  IN_TREE,
  IN_NODE,
  IN_PROPERTIES,
  IN_FORMAT,
  IN_TYPE,
  IN_TEXT,
  IN_SKIPPED
} context;

typedef enum text {
  TEXT_NONE = 0,
  TEXT_VERSION,
  TEXT_NAME,
  TEXT_PATH,
  TEXT_VALUE,
  TEXT_ACL,
  TEXT_TITLE,
  TEXT_MIME,
  TEXT_DDF_NAME
} text;

typedef struct rule {
  unsigned char in, element, opens, text;
} rule;

static const rule rules[] = {
    {IN_DOCUMENT, TNDS_EL_MGMT_TREE, IN_TREE, TEXT_NONE},
    {IN_TREE, TNDS_EL_VER_DTD, IN_TEXT, TEXT_VERSION},
    {IN_TREE, TNDS_EL_NODE, IN_NODE, TEXT_NONE},
    {IN_NODE, TNDS_EL_NODE_NAME, IN_TEXT, TEXT_NAME},
    {IN_NODE, TNDS_EL_PATH, IN_TEXT, TEXT_PATH},
    {IN_NODE, TNDS_EL_RT_PROPERTIES, IN_PROPERTIES, TEXT_NONE},
    {IN_NODE, TNDS_EL_NODE, IN_NODE, TEXT_NONE},
    {IN_NODE, TNDS_EL_VALUE, IN_TEXT, TEXT_VALUE},
    {IN_PROPERTIES, TNDS_EL_ACL, IN_TEXT, TEXT_ACL},
    {IN_PROPERTIES, TNDS_EL_FORMAT, IN_FORMAT, TEXT_NONE},
    {IN_PROPERTIES, TNDS_EL_TITLE, IN_TEXT, TEXT_TITLE},
    {IN_PROPERTIES, TNDS_EL_TYPE, IN_TYPE, TEXT_NONE},
    {IN_TYPE, TNDS_EL_MIME, IN_TEXT, TEXT_MIME},
    {IN_TYPE, TNDS_EL_DDF_NAME, IN_TEXT, TEXT_DDF_NAME},
};

enum { MARK_DDF_NAME = 1 << 0, MARK_PARENT = 1 << 1, MARK_VALUE = 1 << 2 };

static const omadm_str empty = OMADM_STR("");

static omadm_status status_of(omadm_err err) {
  switch (err) {
  case OMADM_E_LIMIT: return OMADM_ST_TOO_LARGE;
  case OMADM_E_EXISTS: return OMADM_ST_EXISTS;
  case OMADM_E_ARGUMENT: return OMADM_ST_BAD_REQUEST;
  case OMADM_E_NOMEM: return OMADM_ST_FAILED;
  default: return OMADM_ST_BAD_FORMAT;
  }
}

/* The nodes around the place: " in the node \"a/b\"". Nothing where there is none. */
static void add_place(tnds_build *b) {
  size_t used = strlen(b->problem);
  const char *before = " in the node \"";
  for (size_t i = 1; i <= b->depth && b->frames != NULL && used < sizeof b->problem; i++) {
    const tnds_frame *f = &b->frames[i];
    omadm_str name = f->context != IN_NODE ? (omadm_str){"", 0}
                     : f->placed           ? b->nodes[f->node].name
                                           : f->name;
    if (name.len == 0) continue;
    int n = snprintf(b->problem + used, sizeof b->problem - used, "%s%.*s", before,
                     (int)(name.len < 60 ? name.len : 60), name.ptr);
    if (n < 0) return;
    used += (size_t)n;
    before = "/";
  }
  if (before[0] == '/' && used + 1 < sizeof b->problem)
    snprintf(b->problem + used, sizeof b->problem - used, "\"");
}

omadm_err tnds_build_fail(tnds_build *b, omadm_err err, const char *format, ...) {
  if (b->err != 0) return b->err;
  va_list ap;
  va_start(ap, format);
  vsnprintf(b->problem, sizeof b->problem, format, ap);
  va_end(ap);
  add_place(b);
  b->err = err;
  b->status = status_of(err);
  return err;
}

/* Memory */

static bool charge(tnds_build *b, size_t n) {
  if (!__builtin_add_overflow(b->used, n, &b->used) && b->used <= b->limits->decoded) return true;
  tnds_build_fail(b, OMADM_E_LIMIT, "the document takes more memory than the limit 'decoded'");
  return false;
}

static void *alloc(tnds_build *b, size_t n, size_t size) {
  size_t total = 0;
  if (b->err != 0 || __builtin_mul_overflow(n, size, &total) || !charge(b, total)) return NULL;
  void *p = omadm_arena_new(b->arena, n, size);
  if (p == NULL) tnds_build_fail(b, OMADM_E_NOMEM, "out of memory");
  return p;
}

static omadm_str keep(tnds_build *b, omadm_str s) {
  if (s.len == 0) return empty;
  char *p = alloc(b, s.len, 1);
  if (p == NULL) return empty;
  memcpy(p, s.ptr, s.len);
  return (omadm_str){p, s.len};
}

/* Nodes: a table of (parent, name) finds them, so that a Path through many costs no search. */

static size_t slot_of(size_t slots, uint64_t seed, uint32_t parent, omadm_str name) {
  return (size_t)omadm_str_hash_keyed(seed ^ parent, name) & (slots - 1);
}

static void enter(tnds_build *b, uint32_t i) {
  size_t at = slot_of(b->cap * 2, b->seed, b->nodes[i].parent, b->nodes[i].name);
  while (b->table[at] != 0)
    at = (at + 1) & (b->cap * 2 - 1);
  b->table[at] = i;
}

static void grow(tnds_build *b) {
  size_t cap = b->cap > 0 ? b->cap * 2 : 16;
  omadm_tnds_node *nodes = alloc(b, cap, sizeof *nodes);
  unsigned char *marks = alloc(b, cap, 1);
  uint32_t *table = alloc(b, cap * 2, sizeof *table);
  if (nodes == NULL || marks == NULL || table == NULL) return;
  if (b->n > 0) {
    memcpy(nodes, b->nodes, b->n * sizeof *nodes);
    memcpy(marks, b->marks, b->n);
  }
  b->nodes = nodes;
  b->marks = marks;
  b->table = table;
  b->cap = cap;
  for (size_t i = 1; i < b->n; i++)
    enter(b, (uint32_t)i);
}

uint32_t tnds_find(const uint32_t *table, size_t slots, uint64_t seed, const omadm_tnds_node *nodes,
                   uint32_t parent, omadm_str name) {
  size_t at = slot_of(slots, seed, parent, name);
  for (; table[at] != 0; at = (at + 1) & (slots - 1)) {
    const omadm_tnds_node *n = &nodes[table[at]];
    if (n->parent == parent && omadm_str_equal(n->name, name)) return table[at];
  }
  return 0;
}

/* The node of that name below `parent`, made where it is missing. 0 after a failure. */
static uint32_t child(tnds_build *b, uint32_t parent, omadm_str name) {
  if (b->err != 0) return 0;
  uint32_t i = tnds_find(b->table, b->cap * 2, b->seed, b->nodes, parent, name);
  if (i != 0) return i;
  if (b->n > b->limits->items) {
    tnds_build_fail(b, OMADM_E_LIMIT, "the document has more nodes than the limit 'items'");
    return 0;
  }
  if (b->n == b->cap) grow(b);
  omadm_str kept = keep(b, name);
  if (b->err != 0) return 0;
  i = (uint32_t)b->n++;
  b->nodes[i] = (omadm_tnds_node){
      .parent = parent, .name = kept, .type = empty, .acl = empty, .title = empty, .value = empty};
  b->marks[parent] |= MARK_PARENT;
  enter(b, i);
  return i;
}

/* A NodeName or a Path as segments. They are read like a URI, so that nothing climbs or hides; but
 * blanks inside a name are the name's. */
static bool parse(tnds_build *b, omadm_str given, omadm_uri *uri) {
  char *scratch = alloc(b, given.len, 1);
  if (scratch == NULL) return false;
  omadm_status status =
      omadm_uri_parse(given, OMADM_URI_CLEAN_SPACE, b->limits, scratch, NULL, uri);
  bool question = memchr(given.ptr, '?', given.len) != NULL;
  if (status == OMADM_ST_OK && !question) return true;
  tnds_build_fail(b, OMADM_E_ARGUMENT, "\"%.*s\" leads to no node",
                  given.len < 60 ? (int)given.len : 60, given.ptr);
  if (status == OMADM_ST_URI_TOO_LONG) b->status = status;
  return false;
}

static uint32_t follow(tnds_build *b, omadm_str path) {
  omadm_uri uri;
  uint32_t at = 0;
  if (path.len > 1 && path.ptr[path.len - 1] == '/') path.len--;
  if (path.len == 0 || !parse(b, path, &uri)) return 0;
  for (size_t i = 0; i < uri.n; i++)
    at = child(b, at, uri.segment[i]);
  return at;
}

/* NodeName and Path are known now, or will not come. */
static void place(tnds_build *b, tnds_frame *f) {
  omadm_uri uri;
  bool top = f[-1].context == IN_TREE;
  if (f->placed || b->err != 0) return;
  f->placed = true;
  if (f->has_path && !top) {
    tnds_build_fail(b, OMADM_E_SYNTAX, "a Path stands in a Node inside another");
    return;
  }
  if (f->name.len == 0) {
    /* The Target itself (OMA-TS-DM_TNDS 6.2.4); nothing else can be without a name. */
    if (!top || f->path.len > 0)
      tnds_build_fail(b, OMADM_E_SYNTAX, "a Node that is not the Target has no NodeName");
    f->node = 0;
    b->nodes[0].omitted = !f->has_name;
  } else {
    uint32_t parent = top ? follow(b, f->path) : f[-1].node;
    if (b->err != 0 || !parse(b, f->name, &uri)) return;
    if (uri.n == 1 && memchr(f->name.ptr, '/', f->name.len) == NULL)
      f->node = child(b, parent, uri.segment[0]);
    else
      tnds_build_fail(b, OMADM_E_ARGUMENT, "a NodeName is more than a name");
  }
  if (b->err != 0) return;
  if (b->nodes[f->node].described)
    tnds_build_fail(b, OMADM_E_EXISTS, "the node \"%.*s\" is described twice",
                    f->name.len < 60 ? (int)f->name.len : 60, f->name.ptr);
  b->nodes[f->node].described = 1;
}

/* Elements */

static tnds_frame *push(tnds_build *b) {
  if (b->depth >= b->limits->data_depth) {
    tnds_build_fail(b, OMADM_E_LIMIT, "the document is nested deeper than the limit 'data-depth'");
    return NULL;
  }
  if (b->depth + 1 >= b->room) {
    size_t room = b->room * 2;
    tnds_frame *frames = alloc(b, room, sizeof *frames);
    if (frames == NULL) return NULL;
    memcpy(frames, b->frames, (b->depth + 1) * sizeof *frames);
    b->frames = frames;
    b->room = room;
  }
  tnds_frame *f = &b->frames[++b->depth];
  *f = (tnds_frame){.node = f[-1].node, .name = empty, .path = empty};
  return f;
}

static const rule *rule_of(unsigned in, tnds_element element) {
  for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
    if (rules[i].in == in && rules[i].element == element) return &rules[i];
  }
  return NULL;
}

static omadm_format format_of(tnds_element element) {
  return omadm_format_parse(tnds_element_name(element));
}

void tnds_build_start(tnds_build *b, tnds_element element) {
  if (b->err != 0) return;
  tnds_frame *above = &b->frames[b->depth];
  if (above->context == IN_SKIPPED) {
    /* Bounded by the reader below, and by nothing that could be eaten up here. */
    b->skipped++;
    return;
  }
  const rule *r = rule_of(above->context, element);
  if (above->context == IN_DOCUMENT && (r == NULL || b->complete)) {
    tnds_build_fail(b, OMADM_E_SYNTAX, "the root element is not MgmtTree");
    return;
  }
  if (above->context == IN_TEXT) {
    tnds_build_fail(b, OMADM_E_SYNTAX, "an element stands inside a text");
    return;
  }
  bool node_text = r != NULL && (r->text == TEXT_NAME || r->text == TEXT_PATH);
  if (above->context == IN_NODE && r != NULL) {
    if (node_text && above->placed)
      tnds_build_fail(b, OMADM_E_SYNTAX, "NodeName and Path come before everything else of a Node");
    if (!node_text) place(b, above);
  }
  if (above->context == IN_FORMAT) {
    omadm_format format = format_of(element);
    if (format == OMADM_FORMAT_UNKNOWN || format == OMADM_FORMAT_ABSENT)
      tnds_build_fail(b, OMADM_E_SYNTAX, "a Format is none of the formats");
    else
      b->nodes[above->node].format = format;
  }
  tnds_frame *f = b->err == 0 ? push(b) : NULL;
  if (f == NULL) return;
  f->context = r != NULL ? r->opens : IN_SKIPPED;
  f->text = r != NULL ? r->text : TEXT_NONE;
  b->text.len = 0;
  b->octets = false;
}

void tnds_build_text(tnds_build *b, omadm_str piece, bool octets) {
  if (b->err != 0) return;
  unsigned in = b->frames[b->depth].context;
  if (in == IN_SKIPPED) return;
  if (in != IN_TEXT) {
    if (omadm_str_trim(piece).len > 0)
      tnds_build_fail(b, OMADM_E_SYNTAX, "text stands where only elements may");
    return;
  }
  omadm_err err = omadm_buf_add_str(&b->text, piece);
  b->octets |= octets;
  if (err == OMADM_E_LIMIT)
    tnds_build_fail(b, err, "a value is larger than the limit 'decoded'");
  else if (err != 0)
    tnds_build_fail(b, err, "%s", omadm_err_text(err));
}

static void end_value(tnds_build *b, omadm_tnds_node *n, uint32_t i) {
  if ((b->marks[i] & MARK_VALUE) != 0) {
    tnds_build_fail(b, OMADM_E_SYNTAX, "a Node has two Values");
    return;
  }
  b->marks[i] |= MARK_VALUE;
  n->has_value = 1;
  n->octets = b->octets;
  n->value = keep(b, omadm_buf_str(&b->text));
}

static void end_text(tnds_build *b, const tnds_frame *f) {
  tnds_frame *above = &b->frames[b->depth]; /* the frame is popped */
  omadm_tnds_node *n = &b->nodes[f->node];
  omadm_str trimmed = omadm_str_trim(omadm_buf_str(&b->text));
  if (b->text.len == 0) trimmed = empty;
  switch ((text)f->text) {
  case TEXT_NONE: break;
  case TEXT_VERSION:
    if (!omadm_str_is(trimmed, "1.2"))
      tnds_build_fail(b, OMADM_E_UNSUPPORTED, "its VerDTD is not 1.2");
    break;
  case TEXT_NAME:
    above->name = keep(b, trimmed);
    above->has_name = true;
    break;
  case TEXT_PATH:
    above->path = keep(b, trimmed);
    above->has_path = true;
    break;
  case TEXT_VALUE: end_value(b, n, f->node); break;
  case TEXT_ACL: n->acl = keep(b, trimmed); break;
  case TEXT_TITLE: n->title = keep(b, trimmed); break;
  case TEXT_DDF_NAME: b->marks[f->node] |= MARK_DDF_NAME; /* fallthrough */
  case TEXT_MIME: n->type = keep(b, trimmed); break;
  }
}

void tnds_build_end(tnds_build *b) {
  if (b->err != 0) return;
  if (b->skipped > 0) {
    b->skipped--;
    return;
  }
  tnds_frame *f = &b->frames[b->depth--];
  if (f->context == IN_NODE) place(b, f);
  if (f->context == IN_TEXT) end_text(b, f);
  if (f->context == IN_TREE) b->complete = true;
  b->text.len = 0;
}

/* The end */

static void decode_octets(tnds_build *b, omadm_tnds_node *n) {
  b->text.len = 0;
  omadm_err err = omadm_base64_decode(n->value, &b->text);
  if (err != 0) {
    tnds_build_fail(b, err, "the value of \"%.*s\" is no base64",
                    n->name.len < 60 ? (int)n->name.len : 60, n->name.ptr);
    return;
  }
  n->value = keep(b, omadm_buf_str(&b->text));
}

/* Interior or leaf: by its Format, else by what it holds, else by how its type is written. */
static void judge(tnds_build *b, size_t i) {
  omadm_tnds_node *n = &b->nodes[i];
  unsigned mark = b->marks[i];
  bool interior = n->format == OMADM_FORMAT_NODE || (mark & MARK_PARENT) != 0 || !n->described;
  if (!interior && n->format == OMADM_FORMAT_ABSENT)
    interior = (mark & MARK_DDF_NAME) != 0 && !n->has_value;
  if (!interior) {
    if (n->format == OMADM_FORMAT_BIN && n->has_value && !n->octets) decode_octets(b, n);
    return;
  }
  bool leaf = n->format != OMADM_FORMAT_NODE && n->format != OMADM_FORMAT_ABSENT;
  if (leaf || omadm_str_trim(n->value).len > 0) {
    tnds_build_fail(b, OMADM_E_SYNTAX, "\"%.*s\" is interior and has a value or a leaf's format",
                    n->name.len < 60 ? (int)n->name.len : 60, n->name.ptr);
    return;
  }
  n->format = OMADM_FORMAT_NODE;
  n->has_value = 0;
}

omadm_err tnds_build_finish(tnds_build *b) {
  if (b->err == 0 && !b->complete)
    tnds_build_fail(b, OMADM_E_SYNTAX, "the document is not complete");
  if (b->err == 0 && b->n < 2 && !b->nodes[0].described)
    tnds_build_fail(b, OMADM_E_SYNTAX, "the document has no Node");
  for (size_t i = 0; b->err == 0 && i < b->n; i++)
    judge(b, i);
  return b->err;
}

void tnds_build_init(tnds_build *b, const omadm_limits *limits, omadm_arena *arena) {
  *b = (tnds_build){.limits = limits, .arena = arena, .room = 16};
  b->seed = (uint64_t)(uintptr_t)b;
  omadm_buf_init(&b->text, arena->mem, omadm_size_clamp(limits->decoded));
  b->frames = alloc(b, b->room, sizeof *b->frames);
  grow(b);
  if (b->err != 0) return;
  b->nodes[0] = (omadm_tnds_node){.parent = OMADM_TNDS_NONE,
                                  .name = empty,
                                  .type = empty,
                                  .acl = empty,
                                  .title = empty,
                                  .value = empty};
  b->n = 1;
}

void tnds_build_dispose(tnds_build *b) {
  omadm_buf_dispose(&b->text);
}
