/* SPDX-License-Identifier: MIT */
#include "transport/mask.h"

#include <stdlib.h>

#include "base/str.h"

struct mask_name {
  mask_name *next;
  omadm_str secret;
  uint64_t hash;
  unsigned number;
};

static const char *const secret_nodes[] = {
#define MASK_NODE(name) name,
    MASK_NODES(MASK_NODE)
#undef MASK_NODE
};

static const char *const secret_arguments[] = {
#define MASK_NODE(name) name,
    MASK_ARGUMENTS(MASK_NODE)
#undef MASK_NODE
};

/* The elements that matter, in the order of tag_names. */
typedef enum tag {
  TAG_CRED,
  TAG_ITEM,
  TAG_DATA,
  TAG_NEXT_NONCE,
  TAG_LOC_URI,
  TAG_TARGET,
  TAG_SOURCE,
  TAG_NODE_NAME,
  TAG_VALUE,
  TAG_ALERT,
  TAG_STATUS,
  TAG_CMD_ID,
  TAG_CMD_REF,
  TAG_COUNT
} tag;

static const char *const tag_names[TAG_COUNT] = {
    "Cred",     "Item",  "Data",  "NextNonce", "LocURI", "Target", "Source",
    "NodeName", "Value", "Alert", "Status",    "CmdID",  "CmdRef"};

typedef struct range {
  size_t from;
  size_t to;
} range;

typedef struct scan {
  mask *mask;
  omadm_str text;
  size_t at;
  bool in_cred;
  bool in_item;
  bool item_secret; /* a URI of the Item names a secret node */
  bool node_secret; /* so does the last NodeName of a TNDS document */
  range item_data;
  omadm_str alert_id; /* CmdID of the open Alert; empty: not read */
  bool answers_hidden; /* the open Status is for an alert that hides what is typed */
  size_t content[TAG_COUNT]; /* where the open element's content begins; 0: not open */
  omadm_buf ranges; /* of `range`, in the order of their ends */
} scan;

void mask_init(mask *self) {
  *self = (mask){0};
  omadm_arena_init(&self->arena, &omadm_mem_default, 0);
}

void mask_dispose(mask *self) {
  omadm_arena_dispose(&self->arena);
}

omadm_err mask_value(mask *self, omadm_str secret, omadm_buf *out) {
  uint64_t hash = omadm_str_hash(secret);
  mask_name *name = self->names;
  while (name != NULL && (name->hash != hash || !omadm_str_equal(name->secret, secret)))
    name = name->next;
  if (name == NULL) {
    name = omadm_arena_new(&self->arena, 1, sizeof *name);
    if (name == NULL) return OMADM_E_NOMEM;
    name->secret = omadm_arena_copy(&self->arena, secret);
    if (name->secret.ptr == NULL) return OMADM_E_NOMEM;
    name->hash = hash;
    name->number = ++self->count;
    name->next = self->names;
    self->names = name;
  }
  return omadm_buf_printf(out, "{{secret-%u}}", name->number);
}

static omadm_str slice(const scan *s, range r) {
  return (omadm_str){s->text.ptr + r.from, r.to - r.from};
}

static bool at_word(const scan *s, size_t at, const char *word) {
  return omadm_str_starts((omadm_str){s->text.ptr + at, s->text.len - at}, word);
}

/* The range without outer white space and the marks of a CDATA section. */
static range inner(const scan *s, range r) {
  static const char begin[] = "<![CDATA[", end[] = "]]>";
  for (int pass = 0; pass < 2; pass++) {
    omadm_str t = omadm_str_trim(slice(s, r));
    r.from = (size_t)(t.ptr - s->text.ptr);
    r.to = r.from + t.len;
    if (pass > 0 || t.len < sizeof begin + sizeof end - 2 || !omadm_str_starts(t, begin)) return r;
    if (!at_word(s, r.to - (sizeof end - 1), end)) return r;
    r.from += sizeof begin - 1;
    r.to -= sizeof end - 1;
  }
  return r;
}

static omadm_err hide(scan *s, range r) {
  r = inner(s, r);
  return r.from < r.to ? omadm_buf_add(&s->ranges, &r, sizeof r) : 0;
}

