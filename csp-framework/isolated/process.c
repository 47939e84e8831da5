/* SPDX-License-Identifier: MIT */
/* A plugin's process comes and goes. */
#include "csp-framework/isolated/process.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "csp-framework/isolated/sandbox.h"

/* What a test puts into the process of a plugin; the plugin does not see it. */
static bool is_of_tests(const char *variable) {
#if OMADM_TESTED
  static const char *const names[] = {"LD_PRELOAD=", "OMADM_TEST_"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strncmp(variable, names[i], strlen(names[i])) == 0) return true;
#endif
  (void)variable;
  return false;
}

enum { PASSED_MOST = 64 };

/* No secret of the agent's. */
static void pick_environment(char **out) {
  size_t n = 0;
  for (char **e = environ; *e != NULL && n < PASSED_MOST; e++)
    if (sandbox_keeps_variable(*e) || is_of_tests(*e)) out[n++] = *e;
  out[n] = NULL;
}

/* Signals as a new program expects them, a session of its own, and its end of the socket. */
static int spawn(const char *program, int fd, pid_t *pid) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  sigset_t all, none;
  char *const arguments[] = {(char *)(uintptr_t) "omadm-csp-host", NULL};
  char *environment[PASSED_MOST + 1];
  pick_environment(environment);
  sigfillset(&all);
  sigemptyset(&none);
  int failed = posix_spawn_file_actions_init(&actions);
  if (failed != 0) return failed;
  failed = posix_spawnattr_init(&attributes);
  if (failed == 0) {
    posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setsigmask(&attributes, &none);
    failed = posix_spawn_file_actions_adddup2(&actions, fd, WIRE_FD);
    if (failed == 0)
      failed = posix_spawn(pid, program, &actions, &attributes, arguments, environment);
    posix_spawnattr_destroy(&attributes);
  }
  posix_spawn_file_actions_destroy(&actions);
  return failed;
}

static process_link *link_new(int fd, int64_t patience) {
  process_link *link = malloc(sizeof *link);
  if (link == NULL) return NULL;
  link->fd = fd;
  link->patience = patience;
  atomic_init(&link->users, 1);
  atomic_init(&link->late, false);
  atomic_init(&link->gone, false);
  pthread_mutex_init(&link->sending, NULL);
  return link;
}

void process_link_leave(process_link *link) {
  if (link == NULL || atomic_fetch_sub(&link->users, 1) > 1) return;
  close(link->fd);
  pthread_mutex_destroy(&link->sending);
  free(link);
}

/* Whoever sends may be held up by a process that takes little at a time. */
static bool lock_until(process_link *link, int64_t until) {
  const struct timespec at = {.tv_sec = (time_t)(until / 1000),
                              .tv_nsec = (long)(until % 1000) * 1000000};
  return pthread_mutex_trylock(&link->sending) == 0 ||
         pthread_mutex_clocklock(&link->sending, CLOCK_MONOTONIC, &at) == 0;
}

bool process_send(process_link *link, uint32_t type, uint64_t id, omadm_str body, int64_t until) {
  wire_outcome outcome = WIRE_LATE;
  if (lock_until(link, until)) {
    if (!atomic_load(&link->late)) outcome = wire_send(link->fd, type, id, body, until);
    if (outcome == WIRE_LATE) atomic_store(&link->late, true);
    pthread_mutex_unlock(&link->sending);
  }
  if (outcome == WIRE_LATE) {
    /* What comes now would be taken for the rest of it. */
    atomic_store(&link->late, true);
    (void)shutdown(link->fd, SHUT_RDWR);
  }
  return outcome == WIRE_OK;
}

static omadm_err put_order(fw_isolated *p, omadm_error *error) {
  sandbox_config sandbox = {0};
  char why[300];
  if (sandbox_prepare(p->user, &sandbox, why, sizeof why) != 0)
    return omadm_error_set(error, OMADM_E_UNSUPPORTED, "%s is not isolated: %s", p->path, why);
  wire_writer w = wire_begin(&p->order);
  wire_put(&w, sandbox.change_user);
  wire_put(&w, sandbox.uid);
  wire_put(&w, sandbox.gid);
  wire_put(&w, (uint64_t)sandbox.parent);
  wire_put(&w, p->memory);
  wire_put(&w, p->cpu_seconds);
  wire_put_str(&w, omadm_str_of(p->path));
  wire_put(&w, p->n_allow);
  for (size_t i = 0; i < p->n_allow; i++)
    wire_put_str(&w, omadm_str_of(p->allow[i]));
  return w.err != 0 ? omadm_error_set(error, w.err, "out of memory for %s", p->path) : OMADM_OK;
}

