/* SPDX-License-Identifier: MIT */
#include "operations/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Where the keeper's own descriptors are put; all above them are closed. */
enum { LIFE = 3, REPORT, OUTPUT, LOCK, FIRST_STRANGE, ASIDE = 64 };

static void on_child(int number) {
  (void)number; /* it only interrupts ppoll */
}

static void set_handler(int number, void (*handler)(int)) {
  struct sigaction action = {.sa_flags = SA_NOCLDSTOP};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  (void)sigaction(number, &action, NULL);
}

/* A fork has the agent's files and sockets, and with them its locks: they are not the keeper's. */
static void close_from(int first) {
#ifdef SYS_close_range
  if (syscall(SYS_close_range, (unsigned)first, ~0U, 0U) == 0) return;
#endif
  long most = sysconf(_SC_OPEN_MAX);
  for (int fd = first; fd < (most > 0 && most < 65536 ? most : 65536); fd++)
    (void)close(fd);
}

static void keep_own(const keeper_plan *plan) {
  const int given[] = {plan->life, plan->report, plan->output, plan->lock};
  int aside[4];
  for (int i = 0; i < 4; i++)
    aside[i] = given[i] >= 0 ? fcntl(given[i], F_DUPFD_CLOEXEC, ASIDE) : -1;
  for (int i = 0; i < 4; i++) {
    if (aside[i] >= 0)
      (void)dup3(aside[i], LIFE + i, O_CLOEXEC);
    else
      (void)close(LIFE + i);
  }
  close_from(FIRST_STRANGE);
}

static void report(int end, int value) {
  const keeper_report line = {end, value};
  ssize_t n = write(REPORT, &line, sizeof line);
  (void)n; /* the agent may be gone */
}

static _Noreturn void become_command(const keeper_plan *plan) {
  static const int numbers[] = {SIGCHLD, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE};
  sigset_t none;
  sigemptyset(&none);
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
    set_handler(numbers[i], SIG_DFL);
  (void)sigprocmask(SIG_SETMASK, &none, NULL);
  (void)setpgid(0, 0);
  int null = open("/dev/null", O_RDWR);
  if (null >= 0 && dup2(null, STDIN_FILENO) >= 0 && dup2(OUTPUT, STDOUT_FILENO) >= 0 &&
      chdir(plan->folder) == 0) {
    if (null > STDERR_FILENO) (void)close(null);
    (void)execve(plan->argv[0], plan->argv, plan->envp);
  }
  report(KEEPER_NOT_STARTED, errno);
  _exit(127);
}

/* Has it ended? It stays a zombie, so that its number is still its group's. */
static bool has_ended(pid_t pid) {
  siginfo_t facts = {0};
  return waitid(P_PID, (id_t)pid, &facts, WEXITED | WNOHANG | WNOWAIT) != 0 || facts.si_pid == pid;
}

static void nap(void) {
  const struct timespec step = {.tv_nsec = 20 * 1000000L};
  (void)nanosleep(&step, NULL);
}

static void end_command(pid_t pid) {
  (void)kill(-pid, SIGTERM);
  for (int ms = 0; ms < KEEPER_GRACE_MS && !has_ended(pid); ms += 20)
    nap();
  (void)kill(-pid, SIGKILL);
  for (int ms = 0; ms < KEEPER_GRACE_MS && !has_ended(pid); ms += 20)
    nap();
}

/* Until it has ended, or nobody wants it any more. */
static void wait_for(pid_t pid, const sigset_t *awake) {
  struct pollfd life = {.fd = LIFE, .events = POLLIN};
  while (!has_ended(pid)) {
    if (ppoll(&life, 1, NULL, awake) <= 0) continue;
    end_command(pid);
    return;
  }
}

_Noreturn void keeper_main(const keeper_plan *plan) {
  static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE};
  sigset_t mask;
  int status = 0;
  keep_own(plan);
  (void)setpgid(0, 0);
  for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
    set_handler(ignored[i], SIG_IGN);
  set_handler(SIGCHLD, on_child);
  sigemptyset(&mask);
  sigaddset(&mask, SIGCHLD);
  (void)sigprocmask(SIG_SETMASK, &mask, NULL);
  pid_t pid = fork();
  if (pid == 0) become_command(plan);
  if (pid < 0) {
    report(KEEPER_NOT_STARTED, errno);
    _exit(1);
  }
  (void)setpgid(pid, pid);
  (void)close(OUTPUT);
  (void)sigemptyset(&mask);
  wait_for(pid, &mask);
  (void)kill(-pid, SIGKILL); /* what it left behind in its group */
  if (waitpid(pid, &status, WNOHANG) != pid)
    report(KEEPER_SIGNALLED, SIGKILL); /* the kernel holds it */
  else if (WIFEXITED(status))
    report(KEEPER_EXITED, WEXITSTATUS(status));
  else
    report(KEEPER_SIGNALLED, WTERMSIG(status));
  _exit(0);
}
