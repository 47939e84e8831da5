/* SPDX-License-Identifier: MIT */
#include "csp-framework/enforce.h"

#include <stdarg.h>
#include <stdio.h>

#include "csp-framework/append.h"
#include "csp-framework/applies.h"
#include "csp-framework/depends.h"
#include "csp-framework/dispatch.h"
#include "csp-framework/member.h"
#include "csp-framework/reboots.h"
#include "csp-framework/request.h"
#include "csp-framework/value.h"
#include "csp-framework/values.h"

/* Is there a value that the rule forbids? */
static bool forbids(const omadm_ddf *ddf, uint32_t rule) {
  const omadm_ddf_allowed *allowed = omadm_ddf_allowed_at(ddf, rule);
  return allowed != NULL && allowed->kind != OMADM_ALLOWED_NONE &&
         allowed->kind != OMADM_ALLOWED_UNKNOWN;
}

/* What the node says itself, and what it has from the node above. */
static unsigned rules_of(const omadm_framework *fw, const omadm_ddf *ddf, const omadm_ddf_node *d,
                         unsigned above) {
  unsigned rules = above & (ENFORCE_HIDDEN | ENFORCE_ATOMIC);
  if (!applies_to(d->applies, &fw->profile)) rules |= ENFORCE_HIDDEN;
  if (d->atomic_required) rules |= ENFORCE_ATOMIC;
  if (d->format != OMADM_FORMAT_NODE && forbids(ddf, d->allowed)) rules |= ENFORCE_VALUE;
  if (d->n_groups > 0) rules |= ENFORCE_DEPENDS;
  if (d->replace_behavior == OMADM_REPLACE_APPENDS) rules |= ENFORCE_APPENDS;
  if (d->reboot_behavior != OMADM_REBOOT_NONE) rules |= ENFORCE_REBOOT;
  if (d->deprecated.len > 0 && !applies_before(d->deprecated, &fw->profile))
    rules |= ENFORCE_DEPRECATED;
  return rules;
}

omadm_err enforce_prepare(omadm_framework *fw, fw_csp *csp) {
  const omadm_ddf *ddf = csp->ddf;
  unsigned any = 0;
  unsigned char *rules = omadm_arena_alloc(&fw->arena, ddf->node_count);
  if (rules == NULL) return OMADM_E_NOMEM;
  for (uint32_t i = 0; i < ddf->node_count; i++) { /* a node comes behind the one above it */
    const omadm_ddf_node *d = ddf_node(ddf, i);
    unsigned above = d->parent != OMADM_DDF_NONE ? rules[d->parent] : 0;
    rules[i] = (unsigned char)rules_of(fw, ddf, d, above);
    any |= rules[i];
  }
  for (uint32_t i = ddf->node_count; i-- > 0;) {
    const uint32_t parent = ddf_node(ddf, i)->parent;
    if (parent != OMADM_DDF_NONE && (rules[i] & (ENFORCE_ATOMIC | ENFORCE_ATOMIC_BELOW)) != 0)
      rules[parent] |= ENFORCE_ATOMIC_BELOW;
  }
  csp->rules = any != 0 ? rules : NULL;
  return OMADM_OK;
}

static omadm_str keep(fw_op *op, const char *text) {
  omadm_str kept = omadm_arena_copy(&op->arena, omadm_str_of(text));
  return kept.ptr != NULL && kept.len > 0 ? kept : (omadm_str)OMADM_STR("refused");
}

omadm_status enforce_refuse(omadm_framework *fw, fw_op *op, omadm_status status, const char *format,
                            ...) {
  char text[sizeof fw->detail];
  va_list ap;
  va_start(ap, format);
  vsnprintf(text, sizeof text, format, ap);
  va_end(ap);
  op->enforce.steps |= ENFORCE_TELL;
  op->enforce.why = keep(op, text);
  fw->uri.len = 0;
  (void)request_write_uri(fw, &op->node, op->enforce.up, &fw->uri);
  fw_log(fw, OMADM_LOG_WARN, "%.*s: refused with %u: %s", (int)fw->uri.len,
         fw->uri.len > 0 ? fw->uri.ptr : "", status, text);
  return status;
}

