/* SPDX-License-Identifier: MIT */
/* IMA's list of measurements, as /sys/kernel/security/ima/binary_runtime_measurements gives it:
 * host byte order, here little-endian (Linux, security/integrity/ima/ima_fs.c). */
#include "tpm/eventlog/log.h"

#include <inttypes.h>

#include "base/mem.h"
#include "base/str.h"

enum { IMA_PCR = 10, IMA_SHA1 = 20, IMA_NAME_MAX = 255, IMA_PATH_ROOM = 256 };

/* An entry. `data` is what was hashed, but for the old template. */
typedef struct ima_entry {
  size_t at;
  uint32_t pcr;
  omadm_str digest;
  omadm_str name;
  omadm_str data;
  bool old; /* template "ima": file digest and path, without lengths that are hashed */
} ima_entry;

static bool take(omadm_str *rest, size_t n, omadm_str *out) {
  if (n > rest->len) return false;
  *out = (omadm_str){rest->ptr, n};
  rest->ptr += n;
  rest->len -= n;
  return true;
}

static bool take_sized(omadm_str *rest, omadm_str *out) {
  omadm_str size;
  return take(rest, 4, &size) && take(rest, omadm_le32(size.ptr), out);
}

/* The old template has no length of its own: 20 octets, then the path with its length. */
static bool take_old(omadm_str *rest, omadm_str *out) {
  omadm_str digest, path;
  const char *begin = rest->ptr;
  if (!take(rest, IMA_SHA1, &digest) || !take_sized(rest, &path)) return false;
  *out = (omadm_str){begin, (size_t)(rest->ptr - begin)};
  return path.len <= IMA_NAME_MAX;
}

static bool take_entry(omadm_str *rest, ima_entry *entry) {
  omadm_str head;
  if (!take(rest, 4, &head) || !take(rest, IMA_SHA1, &entry->digest) ||
      !take_sized(rest, &entry->name) || entry->name.len > IMA_NAME_MAX) {
    return false;
  }
  entry->pcr = omadm_le32(head.ptr);
  entry->old = omadm_str_is(entry->name, "ima");
  return entry->old ? take_old(rest, &entry->data) : take_sized(rest, &entry->data);
}

/* The digest of the template's data; the old template hashes the path in a room of fixed size. */
static size_t hash_data(uint16_t bank, const ima_entry *entry, uint8_t digest[DIGEST_MAX]) {
  char room[IMA_SHA1 + IMA_PATH_ROOM] = {0};
  if (!entry->old) return digest_make(bank, entry->data, digest);
  size_t head = IMA_SHA1 + 4;
  memcpy(room, entry->data.ptr, IMA_SHA1);
  memcpy(room + IMA_SHA1, entry->data.ptr + head, entry->data.len - head);
  return digest_make(bank, (omadm_str){room, sizeof room}, digest);
}

/* What the kernel extends. A violation (a file changed while it was measured) is listed as zeros
 * and extended as FF, so that no list can explain it away. */
static omadm_err extend(const ima_entry *entry, size_t number, uint16_t bank,
                        omadm_tpm_digest *pcr10, omadm_error *error) {
  static const char zeros[IMA_SHA1] = {0};
  uint8_t digest[DIGEST_MAX];
  if (memcmp(entry->digest.ptr, zeros, IMA_SHA1) == 0) {
    memset(digest, 0xFF, sizeof digest);
  } else {
    omadm_str own = {(const char *)digest, hash_data(OMADM_TPM_SHA1, entry, digest)};
    if (!omadm_str_equal(own, entry->digest)) {
      return omadm_error_set(error, OMADM_E_REFUSED,
                             "IMA's list is not to be believed: entry %zu at offset %zu has a "
                             "digest that is not that of its data",
                             number, entry->at);
    }
    if (bank != OMADM_TPM_SHA1) hash_data(bank, entry, digest);
  }
  digest_extend(bank, pcr10->octets, (omadm_str){(const char *)digest, pcr10->len});
  return OMADM_OK;
}

omadm_err omadm_imalog_replay(omadm_str octets, uint16_t bank, omadm_tpm_digest *pcr10,
                              size_t *entries, omadm_error *error) {
  uint8_t probe[DIGEST_MAX];
  omadm_str rest = octets;
  size_t n = 0;
  memset(pcr10, 0, sizeof *pcr10);
  pcr10->len = (uint32_t)digest_make(bank, (omadm_str){"", 0}, probe);
  if (entries != NULL) *entries = 0;
  if (pcr10->len == 0) {
    return omadm_error_set(error, OMADM_E_UNSUPPORTED, "bank 0x%04x cannot be computed here",
                           (unsigned)bank);
  }
  for (; rest.len > 0; n++) {
    ima_entry entry = {.at = (size_t)(rest.ptr - octets.ptr)};
    if (!take_entry(&rest, &entry) || entry.pcr != IMA_PCR) {
      return omadm_error_set(error, OMADM_E_SYNTAX,
                             "IMA's list is cut or damaged: there is no entry of PCR %d at offset "
                             "%zu of %zu",
                             IMA_PCR, entry.at, octets.len);
    }
    omadm_err err = extend(&entry, n, bank, pcr10, error);
    if (err != 0) return err;
  }
  if (entries != NULL) *entries = n;
  return OMADM_OK;
}
