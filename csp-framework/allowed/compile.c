/* SPDX-License-Identifier: MIT */
#include "csp-framework/allowed/allowed.h"

#include <stdio.h>

#include "csp-framework/allowed/pattern.h"
#include "csp-framework/allowed/rules.h"
#include "csp-framework/allowed/schema.h"

/* Of one DDF. Its text bounds the rest. */
enum {
  MAX_PATTERNS_SIZE = 32 * 1024 * 1024,
  MAX_SCHEMAS = 256,
  MAX_SCHEMAS_SIZE = 256 * 1024,
  MAX_DEFAULTS = 5000
};

typedef struct compiling {
  omadm_ddf *ddf;
  ddf_complaints *complaints;
  struct allowed_rules *all;
  size_t patterns_size, schemas_size;
} compiling;

static void warn(compiling *c, ddf_deviation deviation, uint32_t line, omadm_str kind,
                 const char *why) {
  ddf_warn(c->complaints, deviation, line, "the rule %.*s: %.150s",
           (int)(kind.len < 20 ? kind.len : 20), kind.len > 0 ? kind.ptr : "", why);
}

static omadm_err compile_pattern(compiling *c, omadm_str text, const pattern **made, char *why,
                                 size_t size) {
  struct allowed_rules *all = c->all;
  pattern *p = NULL;
  if (c->patterns_size > MAX_PATTERNS_SIZE) {
    snprintf(why, size, "the patterns of this file need too much memory");
    return OMADM_E_LIMIT;
  }
  omadm_err err = pattern_new(omadm_str_trim(text), &p, why, size);
  if (err != 0) return err;
  c->patterns_size += pattern_size(p);
  all->patterns[all->n_patterns++] = p;
  *made = p;
  return OMADM_OK;
}

/* ---- one function a kind: OK; NOMEM; else it cannot be enforced, and why ---- */

static omadm_err compile_choices(compiling *c, rule *r, char *why, size_t size) {
  (void)c;
  if (r->said->n_choices > 0) return OMADM_OK;
  snprintf(why, size, "it has no values");
  return OMADM_E_SYNTAX;
}

static omadm_err compile_flags(compiling *c, rule *r, char *why, size_t size) {
  int64_t flag = 0;
  for (size_t i = 0; i < r->said->n_choices; i++) {
    if (rule_read_number(r->said->choices[i].value, &flag) && flag >= 0) continue;
    snprintf(why, size, "value %zu of it is no number", i + 1);
    return OMADM_E_SYNTAX;
  }
  return compile_choices(c, r, why, size);
}

static omadm_err compile_ranges(compiling *c, rule *r, char *why, size_t size) {
  size_t n = rule_read_ranges(r->said->text, NULL, 0);
  if (n == 0) {
    snprintf(why, size, "it is not written as ranges like [1-5]");
    return OMADM_E_SYNTAX;
  }
  rule_range *ranges = omadm_arena_new(&c->ddf->arena, n, sizeof *ranges);
  if (ranges == NULL) return OMADM_E_NOMEM;
  r->n_ranges = rule_read_ranges(r->said->text, ranges, n);
  r->ranges = ranges;
  return OMADM_OK;
}

static omadm_err compile_regex(compiling *c, rule *r, char *why, size_t size) {
  if (omadm_str_trim(r->said->text).len > 0)
    return compile_pattern(c, r->said->text, &r->pattern, why, size);
  snprintf(why, size, "it has no pattern");
  return OMADM_E_SYNTAX;
}

static omadm_err compile_schema(compiling *c, rule *r, char *why, size_t size) {
  struct allowed_rules *all = c->all;
  schema *s = NULL;
  bool partly = false;
  if (all->n_schemas == MAX_SCHEMAS) {
    snprintf(why, size, "at most %d schemas of a file are read", MAX_SCHEMAS);
    return OMADM_E_LIMIT;
  }
  if (c->schemas_size > MAX_SCHEMAS_SIZE) {
    snprintf(why, size, "the schemas of this file are too much work");
    return OMADM_E_LIMIT;
  }
  omadm_err err = schema_new(r->said->text, &s, &partly, why, size);
  if (err != 0) return err;
  c->schemas_size += schema_size(s);
  all->schemas[all->n_schemas++] = s;
  r->schema = s;
  if (partly)
    warn(c, DDF_DEVIATION_RULE_PARTLY, r->said->line, r->said->kind_text,
         "what its schema takes from another one");
  return OMADM_OK;
}

typedef omadm_err (*compile_function)(compiling *c, rule *r, char *why, size_t size);

static const compile_function compilers[OMADM_ALLOWED_UNKNOWN + 1] = {
    [OMADM_ALLOWED_ENUM] = compile_choices, [OMADM_ALLOWED_FLAG] = compile_flags,
    [OMADM_ALLOWED_RANGE] = compile_ranges, [OMADM_ALLOWED_REGEX] = compile_regex,
    [OMADM_ALLOWED_XSD] = compile_schema,
};