omadm_status enforce_text(omadm_framework *fw, fw_op *op, fw_spool *large, omadm_str *text) {
  *text = (omadm_str){"", 0};
  if (values_size(large) > value_whole(fw)) return OMADM_ST_TOO_LARGE;
  omadm_status status = values_close(large);
  if (status != OMADM_ST_OK) return status;
  const size_t size = (size_t)values_size(large);
  char *at = omadm_arena_alloc(&op->arena, size + 1);
  if (at == NULL) return OMADM_ST_FAILED;
  for (size_t n = 0; n < size;) {
    omadm_str piece;
    omadm_err err = values_read(fw, large, n, size - n, &piece);
    if (err != OMADM_OK) return omadm_status_from_err(err);
    memcpy(at + n, piece.ptr, piece.len);
    n += piece.len;
  }
  *text = (omadm_str){at, size};
  return OMADM_ST_OK;
}

/* Where nothing was given the node gets what its DDF gives it: the default, or no value yet. */
static bool is_given(const fw_op *op) {
  const omadm_ddf_node *d = fw_described(&op->node);
  return op->has_data || (op->verb == OMADM_VERB_REPLACE && !d->has_default);
}

static bool is_default(const omadm_ddf_node *d, omadm_str value) {
  return d->has_default && omadm_str_equal(value, d->default_value);
}

/* Of a leaf whose value nobody may read nothing is told but the rule. */
static omadm_status refuse_value(omadm_framework *fw, fw_op *op, omadm_status status,
                                 const char *why) {
  const omadm_ddf_node *d = fw_described(&op->node);
  const enforce_op *e = &op->enforce;
  const omadm_ddf_allowed *rule = omadm_ddf_allowed_at(op->node.mount->csp->ddf, e->rule);
  char told[80];
  if ((d->access & OMADM_ACCESS_GET) == 0) {
    snprintf(told, sizeof told, "AllowedValues %.*s in line %u of its DDF",
             (int)(rule->kind_text.len < 20 ? rule->kind_text.len : 20), rule->kind_text.ptr,
             rule->line);
    why = told;
  }
  if (e->group_id.ptr == NULL) return enforce_refuse(fw, op, status, "%s", why);
  return enforce_refuse(fw, op, status, "while %.*s holds: %s", (int)e->group_id.len,
                        e->group_id.ptr, why);
}

omadm_status enforce_value(omadm_framework *fw, fw_op *op) {
  const omadm_ddf *ddf = op->node.mount->csp->ddf;
  const omadm_ddf_node *d = fw_described(&op->node);
  const enforce_op *e = &op->enforce;
  omadm_str value = op->data;
  omadm_error why = {0};
  if ((e->steps & ENFORCE_JUDGE) == 0 || !is_given(op) || !forbids(ddf, e->rule))
    return OMADM_ST_OK;
  omadm_status status = OMADM_ST_OK;
  if (op->large != NULL) status = enforce_text(fw, op, op->large, &value);
  if (status == OMADM_ST_TOO_LARGE)
    return enforce_refuse(fw, op, status, "the value is longer than any that is checked");
  if (status != OMADM_ST_OK) return status;
  status = omadm_ddf_allows(ddf, e->rule, d->format, value, &why);
  return status == OMADM_ST_OK ? status : refuse_value(fw, op, status, why.text);
}

/* Once in a process. */
static void mention_deprecated(omadm_framework *fw, const fw_op *op) {
  const omadm_str since = fw_described(&op->node)->deprecated;
  unsigned char *rules = &op->node.mount->csp->rules[op->node.ddf];
  *rules &= (unsigned char)~ENFORCE_DEPRECATED;
  fw->uri.len = 0;
  if (request_write_uri(fw, &op->node, 0, &fw->uri) != 0) return;
  fw_log(fw, OMADM_LOG_INFO, "%.*s is changed, but deprecated: %.*s", (int)fw->uri.len, fw->uri.ptr,
         (int)since.len, since.ptr);
}

/* Does what a server wants need an Atomic? What goes, or is called otherwise, goes with all that is
 * below it. */
static bool needs_atomic(const fw_op *op, unsigned rules) {
  const bool all = op->verb == OMADM_VERB_DELETE || op->verb == OMADM_VERB_RENAME;
  return op->server_id.len > 0 &&
         (rules & (ENFORCE_ATOMIC | (all ? ENFORCE_ATOMIC_BELOW : 0U))) != 0;
}

/* What is to be looked at, now or in steps. */
static unsigned steps_of(fw_op *op, unsigned rules) {
  const fw_csp *csp = op->node.mount->csp;
  const bool sets = op->verb == OMADM_VERB_ADD || op->verb == OMADM_VERB_REPLACE;
  unsigned steps = (rules & ENFORCE_REBOOT) != 0 ? ENFORCE_TELL : 0;
  if (sets && (rules & (ENFORCE_VALUE | ENFORCE_DEPENDS)) != 0) steps |= ENFORCE_JUDGE;
  if ((sets || op->verb == OMADM_VERB_EXEC) && depends_begin(op)) steps |= ENFORCE_ASK;
  /* A Copy replaces, as its name says. */
  if (op->verb == OMADM_VERB_REPLACE && (rules & ENFORCE_APPENDS) != 0 && op->has_data &&
      op->source == NULL && append_is_meant(csp->ddf, fw_described(&op->node)->allowed))
    steps |= ENFORCE_APPEND;
  return steps;
}

