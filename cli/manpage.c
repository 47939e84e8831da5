/* SPDX-License-Identifier: MIT */
/*
 * omadm-manpage: writes docs/man from the tables that the program itself reads, so that they cannot
 * part. omadm-manpage omadm.1 | omadm.conf.5
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "cli/config.h"
#include "cli/options.h"
#include "transport/mask.h"

#define DATE "November 21, 2026"
#define WIDTH 76

/* Writes text as mdoc: a line for each sentence, none longer than WIDTH, nothing taken for a
 * request. */
static void text(const char *words) {
  size_t at = 0;
  while (*words != '\0') {
    size_t n = strcspn(words, " \n");
    if (at > 0 && at + 1 + n > WIDTH) at = 0, putchar('\n');
    if (at > 0) at++, putchar(' ');
    if (at == 0 && (words[0] == '.' || words[0] == '\'')) fputs("\\&", stdout);
    for (size_t i = 0; i < n; i++)
      fputs(words[i] == '\\' ? "\\e" : (char[]){words[i], '\0'}, stdout);
    at += n;
    bool ends_sentence =
        n > 1 && strchr(".:", words[n - 1]) != NULL && words[n - 1] == '.' && words[n - 2] != '.';
    words += n;
    if (ends_sentence || *words == '\n') at = 0, putchar('\n');
    words += strspn(words, " \n");
  }
  if (at > 0) putchar('\n');
}

/* "FILE", "[FILE]", "URI [VALUE]", "PATH ..." as macros, behind others in their line. */
static void arguments(const char *words) {
  const char *before = "Ar ";
  for (; *words != '\0'; words++) {
    if (*words == '[') before = "Op Ar ";
    if (*words == '[' || *words == ']') continue;
    fputs(before, stdout);
    putchar(*words);
    before = "";
  }
}

static void option_item(const cli_option *option) {
  fputs(".It ", stdout);
  if (option->letter != 0) printf("Fl %c , ", option->letter);
  printf("Fl -%s", option->name);
  if (option->argument != NULL) printf(" Ar %s", option->argument);
  putchar('\n');
  text(option->text);
}

/* Which commands have a common option, where not every one has. */
static void option_commands(const cli_option *option) {
  if (cli_option_write_commands(option, "Of ", stdout)) puts(".");
}

static void list_begin(void) {
  puts(".Bl -tag -width Ds");
}

static void list_end(void) {
  puts(".El");
}

static void synopsis(void) {
  puts(".Sh SYNOPSIS");
  for (size_t i = 0; i < CLI_COMMANDS; i++) {
    for (size_t j = 0; j < cli_commands[i].n_verbs; j++) {
      const cli_verb *verb = &cli_commands[i].verbs[j];
      printf(".Nm\n.Cm %s%s%s\n.Op Ar option ...\n", cli_commands[i].name,
             verb->name != NULL ? " " : "", verb->name != NULL ? verb->name : "");
      if (verb->arguments[0] != '\0') putchar('.'), arguments(verb->arguments), putchar('\n');
    }
  }
  puts(".Nm\n.Fl -version\n.Nm\n.Op Ar command\n.Fl -help");
}

static bool is_common(const cli_option *option) {
  return option->commands == 0 || (option->commands & CLI_WITH_STATE) == CLI_WITH_STATE;
}

