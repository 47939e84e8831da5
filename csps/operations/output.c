/* SPDX-License-Identifier: MIT */
#include "operations/output.h"

#include <string.h>

static const char version[] = "version=";

/* A number of at most four digits, 0 for anything else. */
static int number_of(const char *text, size_t n) {
  int value = 0;
  if (n == 0 || n > 4) return 0;
  for (size_t i = 0; i < n; i++) {
    if (text[i] < '0' || text[i] > '9') return 0;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

/* Printable ASCII, since it becomes the value of a node. */
static bool is_printable(const char *text, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (text[i] < 0x20 || text[i] > 0x7E) return false;
  return true;
}

static void take_version(output *self) {
  size_t n = self->len - (sizeof version - 1);
  if (n > OUTPUT_VERSION || !is_printable(self->line, self->len)) return;
  memcpy(self->version, self->line + sizeof version - 1, n);
  self->version[n] = '\0';
}

static void end_line(output *self) {
  size_t n = self->len;
  while (n > 0 && (self->line[n - 1] == ' ' || self->line[n - 1] == '\r'))
    n--;
  self->len = n;
  if (n > 0 || self->overlong) {
    self->code = self->overlong ? 0 : number_of(self->line, n);
    if (!self->overlong && n >= sizeof version - 1 &&
        memcmp(self->line, version, sizeof version - 1) == 0)
      take_version(self);
  }
  self->len = 0;
  self->overlong = false;
}

void output_add(output *self, const char *octets, size_t n) {
  for (size_t i = 0; i < n; i++) {
    if (octets[i] == '\n')
      end_line(self);
    else if (self->len < OUTPUT_LINE)
      self->line[self->len++] = octets[i];
    else
      self->overlong = true;
  }
}

void output_end(output *self) {
  end_line(self);
}