omadm_status enforce_change(omadm_framework *fw, fw_op *op, omadm_answer *answer) {
  const unsigned rules = enforce_rules(op->node.mount->csp, op->node.ddf);
  enforce_op *e = &op->enforce;
  omadm_status status = OMADM_ST_OK;
  if (!member_changes(op) && op->verb != OMADM_VERB_EXEC) return OMADM_ST_OK;
  e->rule = fw_described(&op->node)->allowed;
  e->steps = steps_of(op, rules);
  if ((rules & ENFORCE_DEPRECATED) != 0) mention_deprecated(fw, op);
  if (fw->txn == NULL && needs_atomic(op, rules))
    status = enforce_refuse(fw, op, OMADM_ST_NOT_ALLOWED, "%s is changed in an Atomic only",
                            (rules & ENFORCE_ATOMIC) != 0 ? "it" : "a node below it");
  else if ((e->steps & (ENFORCE_ASK | ENFORCE_APPEND)) == 0 && op->source == NULL)
    status = enforce_value(fw, op);
  if (status != OMADM_ST_OK) {
    enforce_end(fw, op, status, answer);
  } else if ((e->steps & (ENFORCE_ASK | ENFORCE_APPEND)) != 0) {
    /* The steps use the buffer in which it may stand. */
    op->data = omadm_arena_copy(&op->arena, op->data);
    if (op->data.ptr == NULL) status = OMADM_ST_FAILED;
  }
  return status;
}

omadm_status enforce_check(omadm_framework *fw, fw_op *op, omadm_answer *answer) {
  const unsigned rules = enforce_rules(op->node.mount->csp, op->node.ddf);
  if ((rules & ENFORCE_VALUE) == 0) return OMADM_ST_OK;
  op->enforce.rule = fw_described(&op->node)->allowed;
  op->enforce.steps = steps_of(op, rules) & ~(unsigned)ENFORCE_TELL;
  if ((op->enforce.steps & (ENFORCE_ASK | ENFORCE_APPEND)) != 0) return OMADM_ST_OK;
  omadm_status status = enforce_value(fw, op);
  enforce_end(fw, op, status, answer);
  return status;
}

bool enforce_next(omadm_framework *fw, fw_op *op, omadm_status *status) {
  enforce_op *e = &op->enforce;
  if (op->step == STEP_DEPENDS) {
    bool more = depends_take(fw, op, status);
    if (!more) e->steps &= ~(unsigned)ENFORCE_ASK;
    if (more || *status != OMADM_ST_OK) return more;
  } else {
    *status = append_take(fw, op, *status);
    e->steps &= ~(unsigned)ENFORCE_APPEND;
  }
  bool whole = op->source == NULL && (e->steps & ENFORCE_APPEND) == 0;
  if (*status == OMADM_ST_OK && whole) *status = enforce_value(fw, op);
  return *status == OMADM_ST_OK;
}

void enforce_tell(omadm_framework *fw, const fw_op *op, omadm_status status, omadm_answer *answer) {
  const enforce_op *e = &op->enforce;
  if (e->why.len > 0) {
    fw->property_text.len = 0;
    if (e->up > 0 && request_write_uri(fw, &op->node, e->up, &fw->property_text) == OMADM_OK)
      answer->at = omadm_buf_str(&fw->property_text);
    fw_answer(fw, answer, status, "%.*s", (int)e->why.len, e->why.ptr);
  } else if (omadm_status_is_success(status)) {
    reboots_note(fw, &op->node);
  }
}

omadm_status enforce_given(const omadm_ddf *ddf, const omadm_ddf_node *d, omadm_str value,
                           omadm_error *why) {
  if (!forbids(ddf, d->allowed) || is_default(d, value)) return OMADM_ST_OK;
  omadm_status status = omadm_ddf_allows(ddf, d->allowed, d->format, value, why);
  for (size_t i = 0; status != OMADM_ST_OK && i < d->n_groups; i++) {
    if (d->groups[i].changed != OMADM_DDF_NONE &&
        omadm_ddf_allows(ddf, d->groups[i].changed, d->format, value, NULL) == OMADM_ST_OK)
      status = OMADM_ST_OK;
  }
  return status;
}
