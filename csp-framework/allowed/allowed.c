/* SPDX-License-Identifier: MIT */
/* omadm_ddf_allows and omadm_ddf_allows_name. */
#include "csp-framework/allowed/allowed.h"

#include <stdarg.h>
#include <stdio.h>

#include "csp-framework/allowed/pattern.h"
#include "csp-framework/allowed/rules.h"
#include "csp-framework/allowed/schema.h"

enum {
  MAX_MEMBERS = 10000, /* of a list that is checked */
  MAX_COMPARED = 1000000, /* its members times the rule's choices */
  MAX_DOCUMENTS = 100 /* its members, where each is XML */
};

omadm_status rule_refuse(judgement *j, omadm_status status, const char *format, ...) {
  va_list ap;
  va_start(ap, format);
  vsnprintf(j->why, sizeof j->why, format, ap);
  va_end(ap);
  return status;
}

omadm_status rule_judge_regex(judgement *j) {
  const char *why = "";
  omadm_status status = pattern_match(j->rule->pattern, j->text, j->texts, &why);
  if (status == OMADM_ST_OK) return status;
  omadm_str text = j->rule->said->text;
  return rule_refuse(j, status, "%s %.*s", why, (int)(text.len < 120 ? text.len : 120), text.ptr);
}

omadm_status rule_judge_xsd(judgement *j) {
  return schema_validate(j->rule->schema, j->text, j->why, sizeof j->why);
}

typedef omadm_status (*judge_function)(judgement *j);

static const judge_function judges[OMADM_ALLOWED_UNKNOWN + 1] = {
    [OMADM_ALLOWED_ENUM] = rule_judge_enum,   [OMADM_ALLOWED_FLAG] = rule_judge_flag,
    [OMADM_ALLOWED_RANGE] = rule_judge_range, [OMADM_ALLOWED_REGEX] = rule_judge_regex,
    [OMADM_ALLOWED_XSD] = rule_judge_xsd,     [OMADM_ALLOWED_JSON] = rule_judge_json,
    [OMADM_ALLOWED_SDDL] = rule_judge_sddl,   [OMADM_ALLOWED_ADMX] = rule_judge_admx,
};

/* The sentence of a refusal. member: its number in the list; 0: the whole value. */
static void explain(const omadm_ddf *ddf, const judgement *j, const char *what, size_t member,
                    omadm_error *why) {
  const omadm_ddf_allowed *said = j->rule->said;
  char place[40] = "";
  char text[400];
  if (member > 0) snprintf(place, sizeof place, "member %zu of ", member);
  snprintf(text, sizeof text, "%sthe %s %s; AllowedValues %.*s in line %u of %.60s", place, what,
           j->why, (int)(said->kind_text.len < 20 ? said->kind_text.len : 20),
           said->kind_text.len > 0 ? said->kind_text.ptr : "", said->line, ddf->name);
  omadm_str_tame(text);
  omadm_error_set(why, OMADM_E_REFUSED, "%s", text);
}

/* ---- lists ---- */

/* Cuts the next member off *rest. False behind the last one. */
static bool next_member(omadm_str *rest, omadm_str delimiter, omadm_str *member) {
  if (rest->ptr == NULL) return false;
  const char *at = memmem(rest->ptr, rest->len, delimiter.ptr, delimiter.len);
  *member = *rest;
  if (at == NULL) {
    *rest = (omadm_str){NULL, 0};
    return true;
  }
  member->len = (size_t)(at - rest->ptr);
  size_t used = member->len + delimiter.len;
  *rest = (omadm_str){rest->ptr + used, rest->len - used};
  return true;
}

static size_t count_members(omadm_str value, omadm_str delimiter, size_t most) {
  size_t n = 0;
  omadm_str member;
  while (n <= most && next_member(&value, delimiter, &member))
    n++;
  return n;
}

static size_t most_members(const omadm_ddf_allowed *said) {
  if (said->kind == OMADM_ALLOWED_XSD || said->kind == OMADM_ALLOWED_ADMX) return MAX_DOCUMENTS;
  return said->n_choices > MAX_COMPARED / MAX_MEMBERS ? MAX_COMPARED / said->n_choices
                                                      : MAX_MEMBERS;
}

static omadm_status judge_list(const omadm_ddf *ddf, judgement *j, judge_function judge,
                               const char *what, omadm_error *why) {
  omadm_str rest = j->text;
  omadm_str delimiter = j->rule->said->delimiter;
  if (rest.len == 0) return OMADM_ST_OK; /* no members */
  const size_t most = most_members(j->rule->said);
  j->texts = count_members(rest, delimiter, most);
  if (j->texts > most) {
    rule_refuse(j, 0, "has more than %zu members", most);
    explain(ddf, j, what, 0, why);
    return OMADM_ST_TOO_LARGE;
  }
  for (size_t i = 1; next_member(&rest, delimiter, &j->text); i++) {
    omadm_status status = judge(j);
    if (status == OMADM_ST_OK) continue;
    explain(ddf, j, what, i, why);
    return status;
  }
  return OMADM_ST_OK;
}

/* ---- the two questions ---- */

static omadm_status allows(const omadm_ddf *ddf, uint32_t allowed, omadm_format format,
                           omadm_str value, const char *what, omadm_error *why) {
  if (ddf->rules == NULL || allowed >= ddf->allowed_count) return OMADM_ST_OK;
  const rule *r = &ddf->rules->rules[allowed];
  judge_function judge = judges[r->said->kind];
  if (judge == NULL) return OMADM_ST_OK;
  if (value.ptr == NULL) value = (omadm_str){"", 0};
  judgement j = {.rule = r, .format = format, .text = value, .texts = 1};
  if (r->said->is_list && r->said->delimiter.len > 0) return judge_list(ddf, &j, judge, what, why);
  omadm_status status = judge(&j);
  if (status != OMADM_ST_OK) explain(ddf, &j, what, 0, why);
  return status;
}

omadm_status omadm_ddf_allows(const omadm_ddf *ddf, uint32_t allowed, omadm_format format,
                              omadm_str value, omadm_error *why) {
  return allows(ddf, allowed, format, value, "value", why);
}

static const pattern *find_name(const struct allowed_rules *all, uint32_t node) {
  size_t low = 0;
  size_t high = all->n_names;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (all->names[middle].node < node) low = middle + 1;
    if (all->names[middle].node > node) high = middle;
    if (all->names[middle].node == node) return all->names[middle].pattern;
  }
  return NULL;
}

omadm_status omadm_ddf_allows_name(const omadm_ddf *ddf, uint32_t node, omadm_str name,
                                   omadm_error *why) {
  const omadm_ddf_node *n = ddf_node(ddf, node);
  if (ddf->rules == NULL || n == NULL || n->name.len > 0) return OMADM_ST_OK;
  const pattern *p = find_name(ddf->rules, node);
  if (p != NULL) {
    const char *what = "";
    omadm_str text = n->naming_pattern;
    omadm_status status = pattern_match(p, name, 1, &what);
    if (status != OMADM_ST_OK) {
      char shown[300];
      snprintf(shown, sizeof shown, "%s %.*s; UniqueName in line %u of %.60s", what,
               (int)(text.len < 120 ? text.len : 120), text.ptr, n->line, ddf->name);
      omadm_str_tame(shown);
      omadm_error_set(why, OMADM_E_REFUSED, "the name %s", shown);
      return status;
    }
  }
  /* AllowedValues of an interior node can be about nothing but its name. */
  if (n->format != OMADM_FORMAT_NODE) return OMADM_ST_OK;
  return allows(ddf, n->allowed, OMADM_FORMAT_CHR, name, "name", why);
}