static void command_section(cli_command_id id) {
  const cli_command *command = &cli_commands[id];
  printf(".Ss %s\n", command->name);
  for (const char *paragraph = command->text; *paragraph != '\0';) {
    size_t n = strcspn(paragraph, "\n");
    char copy[1024];
    if (paragraph != command->text) puts(".Pp");
    snprintf(copy, sizeof copy, "%.*s", (int)n, paragraph);
    text(copy);
    paragraph += n + 1;
  }
  if (command->verbs[0].name != NULL) {
    list_begin();
    for (size_t i = 0; i < command->n_verbs; i++) {
      const cli_verb *verb = &command->verbs[i];
      printf(".It Cm %s", verb->name);
      if (verb->arguments[0] != '\0') putchar(' '), arguments(verb->arguments);
      putchar('\n');
      text(verb->text);
    }
    list_end();
  }
  bool first = true;
  for (size_t i = 0; i < CLI_OPTION_COUNT; i++) {
    const cli_option *option = &cli_option_table[i];
    if (is_common(option) || !cli_option_applies(option, id)) continue;
    if (first) list_begin();
    first = false;
    option_item(option);
    if (cli_option_tpm_verbs(option) != NULL) printf("Of %s.\n", cli_option_tpm_verbs(option));
  }
  if (!first) list_end();
}

static void page_head(const char *title, int section, const char *name, const char *description) {
  puts(".\\\" SPDX-License-Identifier: MIT\n.\\\" Made by omadm-manpage from the tables of cli/.");
  printf(".Dd %s\n.Dt %s %d\n.Os\n.Sh NAME\n.Nm %s\n.Nd %s\n", DATE, title, section, name,
         description);
}

static void recordings(void) {
  puts(".Ss Recordings");
  text("A transcript of a session holds what was sent and received. "
       "Unless --with-secrets is given, these are replaced by {{secret-1}}, {{secret-2}} and so "
       "on, the same secret by the same name: what stands in the header (x-syncml-hmac), in Cred "
       "and in NextNonce, and the values of nodes whose name is one of:");
  fputs(".Bd -unfilled -offset indent\n", stdout);
#define SECRET_NODE(name) puts(name);
  MASK_NODES(SECRET_NODE)
#undef SECRET_NODE
  puts(".Ed");
  text("What is sent to these nodes, as their argument, is replaced as a whole:");
  fputs(".Bd -unfilled -offset indent\n", stdout);
#define SECRET_NODE(name) puts(name);
  MASK_ARGUMENTS(SECRET_NODE)
#undef SECRET_NODE
  puts(".Ed");
  text("A node whose name is written with %XX or as an XML entity counts as one of them. "
       "Nothing else is masked: a secret in a node of another name, or in an address, is recorded "
       "as it is. A recording has the mode 0600.");
  puts(".Pp");
  text("A recording can be replayed: its setup names the device and the account, and the SessionID "
       "is bound anew. The client of replay has the CSPs that come with omadm, this machine's "
       "facts, and an empty state. Where the session went to nodes of other CSPs, or to values "
       "that were set before, write ddf, plugin, setting and node elements into the setup by hand; "
       "where alerts waited for the session, raise elements before the first client.");
  puts(".Pp");
  text("The account's auth and user, and those of the server, are in the setup; with "
       "--with-secrets the secrets and nonces too, else a secret's name stands for it and a nonce "
       "is missing. A masked secret that the server sent, the nonces of auth = md5 among them, "
       "needs a value in its place, or a recording with --with-secrets. With auth = mac no "
       "recording can be replayed as it is, for the header covers the SessionID: write "
       "mac(USER, SECRET, NONCE) into it.");
}

static void environment(void) {
  puts(".Sh ENVIRONMENT");
  list_begin();
  puts(".It Ev XDG_STATE_HOME , HOME\nWhere the state of a user other than root is:\n"
       ".Pa $XDG_STATE_HOME/omadm ,\nelse\n.Pa $HOME/.local/state/omadm .\n"
       ".It Ev http_proxy , https_proxy , HTTPS_PROXY , all_proxy , no_proxy\n"
       "The proxy that messages go through, as libcurl has it.\n"
       ".It Ev LC_ALL , LANG\nThe language that\n.Pa ./DevInfo/Lang\ntells.\n"
       ".It Ev PATH\nWhere the command of [csp.Reboot]\nis looked for; it gets the whole "
       "environment.\n"
       ".It Ev OMADM_CORE\nWith 1 a crash may leave a core file, as far as the limits allow it.\n"
       "Else it leaves none, for passwords would stand in it.\n"
       ".It Ev TSS2_LOG\nWhat the libraries of the TPM write to standard error.\n"
       "Default: all+none, which is nothing.");
  list_end();
}

