/* SPDX-License-Identifier: MIT */
#include "attempts.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* Each gives 0 or an errno; one that finds something writes it to `found`. */
typedef int try_fn(const char *argument, char *found, size_t size);

static int error_of(long result) {
  return result < 0 ? errno : 0;
}

static int try_read(const char *path, char *found, size_t size) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return errno;
  ssize_t n = read(fd, found, size - 1);
  int error = error_of(n);
  found[n > 0 ? n : 0] = '\0';
  close(fd);
  return error;
}

static int try_write(const char *path, char *found, size_t size) {
  (void)found, (void)size;
  int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return errno;
  int error = error_of(write(fd, "written", 7));
  close(fd);
  return error;
}

static int try_unlink(const char *path, char *found, size_t size) {
  (void)found, (void)size;
  return error_of(unlink(path));
}

static int try_chmod(const char *path, char *found, size_t size) {
  (void)found, (void)size;
  return error_of(chmod(path, 0777));
}

static int try_setuid_file(const char *path, char *found, size_t size) {
  (void)found, (void)size;
  int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 04755);
  if (fd >= 0) close(fd);
  return error_of(fd);
}

static int try_chown(const char *path, char *found, size_t size) {
  (void)found, (void)size;
  return error_of(chown(path, 0, 0));
}

static int try_connect(int family, const struct sockaddr *to, socklen_t length) {
  int fd = socket(family, SOCK_STREAM, 0);
  if (fd < 0) return errno;
  int error = error_of(connect(fd, to, length));
  close(fd);
  return error;
}

static int try_tcp(const char *port, char *found, size_t size) {
  (void)found, (void)size;
  const struct sockaddr_in to = {.sin_family = AF_INET,
                                 .sin_port = htons((uint16_t)atoi(port)),
                                 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  return try_connect(AF_INET, (const struct sockaddr *)&to, sizeof to);
}

static int try_unix(const char *path, char *found, size_t size) {
  (void)found, (void)size;
  struct sockaddr_un to = {.sun_family = AF_UNIX};
  snprintf(to.sun_path, sizeof to.sun_path, "%s", path);
  return try_connect(AF_UNIX, (const struct sockaddr *)&to, sizeof to);
}

static int try_exec(const char *path, char *found, size_t size) {
  (void)found, (void)size;
  char *const arguments[] = {(char *)(uintptr_t)path, NULL};
  return error_of(execve(path, arguments, NULL));
}

static int try_fork(const char *argument, char *found, size_t size) {
  (void)argument, (void)found, (void)size;
  pid_t child = fork();
  if (child == 0) _exit(0);
  if (child > 0) waitpid(child, NULL, 0);
  return error_of(child);
}

static int try_shell(const char *command, char *found, size_t size) {
  (void)found, (void)size;
  int status = system(command); /* 127: there was no shell */
  return status == 0 ? 0 : EPERM;
}

static void *answer(void *arg) {
  return arg;
}

static int try_thread(const char *argument, char *found, size_t size) {
  (void)argument, (void)found, (void)size;
  pthread_t thread;
  int error = pthread_create(&thread, NULL, answer, NULL);
  return error != 0 ? error : pthread_join(thread, NULL);
}

static pid_t pid_of(const char *argument) {
  return strcmp(argument, "parent") == 0 ? getppid() : (pid_t)atoi(argument);
}

static int try_kill(const char *pid, char *found, size_t size) {
  (void)found, (void)size;
  return error_of(kill(pid_of(pid), SIGUSR1));
}

static int try_own(const char *pid, char *found, size_t size) {
  (void)found, (void)size;
  int ends[2];
  if (pipe(ends) != 0) return errno;
  int error = error_of(fcntl(ends[0], F_SETOWN, pid_of(pid)));
  close(ends[0]);
  close(ends[1]);
  return error;
}

static int try_ptrace(const char *pid, char *found, size_t size) {
  (void)found, (void)size;
  return error_of(ptrace(PTRACE_ATTACH, pid_of(pid), NULL, NULL));
}

static int try_peek(const char *pid, char *found, size_t size) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/environ", (int)pid_of(pid));
  return try_read(path, found, size);
}

