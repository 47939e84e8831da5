/* SPDX-License-Identifier: MIT */
/* omadm replay */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "cli/commands.h"
#include "cli/isolation.h"
#include "cli/log.h"
#include "conformance/player/inprocess.h"
#include "conformance/player/serve.h"
#include "conformance/player/suite.h"

#define CHUNK_MAX 1048576
#define TIMEOUT_MAX 86400 /* seconds */

/* The client under test: the one in this process, or what connects. */
typedef struct subject {
  omadm_inprocess_config config;
  const char **plugins;
  omadm_isolation isolation;
  char program[PATH_MAX]; /* of isolation */
  omadm_player_client inside;
  bool is_inside;
  omadm_listener *listener;
  omadm_serve *serve;
  const omadm_player_client *client;
} subject;

/* Takes "[HOST:]PORT" apart; host gets at least as many octets as text has. */
static bool parse_address(const char *text, char *host, size_t size, unsigned short *port) {
  const char *colon = strrchr(text, ':');
  const char *digits = colon != NULL ? colon + 1 : text;
  size_t n = colon != NULL ? (size_t)(colon - text) : 0;
  uint64_t number = 0;
  if (!omadm_str_u64(omadm_str_of(digits), &number) || number > UINT16_MAX || n >= size)
    return false;
  if (n >= 2 && text[0] == '[' && text[n - 1] == ']') { /* [::1]:8080 */
    text++;
    n -= 2;
  }
  memcpy(host, text, n);
  host[n] = '\0';
  *port = (unsigned short)number;
  return true;
}

static omadm_err open_serve(subject *self, const cli_options *given, const char *address,
                            omadm_error *error) {
  char host[256];
  unsigned short port = 0;
  if (!parse_address(address, host, sizeof host, &port))
    return omadm_error_set(error, OMADM_E_ARGUMENT, "--serve takes [HOST:]PORT, not \"%s\"",
                           address);
  uint64_t timeout = cli_options_number(given, CLI_OPT_TIMEOUT, 60);
  if (timeout == 0 || timeout > TIMEOUT_MAX)
    return omadm_error_set(error, OMADM_E_ARGUMENT, "--timeout takes 1 to %d seconds", TIMEOUT_MAX);
  omadm_listener_options options = {
      .struct_size = sizeof options, .host = host[0] != '\0' ? host : NULL, .port = port};
  omadm_err err = omadm_listener_new(&options, &self->listener, error);
  if (err != 0) return err;
  omadm_serve_options serving = {
      .struct_size = sizeof serving,
      .patience = (unsigned)timeout,
      .configured = cli_options_count(given, CLI_OPT_CONFIGURED) > 0,
      /* One that is configured for each transcript has nothing to put back. */
      .restores = cli_options_count(given, CLI_OPT_CONFIGURED) == 0,
      .progress = stderr};
  err = omadm_serve_new(self->listener, &serving, &self->serve, error);
  if (err != 0) return err;
  self->client = omadm_serve_client(self->serve);
  fprintf(stderr, "omadm: listening at %s\n", omadm_listener_origin(self->listener));
  return 0;
}

/* --isolate: the plugins of transcripts have a process of their own. */
static omadm_err isolate(subject *self, const cli_options *options, omadm_error *error) {
  if (cli_options_count(options, CLI_OPT_ISOLATE) == 0) return OMADM_OK;
  self->isolation =
      (omadm_isolation){.struct_size = sizeof self->isolation,
                        .program = self->program,
                        .user = cli_options_text(options, CLI_OPT_ISOLATE_USER, NULL)};
  self->config.isolation = &self->isolation;
  return cli_find_csp_host(self->program, sizeof self->program, error);
}

static omadm_err open_subject(subject *self, const cli_options *options, const omadm_log *log,
                              omadm_error *error) {
  const char *address = cli_options_text(options, CLI_OPT_SERVE, NULL);
  if (cli_options_number(options, CLI_OPT_CHUNK, 1) == 0)
    return omadm_error_set(error, OMADM_E_ARGUMENT, "--chunk takes 1 octet or more");
  if (address != NULL) return open_serve(self, options, address, error);
  size_t n = cli_options_count(options, CLI_OPT_CSP_DIR);
  self->plugins = calloc(n + 1, sizeof *self->plugins);
  if (self->plugins == NULL) return omadm_error_set(error, OMADM_E_NOMEM, "out of memory");
  for (size_t i = 0; i < n; i++)
    self->plugins[i] = cli_options_at(options, CLI_OPT_CSP_DIR, i);
  self->config = (omadm_inprocess_config){
      .struct_size = sizeof self->config, .log = log, .plugins = self->plugins, .plugin_count = n};
  omadm_err err = isolate(self, options, error);
  if (err == 0) err = omadm_inprocess_new(&self->config, &self->inside, error);
  self->is_inside = err == 0;
  self->client = &self->inside;
  return err;
}

