/* SPDX-License-Identifier: MIT */
/* Base64 (RFC 2045 alphabet), base64url (RFC 7515 2), hexadecimal, UTF-8. */
#ifndef OMADM_BASE_CODEC_H
#define OMADM_BASE_CODEC_H

#include <omadm/error.h>
#include <omadm/types.h>

#include <stdbool.h>

/* Appends the base64 text of octets, padded, without line breaks. */
omadm_err omadm_base64_encode(omadm_str octets, omadm_buf *out);
/* Appends the octets of base64 text; XML white space is skipped. SYNTAX on anything else, missing
 * padding too; then *out is as before. */
omadm_err omadm_base64_decode(omadm_str text, omadm_buf *out);

/* Base64 in pieces that may be cut anywhere. Begins as {0}. */
typedef struct omadm_base64_in {
  uint32_t bits;
  uint64_t digits;
  unsigned pads;
} omadm_base64_in;
/* Appends the octets that are complete now. SYNTAX as by omadm_base64_decode; what was complete
 * before the fault may have been appended. */
omadm_err omadm_base64_in_add(omadm_base64_in *in, omadm_str text, omadm_buf *out);
/* No more comes: appends the last octets. SYNTAX where some are missing. */
omadm_err omadm_base64_in_end(const omadm_base64_in *in, omadm_buf *out);

typedef struct omadm_base64_out {
  char held[2]; /* octets that do not make a group yet */
  unsigned n;
} omadm_base64_out;
/* Appends the text of all whole groups; end pads the last. */
omadm_err omadm_base64_out_add(omadm_base64_out *text, omadm_str octets, omadm_buf *out);
omadm_err omadm_base64_out_end(omadm_base64_out *text, omadm_buf *out);

/* Appends the base64url text of octets: no padding. */
omadm_err omadm_base64url_encode(omadm_str octets, omadm_buf *out);
/* Appends the octets of base64url text. SYNTAX on anything else: padding, white space, and a last
 * digit that says more than there are octets for, so that every text is the only one of its octets;
 * then *out is as before. */
omadm_err omadm_base64url_decode(omadm_str text, omadm_buf *out);
/* Appends two digits of lower case an octet. */
omadm_err omadm_hex_encode(omadm_str octets, omadm_buf *out);
/* What a hexadecimal digit of either case is worth; -1 for anything else. */
static inline int omadm_hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}
/* An even number of digits of either case. SYNTAX else; then *out is as before. */
omadm_err omadm_hex_decode(omadm_str text, omadm_buf *out);

/* Well-formed UTF-8 (RFC 3629: no surrogates, nothing overlong, nothing above U+10FFFF). */
bool omadm_utf8_is_valid(omadm_str text);
/* Octets of the sequence that begins at s[i], 1 to 4; 0 where it is malformed or cut. *code gets
 * the code point. */
size_t omadm_utf8_decode(omadm_str s, size_t i, uint32_t *code);
/* Writes the sequence of a code point up to U+10FFFF that is no surrogate; how many octets, 1 to 4.
 */
size_t omadm_utf8_encode(uint32_t code, char octets[4]);
/* Code points in valid UTF-8. */
size_t omadm_utf8_length(omadm_str text);

#endif
