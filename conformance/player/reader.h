/* SPDX-License-Identifier: MIT */
/*
 * What the parts of the transcript reader share: messages with file and line, attributes by table,
 * content as it stands.
 */
#ifndef OMADM_PLAYER_READER_H
#define OMADM_PLAYER_READER_H

#include <libxml/tree.h>

#include "base/mem.h"
#include "base/str.h"

#include "conformance/player/source.h"
#include "conformance/player/transcript.h"

typedef struct reader {
  const char *path;
  omadm_str source;
  omadm_arena *arena;
  source_span *spans;
  size_t span_count;
  size_t next_element; /* number of the element that the walk meets next, in document order */
  omadm_transcript *out;
  omadm_error *error;
} reader;

/* An attribute that may stand on an element, and the omadm_str in a structure that it fills. */
typedef struct reader_attribute {
  const char *element;
  const char *name;
  size_t offset;
  bool required;
} reader_attribute;

/* "path:line: …", SYNTAX. */
omadm_err reader_fail(reader *self, const xmlNode *at, const char *format, ...) OMADM_PRINTF(3, 4);

/* The child elements one after the other; NULL at the end. Text between them is reported through
 * *err. */
xmlNode *reader_first(reader *self, xmlNode *parent, omadm_err *err);
xmlNode *reader_next(reader *self, xmlNode *child, omadm_err *err);

/* How many child elements there are. */
size_t reader_count(const xmlNode *parent);

/* True for an element of the transcript's namespace with this name. */
bool reader_is(const xmlNode *node, const char *name);

/*
 * Fills base + offset for each attribute that the rules allow on this element. Others whose names
 * begin with `prefix` go to *open without it; prefix NULL: none do. Anything else fails.
 */
omadm_err reader_attributes(reader *self, xmlNode *node, const reader_attribute *rules,
                            size_t rule_count, void *base, const char *prefix,
                            omadm_transcript_pairs *open);

/* A whole number in the given range; absent leaves *out alone. */
omadm_err reader_number(reader *self, const xmlNode *at, const char *name, omadm_str text,
                        unsigned long max, unsigned long *out);

/* One of the words, which end with NULL; absent is fine. */
omadm_err reader_word(reader *self, const xmlNode *at, const char *name, omadm_str text,
                      const char *const *words);

/* Counts `node` and all elements below it as walked, and gives the content of `node` as it stands
 * in the source. */
omadm_str reader_slice(reader *self, const xmlNode *node);

/* Counts the node itself as walked; its children are walked by the caller. */
void reader_enter(reader *self);

/* The value of a node or alert: text, or the source where it holds elements. ptr NULL where there
 * is no content at all. */
omadm_err reader_value(reader *self, xmlNode *node, omadm_str *out);

/* Text with its zero terminator, in the arena; ptr NULL when memory is out. */
omadm_str reader_copy(reader *self, const char *text);

/* The octets of a file beside the transcript, and the path of one. */
omadm_err reader_file(reader *self, const xmlNode *at, omadm_str name, omadm_str *out);
omadm_err reader_path(reader *self, omadm_str name, omadm_str *out);

/* The octets that base64 or hexadecimal text stands for; white space is skipped. */
omadm_err reader_base64(reader *self, const xmlNode *at, omadm_str text, omadm_str *out);
omadm_err reader_hex(reader *self, const xmlNode *at, omadm_str text, omadm_str *out);

/* The parts (setup.c, step.c). */
omadm_err reader_setup(reader *self, xmlNode *node);
omadm_err reader_node(reader *self, xmlNode *node, omadm_transcript_node *out);
omadm_err reader_step(reader *self, xmlNode *node, omadm_transcript_step *out);
bool reader_step_kind(const xmlNode *node, omadm_transcript_step_kind *kind);

#endif
