/* SPDX-License-Identifier: MIT */
/* sandbox_enter, each wall by itself: a child enters, makes one attempt and tells how it went. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "attempts.h"
#include "csp-framework/isolated/sandbox_parts.h"

#define NOBODY 65534

typedef struct place {
  char folder[64]; /* /tmp/…: everybody may enter */
  char allowed[96]; /* a folder in it, of the user */
  char file[128]; /* in allowed: "inside" */
  char other[128]; /* beside: a file that the user owns, but that is not allowed */
  bool without_root; /* the child gives up root before it enters */
  sandbox_config config;
  const char *allow[2];
  char result[512];
  char why[300];
  int status; /* of waitpid */
} place;

static void put(const char *path, const char *text, uid_t owner) {
  FILE *file = fopen(path, "we");
  assert_non_null(file);
  fputs(text, file);
  assert_int_equal(fclose(file), 0);
  if (geteuid() == 0) assert_int_equal(chown(path, owner, owner), 0);
}

static int set_up(void **state) {
  place *p = calloc(1, sizeof *p);
  assert_non_null(p);
  strcpy(p->folder, "/tmp/omadm-sandbox-XXXXXX");
  assert_non_null(mkdtemp(p->folder));
  assert_int_equal(chmod(p->folder, 0755), 0);
  snprintf(p->allowed, sizeof p->allowed, "%s/allowed", p->folder);
  snprintf(p->file, sizeof p->file, "%s/file", p->allowed);
  snprintf(p->other, sizeof p->other, "%s/other", p->folder);
  assert_int_equal(mkdir(p->allowed, 0755), 0);
  if (geteuid() == 0) assert_int_equal(chown(p->allowed, NOBODY, NOBODY), 0);
  put(p->file, "inside", NOBODY);
  put(p->other, "outside", NOBODY);
  p->allow[0] = p->allowed;
  p->config.allow = p->allow;
  p->config.n_allow = 1;
  p->config.socket = -1;
  *state = p;
  return 0;
}

static int set_up_without_root(void **state) {
  set_up(state);
  ((place *)*state)->without_root = true;
  return 0;
}

static int tear_down(void **state) {
  place *p = *state;
  char command[128];
  snprintf(command, sizeof command, "rm -rf %s", p->folder);
  assert_int_equal(system(command), 0);
  free(p);
  return 0;
}

static void child(place *p, const char *what, int answers) {
  if (p->without_root && geteuid() == 0 &&
      (setresgid(NOBODY, NOBODY, NOBODY) != 0 || setresuid(NOBODY, NOBODY, NOBODY) != 0))
    _exit(99);
  if (p->config.socket < 0) p->config.socket = answers;
  if (sandbox_enter(&p->config, p->why, sizeof p->why) != 0) {
    dprintf(answers, "!%s", p->why);
    _exit(98);
  }
  attempt(what, p->result, sizeof p->result);
  dprintf(answers, "%s", p->result);
  _exit(0);
}

/* What a child of it answers; "" where it died before. */
static const char *try(place *p, const char *what) {
  int ends[2];
  size_t used = 0;
  ssize_t n = 0;
  const char *user = geteuid() == 0 ? "nobody" : NULL;
  if (sandbox_prepare(user, &p->config, p->why, sizeof p->why) != 0) fail_msg("%s", p->why);
  if (p->without_root) p->config.change_user = false;
  assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
  pid_t pid = fork();
  assert_true(pid >= 0);
  if (pid == 0) child(p, what, ends[1]);
  close(ends[1]);
  while ((n = read(ends[0], p->result + used, sizeof p->result - 1 - used)) > 0)
    used += (size_t)n;
  p->result[used] = '\0';
  close(ends[0]);
  assert_int_equal(waitpid(pid, &p->status, 0), pid);
  return p->result;
}

static void expect(place *p, const char *what, const char *result) {
  if (strcmp(try(p, what), result) != 0)
    fail_msg("%s: '%s' instead of '%s' (status %x)", what, p->result, result, (unsigned)p->status);
}

#define REFUSED(p, what) expect(p, what, "EPERM")

/* By Landlock, where there is one. */
static void expect_closed(place *p, const char *what) {
  if (landlock_version() > 0)
    expect(p, what, "EACCES");
  else
    print_message("%s: not tried, this kernel has no Landlock\n", what);
}

static const char *with(const char *verb, const char *path) {
  static char text[256];
  snprintf(text, sizeof text, "%s %s", verb, path);
  return text;
}

