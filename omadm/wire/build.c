/* SPDX-License-Identifier: MIT */
#include "omadm/wire/build.h"

#include "omadm/wire/ids.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

omadm_err wire_build_fail(wire_build *b, omadm_err err, const char *format, ...) {
  if (b->err != 0) return b->err;
  b->err = err;
  va_list ap;
  va_start(ap, format);
  vsnprintf(b->problem, sizeof b->problem, format, ap);
  va_end(ap);
  return err;
}

static void fail_limit(wire_build *b, const char *what, uint64_t limit, const char *name) {
  wire_build_fail(b, OMADM_E_LIMIT, "%s %" PRIu64 " (limit %s)", what, limit, name);
}

/* Counts octets that the message takes. */
static bool charge(wire_build *b, size_t n) {
  if (__builtin_add_overflow(b->used, n, &b->used) || b->used > b->limits->decoded) {
    fail_limit(b, "the decoded message takes more octets than", b->limits->decoded, "decoded");
    return false;
  }
  return true;
}

void *wire_build_alloc(wire_build *b, size_t size) {
  if (!charge(b, size)) return NULL;
  void *p = omadm_arena_new(b->arena, 1, size);
  if (p == NULL) wire_build_fail(b, OMADM_E_NOMEM, "out of memory");
  return p;
}

static void quirk(uint32_t *quirks, omadm_quirk which) {
  *quirks |= 1U << which;
}

static bool is_blank(omadm_str text) {
  return omadm_str_trim(text).len == 0;
}

/* Text */

static void begin_text(wire_build *b) {
  b->text = (omadm_str){NULL, 0};
  b->joined = false;
}

/* The text of the element that ends; never with a NULL ptr. */
static omadm_str take_text(wire_build *b) {
  omadm_str text = b->text;
  if (b->joined) {
    text = charge(b, text.len) ? omadm_arena_copy(b->arena, text) : (omadm_str){NULL, 0};
    if (text.ptr == NULL) wire_build_fail(b, OMADM_E_NOMEM, "out of memory");
  }
  if (text.ptr == NULL) text = (omadm_str)OMADM_STR("");
  begin_text(b);
  return text;
}

static void join(wire_build *b, omadm_str piece) {
  omadm_err err = 0;
  if (!b->joined) {
    b->join.len = 0;
    err = omadm_buf_add_str(&b->join, b->text);
    b->joined = true;
  }
  if (err == 0) err = omadm_buf_add_str(&b->join, piece);
  b->text = omadm_buf_str(&b->join);
  if (err == OMADM_E_LIMIT)
    fail_limit(b, "a value takes more octets than", b->limits->decoded, "decoded");
  if (err != 0) wire_build_fail(b, err, "%s", omadm_err_text(err));
}

/* Is this a place where characters count? */
static bool takes_text(const wire_build *b, const wire_frame *top, omadm_str piece) {
  if (top->context == WIRE_IN_SKIPPED) return false;
  if (top->context == WIRE_IN_DATA) return !wire_build_is_markup(b);
  if (top->context == WIRE_IN_ADDRESS) return true;
  if (!is_blank(piece)) quirk(top->quirks, OMADM_QUIRK_STRAY_TEXT);
  return false;
}

void wire_build_more_text(wire_build *b, omadm_str piece, bool stays) {
  wire_frame *top = b->top;
  if (b->err != 0 || b->inner > 0) return;
  if (top->context != WIRE_IN_TEXT && !takes_text(b, top, piece)) return;
  if (stays && b->text.ptr == NULL) {
    b->text = piece;
  } else if (stays && !b->joined && b->text.ptr + b->text.len == piece.ptr) {
    b->text.len += piece.len;
  } else {
    join(b, piece);
  }
}

void wire_build_source(wire_build *b, omadm_str source) {
  b->text = source;
  b->joined = false;
}

/* Openers: `f` is the new frame, whose object still is its parent's; f[-1] is the parent. */

static void *member_at(wire_frame *f) {
  return (char *)f->object + f->rule->at;
}

