/* SPDX-License-Identifier: MIT */
/*
 * The command line: one table of commands and options, from which it is parsed, and from which
 * --help and omadm(1) are written.
 */
#ifndef OMADM_CLI_OPTIONS_H
#define OMADM_CLI_OPTIONS_H

#include <omadm/error.h>
#include <omadm/types.h>

#include <stdbool.h>
#include <stdio.h>

/* Exit status, as omadm(1) has it. */
typedef enum cli_exit {
  CLI_DONE = 0,
  CLI_NO = 1, /* it ran, and the answer is no */
  CLI_USAGE = 2, /* the command line or the configuration is wrong */
  CLI_SURROUNDINGS = 3 /* the surroundings failed */
} cli_exit;

typedef enum cli_command_id {
  CLI_SESSION = 0,
  CLI_REPLAY,
  CLI_TREE,
  CLI_DDF,
  CLI_CSP,
  CLI_TPM,
  CLI_WBXML,
  CLI_NOTIFY,
  CLI_BOOTSTRAP,
  CLI_COMMANDS
} cli_command_id;

/* What a command does; one that has several verbs is followed by the word of one of them. */
typedef struct cli_verb {
  const char *name; /* NULL: the command has no verbs, this row is all there is */
  const char *arguments; /* as shown: "URI [VALUE]" */
  unsigned min, max; /* of arguments */
  const char *text;
} cli_verb;

typedef struct cli_command {
  const char *name;
  const cli_verb *verbs;
  size_t n_verbs;
  const char *text; /* paragraphs for the manual page, each ended by a newline */
} cli_command;

extern const cli_command cli_commands[CLI_COMMANDS];

/* An option that a command may have; 0 in `commands` stands for --help and --version, which every
 * command line may have. */
typedef enum cli_option_kind {
  CLI_FLAG = 0,
  CLI_COUNT,
  CLI_TEXT,
  CLI_NUMBER,
  CLI_WORD,
  CLI_LIST
} cli_option_kind;

#define CLI_ON(command) (1U << (command))
#define CLI_ARRIVALS (CLI_ON(CLI_NOTIFY) | CLI_ON(CLI_BOOTSTRAP))
#define CLI_RUNS_SESSIONS (CLI_ON(CLI_SESSION) | CLI_ARRIVALS)
#define CLI_WITH_STATE (CLI_RUNS_SESSIONS | CLI_ON(CLI_TREE) | CLI_ON(CLI_CSP) | CLI_ON(CLI_DDF))
#define CLI_EVERY (CLI_ON(CLI_COMMANDS) - 1)

