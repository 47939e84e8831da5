/* SPDX-License-Identifier: MIT */
/* Allocation through an omadm_mem, with checked sizes. */
#ifndef OMADM_BASE_MEM_H
#define OMADM_BASE_MEM_H

#include <omadm/types.h>

#include <stdalign.h>
#include <string.h>

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
/* A piece from a new block: what omadm_arena_alloc calls where the newest one has no room. */
void *omadm_arena_alloc_block(omadm_arena *arena, size_t n);
/* Not zeroed. NULL on failure or beyond max. */
static inline void *omadm_arena_alloc(omadm_arena *arena, size_t n) {
  const size_t align = alignof(max_align_t);
  size_t room = (size_t)(arena->end - arena->next);
  /* The room is a multiple of the alignment, so that what fits still fits when rounded up. */
  if (n > room) return omadm_arena_alloc_block(arena, n);
  void *p = arena->next;
  arena->next += (n + align - 1) & ~(align - 1);
  return p;
}
/* Zeroed array; NULL on overflow. */
static inline void *omadm_arena_new(omadm_arena *arena, size_t n, size_t size) {
  size_t total = 0;
  if (__builtin_mul_overflow(n, size, &total)) return NULL;
  void *p = omadm_arena_alloc(arena, total);
  if (p != NULL) memset(p, 0, total);
  return p;
}
/* A copy of s, terminated; ptr is NULL on failure. */
static inline omadm_str omadm_arena_copy(omadm_arena *arena, omadm_str s) {
  char *p = s.len < SIZE_MAX ? omadm_arena_alloc(arena, s.len + 1) : NULL;
  if (p == NULL) return (omadm_str){NULL, 0};
  if (s.len > 0) memcpy(p, s.ptr, s.len);
  p[s.len] = '\0';
  return (omadm_str){p, s.len};
}
/* Forgets all pieces but keeps the newest block for the next use: the largest, unless `max` left no
 * room to double. */
void omadm_arena_reset(omadm_arena *arena);
void omadm_arena_dispose(omadm_arena *arena);

#endif
