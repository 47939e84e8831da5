/* SPDX-License-Identifier: MIT */
/* Runs a configured command and waits for its end. */
#ifndef REBOOT_COMMAND_H
#define REBOOT_COMMAND_H

enum { COMMAND_NOT_STARTED = -1, COMMAND_TOO_LATE = -2 };

/* /bin/sh -c command, in a process group of its own, its output on standard error. Blocks. Its exit
   status; 128 + n where signal n ended it; TOO_LATE where it did not end in `seconds` and was
   killed. Any thread. */
int command_run(const char *command, unsigned seconds);

#endif
