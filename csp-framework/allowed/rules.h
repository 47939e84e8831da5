/* SPDX-License-Identifier: MIT */
/* What AllowedValues are compiled to, and one judge for each kind. */
#ifndef OMADM_FRAMEWORK_ALLOWED_RULES_H
#define OMADM_FRAMEWORK_ALLOWED_RULES_H

#include <stdbool.h>

#include <omadm/ddf.h>
#include <omadm/status.h>

#include "base/str.h"

typedef struct rule_range {
  int64_t low, high; /* both belong to it */
} rule_range;

struct pattern;
struct schema;

/* One AllowedValues; of the last three only what its kind needs. */
typedef struct rule {
  const omadm_ddf_allowed *said;
  const rule_range *ranges;
  size_t n_ranges;
  const struct pattern *pattern;
  const struct schema *schema;
} rule;

/* A naming pattern of an unnamed node. */
typedef struct rule_name {
  uint32_t node;
  const struct pattern *pattern;
} rule_name;

struct allowed_rules {
  rule *rules; /* one for each of ddf->allowed */
  rule_name *names; /* in the order of nodes */
  size_t n_names;
  struct pattern **patterns; /* all that are to be freed */
  size_t n_patterns;
  struct schema **schemas;
  size_t n_schemas;
};

/* One question: a value, or one member of a list. */
typedef struct judgement {
  const rule *rule;
  omadm_format format;
  omadm_str text;
  size_t texts; /* as many as this one are asked about */
  char why[240]; /* the rest of a sentence that begins with "the value"; never what the value is,
                    which may be a secret */
} judgement;

/* Each answers 200, 415 and why, 413 where only the length is against it, or 500. */
omadm_status rule_judge_enum(judgement *j);
omadm_status rule_judge_flag(judgement *j);
omadm_status rule_judge_range(judgement *j);
omadm_status rule_judge_regex(judgement *j);
omadm_status rule_judge_xsd(judgement *j);
omadm_status rule_judge_json(judgement *j);
omadm_status rule_judge_sddl(judgement *j);
omadm_status rule_judge_admx(judgement *j);

/* Fills why and returns status. */
omadm_status rule_refuse(judgement *j, omadm_status status, const char *format, ...)
    OMADM_PRINTF(3, 4);

/* An integer, as AllowedValues write it: decimal or hexadecimal behind "0x", with
 * a sign, XML blanks around. False for anything else and beyond 64 bits. */
bool rule_read_number(omadm_str text, int64_t *number);
/*
 * Ranges: "[1-1440]", "[0]", "[6,17]", "[(-1)-2147483647]", several of these in a row; brackets may
 * be missing. Returns how many there are, 0 where the text is something else; at most n of them
 * stand in ranges.
 */
size_t rule_read_ranges(omadm_str text, rule_range *ranges, size_t n);

#endif
