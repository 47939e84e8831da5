/* SPDX-License-Identifier: MIT */
/*
 * walk_device MADE PATH…: a device whose tree is the DDF files of these paths (files, or folders of
 * them), without code and in memory. MADE is a file of leaves that the device makes by itself:
 * lines of URI, format and value with tabs between. It holds one session in the windows dialect
 * over its standard streams: each message is a line with its length in octets, and then so many
 * octets.
 */
#include <omadm/framework.h>
#include <omadm/session.h>
#include <omadm/store.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct device {
  omadm_store *store;
  omadm_framework *framework;
  omadm_session *session;
  omadm_limits limits;
  omadm_log log;
  int64_t now;
} device;

static void keep_log(void *ctx, omadm_log_level level, const char *module, const char *text) {
  (void)ctx;
  if (getenv("WALK_LOG") != NULL) fprintf(stderr, "%d %s: %s\n", (int)level, module, text);
}

static int64_t now_of(void *ctx) {
  return ((device *)ctx)->now;
}

static void completed(void *ctx, omadm_token token, omadm_status status,
                      const omadm_answer *answer) {
  device *d = ctx;
  if (d->session != NULL) (void)omadm_session_complete(d->session, token, status, answer);
}

static omadm_err mount_file(device *d, const char *path, omadm_error *error) {
  omadm_ddf *ddf = NULL;
  omadm_err err = omadm_ddf_read(path, NULL, NULL, &ddf, error);
  return err == 0 ? omadm_framework_mount_ddf(d->framework, ddf, error) : err;
}

static int by_name(const struct dirent **a, const struct dirent **b) {
  return strcmp((*a)->d_name, (*b)->d_name);
}

static omadm_err mount_path(device *d, const char *path, omadm_error *error) {
  struct stat s;
  struct dirent **names = NULL;
  if (stat(path, &s) != 0 || !S_ISDIR(s.st_mode)) return mount_file(d, path, error);
  int n = scandir(path, &names, NULL, by_name);
  omadm_err err = 0;
  for (int i = 0; i < n; i++) {
    size_t length = strlen(names[i]->d_name);
    char file[4096];
    snprintf(file, sizeof file, "%s/%s", path, names[i]->d_name);
    if (err == 0 && length > 4 && strcmp(names[i]->d_name + length - 4, ".xml") == 0)
      err = mount_file(d, file, error);
    free(names[i]);
  }
  free(names);
  return err;
}

static omadm_err open_device(device *d, int n, char **paths, omadm_error *error) {
  static const omadm_str acl = OMADM_STR("Add=*&Delete=*&Exec=*&Get=*&Replace=*");
  omadm_framework_config config;
  d->now = 1767225600000;
  d->log = (omadm_log){sizeof d->log, d, OMADM_LOG_DEBUG, keep_log};
  omadm_limits_init(&d->limits);
  d->limits.rounds = 1000000;
  d->limits.max_msg_size = 16 * 1024 * 1024;
  omadm_framework_config_init(&config);
  omadm_err err = omadm_store_new_memory(&d->store, error);
  config.store = d->store;
  config.limits = d->limits;
  config.log = &d->log;
  config.ctx = d;
  config.now = now_of;
  config.completed = completed;
  if (err == 0) err = omadm_framework_new(&config, &d->framework, error);
  for (int i = 0; i < n && err == 0; i++)
    err = mount_path(d, paths[i], error);
  if (err == 0) err = omadm_framework_set_root_acl(d->framework, acl);
  return err;
}

static omadm_err make_leaf(device *d, char *line, omadm_error *error) {
  static const omadm_str plain = OMADM_STR("text/plain");
  char *rest = NULL;
  const char *uri = strtok_r(line, "\t", &rest);
  const char *format = strtok_r(NULL, "\t", &rest);
  if (uri == NULL || format == NULL) return OMADM_E_SYNTAX;
  omadm_str value = {rest != NULL ? rest : "", rest != NULL ? strlen(rest) : 0};
  return omadm_framework_poke(d->framework, (omadm_str){uri, strlen(uri)},
                              omadm_format_parse((omadm_str){format, strlen(format)}), plain, value,
                              error);
}

