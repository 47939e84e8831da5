/* SPDX-License-Identifier: MIT */
/* The name of this device. */
#include <omadm/account.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdio.h>

#include "base/codec.h"
#include "base/str.h"

#define META_DEVICE_ID "device-id"
#define UUID_OCTETS 16

/* Made for this program once, by chance. machine-id(5) asks for a keyed hash: the raw value must
 * not leave the machine. */
static const unsigned char application_key[UUID_OCTETS] = {
    0x6d, 0x1c, 0x8e, 0x42, 0xb0, 0x57, 0x4f, 0x3a, 0x9e, 0x25, 0xd4, 0x7b, 0x03, 0xf8, 0x61, 0xca};

/* Reads the 128 bits of machine-id; false where there is none, or only the placeholder of an image
 * ("uninitialized"). */
static bool read_machine_id(const char *root, unsigned char id[UUID_OCTETS]) {
  char path[4096];
  char text[64] = "";
  int n = snprintf(path, sizeof path, "%s/etc/machine-id", root != NULL ? root : "");
  if (n < 0 || (size_t)n >= sizeof path) return false;
  FILE *file = fopen(path, "re");
  if (file == NULL) return false;
  size_t got = fread(text, 1, sizeof text - 1, file);
  fclose(file);
  omadm_buf octets;
  omadm_buf_init(&octets, NULL, 0);
  bool good = omadm_hex_decode(omadm_str_trim((omadm_str){text, got}), &octets) == 0 &&
              octets.len == UUID_OCTETS;
  if (good) memcpy(id, octets.ptr, UUID_OCTETS);
  omadm_buf_dispose(&octets);
  return good;
}

/* HMAC-SHA-256 of the machine-id as a version 4 UUID (RFC 9562 5.4), as
 * sd_id128_get_machine_app_specific(3) does it. */
static bool hash_machine_id(const unsigned char id[UUID_OCTETS], unsigned char uuid[UUID_OCTETS]) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned len = 0;
  if (HMAC(EVP_sha256(), id, UUID_OCTETS, application_key, sizeof application_key, digest, &len) ==
      NULL)
    return false;
  if (len < UUID_OCTETS) return false;
  memcpy(uuid, digest, UUID_OCTETS);
  return true;
}

static omadm_err make_id(const char *root, omadm_buf *out) {
  unsigned char machine[UUID_OCTETS];
  unsigned char uuid[UUID_OCTETS];
  bool made = read_machine_id(root, machine) ? hash_machine_id(machine, uuid)
                                             : RAND_bytes(uuid, UUID_OCTETS) == 1;
  if (!made) return OMADM_E_NOMEM;
  uuid[6] = (unsigned char)((uuid[6] & 0x0F) | 0x40);
  uuid[8] = (unsigned char)((uuid[8] & 0x3F) | 0x80);
  static const size_t groups[] = {4, 2, 2, 2, 6};
  omadm_err err = omadm_buf_add_text(out, "urn:uuid:");
  size_t at = 0;
  for (size_t i = 0; i < sizeof groups / sizeof groups[0] && err == 0; i++) {
    if (i > 0) err = omadm_buf_add_text(out, "-");
    if (err == 0) err = omadm_hex_encode((omadm_str){(const char *)uuid + at, groups[i]}, out);
    at += groups[i];
  }
  return err;
}

omadm_err omadm_device_id(omadm_framework *framework, omadm_str configured, const char *root,
                          omadm_buf *out, omadm_error *error) {
  omadm_str key = omadm_str_of(META_DEVICE_ID);
  size_t start = out->len;
  omadm_err err = 0;
  if (configured.len > 0) {
    err = omadm_buf_add_str(out, configured);
  } else {
    err = omadm_framework_meta_get(framework, key, out);
    if (err == OMADM_E_NOT_FOUND) {
      err = make_id(root, out);
      if (err == 0)
        err = omadm_framework_meta_set(framework, key,
                                       (omadm_str){out->ptr + start, out->len - start});
      if (err == 0) err = omadm_framework_settle(framework);
    }
  }
  if (err == 0) return 0;
  out->len = start;
  return omadm_error_set(error, err, "the device's id could not be made or kept: %s%s",
                         omadm_err_text(err), err == OMADM_E_STORE ? "" : "; set id = in [device]");
}
