/* SPDX-License-Identifier: MIT */
/*
 * Builds a message from events: an element begins, text, an element ends. Readers of any encoding
 * call it; rules.c says what becomes of what. After a failure `err` is set, `problem` says why, and
 * every further call does nothing.
 */
#ifndef OMADM_WIRE_BUILD_H
#define OMADM_WIRE_BUILD_H

#include "omadm/wire/model.h"
#include "omadm/wire/rules.h"

#include "base/str.h"

typedef struct wire_frame {
  const wire_rule *rule; /* of the open element */
  void *object; /* what its children fill; of text, where it goes */
  uint32_t *quirks; /* where deviations are noted */
  union {
    wire_item **item;
    wire_command **command;
  } tail; /* where the next one goes */
  unsigned char context;
  unsigned char rank; /* of the last child */
  unsigned char once; /* 1 << rank of the ONCE children seen */
  bool markup; /* of a command: an item's Data holds elements */
} wire_frame;

typedef struct built_command built_command;

enum { WIRE_FRAMES = 24 };

typedef struct wire_build {
  omadm_err err;
  char problem[160];
  const omadm_limits *limits;
  omadm_arena *arena;
  wire_message *message;
  wire_frame *top; /* the innermost open element that has a frame */
  wire_frame *frames;
  size_t depth; /* of top, from 0 for the document */
  size_t n_frames; /* room */
  size_t roomy; /* below this depth there is room, and no limit is met */
  uint64_t inner; /* open elements inside the leaf `top` */
  uint64_t used; /* octets, for the limit `decoded` */
  omadm_str text; /* of the open element so far */
  bool joined; /* it is in `join` */
  omadm_buf join;
  built_command *last; /* newest first */
  omadm_str last_id;
  bool ids_ascend; /* while true, no CmdID came twice */
  wire_frame first_frames[WIRE_FRAMES];
} wire_build;

/* `size` octets are charged to the limit `decoded` at once: those of the body. May fail; dispose in
 * any case. */
void wire_build_init(wire_build *b, const omadm_limits *limits, omadm_arena *arena, size_t size);
void wire_build_dispose(wire_build *b);

/* Notes a failure. Returns err. */
omadm_err wire_build_fail(wire_build *b, omadm_err err, const char *format, ...) OMADM_PRINTF(3, 4);
/* Zeroed memory that lives with the message; NULL after noting the failure. */
void *wire_build_alloc(wire_build *b, size_t size);

/* True inside a leaf, where only depth matters: an element begun there goes to wire_build_inner. */
static inline bool wire_build_in_leaf(const wire_build *b) {
  return b->top->context <= WIRE_LAST_LEAF;
}

/* An element begins inside a leaf. */
void wire_build_inner(wire_build *b);
/* An element begins elsewhere. `name` is its local name, borrowed for the call, and used where
 * `element` is NONE. Returns what becomes of it; NONE after a failure. */
wire_store wire_build_start(wire_build *b, wire_element element, wire_ns ns, omadm_str name);
/* What wire_build_text does beyond the simple case. */
void wire_build_more_text(wire_build *b, omadm_str piece, bool stays);
/* Characters. `stays`: they live as long as the message; pieces that follow each other in memory
 * then become one span. */
static inline void wire_build_text(wire_build *b, omadm_str piece, bool stays) {
  if (b->top->context == WIRE_IN_TEXT && b->text.ptr == NULL && stays && b->inner == 0) {
    b->text = piece;
  } else {
    wire_build_more_text(b, piece, stays);
  }
}
/* The open element is a Data that holds elements; its value will be the text given to
 * wire_build_source. */
static inline bool wire_build_is_markup(const wire_build *b) {
  return b->top->context == WIRE_IN_DATA &&
         ((const wire_item *)b->top->object)->data_has_elements && b->inner == 0;
}
void wire_build_source(wire_build *b, omadm_str source);
void wire_build_end(wire_build *b);
/* The same where nothing failed, and no element is open inside the leaf `top`. */
void wire_build_close(wire_build *b);
/* The command opened last, directly after WIRE_STORE_COMMAND. */
static inline wire_command *wire_build_command(const wire_build *b) {
  return b->top->object;
}

/* The end of the document: judges what needs all of it. */
void wire_build_finish(wire_build *b);

#endif