static omadm_err make_leaves(device *d, const char *path, omadm_error *error) {
  char *line = NULL;
  size_t room = 0;
  omadm_err err = 0;
  FILE *file = fopen(path, "r");
  if (file == NULL) return omadm_error_set(error, OMADM_E_IO, "%s cannot be read", path);
  for (ssize_t n = getline(&line, &room, file); n > 0 && err == 0;
       n = getline(&line, &room, file)) {
    line[strcspn(line, "\n")] = '\0';
    err = make_leaf(d, line, error);
  }
  free(line);
  fclose(file);
  const omadm_tree *tree = omadm_framework_tree(d->framework);
  return err == 0 ? tree->settle(tree->ctx) : err;
}

static void send_message(omadm_str body) {
  printf("%zu\n", body.len);
  fwrite(body.ptr, 1, body.len, stdout);
  fflush(stdout);
}

static omadm_err receive_message(omadm_session *session) {
  static const omadm_str type = OMADM_STR("application/vnd.syncml.dm+xml");
  static const omadm_str none = {"", 0};
  static char piece[65536];
  unsigned long left = 0;
  omadm_err err = omadm_session_begin(session, type, none);
  if (scanf("%lu", &left) != 1 || getchar() != '\n') left = 0;
  while (left > 0 && err == 0) {
    size_t n = fread(piece, 1, left < sizeof piece ? left : sizeof piece, stdin);
    if (n == 0) return OMADM_E_IO;
    err = omadm_session_feed(session, piece, n);
    left -= n;
  }
  return err == 0 ? omadm_session_end(session) : err;
}

static omadm_err talk(device *d) {
  omadm_out out;
  omadm_err err = 0;
  while (err == 0) {
    switch (omadm_session_next(d->session, d->now, &out)) {
    case OMADM_SEND: send_message(out.body); break;
    case OMADM_RECEIVE: err = receive_message(d->session); break;
    case OMADM_WAIT: (void)omadm_framework_pump(d->framework, 10); break;
    case OMADM_DONE: return 0;
    }
  }
  return err;
}

static omadm_err run(device *d, omadm_error *error) {
  omadm_host host = {.struct_size = sizeof host};
  omadm_session_config config;
  omadm_framework_host(d->framework, &host);
  omadm_session_config_init(&config);
  config.tree = omadm_framework_tree(d->framework);
  config.host = &host;
  config.dialect = OMADM_DIALECT_WINDOWS;
  config.server_id = (omadm_str)OMADM_STR("walk");
  config.server_uri = (omadm_str)OMADM_STR("http://walk.example/dm");
  config.device_id = (omadm_str)OMADM_STR("urn:walk");
  config.limits = d->limits;
  omadm_err err = omadm_session_new(&config, &d->session, error);
  if (err == 0) err = talk(d);
  omadm_result result = {0};
  if (err == 0) omadm_session_outcome(d->session, &result);
  if (err == 0 && result.outcome != OMADM_OUTCOME_DONE)
    err = omadm_error_set(error, OMADM_E_STATE, "the session ended: %s", result.reason);
  return err;
}

int main(int argc, char **argv) {
  device d = {0};
  omadm_error error = {0};
  if (argc < 3) return fprintf(stderr, "usage: walk_device MADE PATH...\n"), 2;
  omadm_err err = open_device(&d, argc - 2, argv + 2, &error);
  if (err == 0) err = make_leaves(&d, argv[1], &error);
  if (err == 0) err = run(&d, &error);
  if (err != 0) fprintf(stderr, "walk_device: %s\n", error.text);
  omadm_session_free(d.session);
  omadm_framework_free(d.framework);
  omadm_store_close(d.store);
  return err != 0;
}
