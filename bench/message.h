/* SPDX-License-Identifier: MIT */
/* The message of the measurements: alternating Get and Replace on 13-octet leaves, about 167 octets
 * a command. */
#ifndef OMADM_BENCH_MESSAGE_H
#define OMADM_BENCH_MESSAGE_H

#include <omadm/types.h>

/* How the leaves lie in the tree. */
typedef struct bench_shape {
  const char *name;
  size_t commands; /* of the message */
  size_t siblings; /* leaves that exist below one parent */
  size_t depth; /* segments between ./Vendor/B and the leaf; the length of the URI is the same for 1
                   to 64 of them, and shorter for 0 */
} bench_shape;

/* Appends the server's message; message numbers and references fit the first message after
 * package 1. Each round asks for other leaves, as long as there are enough, so that nothing is
 * found in a cache because the round before asked for it. */
void bench_message(const bench_shape *shape, size_t round, omadm_buf *out);
/* Appends a DDF that describes the leaves. */
void bench_ddf(const bench_shape *shape, omadm_buf *out);
/* Appends the URI of leaf i. */
void bench_uri(const bench_shape *shape, size_t i, omadm_buf *out);

#endif
