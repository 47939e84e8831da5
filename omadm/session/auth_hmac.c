/* SPDX-License-Identifier: MIT */
#include "omadm/session/auth_hmac.h"

#include "base/codec.h"
#include "base/str.h"

/* The parameters that are known. */
enum { ALGORITHM = 1 << 0, USER = 1 << 1, MAC = 1 << 2 };

omadm_err auth_hmac_write(omadm_str name, const omadm_digest *mac, omadm_buf *out) {
  char text[OMADM_DIGEST_TEXT];
  omadm_digest_text(mac, text);
  omadm_err err = omadm_buf_add_text(out, "algorithm=MD5, username=\"");
  for (size_t i = 0; i < name.len && err == OMADM_OK; i++) {
    if (name.ptr[i] == '"' || name.ptr[i] == '\\') err = omadm_buf_add_text(out, "\\");
    if (err == OMADM_OK) err = omadm_buf_add(out, &name.ptr[i], 1);
  }
  if (err == OMADM_OK) err = omadm_buf_add_text(out, "\", mac=");
  return err == OMADM_OK ? omadm_buf_add(out, text, sizeof text) : err;
}

/* Takes the value of one parameter from *rest: a quoted string, unquoted into *room, or what stands
 * before the next comma. */
static bool take_value(omadm_str *rest, omadm_buf *room, omadm_str *value) {
  size_t i = 0;
  room->len = 0;
  if (rest->len == 0 || rest->ptr[0] != '"') {
    while (i < rest->len && rest->ptr[i] != ',')
      i++;
    *value = omadm_str_trim((omadm_str){rest->ptr, i});
    *rest = (omadm_str){rest->ptr + i, rest->len - i};
    return true;
  }
  for (i = 1; i < rest->len && rest->ptr[i] != '"'; i++) {
    if (rest->ptr[i] == '\\' && i + 1 < rest->len) i++;
    if (omadm_buf_add(room, &rest->ptr[i], 1) != OMADM_OK) return false;
  }
  if (i == rest->len) return false;
  *value = omadm_buf_str(room);
  *rest = omadm_str_trim((omadm_str){rest->ptr + i + 1, rest->len - i - 1});
  return true;
}

/* The formula gives sixteen octets; the sample of the standard shows base64 of their hexadecimal
 * digits, and leaves the padding out. */
static bool read_mac(omadm_str value, omadm_digest *mac) {
  omadm_buf octets, digits;
  omadm_buf_init(&octets, NULL, 128);
  omadm_buf_init(&digits, NULL, 128);
  omadm_err err = omadm_buf_add_str(&digits, value);
  while (err == OMADM_OK && digits.len % 4 != 0)
    err = omadm_buf_add_text(&digits, "=");
  if (err == OMADM_OK) err = omadm_base64_decode(omadm_buf_str(&digits), &octets);
  if (err == OMADM_OK && octets.len == (size_t)2 * OMADM_DIGEST) {
    digits.len = 0;
    err = omadm_buf_add_str(&digits, omadm_buf_str(&octets));
    octets.len = 0;
    if (err == OMADM_OK) err = omadm_hex_decode(omadm_buf_str(&digits), &octets);
  }
  bool good = err == OMADM_OK && octets.len == OMADM_DIGEST;
  if (good) memcpy(mac->octets, octets.ptr, OMADM_DIGEST);
  omadm_buf_dispose(&octets);
  omadm_buf_dispose(&digits);
  return good;
}

/* One parameter; each may stand once. */
static bool take_parameter(omadm_str name, omadm_str value, omadm_buf *user, omadm_digest *mac,
                           unsigned *seen) {
  unsigned which = omadm_str_equal_nocase(name, omadm_str_of("algorithm"))  ? ALGORITHM
                   : omadm_str_equal_nocase(name, omadm_str_of("username")) ? USER
                   : omadm_str_equal_nocase(name, omadm_str_of("mac"))      ? MAC
                                                                            : 0;
  if ((*seen & which) != 0) return false;
  *seen |= which;
  switch (which) {
  case ALGORITHM: return omadm_str_equal_nocase(value, omadm_str_of("MD5"));
  case USER: return omadm_buf_add_str(user, value) == OMADM_OK;
  case MAC: return read_mac(value, mac);
  default: return true; /* what a later release may add */
  }
}

bool auth_hmac_read(omadm_str rest, omadm_buf *user, omadm_digest *mac) {
  const unsigned needed = USER | MAC;
  unsigned seen = 0;
  bool good = true;
  omadm_buf room;
  omadm_buf_init(&room, NULL, 0);
  rest = omadm_str_trim(rest);
  while (good && rest.len > 0) {
    const char *equals = memchr(rest.ptr, '=', rest.len);
    omadm_str value = {NULL, 0};
    good = equals != NULL;
    if (!good) break;
    omadm_str name = omadm_str_trim((omadm_str){rest.ptr, (size_t)(equals - rest.ptr)});
    rest = omadm_str_trim((omadm_str){equals + 1, rest.len - (size_t)(equals + 1 - rest.ptr)});
    good = take_value(&rest, &room, &value) && take_parameter(name, value, user, mac, &seen);
    if (!good || rest.len == 0) break;
    good = rest.ptr[0] == ',';
    rest = omadm_str_trim((omadm_str){rest.ptr + 1, rest.len - 1});
  }
  omadm_buf_dispose(&room);
  return good && (seen & needed) == needed;
}
