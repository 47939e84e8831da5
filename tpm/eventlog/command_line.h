/* SPDX-License-Identifier: MIT */
/* What a measured command line of the Linux kernel says about health. */
#ifndef OMADM_EVENTLOG_COMMAND_LINE_H
#define OMADM_EVENTLOG_COMMAND_LINE_H

#include "tpm/eventlog/ipl.h"

typedef struct command_line {
  bool debug; /* a kernel debugger is set up */
  bool safe; /* a shell for repairs, or less than the whole system */
  bool enforce; /* code that is not signed, or not the vendor's, does not run */
} command_line;

/* Reads an IPL_COMMAND_LINE or IPL_BARE_LINE. In doubt `debug` and `safe` are true and `enforce` is
 * false. */
command_line command_line_read(const ipl *line);

#endif