static void omadm_1(void) {
  page_head("OMADM", 1, "omadm", "the device side of OMA Device Management");
  synopsis();
  puts(".Sh DESCRIPTION\n.Nm\nlets a server manage this device over OMA Device Management 1.2 "
       "(SyncML DM),\n"
       "as the standard has it or in the dialect of Windows MDM.\n"
       "What a server may see and change is a tree of nodes;\n"
       "configuration service providers (CSPs) make up that tree,\n"
       "each described by a device description file (DDF).\n"
       ".Pp\nStandard output carries results only; messages go to standard error.\n"
       "The commands:");
  for (size_t i = 0; i < CLI_COMMANDS; i++)
    command_section((cli_command_id)i);
  recordings();
  puts(".Ss Common options");
  list_begin();
  for (size_t i = 0; i < CLI_OPTION_COUNT; i++)
    if (is_common(&cli_option_table[i])) {
      option_item(&cli_option_table[i]);
      option_commands(&cli_option_table[i]);
    }
  list_end();
  environment();
  puts(".Sh FILES");
  list_begin();
  puts(".It Pa /etc/omadm/omadm.conf\nThe configuration, see\n.Xr omadm.conf 5 .\n"
       ".It Pa /var/lib/omadm\nThe state, owned by one process at a time.\n"
       "Mode 0700, files 0600.\n"
       ".It Pa /dev/tpmrm0\nThe TPM, where none is named.\n"
       ".It Pa /sys/kernel/security/tpm0/binary_bios_measurements\n"
       "The boot log of a TPM that is a device, where no other is named.\n"
       ".It Pa /sys/kernel/security/ima/binary_runtime_measurements\nIMA's list; the same.");
  list_end();
  puts(".Sh EXIT STATUS");
  list_begin();
  puts(".It 0\nIt is done.\n"
       ".It 1\nIt ran, and the answer is no: a session was aborted or broken off,\n"
       "a transcript differs, a DDF has errors, a node refused,\n"
       "a PCR differs, a log does not hold together, a quote does not verify.\n"
       ".It 2\nThe command line or the configuration is wrong,\n"
       "or names a file that is not there.\n"
       ".It 3\nThe surroundings failed: no server was reached,\n"
       "something may not be read or written, another process uses the state.");
  list_end();
  puts(".Sh EXAMPLES\nA session with the one configured server, recorded:\n.Pp\n"
       ".Dl omadm session --transcript /tmp/session.xml\n.Pp\nEverything that the device tells of "
       "itself:\n.Pp\n"
       ".Dl omadm tree list -r ./DevDetail\n.Pp\nThe transcripts of a folder, as TAP:\n.Pp\n"
       ".Dl omadm replay --format tap conformance/transcripts\n"
       ".Pp\nWhat the boot log tells of this machine's start, compared with its TPM:\n.Pp\n"
       ".Dl omadm tpm log\n"
       ".Sh SEE ALSO\n.Xr omadm.conf 5\n"
       ".Sh STANDARDS\n"
       "OMA-TS-DM_Protocol-V1_2_1, OMA-TS-DM_RepPro-V1_2_1 and OMA-TS-DM_TND-V1_2_1\n"
       "of the Open Mobile Alliance;\n"
       "[MS-MDM] of Microsoft.");
}

static void rule_item(const omadm_setting_rule *rule) {
  printf(".It Cm %s", rule->name);
  if (rule->words != NULL) {
    printf(" = Ar %s", rule->words);
  } else {
    static const char *const kinds[] = {
        [OMADM_SETTING_TEXT] = "text",     [OMADM_SETTING_NUMBER] = "number",
        [OMADM_SETTING_FILE] = "path",     [OMADM_SETTING_URL] = "url",
        [OMADM_SETTING_BASE64] = "base64", [OMADM_SETTING_NAME] = "name"};
    printf(" = Ar %s", kinds[rule->kind]);
  }
  putchar('\n');
  text(rule->text);
  if (rule->preset != NULL) printf("Default: %s.\n", rule->preset);
  if (rule->later == NULL) return;
  if (rule->later[0] == '\0')
    puts("Not in this version.");
  else
    printf("Not in this version: %s%s.\n", rule->later,
           rule->kind == OMADM_SETTING_WORD ? "" : "...");
}

