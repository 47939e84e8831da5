/* SPDX-License-Identifier: MIT */
/* Allocation through an omadm_mem, with checked sizes. */
#ifndef OMADM_BASE_MEM_H
#define OMADM_BASE_MEM_H

#include <omadm/types.h>

/* malloc, realloc and free. Lives for ever. */
extern const omadm_mem omadm_mem_default;

/* NULL on failure or where n * size overflows; zero-filled. */
void *omadm_mem_new(const omadm_mem *mem, size_t n, size_t size);
void omadm_mem_free(const omadm_mem *mem, void *p);

/*
 * An arena: many small pieces, dropped at once. Pieces are aligned for any type.
 */
typedef struct omadm_arena_block omadm_arena_block;
typedef struct omadm_arena {
  const omadm_mem *mem;
  omadm_arena_block *block; /* newest first */
  char *next;
  char *end;
  size_t total; /* octets in blocks */
  size_t max; /* of total; 0: no limit */
} omadm_arena;

void omadm_arena_init(omadm_arena *arena, const omadm_mem *mem, size_t max);
/* Not zeroed. NULL on failure or beyond max. */
void *omadm_arena_alloc(omadm_arena *arena, size_t n);
/* Zeroed array; NULL on overflow. */
void *omadm_arena_new(omadm_arena *arena, size_t n, size_t size);
/* A copy of s, terminated; ptr is NULL on failure. */
omadm_str omadm_arena_copy(omadm_arena *arena, omadm_str s);
/* Forgets all pieces but keeps the largest block for the next use. */
void omadm_arena_reset(omadm_arena *arena);
void omadm_arena_dispose(omadm_arena *arena);

#endif
