/* SPDX-License-Identifier: MIT */
/* What omadm(1) can do: the words. */
#include "cli/options.h"

#define MANY 0x7FFFFFFFU

static const cli_verb session_verbs[] = {{NULL, "", 0, 0, "Run a management session now."}};

static const cli_verb replay_verbs[] = {
    {NULL, "PATH ...", 1, MANY,
     "Play transcripts against this client, or against whatever connects."}};

static const cli_verb tree_verbs[] = {
    {"get", "URI", 1, 1,
     "Show the value of a leaf, or the names of the children of an interior node."},
    {"list", "URI", 1, 1, "Show the children of an interior node."},
    {"add", "URI [VALUE]", 1, 2, "Add a node, with missing parents."},
    {"replace", "URI VALUE", 2, 2, "Change the value of a leaf, or with ?prop=NAME a property."},
    {"delete", "URI", 1, 1, "Delete a node and what is below it."},
    {"exec", "URI [VALUE]", 1, 2, "Execute a node."},
};

static const cli_verb ddf_verbs[] = {
    {"check", "FILE ...", 1, MANY, "Read DDF files and say what is wrong with them."},
    {"show", "FILE|URI [URI]", 1, 2,
     "Explain a DDF file as a tree; with URI that node in full; of what is mounted where no FILE "
     "is "
     "given."},
    {"export", "URI", 1, 1, "Write a DDF of what is mounted at URI and below."},
};

static const cli_verb csp_verbs[] = {
    {"new", "NAME", 1, 1,
     "Make a folder NAME with a plugin for the DDF of --ddf: it builds, works, and passes its own "
     "tests."},
    {"list", "", 0, 0,
     "Show what serves which part of the tree, and what was refused; exit status 1 where "
     "something was."},
    {"test", "PLUGIN.so", 1, 1,
     "Try a plugin on every node of its DDF, on a state that is thrown away; exit status 1 where "
     "something fails."},
};

static const cli_verb tpm_verbs[] = {
    {"info", "", 0, 0, "Show what the TPM is, its banks of PCRs, its endorsement certificates."},
    {"log", "[FILE]", 0, 1, "Explain the boot log: its events, its PCRs, what follows from it."},
    {"quote", "", 0, 0, "Quote all PCRs with a new attestation key, and verify it at once."},
    {"record", "DIR", 1, 1, "Write what the TPM says now into DIR, for --tpm recorded:DIR."},
};

static const cli_verb notify_verbs[] = {
    {NULL, "FILE", 1, 1, "Verify a notification (package 0), then run its session."}};

static const cli_verb bootstrap_verbs[] = {
    {NULL, "FILE", 1, 1, "Take the accounts of a bootstrap document."}};

static const cli_verb wbxml_verbs[] = {
    {"encode", "[FILE]", 0, 1, "Write an XML document as WBXML."},
    {"decode", "[FILE]", 0, 1, "Write a WBXML document as XML."},
};

#define VERBS(rows) rows, sizeof rows / sizeof rows[0]

