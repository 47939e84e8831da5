/* SPDX-License-Identifier: MIT */
/*
 * Structures that begin with their size, so that two sides of different age share them. One rule:
 * what struct_size says is read, and what it leaves out is zero; no more than struct_size is
 * written.
 */
#ifndef OMADM_FRAMEWORK_SIZED_H
#define OMADM_FRAMEWORK_SIZED_H

#include <string.h>

/* Fills `to` with what `from` has of it, and zero behind that. The sizes are those of the two
 * structures; the field struct_size is copied as any other. */
static inline void sized_copy(void *to, size_t to_size, const void *from, size_t from_size) {
  size_t n = to_size < from_size ? to_size : from_size;
  memcpy(to, from, n);
  memset((char *)to + n, 0, to_size - n);
}

#endif
