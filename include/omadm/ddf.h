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

/* What MSFT:AllowedValues says. NONE: nothing is forbidden. UNKNOWN: a ValueType that nobody knows,
 * or a rule that cannot be read (a complaint says so): nothing is enforced. */
typedef enum omadm_allowed_kind {
  OMADM_ALLOWED_NONE = 0,
  OMADM_ALLOWED_ENUM, /* one of the choices */
  OMADM_ALLOWED_FLAG, /* the choices joined by OR */
  OMADM_ALLOWED_RANGE, /* an integer within one of the ranges */
  OMADM_ALLOWED_REGEX, /* the whole value matches */
  OMADM_ALLOWED_XSD, /* an XML document that the schema accepts */
  OMADM_ALLOWED_JSON,
  OMADM_ALLOWED_SDDL, /* a security descriptor as text */
  OMADM_ALLOWED_ADMX, /* the fragment of a policy: <enabled/>, <disabled/>, <data id value/> */
  OMADM_ALLOWED_UNKNOWN
} omadm_allowed_kind;

typedef struct omadm_ddf_choice {
  omadm_str value; /* as written, trimmed */
  omadm_str description; /* may be empty */
} omadm_ddf_choice;

/* One AllowedValues, DependencyChangedAllowedValues or DependencyAllowedValue. */
typedef struct omadm_ddf_allowed {
  omadm_allowed_kind kind;
  omadm_str kind_text; /* ValueType as written */
  uint32_t line;
  const omadm_ddf_choice *choices; /* ENUM, FLAG */
  size_t n_choices;
  omadm_str text; /* the other kinds: Value as written; trimmed for RANGE */
  omadm_str admx_area, admx_name, admx_file; /* ADMX: attributes of AdmxBacked; may be empty */
  int is_list; /* the value is a list whose members each obey the rule */
  omadm_str delimiter; /* of a list, decoded: "0xF000" and its like are U+F000 in UTF-8. Empty: the
                          DDF names none, so the value is one member */
  omadm_str description; /* ValueDescription of a rule without choices; mostly empty */
} omadm_ddf_allowed;

/* One Dependency: the node at `uri` holds, or with `negated` does not hold, an allowed value. */
typedef struct omadm_ddf_dependency {
  int negated; /* Type="Not" */
  omadm_str uri; /* begins with "./"; letter case of the published files does not count. A segment
                    in brackets, "[ProfileName]" or "{AccountUID}", stands for an unnamed node */
  uint32_t allowed; /* number for omadm_ddf_allowed_at; OMADM_DDF_NONE: any value */
} omadm_ddf_dependency;

/* One DependencyGroup. Groups are alternatives; all dependencies of a group must hold. */
typedef struct omadm_ddf_group {
  omadm_str id; /* FriendlyId */
  uint32_t changed; /* what is allowed while the group holds, in the place of the node's own;
                       OMADM_DDF_NONE: its own */
  const omadm_ddf_dependency *dependencies;
  size_t n_dependencies;
} omadm_ddf_group;

typedef enum omadm_replace_behavior {
  OMADM_REPLACE_REPLACES = 0,
  OMADM_REPLACE_APPENDS
} omadm_replace_behavior;

typedef enum omadm_reboot_behavior {
  OMADM_REBOOT_NONE = 0,
  OMADM_REBOOT_AUTOMATIC,
  OMADM_REBOOT_SERVER
} omadm_reboot_behavior;

typedef enum omadm_conflict {
  OMADM_CONFLICT_NO_MERGE = 0,
  OMADM_CONFLICT_LOWEST, /* LowestValueMostSecure */
  OMADM_CONFLICT_HIGHEST,
  OMADM_CONFLICT_LAST_WRITE,
  OMADM_CONFLICT_LOWEST_ZERO, /* LowestValueMostSecureZeroHasNoLimits */
  OMADM_CONFLICT_HIGHEST_ZERO
} omadm_conflict;

