/* SPDX-License-Identifier: MIT */
/*
 * Where log lines go. One line a call, no trailing newline, UTF-8 with control characters escaped.
 * No secret is ever passed.
 */
#ifndef OMADM_LOG_H
#define OMADM_LOG_H

#include <omadm/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum omadm_log_level {
  OMADM_LOG_ERROR = 0, /* something is broken; a person should look */
  OMADM_LOG_WARN, /* odd, and survived: a tolerated quirk, a refused command */
  OMADM_LOG_INFO, /* what an administrator wants to read: sessions, alerts, mounts */
  OMADM_LOG_DEBUG /* what a developer wants to read: each command */
} omadm_log_level;

typedef struct omadm_log {
  size_t struct_size;
  void *ctx;
  omadm_log_level level; /* lines above it are not made */
  /* May be called from any thread that was given the table. module and text are borrowed until it
   * returns. */
  void (*write)(void *ctx, omadm_log_level level, const char *module, const char *text);
} omadm_log;

/* Formats and writes a line of at most 1,000 octets where log is not NULL and its level allows. Any
 * thread. */
OMADM_EXPORT void omadm_log_line(const omadm_log *log, omadm_log_level level, const char *module,
                                 const char *format, ...) OMADM_PRINTF(4, 5);

#ifdef __cplusplus
}
#endif
#endif
