/* SPDX-License-Identifier: MIT */
/*
 * A command line is read twice. What is good counts only as the kernel itself reads it. What is bad
 * counts wherever it stands: the kernel, the scripts of an initrd and init each have a way of their
 * own with quotes, and only the kernel stops at "--".
 */
#include "tpm/eventlog/command_line.h"

#include "base/codec.h"
#include "base/str.h"
#include "tpm/eventlog/variable.h"

enum {
  LINE_MAX_OCTETS = 2047, /* COMMAND_LINE_SIZE of most: what is longer is cut, who knows where */
  WORD_MAX = 128,
  HASH_DIGITS = 64 /* dm-verity's SHA-256 */
};

typedef enum word_kind {
  WORD_NONE = 0,
  WORD_DEBUG,
  WORD_SAFE,
  WORD_NO_ROOT_VERITY,
  WORD_NO_USR_VERITY,
  WORD_NO_VERITY
} word_kind;

static bool is_hash(omadm_str value) {
  if (value.len != HASH_DIGITS) return false;
  for (size_t i = 0; i < value.len; i++) {
    if (omadm_hex_value(value.ptr[i]) < 0) return false;
  }
  return true;
}

static bool is_empty(omadm_str value) {
  return value.len == 0;
}

static bool is_verity_root(omadm_str value) {
  return omadm_str_is(value, "/dev/mapper/root");
}

static bool is_verity_usr(omadm_str value) {
  return omadm_str_is(value, "/dev/mapper/usr");
}

static bool is_init(omadm_str value) {
  return omadm_str_is(value, "/sbin/init") || omadm_str_is(value, "/lib/systemd/systemd") ||
         omadm_str_is(value, "/usr/lib/systemd/systemd");
}

/* As systemd reads a boolean. */
static bool is_no(omadm_str value) {
  static const char *const no[] = {"0", "no", "n", "false", "f", "off"};
  for (size_t i = 0; i < sizeof no / sizeof no[0]; i++) {
    if (omadm_str_equal_nocase(value, omadm_str_of(no[i]))) return true;
  }
  return false;
}

static bool is_whole_system(omadm_str unit) {
  static const char *const repair[] = {"rescue", "emergency", "debug-shell", "runlevel1"};
  for (size_t i = 0; i < sizeof repair / sizeof repair[0]; i++) {
    if (omadm_str_starts(unit, repair[i])) return false;
  }
  return true;
}

/* The first that fits counts. One that ends in "=" stands for all values but those that `but`
 * tells. Names are written with "_" alone.
 */
static const struct {
  const char *word;
  word_kind kind;
  bool (*but)(omadm_str value);
} words[] = {
    {"kgdboc=", WORD_DEBUG, is_empty},
    {"kgdbwait", WORD_DEBUG, NULL},
    {"kgdbwait=", WORD_DEBUG, NULL},
    {"ekgdboc=", WORD_DEBUG, is_empty},
    {"kgdbdbgp=", WORD_DEBUG, is_empty},
    {"kgdbcon", WORD_DEBUG, NULL},
    {"kgdbcon=", WORD_DEBUG, NULL},
    {"kgdboc.kgdboc=", WORD_DEBUG, is_empty},
    {"kgdboc_earlycon", WORD_DEBUG, NULL},
    {"kgdboc_earlycon=", WORD_DEBUG, NULL},
    {"single", WORD_SAFE, NULL},
    {"s", WORD_SAFE, NULL},
    {"S", WORD_SAFE, NULL},
    {"1", WORD_SAFE, NULL},
    {"emergency", WORD_SAFE, NULL},
    {"rescue", WORD_SAFE, NULL},
    {"-b", WORD_SAFE, NULL},
    {"rd.emergency", WORD_SAFE, NULL},
    {"rd.rescue", WORD_SAFE, NULL},
    {"systemd.unit=", WORD_SAFE, is_whole_system},
    {"rd.systemd.unit=", WORD_SAFE, is_whole_system},
    {"systemd.debug_shell", WORD_SAFE, NULL},
    {"systemd.debug_shell=", WORD_SAFE, is_no},
    {"rd.systemd.debug_shell", WORD_SAFE, NULL},
    {"rd.systemd.debug_shell=", WORD_SAFE, is_no},
    {"rd.shell", WORD_SAFE, NULL},
    {"rd.shell=", WORD_SAFE, is_no},
    {"rd.break", WORD_SAFE, NULL},
    {"rd.break=", WORD_SAFE, NULL},
    {"break", WORD_SAFE, NULL},
    {"break=", WORD_SAFE, NULL},
    {"systemd.wants=", WORD_SAFE, NULL},
    {"rd.systemd.wants=", WORD_SAFE, NULL},
    {"systemd.run=", WORD_SAFE, NULL},
    {"rd.systemd.run=", WORD_SAFE, NULL},
    {"systemd.set_credential=", WORD_SAFE, NULL},
    {"systemd.set_credential_binary=", WORD_SAFE, NULL},
    {"systemd.crash_shell", WORD_SAFE, NULL},
    {"systemd.crash_shell=", WORD_SAFE, is_no},
    {"rd.cmdline=", WORD_SAFE, NULL},
    /* What stands behind "--" is handed to init. */
    {"-_unit", WORD_SAFE, NULL},
    {"-_unit=", WORD_SAFE, is_whole_system},
    {"-_crash_shell", WORD_SAFE, NULL},
    {"-_crash_shell=", WORD_SAFE, is_no},
    {"init=", WORD_SAFE, is_init},
    {"rdinit=", WORD_SAFE, is_init},
    /* What takes the protection of roothash= and usrhash= away (systemd-veritysetup-generator). */
    {"root=", WORD_NO_ROOT_VERITY, is_verity_root},
    {"mount.usr=", WORD_NO_USR_VERITY, is_verity_usr},
    {"systemd.verity=", WORD_NO_VERITY, NULL},
    {"rd.systemd.verity=", WORD_NO_VERITY, NULL},
    {"systemd.verity_root_options=", WORD_NO_ROOT_VERITY, NULL},
    {"systemd.verity_usr_options=", WORD_NO_USR_VERITY, NULL},
    {"roothash=", WORD_NO_ROOT_VERITY, is_hash},
    {"usrhash=", WORD_NO_USR_VERITY, is_hash},
};

