/* SPDX-License-Identifier: MIT */
/*
 * Node URIs (OMA-TS-DM_TND 5): parsed once, by this function, for everybody.
 */
#ifndef OMADM_URI_H
#define OMADM_URI_H

#include <omadm/limits.h>
#include <omadm/quirk.h>
#include <omadm/status.h>
#include <omadm/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define OMADM_URI_SEGMENTS 128 /* no uri-depth setting goes beyond it */

typedef enum omadm_uri_query {
  OMADM_QUERY_NONE = 0,
  OMADM_QUERY_PROP,
  OMADM_QUERY_LIST
} omadm_uri_query;

/* The root is n == 0. Segments are decoded names without the leading "." and point into the text
 * parsed or the scratch given. */
typedef struct omadm_uri {
  /* The spelling of the request, trimmed, with its query: for TargetRef and Source. */
  omadm_str request;
  omadm_str path; /* the same without its query */
  omadm_uri_query query;
  omadm_str query_value; /* of "?prop=ACL": "ACL" */
  size_t n;
  omadm_str segment[OMADM_URI_SEGMENTS];
} omadm_uri;

enum {
  /* windows: blanks at '/' and line breaks inside are dropped; else 400. */
  OMADM_URI_CLEAN_SPACE = 1 << 0
};

/*
 * Parses text: split at '/' first, then each segment decoded once, so that %2F is a slash within a
 * name. scratch receives what has to be decoded or cleaned and must hold text.len octets;
 * everything in *uri is borrowed from text and scratch. quirks_used (may be NULL) gets a bit 1 <<
 * OMADM_QUIRK_* for each deviation met: judging it is the caller's. Answers 200; 400 malformed
 * ("/A", "A//B", "A/", "../", "./" inside, a name "*", broken %XX or UTF-8, control characters);
 * 414 over a limit (OMA-TS-DM_TND 6.2.4; segments without the root, characters without "./" and
 * query); 406 for a query key that is neither prop nor list. Any thread.
 */
OMADM_EXPORT omadm_status omadm_uri_parse(omadm_str text, unsigned flags,
                                          const omadm_limits *limits, char *scratch,
                                          uint32_t *quirks_used, omadm_uri *uri);

/* Appends "./" and the names, percent-encoded where RFC 2396 asks; a '/' in a name becomes %2F. "."
 * for n == 0. */
OMADM_EXPORT omadm_err omadm_uri_write(const omadm_str *segments, size_t n, omadm_buf *out);

/* Appends one name, percent-encoded the same way: as Get of an interior node lists it
 * (OMA-TS-DM_TND 6.2.2). */
OMADM_EXPORT omadm_err omadm_uri_write_name(omadm_str name, omadm_buf *out);

#ifdef __cplusplus
}
#endif
#endif
