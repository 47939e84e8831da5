/* SPDX-License-Identifier: MIT */
#include "conformance/attestation/certificate.h"

#include "base/codec.h"
#include "base/str.h"

#include "conformance/attestation/certificate_content.h"
#include "conformance/attestation/xml_in.h"

#define SPACE                                                                                      \
  "http://schemas.microsoft.com/windows/security/healthcertificate/healthcertificateblob/v1"
#define ROOT "OpaqueHealthCertificate"

typedef struct sealed {
  omadm_str ciphertext;
  omadm_str iv;
  omadm_str mac;
} sealed;

static omadm_str octets_of(const uint8_t *octets, size_t n) {
  return (omadm_str){(const char *)octets, n};
}

static omadm_err add_element(omadm_buf *out, const char *name, omadm_str octets) {
  omadm_err err = omadm_buf_printf(out, "<%s>", name);
  if (err == OMADM_OK) err = omadm_base64_encode(octets, out);
  return err == OMADM_OK ? omadm_buf_printf(out, "</%s>", name) : err;
}

static omadm_err write_blob(const sealed *parts, omadm_buf *blob) {
  omadm_err err = omadm_buf_add_text(blob, "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
                                           "<" ROOT " Version=\"1\" xmlns=\"" SPACE "\">");
  if (err == OMADM_OK) err = add_element(blob, "EncryptedHealthCertificate", parts->ciphertext);
  if (err == OMADM_OK) err = add_element(blob, "IV", parts->iv);
  if (err == OMADM_OK) err = add_element(blob, "Signature", parts->mac);
  return err == OMADM_OK ? omadm_buf_add_text(blob, "</" ROOT ">") : err;
}

omadm_err certificate_seal(const certificate_keys *keys, const certificate *self, omadm_buf *blob) {
  uint8_t iv[CRYPT_IV];
  uint8_t mac[CRYPT_MAC];
  omadm_buf content, ciphertext;
  omadm_buf_init(&content, &omadm_mem_default, CERTIFICATE_MAX);
  omadm_buf_init(&ciphertext, &omadm_mem_default, 0);
  omadm_err err = certificate_content_write(self, &content);
  if (err != OMADM_OK) goto out;
  bool good = crypt_random(iv, sizeof iv) &&
              crypt_encrypt(keys->cipher, iv, omadm_buf_str(&content), &ciphertext) &&
              crypt_mac(keys->mac, octets_of(iv, sizeof iv), omadm_buf_str(&ciphertext), mac);
  const sealed parts = {omadm_buf_str(&ciphertext), octets_of(iv, sizeof iv),
                        octets_of(mac, sizeof mac)};
  err = good ? write_blob(&parts, blob) : OMADM_E_IO;
out:
  omadm_buf_dispose(&content);
  omadm_buf_dispose(&ciphertext);
  return err;
}

static omadm_err read_blob(omadm_str blob, omadm_arena *arena, sealed *parts, omadm_error *error) {
  static const xml_in_child children[] = {
      {"EncryptedHealthCertificate", 1, 1, 1, xml_in_base64, offsetof(sealed, ciphertext)},
      {"IV", 1, 1, 1, xml_in_base64, offsetof(sealed, iv)},
      {"Signature", 1, 1, 1, xml_in_base64, offsetof(sealed, mac)},
  };
  xml_in in = {.space = SPACE, .arena = arena, .variant = 1, .error = error};
  xmlDoc *doc = NULL;
  omadm_err err = xml_in_parse(blob, &doc, error);
  if (err != OMADM_OK) return err;
  const xmlNode *root = xmlDocGetRootElement(doc);
  err = xml_in_is(root, SPACE, ROOT)
            ? xml_in_children(&in, root, children, sizeof children / sizeof children[0], parts)
            : omadm_error_set(error, OMADM_E_SYNTAX, "it is no " ROOT);
  xmlFreeDoc(doc);
  if (err == OMADM_OK && (parts->iv.len != CRYPT_IV || parts->mac.len != CRYPT_MAC))
    err = omadm_error_set(error, OMADM_E_SYNTAX, "its IV or Signature has a wrong length");
  return err;
}

omadm_err certificate_open(const certificate_keys *keys, omadm_str blob, omadm_arena *arena,
                           certificate *out, omadm_error *error) {
  sealed parts = {.iv = {NULL, 0}};
  uint8_t mac[CRYPT_MAC];
  omadm_err err = read_blob(blob, arena, &parts, error);
  if (err != OMADM_OK) return err;
  if (!crypt_mac(keys->mac, parts.iv, parts.ciphertext, mac) ||
      !crypt_equal(mac, (const uint8_t *)parts.mac.ptr, sizeof mac))
    return omadm_error_set(error, OMADM_E_REFUSED,
                           "its Signature is not by this service since it was started");
  omadm_buf plain;
  omadm_buf_init(&plain, &omadm_mem_default, 0);
  omadm_str content = {NULL, 0};
  if (crypt_decrypt(keys->cipher, (const uint8_t *)parts.iv.ptr, parts.ciphertext, &plain))
    content = omadm_arena_copy(arena, omadm_buf_str(&plain));
  omadm_buf_dispose(&plain);
  if (content.ptr == NULL || certificate_content_read(content, out) != OMADM_OK)
    return omadm_error_set(error, OMADM_E_SYNTAX, "its content cannot be read");
  return OMADM_OK;
}
