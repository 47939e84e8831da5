/* SPDX-License-Identifier: MIT */
/*
 * Deviations of deployed servers that are tolerated, each by name. What the standard allows anyway
 * (CDATA, comments, Meta at command level, several items …) is no quirk and has no entry.
 */
#ifndef OMADM_QUIRK_H
#define OMADM_QUIRK_H

#include <omadm/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/*  enum, name in the configuration, what is tolerated, what a refusal does */
/* clang-format off */
#define OMADM_QUIRKS(X) \
  X(NAMESPACE, "namespace", "the root is in SYNCML:SYNCML1.1 or in no namespace", "message") \
  X(LEADING_SPACE, "leading-space", "blanks or line breaks before the XML declaration", "message") \
  X(ENCODING_DECL, "encoding-decl", "the XML declaration names another encoding than the one used", "message") \
  X(META_NAMESPACE, "meta-namespace", "children of Meta are not in syncml:metinf", "command") \
  X(META_OUTSIDE, "meta-outside", "Format, Type or Mark stand beside an empty Meta", "command") \
  X(FORMAT_IN_TYPE, "format-in-type", "Type holds the name of a format", "command") \
  X(ELEMENT_ORDER, "element-order", "children of a command, an Item or a Status stand in another order", "command") \
  X(UNKNOWN_ELEMENT, "unknown-element", "an unknown element inside a command", "command") \
  X(STRAY_TEXT, "stray-text", "text between elements", "command") \
  X(BARE_URI, "bare-uri", "Target or Source holds a URI without LocURI", "command") \
  X(URI_SPACE, "uri-space", "blanks or line breaks around or inside a LocURI", "command") \
  X(URI_NO_DOT, "uri-no-dot", "a LocURI of the windows dialect without the leading ./", "command") \
  X(URI_CASE, "uri-case", "a LocURI written in another letter case than a case-sensitive node", "command") \
  X(DUPLICATE_CMDID, "duplicate-cmdid", "one CmdID for two commands of a message", "command") \
  X(GET_DATA, "get-data", "Get or Delete carries Data", "command") \
  X(ADD_NO_DATA, "add-no-data", "Add of a leaf without Data", "command") \
  X(BOOL_SPELLING, "bool-spelling", "a bool in another letter case", "command") \
  X(VALUE_SPACE, "value-space", "blanks around an int, bool, float, date or time", "command") \
  X(EMPTY_CMDREF, "empty-cmdref", "a Status without CmdRef", "status") \
  X(DEVICE_TARGET, "device-target", "Target of the header is not this device", "message") \
  X(INLINE_SYNCML, "inline-syncml", "Data of another format than xml holds elements", "command")
/* clang-format on */

typedef enum omadm_quirk {
#define OMADM_QUIRK_ENUM_(name, word, text, unit) OMADM_QUIRK_##name,
  OMADM_QUIRKS(OMADM_QUIRK_ENUM_)
#undef OMADM_QUIRK_ENUM_
      OMADM_QUIRK_COUNT
} omadm_quirk;

typedef enum omadm_quirk_rule { OMADM_TOLERATE = 0, OMADM_WARN, OMADM_REFUSE } omadm_quirk_rule;

/* A rule for each entry; all zero tolerates everything. */
typedef struct omadm_quirks {
  unsigned char rule[OMADM_QUIRK_COUNT];
} omadm_quirks;

/* The name and the description of an entry; live for ever. */
OMADM_EXPORT const char *omadm_quirk_name(omadm_quirk quirk);
OMADM_EXPORT const char *omadm_quirk_text(omadm_quirk quirk);

/* Sets all entries (name empty) or the named one. rule: "tolerate", "warn", "refuse" or "strict" (=
 * refuse). OMADM_E_NOT_FOUND: no such entry; OMADM_E_ARGUMENT: no such rule. */
OMADM_EXPORT omadm_err omadm_quirks_set(omadm_quirks *quirks, omadm_str name, omadm_str rule);

#ifdef __cplusplus
}
#endif
#endif