static void quirk_items(void) {
  puts(".It Cm quirk\\&.NAME No = Ar tolerate|warn|refuse|strict\nThe same for one "
       "deviation.\nNames:");
  puts(".Bl -tag -width Ds -compact");
  for (int i = 0; i < OMADM_QUIRK_COUNT; i++) {
    char line[256];
    printf(".It Cm %s\n", omadm_quirk_name((omadm_quirk)i));
    snprintf(line, sizeof line, "%s", omadm_quirk_text((omadm_quirk)i));
    text(line);
  }
  list_end();
}

static void csp_sections(void) {
  const omadm_setting_rule *rule = NULL;
  const char *csp = NULL;
  for (size_t k = 0; (csp = config_csp_at(k)) != NULL; k++) {
    printf(".Ss Section csp.%s\n", csp);
    printf("The settings of the CSP %s.\n", csp);
    text(
        "A setting that it does not have, or that is malformed, is warned of; so is the section of "
        "a CSP that is not there.");
    list_begin();
    for (size_t i = 0; (rule = config_csp_rule_at(omadm_str_of(csp), i)) != NULL; i++)
      rule_item(rule);
    list_end();
  }
}

static void omadm_conf_5(void) {
  page_head("OMADM.CONF", 5, "omadm.conf", "configuration of omadm");
  puts(".Sh DESCRIPTION\nThe file has sections, and in them one\n.Dq key = value\na line, in "
       "UTF-8.\n"
       "A comment is a line that begins with\n.Sq \\&;\nor\n.Sq # ;\nthese characters mean nothing "
       "inside a value.\n"
       "A value does not go on in the next line: an indented line is an error.\n"
       "An unknown section or key is an error too, and so is a key that stands twice\n"
       "where it is not said that it may repeat.\n"
       ".Pp\nEvery key has a default but the url of a server.");
  for (size_t i = 0; i < CONFIG_SECTIONS; i++) {
    if (i == CONFIG_CSP + 1) csp_sections();
    const omadm_setting_rule *rule = NULL;
    printf(".Ss Section %s%s\n", config_sections[i].name,
           config_sections[i].is_named ? ".NAME" : "");
    text(config_sections[i].text);
    list_begin();
    for (size_t j = 0; (rule = config_rule_at((config_section_id)i, j)) != NULL; j++) {
      rule_item(rule);
      if (i == CONFIG_SERVER && strcmp(rule->name, "quirks") == 0) quirk_items();
    }
    list_end();
  }
  puts(".Sh FILES\n.Bl -tag -width Ds\n.It Pa /etc/omadm/omadm.conf\nRead where\n.Fl "
       "-config\nnames no other; it may be missing.\n.El\n"
       ".Sh EXAMPLES\n.Bd -literal\n[server.acme]\nurl = "
       "https://mdm.example.com/ManagementServer/MDM.svc\n"
       "dialect = windows\nclient-cert = /etc/omadm/device.pem\nclient-key = "
       "/etc/omadm/device.key\n\n"
       "[csp.Reboot]\ncommand = systemctl reboot\n.Ed\n.Sh SEE ALSO\n.Xr omadm 1");
}

int main(int argc, char **argv) {
  if (argc == 2 && strcmp(argv[1], "omadm.1") == 0)
    omadm_1();
  else if (argc == 2 && strcmp(argv[1], "omadm.conf.5") == 0)
    omadm_conf_5();
  else
    return 2;
  return fflush(stdout) == 0 ? 0 : 3;
}
