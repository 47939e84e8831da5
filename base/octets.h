/* SPDX-License-Identifier: MIT */
/* Little-endian numbers among octets, wherever they stand. */
#ifndef OMADM_BASE_OCTETS_H
#define OMADM_BASE_OCTETS_H

#include <omadm/types.h>

static inline uint16_t omadm_le16(const void *octets) {
  const uint8_t *b = (const uint8_t *)octets;
  return (uint16_t)(b[0] | b[1] << 8);
}
static inline uint32_t omadm_le32(const void *octets) {
  const uint8_t *b = (const uint8_t *)octets;
  return (uint32_t)omadm_le16(b) | (uint32_t)omadm_le16(b + 2) << 16;
}
static inline uint64_t omadm_le64(const void *octets) {
  const uint8_t *b = (const uint8_t *)octets;
  return (uint64_t)omadm_le32(b) | (uint64_t)omadm_le32(b + 4) << 32;
}
/* Number i of those of 32 bits that follow one another. */
static inline uint32_t omadm_le32_at(omadm_str octets, size_t i) {
  return omadm_le32(octets.ptr + 4 * i);
}

#endif