/* Does the last segment of a URI, or a name, stand among these? One that is escaped may. */
static bool is_among(omadm_str uri, const char *const *names, size_t n) {
  for (size_t i = 0; i < uri.len; i++) {
    if (uri.ptr[i] == '?') uri.len = i;
  }
  for (size_t i = uri.len; i > 0; i--) {
    if (uri.ptr[i - 1] != '/') continue;
    uri = (omadm_str){uri.ptr + i, uri.len - i};
    break;
  }
  for (size_t i = 0; i < uri.len; i++) {
    if (uri.ptr[i] == '%' || uri.ptr[i] == '&') return true;
  }
  for (size_t i = 0; i < n; i++) {
    if (omadm_str_equal_nocase(uri, omadm_str_of(names[i]))) return true;
  }
  return false;
}

static bool is_secret_node(omadm_str uri) {
  return is_among(uri, secret_nodes, sizeof secret_nodes / sizeof *secret_nodes);
}

/* A Source is the node that speaks: what it says is not its argument. */
static bool is_secret_uri(const scan *s, omadm_str uri) {
  bool speaks = s->content[TAG_SOURCE] > 0 && s->content[TAG_TARGET] == 0;
  return is_secret_node(uri) ||
         (!speaks &&
          is_among(uri, secret_arguments, sizeof secret_arguments / sizeof *secret_arguments));
}

/* OMA-TS-DM_Protocol 10.3.5: ET=P among the options of an alert. The value may be URL-encoded, and
 * anything may be written as a character reference. */
static bool hides_typing(omadm_str options) {
  for (size_t i = 0; i + 3 < options.len; i++) {
    if (options.ptr[i] == '&' && options.ptr[i + 1] == '#') return true;
    if (memcmp(options.ptr + i, "ET=", 3) == 0 && options.ptr[i + 3] != 'T') return true;
  }
  return false;
}

/* An Item of an Alert ends: is it a question whose answer must not be seen? */
static void note_question(scan *s) {
  mask *m = s->mask;
  omadm_str id = s->alert_id;
  if (s->item_data.to == 0 || !hides_typing(slice(s, s->item_data))) return;
  bool plain = id.len > 0 && id.len < MASK_ID;
  for (size_t i = 0; plain && i < id.len; i++)
    plain = id.ptr[i] != '&' && id.ptr[i] != '<';
  if (!plain || m->hiding_count == MASK_ALERTS) {
    m->all_hide = true;
    return;
  }
  char *at = m->hiding[m->hiding_count++];
  memcpy(at, id.ptr, id.len);
  at[id.len] = '\0';
}

static bool answers_hidden(const mask *m, omadm_str reference) {
  bool found = m->all_hide;
  for (size_t i = 0; !found && i < m->hiding_count; i++)
    found = omadm_str_is(reference, m->hiding[i]);
  return found;
}

static omadm_err item_ends(scan *s) {
  bool secret = s->in_item && (s->item_secret || s->answers_hidden);
  if (s->in_item && s->content[TAG_ALERT] > 0) note_question(s);
  s->in_item = false;
  return secret && s->item_data.to > 0 ? hide(s, s->item_data) : 0;
}

static omadm_err element_ends(scan *s, tag t, size_t end) {
  range r = {s->content[t], end};
  bool open = r.from > 0;
  s->content[t] = 0;
  switch (t) {
  case TAG_CRED: s->in_cred = false; break;
  case TAG_ITEM: return item_ends(s);
  case TAG_DATA:
    if (s->in_item && s->item_data.from > 0) s->item_data.to = end;
    return open && s->in_cred ? hide(s, r) : 0;
  case TAG_NEXT_NONCE: return open ? hide(s, r) : 0;
  case TAG_LOC_URI:
  case TAG_TARGET:
  case TAG_SOURCE:
    if (open && is_secret_uri(s, slice(s, inner(s, r)))) s->item_secret = true;
    break;
  case TAG_NODE_NAME: s->node_secret = open && is_secret_node(slice(s, inner(s, r))); break;
  case TAG_VALUE: return open && s->node_secret ? hide(s, r) : 0;
  case TAG_CMD_ID:
    if (open && s->content[TAG_ALERT] > 0) s->alert_id = slice(s, inner(s, r));
    break;
  case TAG_CMD_REF:
    if (open && s->content[TAG_STATUS] > 0)
      s->answers_hidden = answers_hidden(s->mask, slice(s, inner(s, r)));
    break;
  case TAG_ALERT:
  case TAG_STATUS:
    s->answers_hidden = false;
    s->alert_id.len = 0;
    break;
  case TAG_COUNT: break;
  }
  return 0;
}

