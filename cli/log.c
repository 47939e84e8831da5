/* SPDX-License-Identifier: MIT */
#include "cli/log.h"

#include <stdarg.h>
#include <stdlib.h>

#include "base/codec.h"
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

void cli_show(FILE *out, omadm_str text) {
  for (size_t at = 0; at < text.len;) {
    char piece[256];
    size_t n = 0;
    /* A character is not cut: one that would be waits for the next piece. */
    while (at < text.len && n + 4 <= sizeof piece && text.ptr[at] != '\n') {
      uint32_t code = 0;
      size_t octets = omadm_utf8_decode(text, at, &code);
      if (octets == 0) octets = 1;
      memcpy(piece + n, text.ptr + at, octets);
      n += octets;
      at += octets;
    }
    omadm_octets_tame(piece, n);
    fwrite(piece, 1, n, out);
    if (at < text.len && text.ptr[at] == '\n') {
      fputs("\n  ", out);
      at++;
    }
  }
}

void cli_say(const char *format, ...) {
  char *text = NULL;
  va_list args;
  va_start(args, format);
  int n = vasprintf(&text, format, args);
  va_end(args);
  if (n >= 0) omadm_octets_tame(text, (size_t)n);
  if (n >= 0) puts(text);
  free(text);
}