static void open_plain(wire_build *b, wire_frame *f, omadm_str name) {
  (void)b;
  (void)name;
  if (f->context == WIRE_IN_BODY) f->tail.command = &((wire_message *)f->object)->commands;
}

static void open_text(wire_build *b, wire_frame *f, omadm_str name) {
  (void)name;
  if (f[-1].context == WIRE_IN_ADDRESS && !is_blank(b->text))
    quirk(f->quirks, OMADM_QUIRK_STRAY_TEXT);
  f->object = member_at(f);
  begin_text(b);
}

static void open_data(wire_build *b, wire_frame *f, omadm_str name) {
  (void)name;
  ((wire_item *)f->object)->data_has_elements = false;
  begin_text(b);
}

static void open_flag(wire_build *b, wire_frame *f, omadm_str name) {
  (void)b;
  (void)name;
  *(bool *)member_at(f) = true;
}

static void open_meta(wire_build *b, wire_frame *f, omadm_str name) {
  (void)b;
  (void)name;
  f->object = member_at(f);
}

static void open_address(wire_build *b, wire_frame *f, omadm_str name) {
  (void)name;
  omadm_str *pair = f->object = member_at(f);
  pair[0] = pair[1] = (omadm_str){NULL, 0};
  begin_text(b);
}

static void open_item(wire_build *b, wire_frame *f, omadm_str name) {
  (void)name;
  wire_command *command = f->object;
  if (command->n_items >= b->limits->items) {
    fail_limit(b, "a command has more items than", b->limits->items, "items");
    return;
  }
  wire_item *item = wire_build_alloc(b, sizeof *item);
  if (item == NULL) return;
  command->n_items++;
  *f[-1].tail.item = item;
  f[-1].tail.item = &item->next;
  f->object = item;
  f->quirks = &item->quirks;
}

static void open_command(wire_build *b, wire_frame *f, omadm_str name) {
  if (b->message->n_commands >= b->limits->commands) {
    fail_limit(b, "the message has more commands than", b->limits->commands, "commands");
    return;
  }
  if (f[-1].context == WIRE_IN_GROUP) wire_ids_note(b, f->object);
  built_command *built = wire_build_alloc(b, sizeof *built);
  if (built == NULL) return;
  built->previous = b->last;
  built->number = b->message->n_commands++;
  b->last = built;
  wire_command *command = &built->command;
  command->kind = (wire_kind)f->rule->at;
  command->name = omadm_wire_kind_name(command->kind);
  if (command->kind == WIRE_UNKNOWN) {
    command->name = charge(b, name.len) ? omadm_arena_copy(b->arena, name) : name;
    if (command->name.ptr == NULL) wire_build_fail(b, OMADM_E_NOMEM, "out of memory");
  }
  *f[-1].tail.command = command;
  f[-1].tail.command = &command->next;
  f->object = command;
  f->quirks = &command->quirks;
  if (f->context == WIRE_IN_GROUP) {
    f->tail.command = &command->members;
  } else {
    f->tail.item = &command->items;
  }
}

static void (*const openers[])(wire_build *, wire_frame *, omadm_str) = {
    [WIRE_STORE_SKIP] = open_plain, [WIRE_STORE_PLAIN] = open_plain,
    [WIRE_STORE_TEXT] = open_text,  [WIRE_STORE_TRIMMED] = open_text,
    [WIRE_STORE_FIRST] = open_text, [WIRE_STORE_DATA] = open_data,
    [WIRE_STORE_FLAG] = open_flag,  [WIRE_STORE_PART] = open_flag,
    [WIRE_STORE_META] = open_meta,  [WIRE_STORE_ADDRESS] = open_address,
    [WIRE_STORE_ITEM] = open_item,  [WIRE_STORE_COMMAND] = open_command,
};

/* Closers */

