/* SPDX-License-Identifier: MIT */
/*
 * Device description files (OMA-TS-DM_TND 9) with Microsoft's extension: read once, then immutable
 * and free to be shared between threads.
 */
#ifndef OMADM_DDF_H
#define OMADM_DDF_H

#include <omadm/error.h>
#include <omadm/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct omadm_ddf omadm_ddf;

#define OMADM_DDF_NONE UINT32_MAX /* "no node" */

typedef enum omadm_case {
  OMADM_CASE_INHERIT = 0,
  OMADM_CASE_SENSITIVE,
  OMADM_CASE_INSENSITIVE
} omadm_case;

/* Who names the instances of an unnamed node. */
typedef enum omadm_naming {
  OMADM_NAMING_ANY = 0,
  OMADM_NAMING_SERVER, /* any unique identifier of the server */
  OMADM_NAMING_CLIENT, /* an inventory of the device */
  OMADM_NAMING_PATTERN /* names match a regular expression */
} omadm_naming;

/* One Node element. Children follow in document order; numbers are positions in the whole file. */
typedef struct omadm_ddf_node {
  omadm_str name; /* empty: an unnamed node */
  uint32_t parent, first_child, next_sibling; /* OMADM_DDF_NONE where there is none */
  uint32_t line; /* of the file */
  omadm_format format; /* NODE: interior */
  unsigned access; /* OMADM_ACCESS_* */
  int permanent;
  uint32_t occurs_min, occurs_max; /* UINT32_MAX: no bound */
  int has_default;
  omadm_str default_value; /* in the canonical spelling of its format; as written where it is no
                              value of it */
  omadm_case case_sense; /* of the names below this node */
  omadm_str type; /* first MIME of a leaf ("text/plain" by default), DDFName of an interior node */
  omadm_str more_types; /* further MIMEs of a leaf, each behind a line break; mostly empty */
  omadm_str title;
  omadm_str description;
  omadm_naming naming;
  omadm_str naming_pattern;
  int atomic_required;
  omadm_str os_build, csp_version; /* MSFT:Applicability, of this node or the next one above that
                                      has it; may be empty */
  omadm_str deprecated; /* MSFT:Deprecated: the build; "unstated" where it names none; else empty */
  omadm_str allowed_kind; /* "ENUM", "Range" …; empty: none given */
  omadm_str acl; /* of a root: the ACL from the factory, RTProperties/ACL (OMA-TS-DM_TND 9.4.2); may
                    be empty */
} omadm_ddf_node;

/* A root: a top-level Node and where it stands. */
typedef struct omadm_ddf_root {
  uint32_t node;
  omadm_str path; /* of Path, as written and trimmed: "./Vendor/MSFT"; "." when there is none */
} omadm_ddf_root;

/* Takes each complaint of a reading; `error` tells 1 for an error, 0 for a warning. text is
 * borrowed. */
typedef void (*omadm_ddf_report)(void *ctx, int error, uint32_t line, const char *text);

/*
 * Reads a DDF (no network, no external DTD; an internal subset is accepted, entity expansion is
 * bounded). `name` is for messages: the file. Every complaint goes to report (may be NULL); *error
 * gets the first, with file, line and reason. The result is owned by the caller, free with
 * omadm_ddf_free. SYNTAX: not a DDF or not a usable one; LIMIT: larger than any.
 */
OMADM_EXPORT omadm_err omadm_ddf_parse(omadm_str text, const char *name, omadm_ddf_report report,
                                       void *ctx, omadm_ddf **ddf, omadm_error *error);
/* The same from a file. IO where it cannot be read. */
OMADM_EXPORT omadm_err omadm_ddf_read(const char *path, omadm_ddf_report report, void *ctx,
                                      omadm_ddf **ddf, omadm_error *error);
OMADM_EXPORT void omadm_ddf_free(omadm_ddf *ddf);

/* The name given when it was read. */
OMADM_EXPORT const char *omadm_ddf_name(const omadm_ddf *ddf);
OMADM_EXPORT size_t omadm_ddf_root_count(const omadm_ddf *ddf);
OMADM_EXPORT const omadm_ddf_root *omadm_ddf_root_at(const omadm_ddf *ddf, size_t i);
OMADM_EXPORT size_t omadm_ddf_node_count(const omadm_ddf *ddf);
/* NULL for OMADM_DDF_NONE or beyond the end. Borrowed for the life of the DDF. */
OMADM_EXPORT const omadm_ddf_node *omadm_ddf_node_at(const omadm_ddf *ddf, uint32_t node);

/* Appends an explanation for a person: one line a node, its name drawn as a tree, and what it
 * allows. */
OMADM_EXPORT omadm_err omadm_ddf_show(const omadm_ddf *ddf, omadm_buf *out);
/* Appends the same as one JSON object, descriptions too: {"file", "roots": [{"uri", "format", …,
 * "children": […]}]}. */
OMADM_EXPORT omadm_err omadm_ddf_show_json(const omadm_ddf *ddf, omadm_buf *out);

#ifdef __cplusplus
}
#endif
#endif