/* MSFT:Applicability. Texts as written and trimmed; empty: not stated. */
typedef struct omadm_ddf_applicability {
  omadm_str os_build; /* "10.0.22000, 10.0.19042.1237" */
  omadm_str csp_version;
  omadm_str editions; /* "0x4;0x1B;" */
  int requires_entra; /* RequiresAzureAd */
} omadm_ddf_applicability;

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
  const omadm_ddf_applicability *applies; /* of this node or the next one above that has it; NULL:
                                             none has */
  omadm_str deprecated; /* MSFT:Deprecated: the build; "unstated" where it names none; else empty */
  uint32_t allowed; /* number for omadm_ddf_allowed_at; OMADM_DDF_NONE: none given */
  const omadm_ddf_group *groups; /* MSFT:DependencyBehavior */
  size_t n_groups;
  omadm_replace_behavior replace_behavior;
  omadm_reboot_behavior reboot_behavior;
  omadm_conflict conflict;
  omadm_str gp_name, gp_area, gp_element; /* MSFT:GpMapping; may be empty */
  omadm_str common_errors; /* MSFT:CommonErrorResults, a line each; mostly empty */
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
/* MSFT:Diagnostics, trimmed; mostly empty. */
OMADM_EXPORT omadm_str omadm_ddf_diagnostics(const omadm_ddf *ddf);
/* NULL for OMADM_DDF_NONE or beyond the end. Borrowed for the life of the DDF. */
OMADM_EXPORT const omadm_ddf_node *omadm_ddf_node_at(const omadm_ddf *ddf, uint32_t node);

/* NULL for OMADM_DDF_NONE or beyond the end. Borrowed for the life of the DDF. */
OMADM_EXPORT const omadm_ddf_allowed *omadm_ddf_allowed_at(const omadm_ddf *ddf, uint32_t allowed);
OMADM_EXPORT size_t omadm_ddf_allowed_count(const omadm_ddf *ddf);

/*
 * Does that rule allow the value, which is a canonical one of `format`? 200; 415 and a sentence in
 * *why that names the rule; 413 where only its length is against it; 500 without memory. why may be
 * NULL. Any thread.
 */
OMADM_EXPORT omadm_status omadm_ddf_allows(const omadm_ddf *ddf, uint32_t allowed,
                                           omadm_format format, omadm_str value, omadm_error *why);
/* May an instance of this unnamed node have that name (MSFT:DynamicNodeNaming UniqueName)? Of any
 * other node the answer is 200. Answers as omadm_ddf_allows. */
OMADM_EXPORT omadm_status omadm_ddf_allows_name(const omadm_ddf *ddf, uint32_t node, omadm_str name,
                                                omadm_error *why);

/* Appends the DDF as a document that omadm_ddf_parse reads to the same nodes: all that this header
 * tells, in the order of the schema. */
OMADM_EXPORT omadm_err omadm_ddf_export(const omadm_ddf *ddf, omadm_buf *out);

/* Appends an explanation for a person: one line a node, its name drawn as a tree, and what it
 * allows. */
OMADM_EXPORT omadm_err omadm_ddf_show(const omadm_ddf *ddf, omadm_buf *out);
/* The node of that URI, without ./Device in front: a segment that no child has for its name is that
 * of an instance of the unnamed one. OMADM_DDF_NONE where there is none. */
OMADM_EXPORT uint32_t omadm_ddf_find(const omadm_ddf *ddf, omadm_str uri);
/* Appends all that is known of one node, in several lines. NOT_FOUND beyond the end. */
OMADM_EXPORT omadm_err omadm_ddf_show_node(const omadm_ddf *ddf, uint32_t node, omadm_buf *out);
/* Appends all of the DDF as one JSON object: {"file", "roots": [{"uri", "format", …,
 * "children": […]}]}. */
OMADM_EXPORT omadm_err omadm_ddf_show_json(const omadm_ddf *ddf, omadm_buf *out);
/* Appends the object of one node, without its children. NOT_FOUND beyond the end. */
OMADM_EXPORT omadm_err omadm_ddf_show_node_json(const omadm_ddf *ddf, uint32_t node,
                                                omadm_buf *out);

#ifdef __cplusplus
}
#endif
#endif
