/* SPDX-License-Identifier: MIT */
#include "reboot/command.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define STEP_MS 20
#define GRACE_MS 2000 /* between SIGTERM and SIGKILL */

extern char **environ;

static pid_t start(const char *command) {
  char *argv[] = {(char *)"sh", (char *)"-c", (char *)command, NULL};
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  sigset_t none;
  sigset_t defaults;
  pid_t pid = -1;
  sigemptyset(&none);
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGINT);
  sigaddset(&defaults, SIGTERM);
  sigaddset(&defaults, SIGPIPE);
  if (posix_spawn_file_actions_init(&files) != 0) return -1;
  if (posix_spawnattr_init(&attributes) != 0) {
    posix_spawn_file_actions_destroy(&files);
    return -1;
  }
  /* Standard output carries results only: what the command says is progress. */
  int err = posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  if (err == 0) err = posix_spawn_file_actions_adddup2(&files, STDERR_FILENO, STDOUT_FILENO);
  if (err == 0) err = posix_spawnattr_setsigmask(&attributes, &none);
  if (err == 0) err = posix_spawnattr_setsigdefault(&attributes, &defaults);
  if (err == 0) err = posix_spawnattr_setpgroup(&attributes, 0);
  if (err == 0)
    err = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                                    POSIX_SPAWN_SETSIGDEF);
  if (err == 0) err = posix_spawn(&pid, "/bin/sh", &files, &attributes, argv, environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  return err == 0 ? pid : -1;
}

/* Waits for at most ms milliseconds; true where the child has ended. */
static bool wait_for(pid_t pid, unsigned long ms, int *status) {
  for (unsigned long waited = 0;; waited += STEP_MS) {
    if (waitpid(pid, status, WNOHANG) == pid) return true;
    if (waited >= ms) return false;
    nanosleep(&(struct timespec){.tv_nsec = STEP_MS * 1000000L}, NULL);
  }
}

int command_run(const char *command, unsigned seconds) {
  int status = 0;
  pid_t pid = start(command);
  if (pid < 0) return COMMAND_NOT_STARTED;
  if (!wait_for(pid, (unsigned long)seconds * 1000, &status)) {
    kill(-pid, SIGTERM);
    if (!wait_for(pid, GRACE_MS, &status)) {
      kill(-pid, SIGKILL);
      waitpid(pid, &status, 0);
    }
    return COMMAND_TOO_LATE;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