/*  id, name, letter, argument (of WORD: the words), kind, commands, text */
#define CLI_OPTIONS(X)                                                                             \
  X(SERVER, "server", 0, "ID", CLI_TEXT, CLI_ON(CLI_SESSION),                                      \
    "The server to talk to, by its ServerID. Needed where there are several accounts.")            \
  X(TRANSCRIPT, "transcript", 0, "FILE", CLI_TEXT, CLI_RUNS_SESSIONS,                              \
    "Write the conversation to FILE as a transcript, secrets masked. A further session goes to a " \
    "file with .2, .3 … before the "                                                             \
    "extension.")                                                                                  \
  X(WITH_SECRETS, "with-secrets", 0, NULL, CLI_FLAG, CLI_RUNS_SESSIONS,                            \
    "Do not mask secrets in the transcript.")                                                      \
  X(ALERT, "alert", 0, "TYPE[=DATA]", CLI_LIST, CLI_ON(CLI_SESSION),                               \
    "Raise a Generic Alert (1226) of this type first. May repeat.")                                \
  X(WAIT, "wait", 0, "SECONDS", CLI_NUMBER, CLI_RUNS_SESSIONS,                                     \
    "How long to wait after the session for the jobs that it started; 120 by default, 0: not. "    \
    "Then results are written and no session follows any more; a job that still runs is said on "  \
    "standard error, and omadm exits when it ends, or at once on a signal.")                       \
  X(NO_FOLLOW_UP, "no-follow-up", 0, NULL, CLI_FLAG, CLI_RUNS_SESSIONS,                            \
    "Do not run a further session for alerts that ask for one.")                                   \
  X(FAIL_ON_ERROR, "fail-on-error", 0, NULL, CLI_FLAG, CLI_RUNS_SESSIONS,                          \
    "Exit with 1 also where a single command was answered with 4xx or 5xx.")                       \
  X(AS, "as", 0, "SERVER", CLI_TEXT, CLI_ON(CLI_TREE),                                             \
    "Act with the rights of that server; by default the device itself acts.")                      \
  X(FORMAT, "format", 0, "FORMAT", CLI_TEXT, CLI_ON(CLI_TREE),                                     \
    "The format of VALUE: chr, int, bool, b64, bin (written in base64) …")                         \
  X(TYPE, "type", 0, "TYPE", CLI_TEXT, CLI_ON(CLI_TREE), "The MIME type of VALUE.")                \
  X(RECURSIVE, "recursive", 'r', NULL, CLI_FLAG, CLI_ON(CLI_TREE),                                 \
    "With list: everything below URI, with values.")                                               \
  X(REPORT, "format", 0, "text|tap|junit", CLI_WORD, CLI_ON(CLI_REPLAY),                           \
    "How results are written; text by default.")                                                   \
  X(SERVE, "serve", 0, "[HOST:]PORT", CLI_TEXT, CLI_ON(CLI_REPLAY),                                \
    "Play against whatever connects there over HTTP, instead of the client in this process. HOST " \
    "is 127.0.0.1 by default; PORT 0 takes a free one and says which.")                            \
  X(TIMEOUT, "timeout", 0, "SECONDS", CLI_NUMBER, CLI_ON(CLI_REPLAY),                              \
    "With --serve: how long to wait for a client, and for each of its messages; 60 by default.")   \
  X(ENCODING, "encoding", 0, "xml|wbxml|both", CLI_WORD, CLI_ON(CLI_REPLAY),                       \
    "How messages are encoded; both: each transcript is played in XML, then in WBXML.")            \
  X(FREEDOMS, "freedoms", 0, "allow|own", CLI_WORD, CLI_ON(CLI_REPLAY),                            \
    "What the standard leaves to a client, such as CmdIDs, the order of DevInfo, Meta with its "   \
    "defaults. allow: any choice passes, the default with --serve; own: those that omadm makes, "  \
    "as the transcripts show them, the default for the client in this process.")                   \
  X(CONFIGURED, "configured", 0, NULL, CLI_FLAG, CLI_ON(CLI_REPLAY),                               \
    "With --serve: the client is set up as the transcript says, but for nodes.")                   \
  X(CHUNK, "chunk", 0, "OCTETS", CLI_NUMBER, CLI_ON(CLI_REPLAY),                                   \
    "For testers: feed what the server sends in pieces of that size.")                             \
  X(LATE, "late", 0, NULL, CLI_FLAG, CLI_ON(CLI_REPLAY),                                           \
    "For testers: every CSP answers late, in a shuffled order.")                                   \
  X(COPY, "copy", 0, NULL, CLI_FLAG, CLI_ON(CLI_REPLAY),                                           \
    "For testers: every argument of a CSP goes through a buffer of octets.")                       \
  X(BANK, "bank", 0, "sha256|sha384|sha512|sm3|sha1", CLI_WORD, CLI_ON(CLI_TPM),                   \
    "The bank of PCRs; by default the first of sha256, sha384, sha512, sm3, sha1 that the TPM "    \
    "has and, with log and record, the boot log carries; quote looks at the TPM alone.")           \
  X(NONCE, "nonce", 0, "HEX", CLI_TEXT, CLI_ON(CLI_TPM),                                           \
    "What the quote answers to, at most 64 octets; by default 16 random ones.")                    \
  X(RAW, "raw", 0, NULL, CLI_FLAG, CLI_ON(CLI_WBXML),                                              \
    "With encode: base64 of Format b64 becomes octets of Format bin.")                             \
  X(EMBED, "embed", 0, NULL, CLI_FLAG, CLI_ON(CLI_WBXML),                                          \
    "Change the encoding of a serialised tree (TNDS) inside a Data as well, with its Type and "    \
    "Format.")                                                                                     \
  X(CHECK, "check", 0, NULL, CLI_FLAG, CLI_ARRIVALS,                                               \
    "Verify it and say what it would do; change nothing.")                                         \
  X(DOCUMENT_TYPE, "type", 0, "MIME", CLI_TEXT, CLI_ON(CLI_BOOTSTRAP),                             \
    "The content type of FILE, which may carry SEC and MAC; by default it is told from its "       \
    "octets.")                                                                                     \
  X(SEC, "sec", 0, "NETWPIN|USERPIN|USERNETWPIN|USERPINMAC|NETWORKID|USERPIN_NETWORKID", CLI_WORD, \
    CLI_ON(CLI_BOOTSTRAP),                                                                         \
    "What its MAC is made with; without it, and without SEC in FILE, FILE is trusted.")            \
  X(MAC, "mac", 0, "HEX", CLI_TEXT, CLI_ON(CLI_BOOTSTRAP), "Its MAC: 40 hexadecimal digits.")      \
  X(PIN, "pin", 0, "PIN|-", CLI_TEXT, CLI_ON(CLI_BOOTSTRAP),                                       \
    "The PIN that the user was given; -: ask for it, three times, without showing it.")            \
  X(NETWORK_ID, "network-id", 0, "ID", CLI_TEXT, CLI_ON(CLI_BOOTSTRAP),                            \
    "What the network and the device share: an IMSI, or 0x and hexadecimal digits.")               \
  X(ISOLATE, "isolate", 0, NULL, CLI_FLAG, CLI_ON(CLI_CSP) | CLI_ON(CLI_REPLAY),                   \
    "With csp test, and replay: plugins run in a process of their own.")                           \
  X(ISOLATE_USER, "user", 0, "USER", CLI_TEXT, CLI_ON(CLI_CSP) | CLI_ON(CLI_REPLAY),               \
    "With --isolate: the user that root runs them as; omadm-csp by default.")                      \
  X(EXEC, "exec", 0, NULL, CLI_FLAG, CLI_ON(CLI_CSP),                                              \
    "With test: execute nodes as well. This may do harm: it is what the plugin is for.")           \
  X(SEED, "seed", 0, "N", CLI_NUMBER, CLI_ON(CLI_CSP),                                             \
    "With test: of made-up values, and of the order in which late answers come; 1 by default.")    \
  X(SETTING, "setting", 0, "NAME=VALUE", CLI_LIST, CLI_ON(CLI_CSP),                                \
    "With test: a setting, as [csp.NAME] of the configuration would have it; {state} in VALUE is " \
    "a folder that is removed afterwards. May repeat.")                                            \
  X(VALUE, "value", 0, "URI=VALUE", CLI_LIST, CLI_ON(CLI_CSP),                                     \
    "With test: one more value for a leaf, where none can be made up; URI as the table has it "    \
    "(./Vendor/A/{name}/B). May repeat.")                                                          \
  X(ANSWER_TIME, "timeout", 0, "SECONDS", CLI_NUMBER, CLI_ON(CLI_CSP),                             \
    "With test: how long an answer is waited for; 10 by default.")                                 \
  X(CONFIG, "config", 0, "FILE", CLI_TEXT, CLI_WITH_STATE | CLI_ON(CLI_TPM),                       \
    "The configuration; /etc/omadm/omadm.conf by default, see omadm.conf(5).")                     \
  X(STATE, "state", 0, "DIR", CLI_TEXT, CLI_WITH_STATE,                                            \
    "Where the device keeps what it must not forget; /var/lib/omadm by default, or "               \
    "$XDG_STATE_HOME/omadm for a user.")                                                           \
  X(LOCK_TIMEOUT, "lock-timeout", 0, "SECONDS", CLI_NUMBER, CLI_WITH_STATE,                        \
    "How long to wait for another omadm that uses the same state; 10 by default.")                 \
  X(DDF_DIR, "ddf", 0, "DIR", CLI_LIST, CLI_WITH_STATE,                                            \
    "Serve each DDF file (*.xml) of that folder as a stored CSP. May repeat. With csp new: the "   \
    "file that describes the CSP.")                                                                \
  X(DIR, "dir", 0, "DIR", CLI_TEXT, CLI_ON(CLI_CSP),                                               \
    "With new: where the folder is made; here by default.")                                        \
  X(CSP_DIR, "csp", 0, "DIR", CLI_LIST, CLI_WITH_STATE | CLI_ON(CLI_REPLAY),                       \
    "Load each plugin (*.so) of that folder; with replay, those that a transcript names. May "     \
    "repeat.")                                                                                     \
  X(TPM, "tpm", 0, "SPEC", CLI_TEXT, CLI_WITH_STATE | CLI_ON(CLI_TPM),                             \
    "The TPM: tss2:TCTI, recorded:DIR or none; tss2:device:/dev/tpmrm0 by default.")               \
  X(EVENT_LOG, "event-log", 0, "FILE", CLI_TEXT, CLI_WITH_STATE | CLI_ON(CLI_TPM),                 \
    "The boot log (TCG); by default the kernel's, or the recording's.")                            \
  X(IMA_LOG, "ima-log", 0, "FILE", CLI_TEXT, CLI_WITH_STATE | CLI_ON(CLI_TPM),                     \
    "IMA's list of measurements; by default the kernel's, or the recording's.")                    \
  X(JSON, "json", 0, NULL, CLI_FLAG, CLI_EVERY & ~CLI_ON(CLI_REPLAY) & ~CLI_ON(CLI_WBXML),         \
    "Write results as JSON.")                                                                      \
  X(VERBOSE, "verbose", 'v', NULL, CLI_COUNT, CLI_EVERY,                                           \
    "Log more to standard error; -vv: everything.")                                                \
  X(HELP, "help", 'h', NULL, CLI_FLAG, 0, "Show help, of a command behind its name, and exit.")    \
  X(VERSION, "version", 0, NULL, CLI_FLAG, 0, "Show the version and exit.")