static word_kind classify(omadm_str word) {
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
    size_t n = strlen(words[i].word);
    bool open = words[i].word[n - 1] == '=';
    if (!(open ? omadm_str_starts(word, words[i].word) : omadm_str_is(word, words[i].word)))
      continue;
    omadm_str value = {word.ptr + n, word.len - n};
    return words[i].but != NULL && words[i].but(value) ? WORD_NONE : words[i].kind;
  }
  return WORD_NONE;
}

/* The kernel's isspace (lib/ctype.c), which takes an octet of UTF-8 for the blank of Latin-1. */
static bool is_blank(char c) {
  return omadm_is_space(c) || c == '\v' || c == '\f' || c == '\xA0';
}

/* What the words come to, however they are quoted, as a mask of 1 << word_kind. */
static unsigned find_words(omadm_str line) {
  char word[WORD_MAX];
  size_t n = 0;
  unsigned found = 0;
  bool named = false; /* the name is over: a value follows */
  for (size_t i = 0; i <= line.len; i++) {
    char c = i < line.len ? line.ptr[i] : ' ';
    if (c == '"' || c == '\'') continue;
    if (!is_blank(c) && c != '\0') {
      /* In names the two are one to the kernel and to systemd. */
      if (c == '-' && n > 0 && !named) c = '_';
      named = named || c == '=';
      if (n < sizeof word) word[n++] = c;
      continue;
    }
    found |= 1U << classify((omadm_str){word, n});
    n = 0;
    named = false;
  }
  return found;
}

/* A parameter as the kernel takes it from the line. */
typedef struct parameter {
  omadm_str name, value;
  bool valued; /* there is a "=", perhaps with nothing behind */
} parameter;

static void drop_last_quote(omadm_str *s) {
  if (s->len > 0 && s->ptr[s->len - 1] == '"') s->len--;
}

/* next_arg of lib/cmdline.c: quotes keep blanks together, and are taken off where a parameter or a
 * value begins with one; any other stays. */
static bool next_parameter(omadm_str *rest, parameter *p) {
  while (rest->len > 0 && is_blank(rest->ptr[0]))
    *rest = (omadm_str){rest->ptr + 1, rest->len - 1};
  if (rest->len == 0) return false;
  bool quoted = rest->ptr[0] == '"', inside = quoted;
  omadm_str text = {rest->ptr + quoted, rest->len - quoted};
  size_t end = 0, equals = 0;
  for (; end < text.len && (inside || !is_blank(text.ptr[end])); end++) {
    if (equals == 0 && text.ptr[end] == '=') equals = end;
    if (text.ptr[end] == '"') inside = !inside;
  }
  *rest = (omadm_str){text.ptr + end, text.len - end};
  text.len = end;
  *p = (parameter){.name = text, .valued = equals > 0};
  if (equals > 0) {
    p->name.len = equals;
    p->value = (omadm_str){text.ptr + equals + 1, end - equals - 1};
  }
  omadm_str *last = p->valued ? &p->value : &p->name;
  bool opened = p->valued && p->value.len > 0 && p->value.ptr[0] == '"';
  if (opened) p->value = (omadm_str){p->value.ptr + 1, p->value.len - 1};
  if (opened || quoted) drop_last_quote(last);
  return true;
}

