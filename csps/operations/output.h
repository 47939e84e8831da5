/* SPDX-License-Identifier: MIT */
/* What a command prints, read as it comes. Of any amount only two things are kept. */
#ifndef OPERATIONS_OUTPUT_H
#define OPERATIONS_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

enum { OUTPUT_LINE = 128, OUTPUT_VERSION = 64 };

typedef struct output {
  char line[OUTPUT_LINE]; /* the line that is being read */
  size_t len;
  bool overlong;
  int code; /* the number that the last line that is not empty consists of; 0: it is none */
  char version[OUTPUT_VERSION + 1]; /* of the last line "version=TEXT"; "": none */
} output;

void output_add(output *self, const char *octets, size_t n);
/* The last line may lack its line break. */
void output_end(output *self);

#endif