typedef enum cli_option_id {
#define CLI_OPTION_ENUM(id, name, letter, argument, kind, commands, text) CLI_OPT_##id,
  CLI_OPTIONS(CLI_OPTION_ENUM)
#undef CLI_OPTION_ENUM
      CLI_OPTION_COUNT
} cli_option_id;

typedef struct cli_option {
  const char *name;
  char letter; /* 0: none */
  const char *argument; /* NULL: takes none */
  cli_option_kind kind;
  unsigned commands; /* CLI_ON masks */
  const char *text;
} cli_option;

extern const cli_option cli_option_table[CLI_OPTION_COUNT];

/* One option as it was given. */
typedef struct cli_given {
  cli_option_id id;
  const char *value; /* NULL: takes none */
  uint64_t number;
} cli_given;

typedef struct cli_options {
  const cli_command *command; /* NULL: none was named */
  const cli_verb *verb; /* NULL with --help only */
  const char *const *arguments; /* behind command and verb; borrowed from argv */
  size_t n_arguments;
  const char **words; /* command, verb and arguments: what `arguments` points into */
  cli_given *given;
  size_t n_given;
} cli_options;

/* Reads the command line. Dispose with cli_options_dispose in any case. ARGUMENT, with a sentence,
 * where it is wrong. */
omadm_err cli_options_parse(cli_options *self, int argc, char **argv, omadm_error *error);
void cli_options_dispose(cli_options *self);

cli_command_id cli_options_command(const cli_options *self);
/* How often it was given. */
size_t cli_options_count(const cli_options *self, cli_option_id id);
/* The last value given, or preset. */
const char *cli_options_text(const cli_options *self, cli_option_id id, const char *preset);
uint64_t cli_options_number(const cli_options *self, cli_option_id id, uint64_t preset);
/* The i-th value given; NULL beyond the end. */
const char *cli_options_at(const cli_options *self, cli_option_id id, size_t i);

/* Writes help: of that command, or of all where it is NULL. */
void cli_help(const cli_command *command, FILE *out);

/* true where the command has that option. */
bool cli_option_applies(const cli_option *option, cli_command_id command);
/* The verbs of omadm tpm that the option means something to, "info, log"; NULL: to each. */
const char *cli_option_tpm_verbs(const cli_option *option);
/* Writes `before` and "tree, csp, tpm (log)", and gives true, where not every command has it. */
bool cli_option_write_commands(const cli_option *option, const char *before, FILE *out);

#endif