static int try_memory(const char *octets, char *found, size_t size) {
  (void)found, (void)size;
  size_t length = (size_t)strtoull(octets, NULL, 10);
  void *memory = mmap(NULL, length, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return errno;
  munmap(memory, length);
  return 0;
}

static int try_limit(const char *argument, char *found, size_t size) {
  (void)argument, (void)found, (void)size;
  const struct rlimit none = {RLIM_INFINITY, RLIM_INFINITY};
  return error_of(setrlimit(RLIMIT_AS, &none));
}

static int try_spin(const char *argument, char *found, size_t size) {
  (void)found, (void)size;
  volatile unsigned turn = 0;
  do
    turn++;
  while (argument != NULL);
  return 0;
}

/* The descriptors that are open, but 0 to 2. */
static int try_descriptors(const char *argument, char *found, size_t size) {
  (void)argument;
  size_t used = 0;
  found[0] = '\0';
  for (int fd = 3; fd < 1024 && used < size; fd++)
    if (fcntl(fd, F_GETFD) >= 0)
      used += (size_t)snprintf(found + used, size - used, "%s%d", used > 0 ? " " : "", fd);
  return 0;
}

/* What standard input, output and error are. */
static int try_standard(const char *argument, char *found, size_t size) {
  (void)argument, (void)size;
  struct stat null, facts;
  if (stat("/dev/null", &null) != 0) return errno;
  for (int fd = 0; fd < 3; fd++)
    found[fd] = fstat(fd, &facts) == 0 && facts.st_rdev == null.st_rdev ? '0' : 'x';
  found[3] = '\0';
  return 0;
}

/* Whether a variable is there, or its octets still lie behind the arguments of the process. */
static int try_variable(const char *name, char *found, size_t size) {
  snprintf(found, size, "%s", getenv(name) != NULL ? "set" : "");
  for (char **entry = environ; *entry != NULL; entry++)
    if (strstr(*entry, name) != NULL) snprintf(found, size, "listed");
  return 0;
}

static int try_who(const char *argument, char *found, size_t size) {
  (void)argument;
  uid_t real, effective, saved;
  gid_t groups[8];
  getresuid(&real, &effective, &saved);
  snprintf(found, size, "%u %u %u %u %d", real, effective, saved, getegid(), getgroups(8, groups));
  return 0;
}

static int try_setuid(const char *argument, char *found, size_t size) {
  (void)argument, (void)found, (void)size;
  return error_of(setuid(0));
}

static int try_facts(const char *argument, char *found, size_t size) {
  (void)argument;
  char folder[64];
  mode_t mask = umask(0);
  if (getcwd(folder, sizeof folder) == NULL) return errno;
  snprintf(found, size, "%s %03o %d", folder, mask, getsid(0) == getpid());
  return 0;
}

static int try_tie(const char *argument, char *found, size_t size) {
  (void)argument, (void)found, (void)size;
  return error_of(prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0));
}

/* Calls that give a way around the others; the first that is not refused is named. */
static int try_calls(const char *argument, char *found, size_t size) {
  (void)argument;
  static const struct {
    const char *name;
    long number;
  } calls[] = {{"mount", SYS_mount},
               {"unshare", SYS_unshare},
               {"setns", SYS_setns},
               {"bpf", SYS_bpf},
               {"keyctl", SYS_keyctl},
               {"kexec_load", SYS_kexec_load},
               {"io_uring_setup", 425},
               {"perf_event_open", SYS_perf_event_open},
               {"userfaultfd", SYS_userfaultfd},
               {"memfd_create", SYS_memfd_create},
               {"process_vm_readv", SYS_process_vm_readv},
               {"process_vm_writev", SYS_process_vm_writev},
               {"pidfd_open", 434},
               {"pidfd_getfd", 438},
               {"open_by_handle_at", SYS_open_by_handle_at},
               {"execveat", SYS_execveat},
               {"socketpair", SYS_socketpair},
               {"bind", SYS_bind},
               {"listen", SYS_listen},
               {"personality", SYS_personality},
               {"tkill", SYS_tkill},
               {"chroot", SYS_chroot},
               {"chdir", SYS_chdir},
               {"setxattr", SYS_setxattr},
               {"mknodat", SYS_mknodat},
               {"add_key", SYS_add_key},
               {"shmget", SYS_shmget},
               {"seccomp", SYS_seccomp},
               {"clone3", 435}};
  for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
    long result = syscall(calls[i].number, -1L, 0L, 0L, 0L, 0L, 0L);
    if (result >= 0 || (errno != EPERM && errno != ENOSYS)) {
      snprintf(found, size, "%s", calls[i].name);
      return 0;
    }
  }
  return EPERM;
}

static const struct {
  const char *verb;
  try_fn *call;
} verbs[] = {
    {"read", try_read},
    {"write", try_write},
    {"unlink", try_unlink},
    {"chmod", try_chmod},
    {"setuid-file", try_setuid_file},
    {"chown", try_chown},
    {"tcp", try_tcp},
    {"unix", try_unix},
    {"exec", try_exec},
    {"fork", try_fork},
    {"shell", try_shell},
    {"thread", try_thread},
    {"kill", try_kill},
    {"own", try_own},
    {"ptrace", try_ptrace},
    {"peek", try_peek},
    {"memory", try_memory},
    {"limit", try_limit},
    {"spin", try_spin},
    {"descriptors", try_descriptors},
    {"standard", try_standard},
    {"variable", try_variable},
    {"who", try_who},
    {"setuid", try_setuid},
    {"facts", try_facts},
    {"tie", try_tie},
    {"calls", try_calls},
};

void attempt(const char *what, char *result, size_t size) {
  size_t length = strcspn(what, " ");
  const char *argument = what[length] == ' ' ? what + length + 1 : "";
  snprintf(result, size, "no such attempt");
  for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
    if (strlen(verbs[i].verb) != length || strncmp(verbs[i].verb, what, length) != 0) continue;
    snprintf(result, size, "done");
    int error = verbs[i].call(argument, result, size);
    if (error != 0) snprintf(result, size, "%s", strerrorname_np(error));
    return;
  }
}