static omadm_err compile_rule(compiling *c, omadm_ddf_allowed *said, rule *r) {
  char why[200] = "";
  compile_function compile = compilers[said->kind];
  r->said = said;
  omadm_err err = compile != NULL ? compile(c, r, why, sizeof why) : OMADM_OK;
  if (err == 0 || err == OMADM_E_NOMEM) return err;
  said->kind = OMADM_ALLOWED_UNKNOWN;
  warn(c, DDF_DEVIATION_RULE, said->line, said->kind_text, why);
  return OMADM_OK;
}

/* ---- names ---- */

static bool has_pattern(const omadm_ddf_node *node) {
  return node->name.len == 0 && node->naming == OMADM_NAMING_PATTERN &&
         omadm_str_trim(node->naming_pattern).len > 0;
}

static omadm_err compile_name(compiling *c, uint32_t i) {
  static const omadm_str kind = OMADM_STR("UniqueName");
  struct allowed_rules *all = c->all;
  const omadm_ddf_node *node = &c->ddf->nodes[i];
  const pattern *p = NULL;
  char why[200] = "";
  if (pattern_is_prose(node->naming_pattern)) {
    ddf_warn(c->complaints, DDF_DEVIATION_NAMING_PROSE, node->line, "UniqueName");
    return OMADM_OK;
  }
  omadm_err err = compile_pattern(c, node->naming_pattern, &p, why, sizeof why);
  if (err == OMADM_E_NOMEM) return err;
  if (err != 0) {
    warn(c, DDF_DEVIATION_RULE, node->line, kind, why);
    return OMADM_OK;
  }
  all->names[all->n_names++] = (rule_name){i, p};
  return OMADM_OK;
}

/* ---- room ---- */

static omadm_err make_room(compiling *c) {
  omadm_ddf *ddf = c->ddf;
  omadm_arena *arena = &ddf->arena;
  size_t names = 0;
  size_t patterns = 0;
  size_t schemas = 0;
  for (uint32_t i = 0; i < ddf->node_count; i++)
    names += has_pattern(&ddf->nodes[i]);
  for (uint32_t i = 0; i < ddf->allowed_count; i++) {
    patterns += ddf->allowed[i].kind == OMADM_ALLOWED_REGEX;
    schemas += ddf->allowed[i].kind == OMADM_ALLOWED_XSD;
  }
  struct allowed_rules *all = omadm_arena_new(arena, 1, sizeof *all);
  if (all == NULL) return OMADM_E_NOMEM;
  all->rules = omadm_arena_new(arena, ddf->allowed_count, sizeof *all->rules);
  all->names = omadm_arena_new(arena, names, sizeof *all->names);
  all->patterns = omadm_arena_new(arena, names + patterns, sizeof(pattern *));
  all->schemas = omadm_arena_new(arena, schemas, sizeof(schema *));
  bool made =
      all->rules != NULL && all->names != NULL && all->patterns != NULL && all->schemas != NULL;
  if (!made) return OMADM_E_NOMEM;
  ddf->rules = all;
  c->all = all;
  return OMADM_OK;
}

/* ---- defaults ---- */

/* Judging takes its time, and a file may have very many. */
static void check_defaults(compiling *c) {
  const omadm_ddf *ddf = c->ddf;
  size_t n = 0;
  for (uint32_t i = 0; i < ddf->node_count && n < MAX_DEFAULTS; i++) {
    const omadm_ddf_node *d = &ddf->nodes[i];
    omadm_error why = {0};
    if (!d->has_default || d->allowed == OMADM_DDF_NONE || d->format == OMADM_FORMAT_NODE) continue;
    n++;
    if (omadm_ddf_allows(ddf, d->allowed, d->format, d->default_value, &why) != OMADM_ST_OK)
      ddf_warn(c->complaints, DDF_DEVIATION_DEFAULT_FORBIDDEN, d->line, "%.150s", why.text);
  }
}

/* ---- all of it ---- */

omadm_err allowed_compile(omadm_ddf *ddf, ddf_complaints *complaints) {
  compiling c = {.ddf = ddf, .complaints = complaints};
  omadm_err err = make_room(&c);
  for (uint32_t i = 0; i < ddf->allowed_count && err == 0; i++)
    err = compile_rule(&c, &ddf->allowed[i], &c.all->rules[i]);
  for (uint32_t i = 0; i < ddf->node_count && err == 0; i++) {
    if (has_pattern(&ddf->nodes[i])) err = compile_name(&c, i);
  }
  if (err == 0 && complaints->report != NULL) check_defaults(&c);
  return err;
}

void allowed_free(omadm_ddf *ddf) {
  struct allowed_rules *all = ddf->rules;
  if (all == NULL) return;
  for (size_t i = 0; i < all->n_patterns; i++)
    pattern_free(all->patterns[i]);
  for (size_t i = 0; i < all->n_schemas; i++)
    schema_free(all->schemas[i]);
  ddf->rules = NULL;
}
