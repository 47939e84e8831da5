/* SPDX-License-Identifier: MIT */
/* Octets that grow, and the spellings in which this CSP sends and reads them. */
#ifndef HEALTH_ATTESTATION_OCTETS_H
#define HEALTH_ATTESTATION_OCTETS_H

#include <stdbool.h>

#include <omadm/types.h>

/* A growing buffer; all zeros is an empty one. What does not fit into memory sets `failed`, once
 * for all that is added, so that it need be looked at only in the end. */
typedef struct octets {
  char *ptr;
  size_t len;
  size_t cap;
  bool failed;
} octets;

/* Empties it and gives its memory back. */
void octets_dispose(octets *o);
omadm_str octets_str(const octets *o);

/* Room for n more octets at ptr + len; false where there is no memory. */
bool octets_reserve(octets *o, size_t n);
void octets_add(octets *o, const void *from, size_t n);
void octets_add_str(octets *o, omadm_str text);
void octets_add_text(octets *o, const char *text);
void octets_add_format(octets *o, const char *format, ...) OMADM_PRINTF(2, 3);
void octets_add_u32le(octets *o, uint32_t number);
/* Base64 with padding (RFC 4648 4); base64url without (RFC 4648 5). */
void octets_add_base64(octets *o, omadm_str from);
void octets_add_base64url(octets *o, omadm_str from);
/* Adds what a text in base64 stands for: either alphabet, white space allowed anywhere, padding
 * optional. False where it is no base64, with nothing added. */
bool octets_add_from_base64(octets *o, omadm_str text);
/* The same for hexadecimal digits, an even number of any case, and nothing else. */
bool octets_add_from_hex(octets *o, omadm_str text);
/* Text for the content or a quoted attribute of XML. */
void octets_add_xml(octets *o, omadm_str text);
/* A stranger's text as a line of the device's own: at most that many octets of it, printable ASCII,
 * a question mark for what is not. */
void octets_add_printable(octets *o, omadm_str text, size_t most);
/* A field of a stored record: its length and its octets. */
void octets_add_field(octets *o, omadm_str field);

/* Reading from the front of a span: false where it is too short, with *from unchanged. */
bool octets_take(omadm_str *from, size_t n, omadm_str *taken);
bool octets_take_u32le(omadm_str *from, uint32_t *number);
bool octets_take_field(omadm_str *from, omadm_str *field);
/* Big-endian, and a span behind its 16-bit length: as the TPM writes them. */
bool octets_take_u16be(omadm_str *from, uint16_t *number);
bool octets_take_u32be(omadm_str *from, uint32_t *number);
bool octets_take_2b(omadm_str *from, omadm_str *taken);

/* The span without white space at its ends. */
omadm_str octets_trim(omadm_str text);
bool octets_is(omadm_str span, const char *text);
bool octets_same(omadm_str a, omadm_str b);
omadm_str octets_of(const char *text);

#endif