static void files_open_where_they_are_allowed(void **state) {
  place *p = *state;
  expect(p, with("read", p->file), "inside");
  expect(p, with("write", p->file), "done");
  char path[160];
  snprintf(path, sizeof path, "%s/new", p->allowed);
  expect(p, with("write", path), "done");
  expect(p, with("unlink", path), "done");
  expect(p, "write /dev/null", "done");
  expect(p, "read /dev/null", "");
}

static void one_file_may_be_allowed(void **state) {
  place *p = *state;
  char beside[160];
  snprintf(beside, sizeof beside, "%s/beside", p->allowed);
  p->allow[0] = p->file;
  expect(p, with("write", p->file), "done");
  expect_closed(p, with("write", beside));
  expect_closed(p, with("unlink", p->file));
}

static void no_other_file_opens(void **state) {
  place *p = *state;
  char link[160], up[200];
  expect(p, "read /etc/shadow", "EACCES");
  expect_closed(p, "read /etc/passwd");
  expect_closed(p, with("read", p->other));
  expect_closed(p, with("write", p->other));
  snprintf(link, sizeof link, "%s/link", p->allowed);
  assert_int_equal(symlink(p->other, link), 0);
  expect_closed(p, with("read", link));
  snprintf(up, sizeof up, "%s/../other", p->allowed);
  expect_closed(p, with("read", up));
  expect_closed(p, with("unlink", p->other));
  expect_closed(p, "read /proc/1/environ");
  expect_closed(p, "peek parent");
}

/* Landlock does not see these: they need no file to be open. */
static void no_file_changes_by_its_path(void **state) {
  place *p = *state;
  struct stat facts;
  REFUSED(p, with("chmod", p->other));
  REFUSED(p, with("chmod", p->file));
  REFUSED(p, with("chown", p->other));
  assert_int_equal(stat(p->other, &facts), 0);
  assert_int_equal(facts.st_mode & 07777, 0644);
}

static void no_file_gets_the_rights_of_its_owner(void **state) {
  place *p = *state;
  char path[160];
  snprintf(path, sizeof path, "%s/set", p->allowed);
  REFUSED(p, with("setuid-file", path));
  assert_int_equal(access(path, F_OK), -1);
}

static void the_plugin_is_read_and_not_written(void **state) {
  place *p = *state;
  p->config.plugin = p->other;
  expect(p, with("read", p->other), "outside");
  expect_closed(p, with("write", p->other));
}

static int listen_on(int family, const struct sockaddr *at, socklen_t length) {
  int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  assert_true(fd >= 0);
  assert_int_equal(bind(fd, at, length), 0);
  assert_int_equal(listen(fd, 1), 0);
  return fd;
}

static void nothing_is_reached_by_a_socket(void **state) {
  place *p = *state;
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  struct sockaddr_un path = {.sun_family = AF_UNIX};
  socklen_t length = sizeof at;
  char port[16];
  int fd = listen_on(AF_INET, (const struct sockaddr *)&at, sizeof at);
  assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &length), 0);
  snprintf(port, sizeof port, "%u", ntohs(at.sin_port));
  REFUSED(p, with("tcp", port));
  close(fd);
  snprintf(path.sun_path, sizeof path.sun_path, "%s/socket", p->allowed);
  fd = listen_on(AF_UNIX, (const struct sockaddr *)&path, sizeof path);
  assert_int_equal(chmod(path.sun_path, 0777), 0);
  REFUSED(p, with("unix", path.sun_path));
  close(fd);
}

static void no_process_is_made(void **state) {
  place *p = *state;
  REFUSED(p, "exec /bin/true");
  REFUSED(p, "fork");
  REFUSED(p, "shell true");
  expect(p, "thread", "done");
}

static void no_process_is_touched(void **state) {
  place *p = *state;
  REFUSED(p, "kill parent");
  REFUSED(p, "kill -1");
  REFUSED(p, "kill 0");
  REFUSED(p, "own parent");
  REFUSED(p, "ptrace parent");
  REFUSED(p, "tie");
  REFUSED(p, "calls");
}

static void memory_ends(void **state) {
  place *p = *state;
  if (SANDBOX_SANITIZED) {
    print_message("not tried: a sanitizer needs all the memory there is\n");
    return;
  }
  p->config.memory = UINT64_C(128) << 20;
  expect(p, "memory 16777216", "done");
  expect(p, "memory 134217728", "ENOMEM");
  REFUSED(p, "limit");
}

