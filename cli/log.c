/* SPDX-License-Identifier: MIT */
#include "cli/log.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/str.h"

/* One call of stdio for each line: lines of several threads do not mix. */
static void write_line(void *ctx, omadm_log_level level, const char *module, const char *text) {
  static const char *const prefix[] = {[OMADM_LOG_ERROR] = "error: ",
                                       [OMADM_LOG_WARN] = "warning: ",
                                       [OMADM_LOG_INFO] = "",
                                       [OMADM_LOG_DEBUG] = ""};
  (void)ctx;
  fprintf(stderr, "omadm: %s%s: %s\n", prefix[level], module, text);
}

void cli_log_init(omadm_log *log, omadm_log_level level) {
  *log = (omadm_log){.struct_size = sizeof *log, .level = level, .write = write_line};
}

void cli_complain(const char *format, ...) {
  char text[1024];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  omadm_str_tame(text);
  fprintf(stderr, "omadm: %s\n", text);
}
