/* SPDX-License-Identifier: MIT */
#include "cli/input.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/str.h"

static omadm_err read_all(FILE *in, const char *name, omadm_buf *out, omadm_error *error) {
  char piece[4096];
  size_t n = 0;
  omadm_err err = OMADM_OK;
  while (err == 0 && (n = fread(piece, 1, sizeof piece, in)) > 0)
    err = omadm_buf_add(out, piece, n);
  if (err == OMADM_E_LIMIT)
    return omadm_error_set(error, err, "%s: larger than %zu octets", name, out->max);
  if (err == 0 && ferror(in) != 0) err = OMADM_E_IO;
  return err != 0 ? omadm_error_set(error, err, "%s: %s", name,
                                    err == OMADM_E_IO ? strerror(errno) : omadm_err_text(err))
                  : OMADM_OK;
}

omadm_err cli_input_read(const char *name, omadm_buf *out, omadm_error *error) {
  if (strcmp(name, "-") == 0) return read_all(stdin, "standard input", out, error);
  FILE *in = fopen(name, "rb");
  if (in == NULL) return omadm_error_set(error, OMADM_E_IO, "%s: %s", name, strerror(errno));
  omadm_err err = read_all(in, name, out, error);
  fclose(in);
  return err;
}

int64_t cli_input_clock(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec;
}

/* Unbuffered: what is typed stays in no buffer but the caller's, which does not move meanwhile
 * (a terminal's line has at most 4096 octets). */
cli_line cli_input_line(const volatile sig_atomic_t *interrupted, int64_t until, omadm_buf *out) {
  enum { TICK = 200, TERMINAL_LINE = 4096 };
  size_t start = out->len;
  (void)omadm_buf_reserve(out, TERMINAL_LINE);
  for (;;) {
    struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
    char c = '\0';
    if (*interrupted != 0) return CLI_LINE_INTERRUPTED;
    if (cli_input_clock() >= until) return CLI_LINE_LATE;
    int ready = poll(&in, 1, TICK);
    if (ready == 0 || (ready < 0 && errno == EINTR)) continue;
    ssize_t n = ready > 0 ? read(STDIN_FILENO, &c, 1) : -1;
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return CLI_LINE_ENDED;
    if (c == '\n') break;
    if (omadm_buf_add(out, &c, 1) != OMADM_OK) return CLI_LINE_TOO_LONG;
  }
  while (out->len > start && out->ptr[out->len - 1] == '\r')
    out->len--;
  return CLI_LINE_READ;
}

bool cli_input_hide(struct termios *before) {
  if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, before) != 0) return false;
  struct termios hidden = *before;
  hidden.c_lflag &= ~(tcflag_t)ECHO;
  return tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden) == 0;
}

void cli_input_show(const struct termios *before) {
  (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, before);
  fputc('\n', stderr);
}

omadm_err cli_input_secret(const char *prompt, const volatile sig_atomic_t *interrupted,
                           omadm_buf *out) {
  struct termios before;
  size_t start = out->len;
  bool hidden = cli_input_hide(&before);
  if (!hidden && isatty(STDIN_FILENO)) return OMADM_E_NOT_FOUND;
  if (hidden) fputs(prompt, stderr);
  cli_line end = cli_input_line(interrupted, INT64_MAX, out);
  if (hidden) cli_input_show(&before);
  if (end == CLI_LINE_READ || (end == CLI_LINE_ENDED && out->len > start)) return OMADM_OK;
  return end == CLI_LINE_TOO_LONG ? OMADM_E_LIMIT : OMADM_E_NOT_FOUND;
}
