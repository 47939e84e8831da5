/* SPDX-License-Identifier: MIT */
/*
 * expat on an omadm_mem, under a cap: a body of ever new names would make expat's own tables grow
 * to many times its size. expat's allocation functions take no context, so it is kept for each
 * thread from begin to end, which must enclose every call of that parser. Pairs may nest.
 */
#ifndef OMADM_WIRE_XML_MEMORY_H
#define OMADM_WIRE_XML_MEMORY_H

#include <omadm/types.h>

#include <expat.h>
#include <stdbool.h>

typedef struct xml_memory {
  const omadm_mem *mem;
  uint64_t left; /* octets that may still be asked for; what is released does not come back */
  bool exhausted; /* an allocation was refused for want of `left` */
  struct xml_memory *outer;
} xml_memory;

/* The cap is `decoded` octets beyond what any body of `body` octets needs. */
void xml_memory_begin(xml_memory *memory, const omadm_mem *mem, uint64_t decoded, size_t body);
void xml_memory_end(xml_memory *memory);

/* A parser of UTF-8, whatever a declaration says. NULL: out of memory. */
XML_Parser xml_memory_parser(void);
/* The same with namespaces: they stand before the names, and the separator between. */
XML_Parser xml_memory_parser_ns(char separator);

#endif
