/* SPDX-License-Identifier: MIT */
#include "conformance/csp-test/crash.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
enum { SIGNALS = sizeof signals / sizeof *signals, STACK = 65536 };

static struct sigaction before[SIGNALS];
static stack_t stack_before;
static char stack[STACK]; /* a plugin may have used up the other one */
static char names[512]; /* of the plugin */
static char now[1024]; /* what is asked */

static void say(const char *text) {
  if (write(STDERR_FILENO, text, strlen(text)) < 0) return; /* nothing else is left to do */
}

/* Only what a signal handler may call. The instruction is run again, and then does what it would
 * have done. */
static void tell(int signal) {
  for (int i = 0; i < SIGNALS; i++)
    (void)sigaction(signals[i], &before[i], NULL);
  say("omadm: ");
  say(names);
  say(signal == SIGABRT ? " aborts: " : " crashes: ");
  say(now);
  say("; --isolate tests what else it does, a debugger or valgrind shows where\n");
}

void crash_begin(const char *plugin) {
  const stack_t ours = {.ss_sp = stack, .ss_size = sizeof stack};
  struct sigaction act = {.sa_handler = tell, .sa_flags = SA_ONSTACK};
  sigemptyset(&act.sa_mask);
  snprintf(names, sizeof names, "%s", plugin);
  crash_note("plain", "loading it", "");
  if (sigaltstack(NULL, &stack_before) == 0 && (stack_before.ss_flags & SS_DISABLE) != 0)
    (void)sigaltstack(&ours, NULL);
  for (int i = 0; i < SIGNALS; i++)
    (void)sigaction(signals[i], &act, &before[i]);
}

void crash_end(void) {
  for (int i = 0; i < SIGNALS; i++)
    (void)sigaction(signals[i], &before[i], NULL);
  (void)sigaltstack(&stack_before, NULL);
}

void crash_note(const char *host, const char *what, const char *uri) {
  snprintf(now, sizeof now, "%s%s%s, on the %s host", what, uri[0] != '\0' ? " " : "", uri, host);
}
