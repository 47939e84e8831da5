/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/options.h"

#define WORDS_MAX 16

/* Parses a line of words separated by blanks. */
static omadm_err parse(const char *line, char *copy, cli_options *options, omadm_error *error) {
  char *argv[WORDS_MAX] = {(char *)"omadm"};
  int argc = 1;
  char *save = NULL;
  strcpy(copy, line);
  for (char *word = strtok_r(copy, " ", &save); word != NULL; word = strtok_r(NULL, " ", &save))
    argv[argc++] = word;
  omadm_error_clear(error);
  return cli_options_parse(options, argc, argv, error);
}

static void wrong_lines_are_refused_with_a_sentence(void **state) {
  static const struct {
    const char *line;
    const char *message;
  } rows[] = {
      {"", "what is to be done? omadm --help shows it"},
      {"daemon", "unknown command \"daemon\"; omadm --help shows them"},
      {"policy x", "unknown command \"policy\"; omadm --help shows them"},
      {"enroll x", "unknown command \"enroll\"; omadm --help shows them"},
      {"session --frob", "unknown option --frob; omadm session --help shows them"},
      {"session -x", "unknown option -x; omadm session --help shows them"},
      {"--frob", "unknown option --frob; omadm --help shows them"},
      {"replay --tpm none x", "unknown option --tpm; omadm replay --help shows them"},
      {"session more", "too many arguments: omadm session "},
      {"session --wait", "--wait needs SECONDS behind it"},
      {"session --wait soon", "--wait takes a number, not \"soon\""},
      {"session --no-follow-up=1", "--no-follow-up takes no value"},
      {"replay", "too few arguments: omadm replay PATH ..."},
      {"replay --format html x", "--format takes one of text|tap|junit, not \"html\""},
      {"replay --json x", "unknown option --json; omadm replay --help shows them"},
      {"tree", "omadm tree what? omadm tree --help shows it"},
      {"tree chop ./A", "omadm tree cannot \"chop\"; omadm tree --help shows what it can"},
      {"tree replace ./A", "too few arguments: omadm tree replace URI VALUE"},
      {"ddf write ./A", "omadm ddf cannot \"write\"; omadm ddf --help shows what it can"},
  };
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    char copy[256];
    cli_options options;
    omadm_error error;
    assert_int_equal(parse(rows[i].line, copy, &options, &error), OMADM_E_ARGUMENT);
    assert_string_equal(error.text, rows[i].message);
    cli_options_dispose(&options);
  }
}

static void options_may_stand_anywhere(void **state) {
  static const char *const lines[] = {
      "--state /s tree --as a get -v ./X --json",
      "tree get ./X --state=/s --as=a --json -v",
      "-v --json --as a --state /s tree get -- ./X",
  };
  (void)state;
  for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
    char copy[256];
    cli_options options;
    omadm_error error;
    assert_int_equal(parse(lines[i], copy, &options, &error), 0);
    assert_int_equal(cli_options_command(&options), CLI_TREE);
    assert_string_equal(options.verb->name, "get");
    assert_int_equal(options.n_arguments, 1);
    assert_string_equal(options.arguments[0], "./X");
    assert_string_equal(cli_options_text(&options, CLI_OPT_STATE, NULL), "/s");
    assert_string_equal(cli_options_text(&options, CLI_OPT_AS, NULL), "a");
    assert_int_equal(cli_options_count(&options, CLI_OPT_JSON), 1);
    assert_int_equal(cli_options_count(&options, CLI_OPT_VERBOSE), 1);
    cli_options_dispose(&options);
  }
}

