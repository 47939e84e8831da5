/* SPDX-License-Identifier: MIT */
/* Pieces of a transcript file (urn:omadm:transcript:1), appended to a buffer. */
#ifndef OMADM_TRANSPORT_TRANSCRIPT_H
#define OMADM_TRANSPORT_TRANSCRIPT_H

#include <omadm/types.h>

#include <stdbool.h>

/* NAME="VALUE" with a blank before it. What XML cannot carry becomes '?'. */
omadm_err transcript_add_attribute(omadm_buf *out, const char *name, omadm_str value);

/*
 * The end of the start tag, a body so that a reader gets its very octets back, and the end tag of
 * `element`. A well-formed element stands as it is, other text in CDATA sections, anything else as
 * raw="base64". `literal`: never where {{name}} has a meaning.
 */
omadm_err transcript_add_body(omadm_buf *out, const char *element, omadm_str body, bool literal);

/* False where names of elements cannot be found in the octets: WBXML, UTF-16, anything binary. */
bool transcript_is_readable(omadm_str body);

#endif