static void close_header(wire_build *b, wire_frame *f) {
  wire_message *m = b->message;
  /* An empty header is none: there would be no MsgID to answer to. */
  m->has_header = f->rank > 0;
  omadm_str *const addresses[] = {&m->target, &m->target_name, &m->source, &m->source_name};
  for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++)
    *addresses[i] = omadm_str_trim(*addresses[i]);
}

static void close_plain(wire_build *b, wire_frame *f) {
  if (f->context == WIRE_IN_HEADER) close_header(b, f);
  if (f->context == WIRE_IN_SYNCML && (f->once & 1U << WIRE_RANK_OF_BODY) == 0)
    wire_build_fail(b, OMADM_E_SYNTAX, "it has no SyncBody");
}

static void close_text(wire_build *b, wire_frame *f) {
  *(omadm_str *)f->object = take_text(b);
}

static void close_trimmed(wire_build *b, wire_frame *f) {
  *(omadm_str *)f->object = omadm_str_trim(take_text(b));
}

static void close_first(wire_build *b, wire_frame *f) {
  omadm_str text = omadm_str_trim(take_text(b));
  if (((omadm_str *)f->object)->ptr == NULL) *(omadm_str *)f->object = text;
}

static void close_data(wire_build *b, wire_frame *f) {
  ((wire_item *)f->object)->data = take_text(b);
}

/* A URI without LocURI around it (as OMA-TS-SyncML_RepPro's own examples of Copy have it). */
static void close_address(wire_build *b, wire_frame *f) {
  omadm_str *pair = f->object;
  if (is_blank(b->text)) {
    begin_text(b);
    return;
  }
  omadm_str text = omadm_str_trim(take_text(b));
  if (pair[0].ptr == NULL) {
    pair[0] = text;
    quirk(f->quirks, OMADM_QUIRK_BARE_URI);
  } else {
    quirk(f->quirks, OMADM_QUIRK_STRAY_TEXT);
  }
}

/* "<Type>b64</Type>" without a Format. */
static void mend_type(wire_meta *meta, uint32_t *quirks) {
  enum { LONGEST_FORMAT = 5 };
  if (meta->format.ptr != NULL || meta->type.len == 0 || meta->type.len > LONGEST_FORMAT) return;
  if (omadm_format_parse(meta->type) == OMADM_FORMAT_UNKNOWN) return;
  meta->format = meta->type;
  meta->type = (omadm_str){NULL, 0};
  quirk(quirks, OMADM_QUIRK_FORMAT_IN_TYPE);
}

static void close_item(wire_build *b, wire_frame *f) {
  (void)b;
  wire_item *item = f->object;
  const wire_command *command = f[-1].object;
  mend_type(&item->meta, &item->quirks);
  if (item->data.ptr != NULL && (command->kind == WIRE_GET || command->kind == WIRE_DELETE)) {
    quirk(&item->quirks, OMADM_QUIRK_GET_DATA);
  }
  f[-1].markup |= item->data_has_elements;
}

/* The format that holds for an item: its own, its command's, or that of an Atomic or Sequence
   around it (OMA-TS-SyncML_RepPro 6.3.3). */
static omadm_str format_of(const wire_item *item, const wire_frame *f) {
  omadm_str format = item->meta.format;
  for (; format.ptr == NULL && f->rule->store == WIRE_STORE_COMMAND; f--) {
    format = ((const wire_command *)f->object)->meta.format;
  }
  return format;
}

static void close_command(wire_build *b, wire_frame *f) {
  wire_command *command = f->object;
  mend_type(&command->meta, &command->quirks);
  for (wire_item *item = f->markup ? command->items : NULL; item != NULL; item = item->next) {
    if (item->data_has_elements &&
        !omadm_str_is(format_of(item, f), omadm_format_text(OMADM_FORMAT_XML))) {
      quirk(&item->quirks, OMADM_QUIRK_INLINE_SYNCML);
    }
  }
  /* It may be missing for the header (OMA-TS-SyncML_RepPro 6.1.5). */
  if (command->kind == WIRE_STATUS && command->cmd_ref.len == 0 &&
      !omadm_str_is(command->cmd, "SyncHdr")) {
    quirk(&command->quirks, OMADM_QUIRK_EMPTY_CMDREF);
  }
  wire_ids_note(b, command);
}

