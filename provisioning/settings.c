/* SPDX-License-Identifier: MIT */
#include <omadm/account.h>
#include <omadm/acl.h>

#include "base/codec.h"
#include "base/str.h"
#include "provisioning/layout.h"

const account_node account_nodes[ACCOUNT_NODE_COUNT] = {
#define ACCOUNT_NODE_ROW(name, setting, node, format) {setting, node, OMADM_FORMAT_##format},
    ACCOUNT_NODES(ACCOUNT_NODE_ROW)
#undef ACCOUNT_NODE_ROW
};

const auth_type_word auth_type_words[OMADM_AUTH_TYPES] = {[OMADM_AUTH_NONE] = {"none", "none"},
                                                          [OMADM_AUTH_BASIC] = {"basic", "BASIC"},
                                                          [OMADM_AUTH_MD5] = {"md5", "DIGEST"},
                                                          [OMADM_AUTH_MAC] = {"mac", "HMAC"}};

const auth_side_words auth_sides[] = {
    [OMADM_AUTH_CLIENT] = {"CLCRED", "client", "auth", "user", "secret", "nonce"},
    [OMADM_AUTH_SERVER] = {"SRVCRED", "server", "server-auth", "server-user", "server-secret",
                           "server-nonce"}};

/* The ranges of [limits]. */
static const struct {
#define RANGE_FIELD(field, name, value, least, most, text) char field[sizeof(#least "-" #most)];
  OMADM_LIMITS(RANGE_FIELD)
#undef RANGE_FIELD
} ranges = {
#define RANGE_TEXT(field, name, value, least, most, text) #least "-" #most,
    OMADM_LIMITS(RANGE_TEXT)
#undef RANGE_TEXT
};

#define AUTH_WORDS "none|basic|md5|mac"

static const omadm_setting_rule rules[] = {
    {"server-id", OMADM_SETTING_NAME, NULL, NULL, NULL,
     "The ServerID of ACLs and notifications, where it is not the name of the section."},
    {"name", OMADM_SETTING_TEXT, NULL, NULL, NULL, "A name of the server for people."},
    {"url", OMADM_SETTING_URL, NULL, NULL, NULL, "The address of the server. Required."},
    {"dialect", OMADM_SETTING_WORD, "oma|windows", NULL, "oma",
     "What the server speaks: OMA DM 1.2 as written, or as the Windows MDM protocol has it."},
    {"quirks", OMADM_SETTING_WORD, "tolerate|warn|refuse|strict", NULL, "tolerate",
     "What becomes of the known deviations of servers: accepted, accepted with a line in the log, "
     "or refused."},
    {"ca", OMADM_SETTING_FILE, NULL, NULL, NULL,
     "A file of certificates (PEM) that may sign the server's. Without it those of the system are "
     "used."},
    {"client-cert", OMADM_SETTING_FILE, NULL, NULL, NULL,
     "The certificate (PEM) that the device shows to the server."},
    {"client-key", OMADM_SETTING_FILE, NULL, "tpm:", NULL,
     "The private key (PEM) of that certificate."},
    {"hosts", OMADM_SETTING_TEXT, NULL, NULL, NULL,
     "Further hosts that RespURI and redirects may name, separated by blanks or commas."},
    {"auth", OMADM_SETTING_WORD, AUTH_WORDS, NULL, "none",
     "How the device proves itself within SyncML."},
    {"user", OMADM_SETTING_TEXT, NULL, NULL, NULL, "The name of the device for auth."},
    {"secret", OMADM_SETTING_TEXT, NULL, NULL, NULL, "The password of the device for auth."},
    {"nonce", OMADM_SETTING_BASE64, NULL, NULL, NULL, "The first nonce for auth, in base64."},
    {"server-auth", OMADM_SETTING_WORD, AUTH_WORDS, NULL, "none",
     "How the server proves itself within SyncML."},
    {"server-user", OMADM_SETTING_TEXT, NULL, NULL, NULL,
     "The name of the server for server-auth, where it is not its ServerID."},
    {"server-secret", OMADM_SETTING_TEXT, NULL, NULL, NULL,
     "The password of the server for server-auth."},
    {"server-nonce", OMADM_SETTING_BASE64, NULL, NULL, NULL,
     "The first nonce for server-auth, in base64."},
    {"server-auth-each", OMADM_SETTING_WORD, "no|yes", NULL, "no",
     "Whether the server proves itself with each message, not once a session. With mac it always "
     "does."},
    {"encoding", OMADM_SETTING_WORD, "xml|wbxml", NULL, "xml", "How messages are written."},
    {"rights", OMADM_SETTING_WORD, "full|standard", NULL, "full",
     "What the ACL of the root gives this server: every right, or what everybody has. In the "
     "windows dialect it counts only where the device guards a node (an ACL from the factory, "
     "accounts)."},
    {"max-msg-size", OMADM_SETTING_NUMBER, ranges.max_msg_size, NULL, NULL,
     "As in [limits], for this server."},
    {"max-obj-size", OMADM_SETTING_NUMBER, ranges.max_obj_size, NULL, NULL,
     "As in [limits], for this server."},
};

const omadm_setting_rule *omadm_account_rule_at(size_t i) {
  return i < sizeof rules / sizeof rules[0] ? &rules[i] : NULL;
}

