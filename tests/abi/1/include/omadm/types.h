/* SPDX-License-Identifier: MIT */
/*
 * Types that every part of omadm shares. Nothing here does I/O.
 */
#ifndef OMADM_TYPES_H
#define OMADM_TYPES_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define OMADM_EXPORT __attribute__((visibility("default")))
#define OMADM_PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
#define OMADM_EXPORT
#define OMADM_PRINTF(f, a)
#endif

/* Did the call work? 0, or one of the negative OMADM_E_* of <omadm/error.h>. Never sent to a
 * server. */
typedef int omadm_err;

/* What a server is told: a SyncML response code (<omadm/status.h>), or one of the OMADM_ST_* pseudo
 * codes below 100. */
typedef uint16_t omadm_status;

/* Names one outstanding operation; 0 is "none". */
typedef uint64_t omadm_token;

/* Octets that belong to somebody else. UTF-8 where it is text; not terminated by a zero octet. ptr
 * may be NULL when len is 0. */
typedef struct omadm_str {
  const char *ptr;
  size_t len;
} omadm_str;

/* An omadm_str of a string literal. */
#define OMADM_STR(literal)                                                                         \
  { (literal), sizeof(literal) - 1 }

/*
 * An allocator, copied into what is created with it. resize(ctx, NULL, n) allocates; release(ctx,
 * NULL) does nothing. All three may be called from the one thread that uses the object only.
 */
typedef struct omadm_mem {
  void *ctx;
  void *(*alloc)(void *ctx, size_t n);
  void *(*resize)(void *ctx, void *p, size_t n);
  void (*release)(void *ctx, void *p);
} omadm_mem;

/*
 * A growing buffer that carries its own limit and allocator, so that a callee may append to it and
 * its owner can always release it. `max` is the largest len; 0 means no limit but memory. `mem` is
 * borrowed until the buffer is disposed; NULL is malloc. A buffer of zeros is an empty one, which
 * any function of the library may fill: omadm_buf out = {0}.
 */
typedef struct omadm_buf {
  char *ptr;
  size_t len;
  size_t cap;
  size_t max;
  const omadm_mem *mem;
} omadm_buf;

/* Releases what it holds; it is empty then, and may be used again. One that was never filled is
 * allowed. */
OMADM_EXPORT void omadm_buf_dispose(omadm_buf *buf);
/* Appends n octets: how a function of yours that is given an omadm_buf fills it. NOMEM, or LIMIT
 * beyond buf->max; then nothing was appended. The octets may not be the buffer's own. */
OMADM_EXPORT omadm_err omadm_buf_append(omadm_buf *buf, const void *octets, size_t n);

/* True where the sized table *s has field f and it is set: how old and new callers share one
 * structure. */
#define OMADM_HAS(type, s, f)                                                                      \
  ((s) != NULL && (s)->struct_size >= offsetof(type, f) + sizeof((s)->f) && (s)->f != NULL)

/* The same for a field that is no pointer: true where the side that made *s knows it. */
#define OMADM_KNOWS(type, s, f)                                                                    \
  ((s) != NULL && (s)->struct_size >= offsetof(type, f) + sizeof((s)->f))

/* The words of the Meta element Format (OMA-TS-SyncML_MetaInfo 5.2; OMA-TS-DM_TND 9.4.2). */
typedef enum omadm_format {
  OMADM_FORMAT_ABSENT = 0,
  OMADM_FORMAT_CHR,
  OMADM_FORMAT_INT,
  OMADM_FORMAT_BOOL,
  OMADM_FORMAT_B64,
  OMADM_FORMAT_BIN,
  OMADM_FORMAT_XML,
  OMADM_FORMAT_NULL,
  OMADM_FORMAT_NODE,
  OMADM_FORMAT_DATE,
  OMADM_FORMAT_TIME,
  OMADM_FORMAT_FLOAT,
  OMADM_FORMAT_UNKNOWN
} omadm_format;

/* The word of a format ("chr", "int" …), "" for ABSENT and UNKNOWN; lives for ever. */
OMADM_EXPORT const char *omadm_format_text(omadm_format format);
/* The format of a word; letter case counts. ABSENT for an empty word, UNKNOWN for any other. */
OMADM_EXPORT omadm_format omadm_format_parse(omadm_str word);

/* How messages are written (OMA-TS-DM_RepPro 5). */
typedef enum omadm_encoding { OMADM_ENCODING_XML = 0, OMADM_ENCODING_WBXML } omadm_encoding;

/* What a DDF grants in AccessType (OMA-TS-DM_TND 9.4.3.1), as a mask. */
enum {
  OMADM_ACCESS_ADD = 1 << 0,
  OMADM_ACCESS_COPY = 1 << 1,
  OMADM_ACCESS_DELETE = 1 << 2,
  OMADM_ACCESS_EXEC = 1 << 3,
  OMADM_ACCESS_GET = 1 << 4,
  OMADM_ACCESS_REPLACE = 1 << 5
};

#ifdef __cplusplus
}
#endif
#endif