static void (*const closers[])(wire_build *, wire_frame *) = {
    [WIRE_STORE_SKIP] = close_plain,  [WIRE_STORE_PLAIN] = close_plain,
    [WIRE_STORE_TEXT] = close_text,   [WIRE_STORE_TRIMMED] = close_trimmed,
    [WIRE_STORE_FIRST] = close_first, [WIRE_STORE_DATA] = close_data,
    [WIRE_STORE_FLAG] = close_plain,  [WIRE_STORE_PART] = close_plain,
    [WIRE_STORE_META] = close_plain,  [WIRE_STORE_ADDRESS] = close_address,
    [WIRE_STORE_ITEM] = close_item,   [WIRE_STORE_COMMAND] = close_command,
};

/* Elements */

void wire_build_init(wire_build *b, const omadm_limits *limits, omadm_arena *arena, size_t size) {
  b->err = 0;
  b->problem[0] = '\0';
  b->limits = limits;
  b->arena = arena;
  b->frames = b->top = b->first_frames;
  b->depth = 0;
  b->n_frames = WIRE_FRAMES;
  b->roomy = limits->depth < WIRE_FRAMES ? (size_t)limits->depth : WIRE_FRAMES - 1;
  b->inner = 0;
  b->used = 0;
  b->last = NULL;
  b->last_id = (omadm_str){NULL, 0};
  b->ids_ascend = true;
  omadm_buf_init(&b->join, arena->mem, omadm_size_clamp(limits->decoded));
  begin_text(b);
  b->message = charge(b, size) ? wire_build_alloc(b, sizeof *b->message) : NULL;
  *b->top = (wire_frame){.context = WIRE_IN_DOCUMENT, .object = b->message};
  if (b->message != NULL) b->top->quirks = &b->message->quirks;
}

void wire_build_dispose(wire_build *b) {
  omadm_buf_dispose(&b->join);
}

void wire_build_inner(wire_build *b) {
  wire_frame *top = b->top;
  if (b->err != 0) return;
  b->inner++;
  if (top->context == WIRE_IN_DATA) {
    ((wire_item *)top->object)->data_has_elements = true;
    if (b->inner > b->limits->data_depth) {
      fail_limit(b, "XML inside Data is nested deeper than", b->limits->data_depth, "data-depth");
    }
    return;
  }
  if (top->context != WIRE_IN_SKIPPED) quirk(top->quirks, OMADM_QUIRK_UNKNOWN_ELEMENT);
  if (b->depth + b->inner > b->limits->depth) {
    fail_limit(b, "elements are nested deeper than", b->limits->depth, "depth");
  }
}

static void grow(wire_build *b) {
  wire_frame *frames = wire_build_alloc(b, b->n_frames * 2 * sizeof *frames);
  if (frames == NULL) return;
  memcpy(frames, b->frames, b->n_frames * sizeof *frames);
  b->frames = frames;
  b->n_frames *= 2;
  b->top = frames + b->depth;
}

/* Room for one more frame, and the limit on their number. */
static bool make_room(wire_build *b) {
  if (b->err != 0) return false;
  if (b->depth >= b->limits->depth) {
    fail_limit(b, "elements are nested deeper than", b->limits->depth, "depth");
    return false;
  }
  if (b->depth + 1 == b->n_frames) grow(b);
  return b->err == 0;
}

/* The root decides whether this is a message at all. */
static bool check_root(wire_build *b, wire_element element, wire_ns ns, omadm_str name) {
  if (element != WIRE_EL_SYNCML) {
    if (element != WIRE_EL_NONE) name = wire_element_name(element);
    int shown = name.len <= 60 ? (int)name.len : 0;
    wire_build_fail(b, OMADM_E_SYNTAX, "the root element is \"%.*s\", not SyncML", shown, name.ptr);
  } else if (ns > WIRE_NS_NONE) {
    wire_build_fail(b, OMADM_E_SYNTAX, "the root element is not in the namespace SYNCML:SYNCML1.2");
  }
  return b->err == 0;
}