const omadm_setting_rule *omadm_account_rule_find(omadm_str name) {
  if (omadm_str_starts(name, "quirk.")) name = omadm_str_of("quirks");
  for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
    if (omadm_str_is(name, rules[i].name)) return &rules[i];
  return NULL;
}

/* Is value one of the words of "a|b|c"? */
static bool is_word_of(const char *words, omadm_str value) {
  if (value.len == 0) return false;
  for (const char *at = words; *at != '\0';) {
    size_t n = strcspn(at, "|");
    if (n == value.len && memcmp(at, value.ptr, n) == 0) return true;
    at += n;
    if (*at == '|') at++;
  }
  return false;
}

static const char *check_word(const omadm_setting_rule *rule, omadm_str value) {
  return is_word_of(rule->words, value) ? NULL : rule->words;
}

static const char *check_number(const omadm_setting_rule *rule, omadm_str value) {
  uint64_t number = 0;
  uint64_t least = 1;
  uint64_t most = UINT64_MAX;
  if (rule->words != NULL) {
    size_t n = strcspn(rule->words, "-");
    (void)omadm_str_u64((omadm_str){rule->words, n}, &least);
    (void)omadm_str_u64(omadm_str_of(rule->words + n + 1), &most);
  }
  if (omadm_str_u64(value, &number) && number >= least && number <= most) return NULL;
  return rule->words != NULL ? rule->words : "a decimal number from 1 on";
}

static const char *check_file(const omadm_setting_rule *rule, omadm_str value) {
  bool later = rule->later != NULL && omadm_str_starts(value, rule->later);
  return later || value.ptr[0] == '/' ? NULL : "a path from the root on (\"/…\")";
}

static const char *check_url(const omadm_setting_rule *rule, omadm_str value) {
  (void)rule;
  const char *wanted = "an address that begins with http:// or https://";
  size_t scheme = omadm_str_starts(value, "https://")  ? 8
                  : omadm_str_starts(value, "http://") ? 7
                                                       : 0;
  if (scheme == 0 || value.len == scheme || value.ptr[scheme] == '/') return wanted;
  for (size_t i = 0; i < value.len; i++)
    if (value.ptr[i] <= ' ' || value.ptr[i] > '~') return wanted;
  return NULL;
}

static const char *check_base64(const omadm_setting_rule *rule, omadm_str value) {
  (void)rule;
  omadm_buf octets;
  omadm_buf_init(&octets, NULL, 0);
  omadm_err err = omadm_base64_decode(value, &octets);
  omadm_buf_dispose(&octets);
  return err == 0 ? NULL : "base64";
}

/* id = 1*( printable except "=" "&" "*" "+" and white space ), OMA-TS-DM_TND 7.7.1. */
static const char *check_name(const omadm_setting_rule *rule, omadm_str value) {
  (void)rule;
  /* It stands in ACLs, in URIs and before people: what they cannot tell apart is no name. */
  bool good = omadm_acl_is_id(value);
  for (size_t i = 0; i < value.len; i++)
    if ((unsigned char)value.ptr[i] > '~') good = false;
  if (!good) return "a name of visible ASCII characters without = & * +";
  if (omadm_str_is(value, ".") || omadm_str_is(value, "..")) return "a name other than . and ..";
  return NULL;
}

/* What each kind wants: NULL where the value has it. Values are not empty. */
static const char *(*const checks[])(const omadm_setting_rule *, omadm_str) = {
    [OMADM_SETTING_WORD] = check_word,     [OMADM_SETTING_NUMBER] = check_number,
    [OMADM_SETTING_FILE] = check_file,     [OMADM_SETTING_URL] = check_url,
    [OMADM_SETTING_BASE64] = check_base64, [OMADM_SETTING_NAME] = check_name,
};

static bool is_for_later(const omadm_setting_rule *rule, omadm_str value) {
  if (rule->later == NULL) return false;
  return rule->kind == OMADM_SETTING_WORD ? is_word_of(rule->later, value)
                                          : omadm_str_starts(value, rule->later);
}

omadm_err omadm_setting_check(const omadm_setting_rule *rule, omadm_str value, omadm_error *error) {
  const char *wanted = NULL;
  if (value.len == 0) {
    wanted = "a value";
  } else if ((size_t)rule->kind < sizeof checks / sizeof checks[0] && checks[rule->kind] != NULL) {
    wanted = checks[rule->kind](rule, value);
  }
  /* Secrets are settings too: only a value that is one of a few words is repeated in a message. */
  if (wanted != NULL && rule->kind == OMADM_SETTING_WORD)
    return omadm_error_set(error, OMADM_E_ARGUMENT, "%s = %.*s: it must be one of %s", rule->name,
                           (int)(value.len < 40 ? value.len : 40), value.ptr, wanted);
  if (wanted != NULL)
    return omadm_error_set(error, OMADM_E_ARGUMENT, "%s: it must be %s%s", rule->name,
                           wanted == rule->words ? "a number in the range " : "", wanted);
  if (is_for_later(rule, value))
    return omadm_error_set(error, OMADM_E_UNSUPPORTED,
                           "%s = %.*s: this version of omadm does not do that", rule->name,
                           (int)value.len, value.ptr);
  return 0;
}
