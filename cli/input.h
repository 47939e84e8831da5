/* SPDX-License-Identifier: MIT */
/* What a command reads besides its configuration. */
#ifndef OMADM_CLI_INPUT_H
#define OMADM_CLI_INPUT_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <termios.h>

#include <omadm/error.h>
#include <omadm/types.h>

/* Appends the octets of a file, or of standard input where `name` is "-". IO; LIMIT: more than the
 * buffer takes. */
omadm_err cli_input_read(const char *name, omadm_buf *out, omadm_error *error);

typedef enum cli_line {
  CLI_LINE_READ = 0,
  CLI_LINE_ENDED, /* there is no more input; what came of the line was appended */
  CLI_LINE_INTERRUPTED,
  CLI_LINE_LATE,
  CLI_LINE_TOO_LONG /* or there was no memory */
} cli_line;

/* Appends a line of standard input without its end. It is waited for until *interrupted is not 0,
 * and until `until` by cli_input_clock. Nothing of it stays in another buffer. */
cli_line cli_input_line(const volatile sig_atomic_t *interrupted, int64_t until, omadm_buf *out);
int64_t cli_input_clock(void); /* seconds */

/* From here to cli_input_show what is typed at the terminal is not shown; what was typed before is
 * dropped. false: standard input is no terminal, or cannot do so. */
bool cli_input_hide(struct termios *before);
void cli_input_show(const struct termios *before);

/* Appends a line of standard input; on a terminal `prompt` stands before it, and what is typed is
 * not shown. NOT_FOUND at the end of input, and when interrupted. */
omadm_err cli_input_secret(const char *prompt, const volatile sig_atomic_t *interrupted,
                           omadm_buf *out);

#endif