static omadm_err element_begins(scan *s, tag t, size_t content) {
  omadm_err err = 0;
  if (t == TAG_CRED) s->in_cred = true;
  if (t == TAG_STATUS) s->answers_hidden = s->mask->all_hide;
  if (t == TAG_ITEM) {
    err = item_ends(s);
    s->in_item = true;
    s->item_secret = false;
    s->item_data = (range){0, 0};
  }
  /* Of Data in Data the outermost counts. */
  if (t == TAG_DATA && s->in_item && s->item_data.from == 0) s->item_data.from = content;
  s->content[t] = content;
  return err;
}

static bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || c == '.' || c == ':';
}

static tag tag_of(omadm_str name) {
  for (size_t i = name.len; i > 0; i--) {
    if (name.ptr[i - 1] != ':') continue;
    name = (omadm_str){name.ptr + i, name.len - i};
    break;
  }
  for (int t = 0; t < TAG_COUNT; t++) {
    if (omadm_str_is(name, tag_names[t])) return (tag)t;
  }
  return TAG_COUNT;
}

/* A tag begins at `begin`; its mark, "<" or "&lt;" (a document inside Data), ends at s->at. Text
 * that is none is passed over. */
static omadm_err scan_tag(scan *s, size_t begin) {
  bool ends = s->at < s->text.len && s->text.ptr[s->at] == '/';
  size_t from = s->at + (ends ? 1 : 0);
  size_t to = from;
  while (to < s->text.len && is_name_char(s->text.ptr[to]))
    to++;
  tag t = tag_of(slice(s, (range){from, to}));
  while (to < s->text.len && s->text.ptr[to] != '>' && s->text.ptr[to] != '<' &&
         !at_word(s, to, "&gt;"))
    to++;
  s->at = to;
  if (t == TAG_COUNT || to == s->text.len || s->text.ptr[to] == '<') return 0;
  if (ends) return element_ends(s, t, begin);
  if (s->text.ptr[to - 1] == '/') return 0;
  return element_begins(s, t, to + (s->text.ptr[to] == '>' ? 1 : strlen("&gt;")));
}

static omadm_err find_secrets(scan *s) {
  omadm_err err = 0;
  while (err == 0 && s->at < s->text.len) {
    size_t begin = s->at;
    bool raw = s->text.ptr[begin] == '<';
    bool escaped = !raw && at_word(s, begin, "&lt;");
    s->at += escaped ? strlen("&lt;") : 1;
    if (raw || escaped) err = scan_tag(s, begin);
  }
  /* Cut off in the middle of a secret. */
  if (err == 0 && s->content[TAG_DATA] > 0) err = element_ends(s, TAG_DATA, s->text.len);
  if (err == 0 && s->content[TAG_NEXT_NONCE] > 0)
    err = element_ends(s, TAG_NEXT_NONCE, s->text.len);
  if (err == 0 && s->content[TAG_VALUE] > 0) err = element_ends(s, TAG_VALUE, s->text.len);
  return err != 0 ? err : item_ends(s);
}

static int by_start(const void *a, const void *b) {
  const range *x = a, *y = b;
  if (x->from != y->from) return x->from < y->from ? -1 : 1;
  return (x->to < y->to) - (x->to > y->to);
}

omadm_err mask_text(mask *self, omadm_str text, omadm_buf *out) {
  scan s = {.mask = self, .text = text};
  size_t done = 0;
  omadm_buf_init(&s.ranges, &omadm_mem_default, 0);
  omadm_err err = find_secrets(&s);
  size_t n = s.ranges.len / sizeof(range);
  range *ranges = (range *)(void *)s.ranges.ptr;
  if (err == 0 && n > 0) qsort(ranges, n, sizeof *ranges, by_start);
  for (size_t i = 0; err == 0 && i < n; i++) {
    if (ranges[i].from < done) continue; /* inside one that was masked whole */
    err = omadm_buf_add(out, text.ptr + done, ranges[i].from - done);
    if (err == 0) err = mask_value(self, slice(&s, ranges[i]), out);
    done = ranges[i].to;
  }
  if (err == 0) err = omadm_buf_add(out, text.ptr + done, text.len - done);
  omadm_buf_dispose(&s.ranges);
  return err;
}