/* An element in another namespace than the one that is right here: what it is taken for. */
static wire_element judge_ns(wire_build *b, const wire_frame *top, wire_element element,
                             wire_ns ns) {
  if (top->context == WIRE_IN_META) {
    quirk(top->quirks, OMADM_QUIRK_META_NAMESPACE);
    return element;
  }
  if (element > WIRE_EL_METINF) return element;
  if (ns <= WIRE_NS_NONE) {
    quirk(&b->message->quirks, OMADM_QUIRK_NAMESPACE);
    return element;
  }
  /* Meta may be where its children are (OMA-TS-SyncML_RepPro 5.4). */
  return element == WIRE_EL_META && ns < WIRE_NS_FOREIGN ? element : WIRE_EL_NONE;
}

static const wire_rule *rule_of_unknown(wire_frame *top) {
  if (top->context == WIRE_IN_BODY || top->context == WIRE_IN_GROUP)
    return &wire_rule_unknown_command;
  /* What an unknown command holds cannot be known. */
  if (top->context != WIRE_IN_OTHER) quirk(top->quirks, OMADM_QUIRK_UNKNOWN_ELEMENT);
  return &wire_rule_unknown;
}

static void check_flags(wire_build *b, wire_frame *parent, const wire_rule *rule) {
  if ((rule->flags & WIRE_OUTSIDE) != 0) quirk(parent->quirks, OMADM_QUIRK_META_OUTSIDE);
  if ((rule->flags & WIRE_ONCE) == 0) return;
  if ((parent->once & 1U << rule->rank) != 0) {
    wire_build_fail(b, OMADM_E_SYNTAX, "the message has two headers or two bodies");
  }
  parent->once = (unsigned char)(parent->once | 1U << rule->rank);
}

/* Siblings stand in the order of the DTD, and single ones once. */
static void check_order(wire_frame *parent, const wire_rule *rule) {
  if (rule->rank > parent->rank) {
    parent->rank = rule->rank;
  } else if (rule->rank > 0 && (rule->rank < parent->rank || (rule->flags & WIRE_REPEATS) == 0)) {
    quirk(parent->quirks, OMADM_QUIRK_ELEMENT_ORDER);
  }
}

wire_store wire_build_start(wire_build *b, wire_element element, wire_ns ns, omadm_str name) {
  if (b->err != 0) return WIRE_STORE_NONE;
  if (b->top->context == WIRE_IN_DOCUMENT && !check_root(b, element, ns, name))
    return WIRE_STORE_NONE;
  wire_frame *top = b->top;
  if (ns != (top->context == WIRE_IN_META ? WIRE_NS_METINF : WIRE_NS_SYNCML))
    element = judge_ns(b, top, element, ns);
  const wire_rule *rule = &wire_rules[top->context][element];
  if (rule->store == WIRE_STORE_NONE) rule = rule_of_unknown(top);
  check_order(top, rule);
  if ((rule->flags & ~WIRE_REPEATS) != 0) check_flags(b, top, rule);
  if ((b->err != 0 || b->depth >= b->roomy) && !make_room(b)) return WIRE_STORE_NONE;
  b->depth++;
  wire_frame *f = ++b->top;
  *f = (wire_frame){
      .rule = rule, .object = f[-1].object, .quirks = f[-1].quirks, .context = rule->opens};
  openers[rule->store](b, f, name);
  return (wire_store)rule->store;
}

void wire_build_close(wire_build *b) {
  wire_frame *f = b->top--;
  b->depth--;
  closers[f->rule->store](b, f);
}

void wire_build_end(wire_build *b) {
  if (b->err != 0) return;
  if (b->inner > 0) {
    b->inner--;
    return;
  }
  wire_build_close(b);
}

void wire_build_finish(wire_build *b) {
  if (b->err == 0 && !b->ids_ascend) wire_ids_mark_duplicates(b);
}
