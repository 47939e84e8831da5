/* SPDX-License-Identifier: MIT */
/* The sections of omadm.conf(5) and their keys. */
#include "base/str.h"
#include "cli/config.h"

static const omadm_setting_rule device_rules[] = {
    {"id", OMADM_SETTING_TEXT, NULL, NULL, NULL,
     "The name of this device: DevId, and Source of each message. Without it one is made from "
     "machine-id and kept."},
    {"user", OMADM_SETTING_WORD, "single|none", NULL, "single",
     "Who ./User is: single, the one user of the device; none, nobody is signed in: 500."},
    {"os-build", OMADM_SETTING_TEXT, NULL, NULL, NULL,
     "The build that the device counts as, as 10.0.22621.1234. A node whose DDF says that it came "
     "with a later one is answered 404 and not listed. Without it any build counts."},
    {"edition", OMADM_SETTING_TEXT, NULL, NULL, NULL,
     "The edition that the device counts as, by its number, as 72 or 0x48. A node that is not for "
     "it is answered 404 and not listed. Without it any edition counts."},
    {"join", OMADM_SETTING_WORD, "none|entra", NULL, NULL,
     "Whether the device is joined to Entra ID. With none, a node that needs it is answered 404 "
     "and not listed. Without this setting such nodes are there."},
};

static const omadm_setting_rule tree_rules[] = {
    {"ddf", OMADM_SETTING_FILE, NULL, NULL, NULL, "A folder of DDF files, as --ddf. May repeat."},
    {"csp", OMADM_SETTING_FILE, NULL, NULL, NULL, "A folder of plugins, as --csp. May repeat."},
};

static const omadm_setting_rule csp_rules[] = {
    {"isolate", OMADM_SETTING_WORD, "none|process", NULL, "none",
     "How the CSP runs: none, within omadm; process, in a process of its own that has no network, "
     "starts no program and opens no files but its own."},
    {"file", OMADM_SETTING_FILE, NULL, NULL, NULL,
     "The plugin's file in its folder. By default the one that is called like the CSP; letter "
     "case, - and _ do not count (health-attestation.so is that of HealthAttestation). Where "
     "isolate = process finds no file, plugins that no section names are not loaded."},
    {"user", OMADM_SETTING_TEXT, NULL, NULL, "omadm-csp",
     "The user of that process where omadm is root's; otherwise it keeps omadm's own."},
    {"allow", OMADM_SETTING_FILE, NULL, NULL, NULL,
     "A file or a folder that this process may read and write, as far as its user may. May "
     "repeat."},
    {"memory", OMADM_SETTING_NUMBER, "33554432-1099511627776", NULL, "536870912",
     "Octets of address space that this process may have."},
    {"slot-time", OMADM_SETTING_NUMBER, "1-3600", NULL, NULL,
     "Seconds that this process may take for one call; then it is ended and a new one is begun. By "
     "default command-time of [limits]."},
    {"cpu-time", OMADM_SETTING_NUMBER, "1-4000000000", NULL, NULL,
     "Seconds of CPU time that this process may use, all in all; then it is ended and a new one is "
     "begun. By default there is no such limit."},
    {"network", OMADM_SETTING_WORD, "yes|no", NULL, "yes",
     "Whether omadm makes HTTP exchanges for this process, to whatever omadm itself can reach."},
    {"tpm", OMADM_SETTING_WORD, "yes|no", NULL, "yes",
     "Whether omadm calls the TPM for this process: keys of its own, quotes, the boot log."},
};

static const omadm_setting_rule tpm_rules[] = {
    {"provider", OMADM_SETTING_TEXT, NULL, NULL, "tss2:device:/dev/tpmrm0",
     "The TPM, as --tpm: tss2:TCTI, recorded:DIR or none."},
    {"event-log", OMADM_SETTING_FILE, NULL, NULL, NULL,
     "The boot log (TCG), as --event-log. By default the kernel's where the provider is a device, "
     "the recording's where it is one."},
    {"ima-log", OMADM_SETTING_FILE, NULL, NULL, NULL,
     "IMA's list of measurements, as --ima-log. The same default."},
    {"deadline", OMADM_SETTING_NUMBER, "1-3600", NULL, "60",
     "Seconds that one call of the TPM may take. Then it has failed: it is not made again."},
};

static const omadm_setting_rule log_rules[] = {
    {"level", OMADM_SETTING_WORD, "error|warn|info|debug", NULL, "warn",
     "What is logged to standard error; -v and -vv raise it."},
    {"wire", OMADM_SETTING_FILE, NULL, NULL, NULL,
     "A file that each session's messages are written to, secrets masked, as --transcript does. It "
     "is replaced by the next."},
};