static void cpu_time_ends(void **state) {
  place *p = *state;
  p->config.cpu_seconds = 1;
  expect(p, "spin", "");
  assert_true(WIFSIGNALED(p->status));
  assert_int_equal(WTERMSIG(p->status), SIGXCPU);
}

static void nothing_of_the_agent_is_inherited(void **state) {
  place *p = *state;
  int held = open(p->other, O_RDONLY); /* inherited but for the sandbox */
  assert_true(held > 2);
  int socket = open("/dev/null", O_RDWR);
  assert_int_equal(setenv("OMADM_TEST_SECRET", "hidden", 1), 0);
  char number[16];
  const char *standard = SANDBOX_SANITIZED ? "00x" : "000";
  expect(p, "standard", standard);
  expect(p, "variable OMADM_TEST_SECRET", "");
  expect(p, "variable HOME", "");
  try(p, "descriptors"); /* what the answer goes to, and nothing else */
  snprintf(number, sizeof number, "%d", atoi(p->result));
  assert_string_equal(p->result, number);
  assert_int_not_equal(atoi(number), held);
  close(held);
  close(socket);
  unsetenv("OMADM_TEST_SECRET");
}

static void it_stands_in_a_session_of_its_own(void **state) {
  expect(*state, "facts", "/ 077 1");
}

static void root_becomes_the_user(void **state) {
  place *p = *state;
  if (geteuid() != 0) {
    print_message("not tried: only root can change its user\n");
    return;
  }
  expect(p, "who", "65534 65534 65534 65534 0");
  REFUSED(p, "setuid");
}

static void another_keeps_its_user(void **state) {
  place *p = *state;
  char words[300];
  REFUSED(p, "setuid");
  sandbox_lacks(&p->config, words, sizeof words);
  assert_non_null(strstr(words, "it keeps this user, for only root can change it"));
}

static void a_user_that_cannot_be_is_refused(void **state) {
  place *p = *state;
  if (geteuid() != 0) return;
  assert_int_equal(sandbox_prepare("no-such-user", &p->config, p->why, sizeof p->why), -1);
  assert_non_null(strstr(p->why, "useradd --system --no-create-home --shell /usr/sbin/nologin "
                                 "no-such-user"));
  assert_int_equal(sandbox_prepare("root", &p->config, p->why, sizeof p->why), -1);
  assert_non_null(strstr(p->why, "root"));
}

static void root_is_never_kept(void **state) {
  place *p = *state;
  if (geteuid() != 0) return;
  pid_t pid = fork();
  if (pid == 0)
    _exit(sandbox_enter(&p->config, p->why, sizeof p->why) != 0 &&
                  strstr(p->why, "it would run as root") != NULL
              ? 0
              : 1);
  assert_int_equal(waitpid(pid, &p->status, 0), pid);
  assert_int_equal(p->status, 0);
}

static void a_path_that_is_not_there_is_refused(void **state) {
  place *p = *state;
  p->allow[1] = "/no/such/path";
  p->config.n_allow = 2;
  expect(p, "who", "!allow = /no/such/path: it cannot be opened: No such file or directory");
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
#define BOTH(test)                                                                                 \
  WITH(test), {                                                                                    \
#test " without root", test, set_up_without_root, tear_down, NULL                              \
  }

int main(void) {
  const struct CMUnitTest tests[] = {
      BOTH(files_open_where_they_are_allowed),
      BOTH(one_file_may_be_allowed),
      BOTH(no_other_file_opens),
      BOTH(no_file_changes_by_its_path),
      BOTH(no_file_gets_the_rights_of_its_owner),
      BOTH(the_plugin_is_read_and_not_written),
      BOTH(nothing_is_reached_by_a_socket),
      BOTH(no_process_is_made),
      BOTH(no_process_is_touched),
      BOTH(memory_ends),
      BOTH(cpu_time_ends),
      BOTH(nothing_of_the_agent_is_inherited),
      BOTH(it_stands_in_a_session_of_its_own),
      WITH(root_becomes_the_user),
      {"another keeps its user", another_keeps_its_user, set_up_without_root, tear_down, NULL},
      WITH(a_user_that_cannot_be_is_refused),
      WITH(root_is_never_kept),
      BOTH(a_path_that_is_not_there_is_refused),
  };
  if (!seccomp_is_built()) {
    print_message("skipped: built without libseccomp\n");
    return 77;
  }
  return cmocka_run_group_tests_name("sandbox", tests, NULL, NULL);
}
