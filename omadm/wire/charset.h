/* SPDX-License-Identifier: MIT */
/* Which encoding a body is in, and its text as UTF-8. */
#ifndef OMADM_WIRE_CHARSET_H
#define OMADM_WIRE_CHARSET_H

#include <omadm/error.h>
#include <omadm/types.h>

#include <stdbool.h>

typedef enum wire_charset {
  WIRE_UTF_8 = 0,
  WIRE_UTF_16, /* with a BOM; big-endian without one (RFC 2781 4.3) */
  WIRE_UTF_16LE,
  WIRE_UTF_16BE,
  WIRE_LATIN_1,
  WIRE_CHARSET_UNKNOWN
} wire_charset;

/* By name, letter case aside; UTF-8 for an empty one. */
wire_charset wire_charset_find(omadm_str name);

/* True where a document that names this encoding of itself tells the truth about one in `used`. */
bool wire_charset_is(wire_charset used, omadm_str named);

/* The encoding of a body that came with the charset `named`. A BOM decides, and is taken off *body.
 */
wire_charset wire_charset_detect(omadm_str *body, wire_charset named);

/* Appends UTF-16 or Latin-1 as UTF-8. SYNTAX: half a character; LIMIT, NOMEM: those of the buffer.
 * Not checked further. */
omadm_err wire_charset_decode(wire_charset charset, omadm_str body, omadm_buf *out);

#endif
