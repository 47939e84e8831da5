/* SPDX-License-Identifier: MIT */
#include "cli/ui.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/str.h"
#include "cli/input.h"
#include "cli/log.h"
#include "cli/ui_input.h"

enum { LONGEST_LINE = 65536, TICK = 200 };

/* One line into self->answer, without its end. */
static cli_line read_line(cli_ui *self, int64_t until) {
  omadm_buf_wipe(&self->answer);
  cli_line end = cli_input_line(self->interrupted, until, &self->answer);
  if (end == CLI_LINE_ENDED) fputc('\n', stderr); /* Ctrl-D */
  return end;
}

/* What was typed before the question could be read is no answer to it. */
static void prompt(const omadm_ui_question *q, const char *wrong) {
  (void)tcflush(STDIN_FILENO, TCIFLUSH);
  if (wrong != NULL)
    fprintf(stderr, "%s\n%s: ", wrong, ui_input_hint(q));
  else
    fprintf(stderr, "%s (Ctrl-D cancels): ", ui_input_hint(q));
}

/* The echo ends before the prompt: what is typed at it must neither be seen nor be dropped. */
static cli_line read_masked(cli_ui *self, const omadm_ui_question *q, const char *wrong,
                            int64_t until) {
  struct termios before;
  if (!cli_input_hide(&before)) return CLI_LINE_ENDED;
  prompt(q, wrong);
  cli_line end = read_line(self, until);
  cli_input_show(&before);
  return end;
}

static void show_question(const cli_ui *self, const omadm_ui_question *q) {
  fputc('\n', stderr);
  /* A server may change its Name: what it cannot change stands beside it. */
  if (self->name[0] != '\0') cli_show(stderr, omadm_str_of(self->name));
  if (self->name[0] != '\0') fputs(" (", stderr);
  cli_show(stderr, omadm_str_of(self->server));
  fputs(self->name[0] != '\0' ? ") asks:\n  " : " asks:\n  ", stderr);
  cli_show(stderr, q->text);
  fputc('\n', stderr);
  for (size_t i = 0; i < q->n_choices; i++) {
    fprintf(stderr, "  %zu%s ", i + 1, q->chosen != NULL && q->chosen[i] != 0 ? " *" : "  ");
    cli_show(stderr, q->choices[i]);
    fputc('\n', stderr);
  }
  if (q->kind == OMADM_UI_DISPLAY) return;
  if (q->kind == OMADM_UI_TEXT && q->preset.len > 0 && !q->masked) {
    fputs("  An empty line stands for: ", stderr);
    cli_show(stderr, q->preset);
    fputc('\n', stderr);
  }
}

/* As long as the question has to be seen at least (MINDT, OMA-TS-DM_Protocol 10.3.1). */
static void be_seen(const cli_ui *self, const omadm_ui_question *q, uint64_t most) {
  int64_t until = omadm_clock_ms() + (int64_t)(q->min_seconds < most ? q->min_seconds : 0) * 1000;
  while (omadm_clock_ms() < until && *self->interrupted == 0)
    poll(NULL, 0, TICK);
}

static cli_line read_answer(cli_ui *self, const omadm_ui_question *q, const char *wrong,
                            int64_t until) {
  if (q->masked) return read_masked(self, q, wrong, until);
  prompt(q, wrong);
  return read_line(self, until);
}

static omadm_ui_outcome ask_of(void *ctx, const omadm_ui_question *q, omadm_ui_reply *reply) {
  cli_ui *self = ctx;
  uint64_t most = q->max_seconds > 0 && q->max_seconds < self->limit ? q->max_seconds : self->limit;
  int64_t until = cli_input_clock() + (int64_t)most;
  show_question(self, q);
  be_seen(self, q, most);
  if (q->kind == OMADM_UI_DISPLAY) return OMADM_UI_ANSWERED;
  free(self->choices);
  self->choices = q->n_choices > 0 ? calloc(q->n_choices, sizeof *self->choices) : NULL;
  if (q->n_choices > 0 && self->choices == NULL) return OMADM_UI_UNFIT;
  for (const char *wrong = NULL;;) {
    omadm_ui_outcome outcome = OMADM_UI_ANSWERED;
    cli_line end = read_answer(self, q, wrong, until);
    if (end == CLI_LINE_LATE) {
      fputs("\nThe time for the answer is over.\n", stderr);
      return OMADM_UI_TIMED_OUT;
    }
    if (end != CLI_LINE_READ) return OMADM_UI_CANCELLED;
    wrong = ui_input_read(q, omadm_buf_str(&self->answer), self->choices, reply, &outcome);
    if (wrong == NULL) return outcome;
  }
}

const omadm_ui *cli_ui_open(cli_ui *self, const omadm_account *account, uint64_t limit,
                            const volatile sig_atomic_t *interrupted) {
  *self = (cli_ui){.name = account->name,
                   .server = account->server_id,
                   .limit = limit,
                   .interrupted = interrupted};
  omadm_buf_init(&self->answer, NULL, LONGEST_LINE);
  self->port = (omadm_ui){.struct_size = sizeof self->port, .ctx = self, .ask = ask_of};
  return isatty(STDIN_FILENO) && isatty(STDERR_FILENO) ? &self->port : NULL;
}

void cli_ui_close(cli_ui *self) {
  omadm_buf_wipe(&self->answer);
  omadm_buf_dispose(&self->answer);
  free(self->choices);
  self->choices = NULL;
}