static bool has_hash(const parameter *p) {
  return is_hash(p->value);
}

static bool is_enforce(const parameter *p) {
  return omadm_str_is(p->value, "enforce");
}

static bool is_lockdown(const parameter *p) {
  return omadm_str_is(p->value, "integrity") || omadm_str_is(p->value, "confidentiality");
}

/* A switch without a value is on (kernel/params.c). */
static bool is_on(const parameter *p) {
  return !p->valued || omadm_str_is(p->value, "1") || omadm_str_is(p->value, "y") ||
         omadm_str_is(p->value, "Y");
}

static bool lists_lockdown(const parameter *p) {
  static const char name[] = "lockdown";
  for (omadm_str rest = p->value; rest.len > 0;) {
    const char *comma = memchr(rest.ptr, ',', rest.len);
    size_t n = comma != NULL ? (size_t)(comma - rest.ptr) : rest.len;
    if (omadm_str_is((omadm_str){rest.ptr, n}, name)) return true;
    n += comma != NULL;
    rest = (omadm_str){rest.ptr + n, rest.len - n};
  }
  return false;
}

enum { IMA, MODULES, LOCKDOWN, LSM, ROOT, USR, PARAMETERS };

/* Parameters that enforce where `on` says so of their value; of several the last decides. For two
 * of them (module.sig_enforce, lockdown) the kernel would not let the last one undo the first: to
 * say less than is so is safe. */
static const struct {
  const char *name;
  bool (*on)(const parameter *p);
} parameters[PARAMETERS] = {
    [IMA] = {"ima_appraise", is_enforce},   [MODULES] = {"module.sig_enforce", is_on},
    [LOCKDOWN] = {"lockdown", is_lockdown}, [LSM] = {"lsm", lists_lockdown},
    [ROOT] = {"roothash", has_hash},        [USR] = {"usrhash", has_hash},
};

static bool is_named(omadm_str name, const char *known) {
  if (name.len != strlen(known)) return false;
  for (size_t i = 0; i < name.len; i++) {
    if ((name.ptr[i] == '-' ? '_' : name.ptr[i]) != known[i]) return false;
  }
  return true;
}

/* Octets that no boot loader hands on, and of which not every one makes the same. */
static bool is_odd(omadm_str line) {
  for (size_t i = 0; i < line.len; i++) {
    if ((unsigned char)line.ptr[i] < ' ' && line.ptr[i] != '\t') return true;
  }
  return line.len > LINE_MAX_OCTETS;
}

static bool enforces(omadm_str line, unsigned found) {
  bool on[PARAMETERS] = {[LSM] = true};
  parameter p;
  if (is_odd(line)) return false;
  while (next_parameter(&line, &p)) {
    if (!p.valued && omadm_str_is(p.name, "--")) break; /* what follows is init's */
    for (size_t i = 0; i < PARAMETERS; i++) {
      if (is_named(p.name, parameters[i].name)) on[i] = parameters[i].on(&p);
    }
  }
  bool verity = (found & 1U << WORD_NO_VERITY) == 0;
  return on[IMA] || on[MODULES] || (on[LOCKDOWN] && on[LSM]) ||
         (on[ROOT] && verity && (found & 1U << WORD_NO_ROOT_VERITY) == 0) ||
         (on[USR] && verity && (found & 1U << WORD_NO_USR_VERITY) == 0);
}

/* GRUB measures the kernel's path in front of what it hands to the kernel. */
static omadm_str without_path(omadm_str line) {
  size_t n = 0;
  while (n < line.len && line.ptr[n] != ' ')
    n++;
  return (omadm_str){line.ptr + n, line.len - n};
}

command_line command_line_read(const ipl *line) {
  command_line says = {.debug = true, .safe = true};
  omadm_buf utf8 = {0};
  omadm_buf_init(&utf8, NULL, 0);
  bool fine = line->utf16
                  ? utf16_add(line->text, &utf8)
                  : line->text.len > 0 && memchr(line->text.ptr, '\0', line->text.len) == NULL;
  omadm_str text = line->utf16 ? omadm_buf_str(&utf8) : without_path(line->text);
  if (fine) {
    unsigned found = find_words(text);
    says = (command_line){(found & 1U << WORD_DEBUG) != 0, (found & 1U << WORD_SAFE) != 0,
                          enforces(text, found)};
  }
  omadm_buf_dispose(&utf8);
  return says;
}
