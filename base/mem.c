/* SPDX-License-Identifier: MIT */
#include "base/mem.h"

#include <stdlib.h>

enum { FIRST_BLOCK = 4096 };

struct omadm_arena_block {
  omadm_arena_block *older;
  size_t size; /* octets after the header */
  alignas(max_align_t) char data[];
};

static void *default_alloc(void *ctx, size_t n) {
  (void)ctx;
  return malloc(n);
}

static void *default_resize(void *ctx, void *p, size_t n) {
  (void)ctx;
  return realloc(p, n);
}

static void default_release(void *ctx, void *p) {
  (void)ctx;
  free(p);
}

const omadm_mem omadm_mem_default = {NULL, default_alloc, default_resize, default_release};

void *omadm_mem_new(const omadm_mem *mem, size_t n, size_t size) {
  size_t total = 0;
  if (__builtin_mul_overflow(n, size, &total)) return NULL;
  void *p = mem->alloc(mem->ctx, total > 0 ? total : 1);
  if (p != NULL) memset(p, 0, total);
  return p;
}

void omadm_mem_free(const omadm_mem *mem, void *p) {
  mem->release(mem->ctx, p);
}

void omadm_arena_init(omadm_arena *arena, const omadm_mem *mem, size_t max) {
  *arena = (omadm_arena){.mem = mem, .max = max};
}

static int arena_grow(omadm_arena *arena, size_t n) {
  size_t size = arena->block != NULL ? arena->block->size * 2 : FIRST_BLOCK;
  if (size < n) size = n;
  if (arena->max > 0 && size > arena->max - arena->total) size = n;
  if (arena->max > 0 && size > arena->max - arena->total) return 0;
  size_t bytes = 0;
  if (__builtin_add_overflow(size, sizeof(omadm_arena_block), &bytes)) return 0;
  omadm_arena_block *block = arena->mem->alloc(arena->mem->ctx, bytes);
  if (block == NULL) return 0;
  block->older = arena->block;
  block->size = size;
  arena->block = block;
  arena->total += size;
  arena->next = block->data;
  arena->end = block->data + size;
  return 1;
}

void *omadm_arena_alloc_block(omadm_arena *arena, size_t n) {
  const size_t align = alignof(max_align_t);
  if (n > SIZE_MAX - align) return NULL;
  n = (n + align - 1) & ~(align - 1);
  if (!arena_grow(arena, n)) return NULL;
  void *p = arena->next;
  arena->next += n;
  return p;
}

void omadm_arena_reset(omadm_arena *arena) {
  omadm_arena_block *block = arena->block;
  if (block == NULL) return;
  /* Each block is twice the one before, until `max` is near. */
  for (omadm_arena_block *older = block->older; older != NULL;) {
    omadm_arena_block *next = older->older;
    omadm_mem_free(arena->mem, older);
    older = next;
  }
  block->older = NULL;
  arena->total = block->size;
  arena->next = block->data;
  arena->end = block->data + block->size;
}

void omadm_arena_dispose(omadm_arena *arena) {
  for (omadm_arena_block *block = arena->block; block != NULL;) {
    omadm_arena_block *older = block->older;
    omadm_mem_free(arena->mem, block);
    block = older;
  }
  omadm_arena_init(arena, arena->mem, arena->max);
}