/* The process says what it loaded. */
static omadm_err greet(fw_isolated *p, omadm_error *error) {
  omadm_err err = put_order(p, error);
  if (err != 0) return err;
  int64_t until = omadm_clock_ms() + p->slot_ms;
  wire_outcome outcome = WIRE_GONE;
  if (process_send(p->life.link, WIRE_START, 0, omadm_buf_str(&p->order), until))
    outcome = wire_receive(p->life.link->fd, &p->message, WIRE_MOST, until, true);
  if (outcome == WIRE_OK && p->message.type == WIRE_HELLO) return hello_read(p, error);
  return omadm_error_set(
      error, OMADM_E_IO, "%s cannot be loaded: its process (%s) %s", p->path, p->program,
      outcome == WIRE_LATE ? "does not answer in time" : "ended before it began");
}

omadm_err process_start(fw_isolated *p, omadm_error *error) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    return omadm_error_set(error, OMADM_E_IO, "%s cannot have a process: %s", p->path,
                           strerror(errno));
  int failed = spawn(p->program, ends[1], &p->life.pid);
  close(ends[1]);
  p->life.link = failed == 0 ? link_new(ends[0], p->slot_ms) : NULL;
  if (p->life.link == NULL) {
    close(ends[0]);
    if (failed == 0) process_kill(p, NULL);
    errno = failed != 0 ? failed : ENOMEM;
    return omadm_error_set(error, OMADM_E_IO, "%s cannot be started for %s: %s", p->program,
                           p->path, strerror(errno));
  }
  omadm_err err = greet(p, error);
  if (err != 0) process_kill(p, NULL);
  return err;
}

static void leave(fw_isolated *p) {
  if (p->life.link != NULL) atomic_store(&p->life.link->gone, true);
  process_link_leave(p->life.link);
  p->life.link = NULL;
  p->life.pid = 0;
  p->life.opened = false;
  p->life.jobs = p->life.ready = 0;
}

/* How it ended, for the log. */
static void write_end(int status, char *text, size_t size) {
  if (WIFSIGNALED(status))
    snprintf(text, size, "signal %d", WTERMSIG(status));
  else
    snprintf(text, size, "exit status %d", WEXITSTATUS(status));
}

static int reap(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
    continue;
  return status;
}

void process_kill(fw_isolated *p, const char *why) {
  char end[40];
  if (p->life.pid == 0) return;
  (void)kill(-p->life.pid, SIGKILL);
  (void)kill(p->life.pid, SIGKILL);
  write_end(reap(p->life.pid), end, sizeof end);
  if (p->csp != NULL)
    fw_log(p->fw, OMADM_LOG_ERROR, "%s: its process %d ended (%s%s%s)", p->csp->name,
           (int)p->life.pid, why != NULL ? why : "", why != NULL ? "; " : "", end);
  leave(p);
}

/* Waits until the process has ended, for a while. */
static bool wait_end(pid_t pid, int ms) {
  int fd = (int)syscall(SYS_pidfd_open, pid, 0);
  if (fd < 0) return false;
  struct pollfd end = {.fd = fd, .events = POLLIN};
  bool ended = poll(&end, 1, ms) > 0;
  close(fd);
  return ended;
}

void process_end(fw_isolated *p) {
  enum { PATIENCE = 5000 };
  char end[40];
  if (p->life.pid == 0) return;
  pid_t pid = p->life.pid;
  (void)shutdown(p->life.link->fd, SHUT_RDWR);
  bool ended = wait_end(pid, PATIENCE);
  (void)kill(-pid, SIGKILL); /* and what it may have started */
  if (!ended) (void)kill(pid, SIGKILL);
  int status = reap(pid);
  write_end(status, end, sizeof end);
  if (status != 0 && p->life.opened)
    fw_log(p->fw, OMADM_LOG_WARN, "%s: its process %d ended after close with %s", p->csp->name,
           (int)pid, end);
  leave(p);
}

int64_t isolated_process(const fw_isolated *p) {
  return p->life.pid;
}
