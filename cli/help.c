/* SPDX-License-Identifier: MIT */
/* --help, written from the table. */
#include <string.h>

#include "cli/options.h"

#define WIDTH 80
#define OPTION_COLUMN 26

/* Writes text in lines of WIDTH columns, each but the first indented; the first begins at column
 * `at`. */
static void wrap(FILE *out, const char *text, size_t indent, size_t at) {
  while (*text != '\0' && *text != '\n') {
    size_t n = strcspn(text, " \n");
    if (at > indent && at + 1 + n > WIDTH) {
      fprintf(out, "\n%*s", (int)indent, "");
      at = indent;
    } else if (at > indent) {
      fputc(' ', out);
      at++;
    }
    fprintf(out, "%.*s", (int)n, text);
    at += n;
    text += n;
    text += strspn(text, " ");
  }
  fputc('\n', out);
}

/* "tree, csp, tpm (log):" where not every command has the option. */
static void write_commands(const cli_option *option, FILE *out) {
  if (cli_option_write_commands(option, "", out)) fprintf(out, ":\n%*s", OPTION_COLUMN, "");
}

/* id: the command that it is shown for; CLI_COMMANDS: all. */
static void write_option(const cli_option *option, cli_command_id id, FILE *out) {
  const char *verbs = id == CLI_TPM ? cli_option_tpm_verbs(option) : NULL;
  int n = fprintf(out, "  %c%c%s--%s%s%s", option->letter != 0 ? '-' : ' ',
                  option->letter != 0 ? option->letter : ' ', option->letter != 0 ? ", " : "  ",
                  option->name, option->argument != NULL ? " " : "",
                  option->argument != NULL ? option->argument : "");
  if (n >= OPTION_COLUMN) {
    fputc('\n', out);
    n = 0;
  }
  fprintf(out, "%*s", OPTION_COLUMN - n, "");
  if (id == CLI_COMMANDS) write_commands(option, out);
  if (verbs != NULL) fprintf(out, "%s:\n%*s", verbs, OPTION_COLUMN, "");
  wrap(out, option->text, OPTION_COLUMN, OPTION_COLUMN);
}

static void write_command(const cli_command *command, FILE *out) {
  for (size_t i = 0; i < command->n_verbs; i++) {
    const cli_verb *verb = &command->verbs[i];
    int n = fprintf(out, "  %s%s%s%s%s", command->name, verb->name != NULL ? " " : "",
                    verb->name != NULL ? verb->name : "", verb->arguments[0] != '\0' ? " " : "",
                    verb->arguments);
    if (n >= OPTION_COLUMN) {
      fputc('\n', out);
      n = 0;
    }
    fprintf(out, "%*s", OPTION_COLUMN - n, "");
    wrap(out, verb->text, OPTION_COLUMN, OPTION_COLUMN);
  }
}

static bool has_own_options(cli_command_id command) {
  for (size_t i = 0; i < CLI_OPTION_COUNT; i++)
    if (cli_option_table[i].commands != 0 && cli_option_applies(&cli_option_table[i], command))
      return true;
  return false;
}

static void command_help(const cli_command *command, FILE *out) {
  cli_command_id id = (cli_command_id)(command - cli_commands);
  fputs("usage:\n", out);
  for (size_t i = 0; i < command->n_verbs; i++) {
    const cli_verb *verb = &command->verbs[i];
    fprintf(out, "  omadm %s%s%s%s%s%s\n", command->name, verb->name != NULL ? " " : "",
            verb->name != NULL ? verb->name : "", has_own_options(id) ? " [OPTION ...]" : "",
            verb->arguments[0] != '\0' ? " " : "", verb->arguments);
  }
  fputc('\n', out);
  for (const char *text = command->text; *text != '\0';) {
    wrap(out, text, 0, 0);
    text += strcspn(text, "\n") + 1;
  }
  if (command->verbs[0].name != NULL) {
    fputc('\n', out);
    write_command(command, out);
  }
  fputs("\noptions:\n", out);
  for (size_t i = 0; i < CLI_OPTION_COUNT; i++)
    if (cli_option_applies(&cli_option_table[i], id)) write_option(&cli_option_table[i], id, out);
}

void cli_help(const cli_command *command, FILE *out) {
  if (command != NULL) {
    command_help(command, out);
    return;
  }
  fputs("usage: omadm COMMAND [OPTION ...]\n\nThe device side of OMA Device "
        "Management.\n\ncommands:\n",
        out);
  for (size_t i = 0; i < CLI_COMMANDS; i++)
    write_command(&cli_commands[i], out);
  fputs("\noptions of several commands; omadm COMMAND --help shows all:\n", out);
  for (size_t i = 0; i < CLI_OPTION_COUNT; i++) {
    const cli_option *option = &cli_option_table[i];
    if ((option->commands & CLI_WITH_STATE) == CLI_WITH_STATE || option->commands == 0)
      write_option(option, CLI_COMMANDS, out);
  }
}
