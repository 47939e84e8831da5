/* SPDX-License-Identifier: MIT */
#include "operations/command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "operations/keeper.h"

enum { READ, WRITE };

static int64_t clock_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void close_one(int *fd) {
  if (*fd >= 0) (void)close(*fd);
  *fd = -1;
}

int command_lock(const char *folder, int64_t deadline) {
  char path[4096];
  int n = snprintf(path, sizeof path, "%s/lock", folder);
  if (n < 0 || (size_t)n >= sizeof path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  while (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if ((errno == EWOULDBLOCK || errno == EINTR) && clock_ms() < deadline) {
      nanosleep(&(struct timespec){.tv_nsec = 20 * 1000000L}, NULL);
      continue;
    }
    int why = errno;
    close_one(&fd);
    errno = why;
  }
  return fd;
}

/* The descriptors of one run. */
typedef struct run {
  int life[2], report[2], output[2], lock;
  pid_t keeper;
} run;

static void dispose(run *r) {
  int *const all[] = {r->life, r->report, r->output};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    close_one(&all[i][READ]);
    close_one(&all[i][WRITE]);
  }
  close_one(&r->lock);
}

/* No signal handler of the agent may run in the child. */
static pid_t fork_keeper(const command_request *request, const run *r) {
  const keeper_plan plan = {.argv = request->argv,
                            .envp = request->envp,
                            .folder = request->folder != NULL ? request->folder : "/",
                            .life = r->life[READ],
                            .report = r->report[WRITE],
                            .output = r->output[WRITE],
                            .lock = r->lock};
  sigset_t all, before;
  sigfillset(&all);
  (void)pthread_sigmask(SIG_SETMASK, &all, &before);
  pid_t pid = fork();
  if (pid == 0) keeper_main(&plan);
  (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
  return pid;
}

static int start(const command_request *request, int64_t deadline, run *r) {
  int *const all[] = {r->life, r->report, r->output};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    if (pipe2(all[i], O_CLOEXEC) != 0) return errno;
  if (request->folder != NULL) {
    r->lock = command_lock(request->folder, deadline);
    if (r->lock < 0) return errno;
  }
  r->keeper = fork_keeper(request, r);
  if (r->keeper < 0) return errno;
  close_one(&r->life[READ]);
  close_one(&r->report[WRITE]);
  close_one(&r->output[WRITE]);
  close_one(&r->lock);
  (void)fcntl(r->output[READ], F_SETFL, O_NONBLOCK);
  return 0;
}

/* At most some pieces at a time, so that the deadline is met whatever it prints. */
static void read_output(run *r, output *said) {
  char octets[4096];
  for (int i = 0; i < 16 && r->output[READ] >= 0; i++) {
    ssize_t n = read(r->output[READ], octets, sizeof octets);
    if (n > 0)
      output_add(said, octets, (size_t)n);
    else if (n == 0)
      close_one(&r->output[READ]);
    else if (errno != EINTR)
      return;
  }
}

/* Until the keeper says how the command ended. */
static void follow(run *r, int64_t deadline, command_result *result) {
  static const command_end ends[] = {[KEEPER_NOT_STARTED] = COMMAND_NOT_STARTED,
                                     [KEEPER_EXITED] = COMMAND_EXITED,
                                     [KEEPER_SIGNALLED] = COMMAND_SIGNALLED};
  keeper_report line = {.end = KEEPER_SIGNALLED, .value = SIGKILL};
  bool late = false;
  for (;;) {
    struct pollfd fds[] = {{.fd = r->report[READ], .events = POLLIN},
                           {.fd = r->output[READ], .events = POLLIN}};
    int64_t left = deadline - clock_ms();
    if (!late && left <= 0) {
      late = true;
      close_one(&r->life[WRITE]);
    }
    int n = poll(fds, 2, late ? -1 : (int)(left < 60000 ? left : 60000));
    if (n > 0 && fds[1].revents != 0) read_output(r, &result->said);
    if (n <= 0 || fds[0].revents == 0) continue;
    if (read(r->report[READ], &line, sizeof line) != (ssize_t)sizeof line)
      line = (keeper_report){KEEPER_SIGNALLED, SIGKILL}; /* the keeper itself was killed */
    break;
  }
  read_output(r, &result->said);
  output_end(&result->said);
  result->end = late && line.end != KEEPER_NOT_STARTED ? COMMAND_TOO_LATE : ends[line.end];
  result->value = line.value;
}

void command_run(const command_request *request, command_result *result) {
  run r = {{-1, -1}, {-1, -1}, {-1, -1}, -1, -1};
  int64_t deadline = clock_ms() + (int64_t)request->seconds * 1000;
  *result = (command_result){.end = COMMAND_NOT_STARTED};
  result->value = start(request, deadline, &r);
  if (result->value == 0) follow(&r, deadline, result);
  dispose(&r);
  while (r.keeper > 0 && waitpid(r.keeper, NULL, 0) < 0 && errno == EINTR)
    continue;
}
