/* SPDX-License-Identifier: MIT */
#include "omadm/wire/xml_memory.h"

/* The one variable of the engine that is not passed in; nothing outlives the call that sets it. */
static _Thread_local xml_memory *current;

static bool take(xml_memory *memory, size_t n) {
  if (n > memory->left) {
    memory->exhausted = true;
    return false;
  }
  memory->left -= n;
  return true;
}

static void *xml_alloc(size_t n) {
  xml_memory *memory = current;
  return take(memory, n) ? memory->mem->alloc(memory->mem->ctx, n) : NULL;
}

static void *xml_resize(void *p, size_t n) {
  xml_memory *memory = current;
  return take(memory, n) ? memory->mem->resize(memory->mem->ctx, p, n) : NULL;
}

static void xml_release(void *p) {
  current->mem->release(current->mem->ctx, p);
}

void xml_memory_begin(xml_memory *memory, const omadm_mem *mem, uint64_t decoded, size_t body) {
  /* A parser of its own, and the copy of the body in a buffer that doubles. */
  enum { PARSER = 65536, COPIES = 4 };
  uint64_t left = PARSER + (uint64_t)body * COPIES;
  if (__builtin_add_overflow(left, decoded, &left)) left = UINT64_MAX;
  *memory = (xml_memory){.mem = mem, .left = left, .outer = current};
  current = memory;
}

void xml_memory_end(xml_memory *memory) {
  current = memory->outer;
}

static const XML_Memory_Handling_Suite suite = {xml_alloc, xml_resize, xml_release};

XML_Parser xml_memory_parser(void) {
  return XML_ParserCreate_MM("UTF-8", &suite, NULL);
}

XML_Parser xml_memory_parser_ns(char separator) {
  const XML_Char text[] = {separator, '\0'};
  return XML_ParserCreate_MM("UTF-8", &suite, text);
}