const cli_command cli_commands[CLI_COMMANDS] = {
    [CLI_SESSION] =
        {"session", VERBS(session_verbs),
         "Runs a management session with a server, from the first message to the last. "
         "The account is that of --server, or the only one there is. "
         "When the session is over, the jobs that it started are waited for, "
         "and alerts that ask for a session of their own get one (at most three follow). "
         "What still runs then is kept and resumed by the next start.\n"
         "A session that ended as the standard says is a success, also when single commands "
         "failed. "
         "SIGINT and SIGTERM abort it: the server is told with alert 1223.\n"},
    [CLI_REPLAY] =
        {"replay", VERBS(replay_verbs),
         "Plays recorded or written conversations. Each PATH is a transcript, an "
         "HTTP Archive (.har) of another client, or a folder of them. "
         "The client under test is the one in this process, on a state that is thrown away; no "
         "configuration is read. "
         "With --serve it is whatever connects.\n"},
    [CLI_TREE] =
        {"tree", VERBS(tree_verbs),
         "Works on the management tree from the device's side, or with --as as a server would. "
         "URI is written as in SyncML (\"./DevInfo/Man\"); behind it may stand ?prop=NAME. "
         "A value of format bin is written and read in base64.\n"
         "Jobs that an earlier run left behind go on as soon as omadm is started; a verb that "
         "changes something, and exec, ends when they and what it began itself have ended, or "
         "after 60 seconds. What still runs then is kept for the next start.\n"
         "exec says how an Exec that was accepted (202) ended within these 60 seconds; the exit "
         "status is 0 where it ended well, or was done at once (200), and 1 where it was refused, "
         "failed or has not ended.\n"},
    [CLI_DDF] =
        {"ddf", VERBS(ddf_verbs),
         "Reads device description files. "
         "check writes each complaint with file and line to standard error and a count to "
         "standard output.\n"
         "What begins with \"./\" and is no file is a URI. "
         "export writes one root for each CSP that is mounted there; with \".\" for all. Of "
         "a node inside of a CSP it writes that part as a root of its own.\n"},
    [CLI_CSP] = {"csp", VERBS(csp_verbs),
                 "Shows the configuration service providers that make up the tree: those built in, "
                 "plugins, and DDF files that are served "
                 "from the store.\n"
                 "test does to the plugin what a server could do, with values, names and formats "
                 "made from its DDF, and restarts it: on the plain host, on one where every answer "
                 "comes late, on one where every argument is copied. What the DDF forbids has to "
                 "be refused before the plugin is asked; what it allows has to work, to be read "
                 "back, and to be taken back where an Atomic fails. What the plugin itself refuses "
                 "(4xx, 503) is its right, and told as not tried. No configuration is read, and "
                 "there is no TPM and no network. The last line counts.\n"},
    [CLI_TPM] =
        {"tpm", VERBS(tpm_verbs),
         "Looks into the TPM and the boot log of this device, or of a recording. "
         "Nothing is changed, and no state is used.\n"
         "log replays the log and writes each PCR beside the one that the TPM has: it agrees, or "
         "differs, or has been extended later by the running system. Of the facts only those are "
         "drawn that agreeing PCRs carry: they are \"attested\". FILE may be of another machine, "
         "and is compared with no TPM unless --tpm names one; the log of --event-log is this "
         "machine's, and is compared where there is a TPM. What was not compared is \"logged\": "
         "the log says so, nobody vouches for it. The exit status is 1 where a PCR differs or the "
         "log does not hold together.\n"
         "quote shows nothing but a quote that verifies. A recording answers with the quote that "
         "it has, whatever is asked: without --nonce its own nonce is taken. record lists what it "
         "has written, and what was not there. A log that the command line names has to be "
         "readable.\n"},
    [CLI_NOTIFY] =
        {"notify", VERBS(notify_verbs),
         "Takes the octets of a notification, or of a WAP push that carries one, from FILE, or "
         "from "
         "standard input where FILE is -. It has to be made with the secret of the server of an "
         "account, and to come for the first time. Then a session with that server begins. Where "
         "the server wants the user to be asked, omadm asks on the terminal; without one nothing "
         "is sent. The exit status is 1 where the notification is refused; nobody is answered.\n"},
    [CLI_BOOTSTRAP] =
        {"bootstrap", VERBS(bootstrap_verbs),
         "Takes accounts from a document of OMA Client Provisioning (w7), in XML or WBXML, or from "
         "a message of the DM profile, also in a WAP push: FILE, or standard input where FILE is "
         "-. All of it is taken, or nothing. Then a session begins with each server that the "
         "document wants one with.\n"
         "A document that says how it is secured is verified. One that does not is trusted: who "
         "may "
         "write the state could set the account anyway. An account that is there already is "
         "replaced by a verified document only; so is any other object. Give --sec where you know "
         "it: it "
         "travels outside of what the MAC covers, so whoever takes it off makes a trusted document "
         "of a forged one. --pin and --network-id refuse a document without it. The exit status is "
         "1 where the document is "
         "refused.\n"},
    [CLI_WBXML] =
        {"wbxml", VERBS(wbxml_verbs),
         "Turns SyncML messages, device descriptions, serialised trees and documents of client "
         "provisioning from XML into WBXML and back: FILE, or standard input, to standard output. "
         "Names that the token tables lack become literal names. The text of every leaf is kept "
         "octet by octet; attributes, comments and white space between elements are not. "
         "A Data of octets (Format bin) is base64 in XML (Format b64).\n"},
};

const cli_option cli_option_table[CLI_OPTION_COUNT] = {
#define CLI_OPTION_ROW(id, name, letter, argument, kind, commands, text)                           \
  {name, letter, argument, kind, commands, text},
    CLI_OPTIONS(CLI_OPTION_ROW)
#undef CLI_OPTION_ROW
};

bool cli_option_applies(const cli_option *option, cli_command_id command) {
  return option->commands == 0 || (option->commands & CLI_ON(command)) != 0;
}

const char *cli_option_tpm_verbs(const cli_option *option) {
  static const struct {
    cli_option_id option;
    const char *verbs;
  } some[] = {
      {CLI_OPT_BANK, "log, quote, record"},
      {CLI_OPT_NONCE, "quote, record"},
      {CLI_OPT_EVENT_LOG, "info, log, record"},
      {CLI_OPT_IMA_LOG, "info, record"},
  };
  for (size_t i = 0; i < sizeof some / sizeof some[0]; i++)
    if (option == &cli_option_table[some[i].option]) return some[i].verbs;
  return NULL;
}

bool cli_option_write_commands(const cli_option *option, const char *before, FILE *out) {
  if (option->commands == 0 || option->commands == CLI_EVERY) return false;
  for (unsigned i = 0; i < CLI_COMMANDS; i++) {
    const char *verbs = i == CLI_TPM ? cli_option_tpm_verbs(option) : NULL;
    if ((option->commands & CLI_ON(i)) == 0) continue;
    fprintf(out, "%s%s", before, cli_commands[i].name);
    if (verbs != NULL) fprintf(out, " (%s)", verbs);
    before = ", ";
  }
  return true;
}