static const omadm_setting_rule limit_rules[] = {
#define LIMIT_RULE(field, name, value, least, most, text)                                          \
  {name, OMADM_SETTING_NUMBER, #least "-" #most, NULL, #value, text "."},
    OMADM_LIMITS(LIMIT_RULE)
#undef LIMIT_RULE
};

/* [csp.Reboot], read by csps/reboot. */
static const omadm_setting_rule reboot_rules[] = {
    {"method", OMADM_SETTING_WORD, "command|logind", NULL, "command",
     "How the device restarts: by the command, or by systemd-logind over D-Bus, which keeps "
     "schedules too. Without logind what is below Schedule is answered 406."},
    {"command", OMADM_SETTING_TEXT, NULL, NULL, NULL,
     "What RebootNow runs with /bin/sh when the session is over. Without it nothing is run: "
     "RebootNow still answers 200, and one line in the log says what would have been done; the "
     "server is not told."},
    {"timeout", OMADM_SETTING_NUMBER, "1-3600", NULL, "60",
     "Seconds that the command, or a call of logind, may take; then it is ended and the server "
     "told."},
    {"bus", OMADM_SETTING_TEXT, NULL, NULL, NULL,
     "The address of the bus that logind is on, where it is not the system's."},
    {"alert", OMADM_SETTING_WORD, "yes|no", NULL, "no",
     "Whether the server is told of success too, with a Generic Alert (urn:omadm:alert:reboot) in "
     "a "
     "further session. Of a failure it is told in any case."},
};

/* [csp.HealthAttestation], read by csps/health-attestation. */
static const omadm_setting_rule health_attestation_rules[] = {
    {"ca", OMADM_SETTING_FILE, NULL, NULL, NULL,
     "Certificates (PEM) that may sign those of the attestation services; by default the "
     "system's."},
    {"ek-chain", OMADM_SETTING_FILE, NULL, NULL, NULL,
     "Certificates (PEM) between that of the endorsement key and its maker's root, where the TPM "
     "does not hold them itself."},
    {"bank", OMADM_SETTING_WORD, "auto|sha256|sha384|sha1", NULL, "auto",
     "The bank of PCRs that is quoted; auto: the first of sha256, sha384 and sha1 that the TPM and "
     "the boot log have."},
    {"signature", OMADM_SETTING_WORD, "sha256|sha1", NULL, "sha256",
     "What the attestation key signs with. sha1 is for services that know nothing else."},
    {"request-key", OMADM_SETTING_WORD, "quote|certify", NULL, "quote",
     "How the key that signs a request to an Azure-style service is bound to the TPM: by what is "
     "quoted, or by a certification."},
    {"protocol", OMADM_SETTING_WORD, "v2|v1", NULL, "v2",
     "The version of the protocol with an Azure-style service."},
    {"services", OMADM_SETTING_TEXT, NULL, NULL, NULL,
     "The only attestation services that a server may name, HOST or HOST:PORT (443 if none), with "
     "blanks between: another HASEndpoint is refused (415; Status 27 where it was set before), as "
     "is another serviceEndpoint (400). The default of HASEndpoint has to be here too where it is "
     "used. Without this setting a server may name any."},
    {"timeout", OMADM_SETTING_NUMBER, "1-3600", NULL, "60",
     "Seconds that one attestation may take. No call of the TPM begins after that, and one that "
     "timed out is not made again: it ends within this and the deadline of [tpm]."},
};

/* What csps/fumo and csps/scomo read in the same way (csps/operations). */
#define COMMAND_TEXT                                                                               \
  ": an absolute path and arguments, with blanks between; no shell. Without it the operation is "  \
  "answered 406."
#define COMMAND_RULE(what) OMADM_SETTING_TEXT, NULL, NULL, NULL, "What " what COMMAND_TEXT
#define TIMEOUT_RULE                                                                               \
  OMADM_SETTING_NUMBER, "1-604800", NULL, "3600", "Seconds that it may take; then it is ended."
#define FOLDER_RULE                                                                                \
  OMADM_SETTING_FILE, NULL, NULL, NULL,                                                            \
      "The folder for packages, made where it is missing. Without it the commands keep packages "  \
      "themselves, and a server cannot deliver one."
#define SCHEMES_RULE                                                                               \
  OMADM_SETTING_TEXT, NULL, NULL, "https http",                                                    \
      "The schemes that the URL of a package may have, with blanks between."
#define CODES_RULE                                                                                 \
  OMADM_SETTING_TEXT, NULL, NULL, NULL,                                                            \
      "Result codes for exit statuses of the commands: STATUS:CODE, with blanks between."

static const omadm_setting_rule fumo_rules[] = {
    {"download-command", COMMAND_RULE("fetches a package")},
    {"download-timeout", TIMEOUT_RULE},
    {"update-command", COMMAND_RULE("installs it")},
    {"update-timeout", TIMEOUT_RULE},
    {"folder", FOLDER_RULE},
    {"schemes", SCHEMES_RULE},
    {"exit-codes", CODES_RULE},
    {"keep-package", OMADM_SETTING_WORD, "yes|no", NULL, "no",
     "Whether a package stays on the device when it was installed."},
};

static const omadm_setting_rule scomo_rules[] = {
    {"download-command", COMMAND_RULE("fetches a package")},
    {"download-timeout", TIMEOUT_RULE},
    {"install-command", COMMAND_RULE("installs it")},
    {"install-timeout", TIMEOUT_RULE},
    {"remove-command", COMMAND_RULE("removes a component, or a package")},
    {"remove-timeout", TIMEOUT_RULE},
    {"activate-command", COMMAND_RULE("makes a component active")},
    {"activate-timeout", TIMEOUT_RULE},
    {"deactivate-command", COMMAND_RULE("makes a component inactive")},
    {"deactivate-timeout", TIMEOUT_RULE},
    {"folder", FOLDER_RULE},
    {"schemes", SCHEMES_RULE},
    {"exit-codes", CODES_RULE},
};

/* [csp.RootCATrustedCertificates], read by csps/root-certificates. */
static const omadm_setting_rule root_certificates_rules[] = {
    {"folder", OMADM_SETTING_FILE, NULL, NULL, NULL,
     "The folder that certificates are kept in, made where it is missing; nobody else may write "
     "it. Without it there are none, and an Add is answered 406."},
};

/* [csp.Systemd], read by csps/systemd. */
static const omadm_setting_rule systemd_rules[] = {
    {"units", OMADM_SETTING_TEXT, NULL, NULL, NULL,
     "Names of units, with blanks between: those that are there for a server. Without it there are "
     "none."},
    {"permit", OMADM_SETTING_TEXT, NULL, NULL, NULL,
     "What a server may do to them, of start, stop, restart and enable, with blanks between. What "
     "does not stand here is answered 403."},
    {"timeout", OMADM_SETTING_NUMBER, "1-3600", NULL, "90",
     "Seconds that systemd may take; then it has failed."},
    {"bus", OMADM_SETTING_TEXT, NULL, NULL, NULL,
     "The address of the bus that systemd is on, where it is not the system's."},
};

#define RULES(rules) rules, sizeof rules / sizeof rules[0]

static const struct {
  const char *csp;
  const omadm_setting_rule *rules;
  size_t n;
} csps[] = {
    {"FUMO", RULES(fumo_rules)},     {"HealthAttestation", RULES(health_attestation_rules)},
    {"Reboot", RULES(reboot_rules)}, {"RootCATrustedCertificates", RULES(root_certificates_rules)},
    {"SCOMO", RULES(scomo_rules)},   {"Systemd", RULES(systemd_rules)},
};

const config_section config_sections[CONFIG_SECTIONS] = {
    [CONFIG_DEVICE] = {"device", false, false, RULES(device_rules), "The device itself."},
    [CONFIG_SERVER] = {"server", true, false, NULL, 0,
                       "[server.ID]: an account. It is copied into the tree (./SyncML/DMAcc) when "
                       "its text differs from what was copied last. "
                       "The account of a section that is gone is removed."},
    [CONFIG_TREE] = {"tree", false, false, RULES(tree_rules), "What makes up the management tree."},
    [CONFIG_CSP] = {"csp", true, true, RULES(csp_rules),
                    "[csp.NAME]: settings of one CSP. Keys other than these are given to it as "
                    "they stand; these are not."},
    [CONFIG_TPM] = {"tpm", false, false, RULES(tpm_rules), "The TPM of this device."},
    [CONFIG_LOG] = {"log", false, false, RULES(log_rules), "The log."},
    [CONFIG_LIMITS] =
        {"limits", false, false, RULES(limit_rules),
         "What is too much, and what happens then. Times are in seconds, sizes in octets."},
};

const omadm_setting_rule *config_rule_at(config_section_id section, size_t i) {
  if (section == CONFIG_SERVER) return omadm_account_rule_at(i);
  return i < config_sections[section].n_rules ? &config_sections[section].rules[i] : NULL;
}

const omadm_setting_rule *config_rule_find(config_section_id section, omadm_str key) {
  if (section == CONFIG_SERVER) return omadm_account_rule_find(key);
  for (size_t i = 0; i < config_sections[section].n_rules; i++)
    if (omadm_str_is(key, config_sections[section].rules[i].name))
      return &config_sections[section].rules[i];
  return NULL;
}

bool config_may_repeat(config_section_id section, omadm_str key) {
  return (section == CONFIG_TREE && (omadm_str_is(key, "ddf") || omadm_str_is(key, "csp"))) ||
         (section == CONFIG_CSP && omadm_str_is(key, "allow"));
}

const omadm_setting_rule *config_csp_rule_at(omadm_str csp, size_t i) {
  for (size_t k = 0; k < sizeof csps / sizeof csps[0]; k++)
    if (omadm_str_is(csp, csps[k].csp)) return i < csps[k].n ? &csps[k].rules[i] : NULL;
  return NULL;
}

const char *config_csp_at(size_t i) {
  return i < sizeof csps / sizeof csps[0] ? csps[i].csp : NULL;
}
