/* SPDX-License-Identifier: MIT */
#include "conformance/player/hmac.h"

#include <string.h>

#include <openssl/evp.h>

#include "base/codec.h"
#include "base/mem.h"
#include "base/str.h"

enum { USER, SECRET, NONCE, PARTS };

bool hmac_is_asked(omadm_str value) {
  return omadm_str_starts(value, "mac(") && value.ptr[value.len - 1] == ')';
}

/* "mac(…)" or "md5(…)": both words have three letters. */
static bool split(omadm_str value, omadm_str part[PARTS]) {
  omadm_str rest = {value.ptr + strlen("mac("), value.len - strlen("mac()")};
  for (int i = 0; i < PARTS; i++) {
    const char *comma = rest.len > 0 ? memchr(rest.ptr, ',', rest.len) : NULL;
    if ((comma == NULL) != (i == PARTS - 1)) return false;
    size_t n = comma != NULL ? (size_t)(comma - rest.ptr) : rest.len;
    part[i] = omadm_str_trim((omadm_str){rest.ptr, n});
    if (comma != NULL) rest = (omadm_str){comma + 1, rest.len - n - 1};
  }
  return true;
}

/* Appends base64 of the MD5 of what is in `text`, which becomes empty. */
static omadm_err add_digest(omadm_buf *text, omadm_buf *out) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned len = 0;
  if (EVP_Digest(text->ptr != NULL ? text->ptr : "", text->len, digest, &len, EVP_md5(), NULL) != 1)
    return OMADM_E_UNSUPPORTED;
  text->len = 0;
  return omadm_base64_encode((omadm_str){(const char *)digest, len}, out);
}

omadm_err hmac_prove(omadm_str user, omadm_str secret, omadm_str nonce, const omadm_str *body,
                     omadm_buf *out) {
  omadm_buf text, whole;
  omadm_buf_init(&text, &omadm_mem_default, 0);
  omadm_buf_init(&whole, &omadm_mem_default, 0);
  omadm_err err =
      omadm_buf_printf(&text, "%.*s:%.*s", (int)user.len, user.ptr, (int)secret.len, secret.ptr);
  if (err == OMADM_OK) err = add_digest(&text, &whole);
  if (err == OMADM_OK) err = omadm_buf_add_text(&whole, ":");
  if (err == OMADM_OK) err = omadm_buf_add_str(&whole, nonce);
  if (err == OMADM_OK && body != NULL) err = omadm_buf_add_text(&whole, ":");
  if (err == OMADM_OK && body != NULL) err = omadm_buf_add_str(&text, *body);
  if (err == OMADM_OK && body != NULL) err = add_digest(&text, &whole);
  if (err == OMADM_OK) err = add_digest(&whole, out);
  omadm_buf_dispose(&text);
  omadm_buf_dispose(&whole);
  return err;
}

omadm_err hmac_expand(omadm_str value, omadm_str body, omadm_buf *out, omadm_error *error) {
  omadm_str part[PARTS];
  omadm_buf nonce;
  if (!split(value, part))
    return omadm_error_set(error, OMADM_E_SYNTAX,
                           "x-syncml-hmac: write mac(USER, SECRET, NONCE in base64)");
  omadm_buf_init(&nonce, &omadm_mem_default, 0);
  omadm_err err = omadm_base64_decode(part[NONCE], &nonce);
  if (err == OMADM_OK)
    err = omadm_buf_printf(out, "algorithm=MD5, username=\"%.*s\", mac=", (int)part[USER].len,
                           part[USER].ptr);
  if (err == OMADM_OK)
    err = hmac_prove(part[USER], part[SECRET], omadm_buf_str(&nonce), &body, out);
  omadm_buf_dispose(&nonce);
  return err == OMADM_OK ? err : omadm_error_set(error, err, "x-syncml-hmac cannot be made");
}

static omadm_err expand_digest(omadm_str value, omadm_buf *out, omadm_error *error) {
  omadm_str part[PARTS];
  omadm_buf nonce;
  if (!split(value, part))
    return omadm_error_set(error, OMADM_E_SYNTAX, "write md5(USER, SECRET, NONCE in base64)");
  omadm_buf_init(&nonce, &omadm_mem_default, 0);
  omadm_err err = omadm_base64_decode(part[NONCE], &nonce);
  if (err == OMADM_OK) err = hmac_prove(part[USER], part[SECRET], omadm_buf_str(&nonce), NULL, out);
  omadm_buf_dispose(&nonce);
  return err == OMADM_OK ? err : omadm_error_set(error, err, "a digest cannot be made");
}

omadm_err hmac_expand_digests(omadm_str message, omadm_buf *out, omadm_error *error) {
  static const char word[] = ">md5(";
  omadm_err err = OMADM_OK;
  const char *found = NULL;
  while (err == OMADM_OK && message.len > 0 &&
         (found = memmem(message.ptr, message.len, word, strlen(word))) != NULL) {
    size_t before = (size_t)(found - message.ptr) + 1;
    const char *end = memchr(message.ptr + before, ')', message.len - before);
    if (end == NULL) break;
    err = omadm_buf_add(out, message.ptr, before);
    if (err == OMADM_OK)
      err = expand_digest((omadm_str){found + 1, (size_t)(end - found)}, out, error);
    message.len -= (size_t)(end + 1 - message.ptr);
    message.ptr = end + 1;
  }
  return err == OMADM_OK ? omadm_buf_add_str(out, message) : err;
}
