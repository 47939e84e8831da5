/* SPDX-License-Identifier: MIT */
/* The syntax of a security descriptor as text ([MS-DTYP] 2.5.1). Whether a SID exists, and what a
 * condition says, is not judged. */
#include "csp-framework/allowed/rules.h"

typedef struct sddl {
  const char *at, *end;
} sddl;

/* Rows of two-letter words, one blank between them. */
static const char aliases[] = "AA AC AN AO AP AS AU BA BG BO BU CA CD CG CN CO CY DA DC DD DG DU "
                              "EA ED EK ER ES HA HI HO IS IU "
                              "KA LA LG LS LU LW ME MP MS MU NO NS NU OW PA PO PS PU RA RC RD RE "
                              "RM RO RS RU SA SI SO SS SU SY "
                              "UD WD WR";
static const char ace_flags[] = "CI OI NP IO ID SA FA TP CR";
static const char ace_rights[] =
    "GA GR GW GX RC SD WD WO RP WP CC DC LC SW LO DT CR FA FR FW FX KA KR KW KX NR NW NX";
static const char *const ace_types[] = {"A",  "D",  "OA", "OD", "AU", "AL", "OU", "OL", "XA",
                                        "XD", "ZA", "XU", "ML", "RA", "SP", "TL", "FL"};
static const char *const acl_flags[] = {"NO_ACCESS_CONTROL", "AR", "AI", "P"};

static bool take(sddl *s, char c) {
  bool here = s->at < s->end && *s->at == c;
  s->at += here;
  return here;
}

static bool take_pair(sddl *s, const char *words, size_t length) {
  if (s->end - s->at < 2) return false;
  for (size_t i = 0; i + 2 <= length; i += 3) {
    if (memcmp(words + i, s->at, 2) != 0) continue;
    s->at += 2;
    return true;
  }
  return false;
}

static bool is_hex(char c) {
  return c != '\0' && strchr("0123456789abcdefABCDEF", c) != NULL;
}

static size_t take_digits(sddl *s, bool hex, size_t most) {
  size_t n = 0;
  while (s->at < s->end && n < most && (hex ? is_hex(*s->at) : *s->at >= '0' && *s->at <= '9')) {
    s->at++;
    n++;
  }
  return n;
}

/* A number of so many bits, decimal or hexadecimal behind 0x. */
static bool take_number(sddl *s, unsigned bits) {
  bool hex = s->end - s->at > 2 && s->at[0] == '0' && omadm_ascii_lower(s->at[1]) == 'x';
  const char *start = s->at;
  int64_t number = 0;
  if (hex) s->at += 2;
  if (take_digits(s, hex, 16) == 0) return false;
  return rule_read_number((omadm_str){start, (size_t)(s->at - start)}, &number) &&
         number >> bits == 0;
}

/* S-1-5-21-…, with up to 15 sub-authorities, or an alias. */
static bool take_sid(sddl *s) {
  enum { MAX_SUBS = 15 };
  if (s->end - s->at < 4 || memcmp(s->at, "S-1-", 4) != 0)
    return take_pair(s, aliases, sizeof aliases - 1);
  s->at += 4;
  if (!take_number(s, 48)) return false;
  int subs = 0;
  while (take(s, '-')) {
    if (++subs > MAX_SUBS || !take_number(s, 32)) return false;
  }
  return subs > 0;
}

static bool take_guid(sddl *s) {
  static const size_t groups[] = {8, 4, 4, 4, 12};
  if (s->at < s->end && *s->at == ';') return true;
  for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
    if (i > 0 && !take(s, '-')) return false;
    if (take_digits(s, true, groups[i]) != groups[i]) return false;
  }
  return true;
}

static bool take_type(sddl *s) {
  const char *stop = memchr(s->at, ';', (size_t)(s->end - s->at));
  if (stop == NULL) return false;
  omadm_str type = {s->at, (size_t)(stop - s->at)};
  s->at = stop;
  for (size_t i = 0; i < sizeof ace_types / sizeof *ace_types; i++) {
    if (omadm_str_is(type, ace_types[i])) return true;
  }
  return false;
}

static bool take_rights(sddl *s) {
  if (s->at < s->end && *s->at >= '0' && *s->at <= '9') return take_number(s, 32);
  while (take_pair(s, ace_rights, sizeof ace_rights - 1)) {
  }
  return true;
}

/* A condition or an attribute: anything between parentheses that pair, quoted text aside. */
static bool take_condition(sddl *s) {
  size_t depth = 0;
  bool quoted = false;
  do {
    if (s->at == s->end) return false;
    char c = *s->at++;
    if (c == '"') quoted = !quoted;
    if (!quoted && c == '(') depth++;
    if (!quoted && c == ')') depth--;
    if (depth == 0 && c != ')') return false; /* it does not begin with one */
  } while (depth > 0);
  return true;
}

static bool take_ace(sddl *s) {
  if (!take(s, '(') || !take_type(s) || !take(s, ';')) return false;
  while (take_pair(s, ace_flags, sizeof ace_flags - 1)) {
  }
  if (!take(s, ';') || !take_rights(s) || !take(s, ';')) return false;
  if (!take_guid(s) || !take(s, ';') || !take_guid(s) || !take(s, ';')) return false;
  if (!take_sid(s)) return false;
  if (take(s, ';') && !take_condition(s)) return false;
  return take(s, ')');
}

static bool take_acl_flag(sddl *s) {
  for (size_t i = 0; i < sizeof acl_flags / sizeof *acl_flags; i++) {
    size_t n = strlen(acl_flags[i]);
    if ((size_t)(s->end - s->at) < n || memcmp(s->at, acl_flags[i], n) != 0) continue;
    s->at += n;
    return true;
  }
  return false;
}

static bool take_acl(sddl *s) {
  while (take_acl_flag(s)) {
  }
  while (s->at < s->end && *s->at == '(') {
    if (!take_ace(s)) return false;
  }
  return true;
}

/* O:, G:, D: and S:, each once at most. */
static bool take_parts(sddl *s) {
  static const char parts[] = "OGDS";
  bool seen[sizeof parts] = {false};
  while (s->at < s->end) {
    const char *part = *s->at != '\0' ? strchr(parts, *s->at) : NULL;
    if (part == NULL || seen[part - parts]) return false;
    seen[part - parts] = true;
    s->at++;
    if (!take(s, ':')) return false;
    bool is_sid = part - parts < 2;
    if (is_sid ? !take_sid(s) : !take_acl(s)) return false;
  }
  return true;
}

omadm_status rule_judge_sddl(judgement *j) {
  sddl s = {j->text.ptr, j->text.ptr + j->text.len};
  if (j->text.len == 0) return rule_refuse(j, OMADM_ST_BAD_FORMAT, "is empty");
  if (take_parts(&s)) return OMADM_ST_OK;
  return rule_refuse(j, OMADM_ST_BAD_FORMAT, "is no security descriptor (octet %zu)",
                     (size_t)(s.at - j->text.ptr));
}
