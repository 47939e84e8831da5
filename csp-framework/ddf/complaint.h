/* SPDX-License-Identifier: MIT */
/* What is wrong with a DDF: errors make it unusable, warnings are tolerated deviations, each with a
 * name. */
#ifndef OMADM_FRAMEWORK_DDF_COMPLAINT_H
#define OMADM_FRAMEWORK_DDF_COMPLAINT_H

#include <omadm/ddf.h>

/*  enum, name, what is done about it (the rest of a sentence that begins with what was met) */
#define DDF_DEVIATIONS(X)                                                                          \
  X(LEADING_SPACE, "leading-space", "white space before the XML declaration is skipped")           \
  X(MSFT_PREFIX, "msft-prefix",                                                                    \
    "the prefix is not declared; MSFT is taken for Microsoft's extension")                         \
  X(NAMESPACE, "namespace", "is in another namespace and read as if it were in none")              \
  X(UNKNOWN_ELEMENT, "unknown-element", "is no element of a DDF here and skipped")                 \
  X(ORDER, "order", "stands in another order than the DTD's")                                      \
  X(REPEATED, "repeated", "stands more than once; the first counts")                               \
  X(STRAY_TEXT, "stray-text", "text between elements is skipped")                                  \
  X(SPELLING, "spelling", "is spelt in another way than the DTD's")                                \
  X(WORD_AS_TEXT, "word-as-text", "is text where an empty element is due, and read as one")        \
  X(UNKNOWN_WORD, "unknown-word", "is not one of its words; what is left out counts instead")      \
  X(EMPTY, "empty", "is empty; what is left out counts instead")                                   \
  X(VERSION, "version", "DDF 1.1 is read by the rules of 1.2")                                     \
  X(NO_VERSION, "no-version", "without VerDTD it is read as 1.2")                                  \
  X(NAME_SPACE, "name-space", "blanks around the name are dropped")                                \
  X(NAME_STAR, "name-star", "* is read as a node without a name")                                  \
  X(NAME_ROOT, "name-root",                                                                        \
    "describes the root of the tree; its children are read as roots of their own")                 \
  X(PATH_SPELLING, "path-spelling", "is written in another way than ./A/B")                        \
  X(INNER_PATH, "inner-path",                                                                      \
    "a Path inside of another node is skipped; the place follows from the nesting")                \
  X(NO_PROPERTIES, "no-properties", "without DFProperties no command is allowed on the node")      \
  X(NO_ACCESS, "no-access-type", "without AccessType no command is allowed on the node")           \
  X(NO_FORMAT, "no-format", "without DFFormat the format is taken from the rest of the node")      \
  X(INTERIOR_FORMAT, "interior-format",                                                            \
    "a node with children is interior; its leaf format is skipped")                                \
  X(NO_TYPE, "no-type",                                                                            \
    "without DFType a leaf is text/plain and an interior node has no object identifier")           \
  X(EMPTY_MIME, "empty-mime", "an empty MIME is read as text/plain")                               \
  X(TYPE_KIND, "type-kind", "MIME stands on an interior node or DDFName on a leaf")                \
  X(OCCURRENCE_N, "occurrence-n", "without its number there is no bound")                          \
  X(DEFAULT_SPELLING, "default-spelling",                                                          \
    "the default is written in another way than its format's")                                     \
  X(DEFAULT_VALUE, "default-value",                                                                \
    "the default is no value of the node's format, but kept as it is written")                     \
  X(DEFAULT_FORBIDDEN, "default-forbidden",                                                        \
    "the default stands while nothing is set; a server that sets it is answered 415")              \
  X(DEFAULT_SKIPPED, "default-skipped", "the default is skipped, since the node can have none")    \
  X(ELEMENT_AS_WORD, "element-as-word", "is an element where a word is due, and read as one")      \
  X(ALLOWED_KIND, "allowed-kind", "is none that is known; every value is allowed")                 \
  X(NO_RULE, "no-rule", "without what it allows; every value is allowed")                          \
  X(BARE_VALUE, "bare-value", "stands without Enum, and is read as a choice")                      \
  X(WRAPPED_VALUE, "wrapped-value", "holds an Enum, whose Value is read as if it stood alone")     \
  X(NO_VALUE, "no-value", "without Value is skipped")                                              \
  X(RAW_SCHEMA, "raw-schema", "stands as elements where their text is due, and is read as it")     \
  X(NO_DELIMITER, "no-delimiter", "without Delimiter the value is one member")                     \
  X(NO_DEPENDENCY, "no-dependency", "cannot be judged; the node depends on nothing")               \
  X(RULE, "rule", "it cannot be enforced; every value is allowed")                                 \
  X(RULE_PARTLY, "rule-partly", "is not read, and not enforced; the rest is")                      \
  X(NAMING_PROSE, "naming-prose", "is a sentence and no pattern; every name is allowed")

typedef enum ddf_deviation {
#define DDF_DEVIATION_ENUM_(name, word, text) DDF_DEVIATION_##name,
  DDF_DEVIATIONS(DDF_DEVIATION_ENUM_)
#undef DDF_DEVIATION_ENUM_
      DDF_DEVIATION_COUNT
} ddf_deviation;

/* Where the complaints of one reading go. */
typedef struct ddf_complaints {
  const char *name; /* of the file; borrowed */
  omadm_ddf_report report; /* may be NULL */
  void *ctx;
  omadm_error *error; /* gets the first error; may be NULL */
  omadm_err first; /* code of the first error, 0 as long as there is none */
  uint32_t line_offset; /* lines skipped before the document */
} ddf_complaints;

/* Both take the rest of a sentence without line break or full stop; line 0 is "the whole file". */
void ddf_complain(ddf_complaints *c, omadm_err code, uint32_t line, const char *format, ...)
    OMADM_PRINTF(4, 5);
/* format tells what was met where; the deviation's text and name follow. */
void ddf_warn(ddf_complaints *c, ddf_deviation deviation, uint32_t line, const char *format, ...)
    OMADM_PRINTF(4, 5);

#endif