static void close_subject(subject *self) {
  omadm_serve_free(self->serve);
  if (self->listener != NULL) omadm_listener_free(self->listener);
  if (self->is_inside) omadm_inprocess_free(&self->inside);
  free(self->plugins);
}

static omadm_player_options player_options(const cli_options *options, omadm_grammar *grammar) {
  uint64_t chunk = cli_options_number(options, CLI_OPT_CHUNK, 0);
  bool serves = cli_options_count(options, CLI_OPT_SERVE) > 0;
  return (omadm_player_options){
      .struct_size = sizeof(omadm_player_options),
      .mode = {.struct_size = sizeof(omadm_player_mode),
               .chunk = (size_t)(chunk < CHUNK_MAX ? chunk : CHUNK_MAX),
               .late = cli_options_count(options, CLI_OPT_LATE) > 0,
               .copy = cli_options_count(options, CLI_OPT_COPY) > 0,
               .codec = &omadm_inprocess_codec},
      .grammar = grammar,
      .colour = isatty(STDOUT_FILENO) != 0,
      .freedoms = strcmp(cli_options_text(options, CLI_OPT_FREEDOMS, serves ? "allow" : "own"),
                         "allow") == 0,
  };
}

/* Each file in each encoding that is asked for. One that connects may choose, where none is. */
static omadm_err play_all(const cli_options *options, const subject *self,
                          omadm_player_options *how, omadm_report *report, omadm_error *error) {
  const char *encoding = cli_options_text(options, CLI_OPT_ENCODING, "xml");
  omadm_err err = 0;
  how->mode.follow = !self->is_inside && cli_options_count(options, CLI_OPT_ENCODING) == 0;
  for (int wbxml = 0; wbxml <= 1 && err == 0; wbxml++) {
    static const char *const names[] = {"xml", "wbxml"};
    bool both = strcmp(encoding, "both") == 0;
    if (!both && strcmp(encoding, names[wbxml]) != 0) continue;
    how->mode.wbxml = wbxml == 1;
    omadm_report_suffix(report, both && wbxml == 1 ? " (WBXML)" : "");
    for (size_t i = 0; i < options->n_arguments && err == 0; i++)
      err = omadm_suite_play(options->arguments[i], self->client, how, report, error);
  }
  return err;
}

static cli_exit play(const cli_options *options, const subject *self, omadm_report *report,
                     omadm_error *error) {
  omadm_grammar *grammar = NULL;
  omadm_err err = omadm_grammar_new(&grammar, error);
  omadm_player_options how = player_options(options, grammar);
  if (err == 0) err = play_all(options, self, &how, report, error);
  size_t failures = omadm_report_end(report);
  omadm_grammar_free(grammar);
  if (err != 0) cli_complain("%s", error->text[0] != '\0' ? error->text : omadm_err_text(err));
  if (err == OMADM_E_NOT_FOUND) return CLI_USAGE;
  if (err != 0) return CLI_SURROUNDINGS;
  if (failures == 0 && !self->is_inside && omadm_report_passed(report) == 0) {
    cli_complain("nothing was checked: no transcript could be played to its end");
    return CLI_NO;
  }
  return failures == 0 ? CLI_DONE : CLI_NO;
}

cli_exit cli_replay(const cli_options *options) {
  size_t verbose = cli_options_count(options, CLI_OPT_VERBOSE);
  omadm_log log;
  omadm_error error;
  subject self = {.client = NULL};
  omadm_report *report = NULL;
  omadm_report_format format = OMADM_REPORT_TEXT;
  omadm_error_clear(&error);
  /* Of what the engine says of a transcript that provokes it only errors are news. */
  static const omadm_log_level levels[] = {OMADM_LOG_ERROR, OMADM_LOG_INFO, OMADM_LOG_DEBUG};
  cli_log_init(&log, levels[verbose < 2 ? verbose : 2]);
  (void)omadm_report_format_parse(cli_options_text(options, CLI_OPT_REPORT, "text"), &format);

  omadm_err err = open_subject(&self, options, &log, &error);
  if (err == 0) err = omadm_report_new(format, stdout, stderr, &report, &error);
  cli_exit code = err == OMADM_E_ARGUMENT ? CLI_USAGE : CLI_SURROUNDINGS;
  if (err == 0)
    code = play(options, &self, report, &error);
  else
    cli_complain("%s", error.text[0] != '\0' ? error.text : omadm_err_text(err));
  if (report != NULL) omadm_report_free(report);
  close_subject(&self);
  return code;
}
