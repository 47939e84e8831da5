/* SPDX-License-Identifier: MIT */
#include "cli/options.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"

/* A word of the command line taken apart: "--name=value", "-v". */
typedef struct word {
  const char *name; /* without dashes */
  size_t len;
  bool is_letter;
  const char *value; /* behind '='; NULL: none */
} word;

static const cli_command *find_command(const char *name) {
  for (size_t i = 0; i < CLI_COMMANDS; i++)
    if (strcmp(cli_commands[i].name, name) == 0) return &cli_commands[i];
  return NULL;
}

static bool is_named(const cli_option *option, const word *at) {
  if (at->is_letter) return option->letter != 0 && option->letter == at->name[0];
  return strlen(option->name) == at->len && memcmp(option->name, at->name, at->len) == 0;
}

/* The option of that name that the command has; without a command any of that name: all of one name
 * take an argument, or none. */
static const cli_option *find_option(const word *at, const cli_command *command) {
  for (size_t i = 0; i < CLI_OPTION_COUNT; i++) {
    const cli_option *option = &cli_option_table[i];
    if (!is_named(option, at)) continue;
    if (command == NULL || cli_option_applies(option, (cli_command_id)(command - cli_commands)))
      return option;
  }
  return NULL;
}

static word parse_word(const char *text) {
  word at = {.is_letter = text[1] != '-'};
  at.name = text + (at.is_letter ? 1 : 2);
  at.len = at.is_letter ? 1 : strcspn(at.name, "=");
  if (!at.is_letter && at.name[at.len] == '=') at.value = at.name + at.len + 1;
  return at;
}

static bool looks_like_option(const char *text) {
  return text[0] == '-' && text[1] != '\0';
}

/* The first word that is neither an option nor the argument of one. NULL: none. */
static const char *first_argument(int argc, char **argv) {
  for (int i = 1; i < argc; i++) {
    if (!looks_like_option(argv[i])) return argv[i];
    word at = parse_word(argv[i]);
    const cli_option *option = find_option(&at, NULL);
    if (option != NULL && option->argument != NULL && at.value == NULL) i++;
  }
  return NULL;
}

static omadm_err check_value(const cli_option *option, cli_given *given, omadm_error *error) {
  omadm_str value = omadm_str_of(given->value);
  if (option->kind == CLI_NUMBER && !omadm_str_u64(value, &given->number))
    return omadm_error_set(error, OMADM_E_ARGUMENT, "--%s takes a number, not \"%s\"", option->name,
                           given->value);
  if (option->kind != CLI_WORD) return 0;
  for (const char *at = option->argument; *at != '\0';) {
    size_t n = strcspn(at, "|");
    if (n == value.len && memcmp(at, value.ptr, n) == 0) return 0;
    at += n;
    if (*at == '|') at++;
  }
  return omadm_error_set(error, OMADM_E_ARGUMENT, "--%s takes one of %s, not \"%s\"", option->name,
                         option->argument, given->value);
}

static omadm_err take_option(cli_options *self, const word *at, const char *next, bool *took_next,
                             omadm_error *error) {
  const cli_option *option = find_option(at, self->command);
  const char *dashes = at->is_letter ? "-" : "--";
  *took_next = false;
  if (option == NULL && self->command != NULL)
    return omadm_error_set(error, OMADM_E_ARGUMENT,
                           "unknown option %s%.*s; omadm %s --help shows them", dashes,
                           (int)at->len, at->name, self->command->name);
  if (option == NULL)
    return omadm_error_set(error, OMADM_E_ARGUMENT,
                           "unknown option %s%.*s; omadm --help shows them", dashes, (int)at->len,
                           at->name);
  cli_given *given = &self->given[self->n_given];
  *given = (cli_given){.id = (cli_option_id)(option - cli_option_table)};
  if (option->argument == NULL && at->value != NULL)
    return omadm_error_set(error, OMADM_E_ARGUMENT, "--%s takes no value", option->name);
  if (option->argument != NULL) {
    given->value = at->value != NULL ? at->value : next;
    *took_next = at->value == NULL;
    if (given->value == NULL)
      return omadm_error_set(error, OMADM_E_ARGUMENT, "--%s needs %s behind it", option->name,
                             option->argument);
    omadm_err err = check_value(option, given, error);
    if (err != 0) return err;
  }
  self->n_given++;
  return 0;
}

/* "-vv", "-rv": each letter is an option; none of them takes an argument. */
static omadm_err take_letters(cli_options *self, const char *text, omadm_error *error) {
  for (const char *p = text + 1; *p != '\0'; p++) {
    word at = {.name = p, .len = 1, .is_letter = true};
    bool took_next = false;
    omadm_err err = take_option(self, &at, NULL, &took_next, error);
    if (err != 0) return err;
  }
  return 0;
}

