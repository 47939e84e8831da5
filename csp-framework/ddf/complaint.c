/* SPDX-License-Identifier: MIT */
#include "csp-framework/ddf/complaint.h"

#include <stdarg.h>
#include <stdio.h>

static const struct {
  const char *name;
  const char *text;
} deviations[] = {
#define DEVIATION_ROW(name, word, text) {word, text},
    DDF_DEVIATIONS(DEVIATION_ROW)
#undef DEVIATION_ROW
};

/* What a file holds may contain terminal codes; a sentence holds none. */
static void make_printable(char *text) {
  for (; *text != '\0'; text++) {
    if ((unsigned char)*text < 0x20 || *text == 0x7F) *text = '?';
  }
}

void ddf_complain(ddf_complaints *c, omadm_err code, uint32_t line, const char *format, ...) {
  char text[400];
  va_list ap;
  va_start(ap, format);
  vsnprintf(text, sizeof text, format, ap);
  va_end(ap);
  make_printable(text);
  uint32_t at = line > 0 ? line + c->line_offset : 0;
  if (c->first == 0) {
    c->first = code;
    if (at > 0) {
      omadm_error_set(c->error, code, "%.100s:%u: %s", c->name, at, text);
    } else {
      omadm_error_set(c->error, code, "%.100s: %s", c->name, text);
    }
  }
  if (c->report != NULL) c->report(c->ctx, 1, at, text);
}

void ddf_warn(ddf_complaints *c, ddf_deviation deviation, uint32_t line, const char *format, ...) {
  if (c->report == NULL) return;
  char met[200];
  char text[400];
  va_list ap;
  va_start(ap, format);
  vsnprintf(met, sizeof met, format, ap);
  va_end(ap);
  snprintf(text, sizeof text, "%s: %s [%s]", met, deviations[deviation].text,
           deviations[deviation].name);
  make_printable(text);
  c->report(c->ctx, 0, line > 0 ? line + c->line_offset : 0, text);
}