static void lists_keep_their_order_and_letters_add_up(void **state) {
  char copy[256];
  cli_options options;
  omadm_error error;
  (void)state;
  assert_int_equal(parse("session --alert a=1 -vv --alert b --wait 5", copy, &options, &error), 0);
  assert_string_equal(cli_options_at(&options, CLI_OPT_ALERT, 0), "a=1");
  assert_string_equal(cli_options_at(&options, CLI_OPT_ALERT, 1), "b");
  assert_null(cli_options_at(&options, CLI_OPT_ALERT, 2));
  assert_int_equal(cli_options_count(&options, CLI_OPT_VERBOSE), 2);
  assert_int_equal(cli_options_number(&options, CLI_OPT_WAIT, 120), 5);
  assert_int_equal(cli_options_number(&options, CLI_OPT_LOCK_TIMEOUT, 10), 10);
  cli_options_dispose(&options);
}

static void one_word_may_be_another_option_for_another_command(void **state) {
  char copy[256];
  cli_options options;
  omadm_error error;
  (void)state;
  assert_int_equal(parse("tree add ./A 1 --format int", copy, &options, &error), 0);
  assert_string_equal(cli_options_text(&options, CLI_OPT_FORMAT, NULL), "int");
  cli_options_dispose(&options);
  assert_int_equal(parse("replay --format tap x", copy, &options, &error), 0);
  assert_string_equal(cli_options_text(&options, CLI_OPT_REPORT, NULL), "tap");
  cli_options_dispose(&options);
}

static void the_tpm_and_its_logs_may_be_named_where_there_is_a_device(void **state) {
  static const char *const commands[] = {"session", "csp list", "tree get ./X", "tpm info"};
  (void)state;
  for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
    char line[256], copy[256];
    cli_options options;
    omadm_error error;
    snprintf(line, sizeof line, "%s --tpm none --event-log /l --ima-log /i", commands[i]);
    assert_int_equal(parse(line, copy, &options, &error), 0);
    assert_string_equal(cli_options_text(&options, CLI_OPT_TPM, NULL), "none");
    assert_string_equal(cli_options_text(&options, CLI_OPT_EVENT_LOG, NULL), "/l");
    assert_string_equal(cli_options_text(&options, CLI_OPT_IMA_LOG, NULL), "/i");
    cli_options_dispose(&options);
  }
}

static void behind_two_dashes_everything_is_an_argument(void **state) {
  char copy[256];
  cli_options options;
  omadm_error error;
  (void)state;
  assert_int_equal(parse("tree replace ./A -- -5", copy, &options, &error), 0);
  assert_string_equal(options.arguments[1], "-5");
  cli_options_dispose(&options);
}

static void help_needs_nothing_else(void **state) {
  char copy[256];
  cli_options options;
  omadm_error error;
  (void)state;
  assert_int_equal(parse("--help", copy, &options, &error), 0);
  assert_null(options.command);
  cli_options_dispose(&options);
  assert_int_equal(parse("tree --help", copy, &options, &error), 0);
  assert_string_equal(options.command->name, "tree");
  cli_options_dispose(&options);
}

/* find_option relies on it before the command is known. */
static void options_of_one_name_agree_on_taking_an_argument(void **state) {
  (void)state;
  for (size_t i = 0; i < CLI_OPTION_COUNT; i++)
    for (size_t j = 0; j < i; j++)
      if (strcmp(cli_option_table[i].name, cli_option_table[j].name) == 0) {
        assert_int_equal(cli_option_table[i].argument != NULL,
                         cli_option_table[j].argument != NULL);
        assert_int_equal(cli_option_table[i].commands & cli_option_table[j].commands, 0);
      }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(wrong_lines_are_refused_with_a_sentence),
      cmocka_unit_test(options_may_stand_anywhere),
      cmocka_unit_test(lists_keep_their_order_and_letters_add_up),
      cmocka_unit_test(one_word_may_be_another_option_for_another_command),
      cmocka_unit_test(the_tpm_and_its_logs_may_be_named_where_there_is_a_device),
      cmocka_unit_test(behind_two_dashes_everything_is_an_argument),
      cmocka_unit_test(help_needs_nothing_else),
      cmocka_unit_test(options_of_one_name_agree_on_taking_an_argument),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