static omadm_err take_words(cli_options *self, int argc, char **argv, omadm_error *error) {
  bool only_arguments = false;
  for (int i = 1; i < argc; i++) {
    omadm_err err = 0;
    if (only_arguments || !looks_like_option(argv[i])) {
      self->words[self->n_arguments++] = argv[i];
    } else if (strcmp(argv[i], "--") == 0) {
      only_arguments = true;
    } else if (argv[i][1] != '-') {
      err = take_letters(self, argv[i], error);
    } else {
      word at = parse_word(argv[i]);
      bool took_next = false;
      err = take_option(self, &at, i + 1 < argc ? argv[i + 1] : NULL, &took_next, error);
      if (took_next) i++;
    }
    if (err != 0) return err;
  }
  return 0;
}

static void drop_argument(cli_options *self) {
  self->arguments++;
  self->n_arguments--;
}

static omadm_err take_verb(cli_options *self, omadm_error *error) {
  const cli_command *command = self->command;
  if (command->verbs[0].name == NULL) {
    self->verb = &command->verbs[0];
    return 0;
  }
  if (self->n_arguments == 0)
    return omadm_error_set(error, OMADM_E_ARGUMENT, "omadm %s what? omadm %s --help shows it",
                           command->name, command->name);
  for (size_t i = 0; i < command->n_verbs; i++)
    if (strcmp(command->verbs[i].name, self->arguments[0]) == 0) self->verb = &command->verbs[i];
  if (self->verb == NULL)
    return omadm_error_set(error, OMADM_E_ARGUMENT,
                           "omadm %s cannot \"%s\"; omadm %s --help shows what it can",
                           command->name, self->arguments[0], command->name);
  drop_argument(self);
  return 0;
}

static omadm_err check_arguments(const cli_options *self, omadm_error *error) {
  const cli_verb *verb = self->verb;
  if (self->n_arguments >= verb->min && self->n_arguments <= verb->max) return 0;
  return omadm_error_set(error, OMADM_E_ARGUMENT, "too %s arguments: omadm %s%s%s %s",
                         self->n_arguments < verb->min ? "few" : "many", self->command->name,
                         verb->name != NULL ? " " : "", verb->name != NULL ? verb->name : "",
                         verb->arguments);
}

omadm_err cli_options_parse(cli_options *self, int argc, char **argv, omadm_error *error) {
  *self = (cli_options){0};
  size_t letters = 0;
  for (int i = 1; i < argc; i++)
    letters += strlen(argv[i]) + 1;
  self->given = calloc(letters + 1, sizeof *self->given);
  self->words = calloc((size_t)argc + 1, sizeof *self->words);
  if (self->given == NULL || self->words == NULL)
    return omadm_error_set(error, OMADM_E_NOMEM, "out of memory");
  self->arguments = self->words;

  const char *name = first_argument(argc, argv);
  if (name != NULL) self->command = find_command(name);
  if (name != NULL && self->command == NULL)
    return omadm_error_set(error, OMADM_E_ARGUMENT,
                           "unknown command \"%s\"; omadm --help shows them", name);
  omadm_err err = take_words(self, argc, argv, error);
  if (err != 0) return err;
  if (self->command != NULL) drop_argument(self);
  if (cli_options_count(self, CLI_OPT_HELP) > 0 || cli_options_count(self, CLI_OPT_VERSION) > 0)
    return 0;
  if (self->command == NULL)
    return omadm_error_set(error, OMADM_E_ARGUMENT, "what is to be done? omadm --help shows it");
  err = take_verb(self, error);
  return err != 0 ? err : check_arguments(self, error);
}

void cli_options_dispose(cli_options *self) {
  free(self->given);
  free(self->words);
  *self = (cli_options){0};
}

cli_command_id cli_options_command(const cli_options *self) {
  return (cli_command_id)(self->command - cli_commands);
}

size_t cli_options_count(const cli_options *self, cli_option_id id) {
  size_t n = 0;
  for (size_t i = 0; i < self->n_given; i++)
    n += self->given[i].id == id;
  return n;
}

static const cli_given *last_given(const cli_options *self, cli_option_id id) {
  for (size_t i = self->n_given; i > 0; i--)
    if (self->given[i - 1].id == id) return &self->given[i - 1];
  return NULL;
}

const char *cli_options_text(const cli_options *self, cli_option_id id, const char *preset) {
  const cli_given *given = last_given(self, id);
  return given != NULL ? given->value : preset;
}

uint64_t cli_options_number(const cli_options *self, cli_option_id id, uint64_t preset) {
  const cli_given *given = last_given(self, id);
  return given != NULL ? given->number : preset;
}

const char *cli_options_at(const cli_options *self, cli_option_id id, size_t i) {
  for (size_t at = 0; at < self->n_given; at++)
    if (self->given[at].id == id && i-- == 0) return self->given[at].value;
  return NULL;
}
