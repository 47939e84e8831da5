/* SPDX-License-Identifier: MIT */
#include "csp-framework/value.h"

#include "csp-framework/dispatch.h"
#include "csp-framework/enforce.h"
#include "csp-framework/format.h"
#include "csp-framework/values.h"

/* <omadm/csp.h>: a value that comes whole may be so many times inline-value. */
enum { WHOLE = 16 };

static omadm_status refuse(omadm_framework *fw, omadm_answer *answer, const char *what,
                           omadm_str given, const char *due) {
  return fw_answer(fw, answer, OMADM_ST_BAD_FORMAT, "%s %.*s, but the node takes %s", what,
                   (int)(given.len < 80 ? given.len : 80), given.len > 0 ? given.ptr : "", due);
}

static omadm_str without_parameters(omadm_str type) {
  const char *end = type.len > 0 ? memchr(type.ptr, ';', type.len) : NULL;
  if (end != NULL) type.len = (size_t)(end - type.ptr);
  return omadm_str_trim(type);
}

/* Is the type one of those that the DDF lists? */
static bool is_listed(omadm_str given, const omadm_ddf_node *d) {
  omadm_str rest = d->more_types;
  if (omadm_str_equal(given, d->type)) return true;
  given = without_parameters(given);
  if (omadm_str_equal_nocase(given, without_parameters(d->type))) return true;
  while (rest.len > 0) { /* each behind a line break */
    rest = (omadm_str){rest.ptr + 1, rest.len - 1};
    const char *end = memchr(rest.ptr, '\n', rest.len);
    omadm_str one = {rest.ptr, end != NULL ? (size_t)(end - rest.ptr) : rest.len};
    if (omadm_str_equal_nocase(given, without_parameters(one))) return true;
    rest = (omadm_str){rest.ptr + one.len, rest.len - one.len};
  }
  return false;
}

static bool says_nothing(omadm_str type) {
  const omadm_str plain = OMADM_STR("text/plain");
  return type.len == 0 || omadm_str_equal_nocase(without_parameters(type), plain);
}

static omadm_status check_interior(omadm_framework *fw, const omadm_origin *origin,
                                   const omadm_ddf_node *d, const omadm_value *value, fw_op *op,
                                   omadm_answer *answer) {
  if (value->format == OMADM_FORMAT_ABSENT && !origin->windows)
    return fw_answer(fw, answer, OMADM_ST_BAD_FORMAT,
                     "the value has no Format, but the node takes node");
  bool right = value->format == OMADM_FORMAT_NODE || value->format == OMADM_FORMAT_ABSENT;
  if (!right)
    return refuse(fw, answer, "the Format is", omadm_str_of(omadm_format_text(value->format)),
                  "node");
  if (value->has_data && value->data.len > 0)
    return fw_answer(fw, answer, OMADM_ST_BAD_FORMAT, "an interior node has no Data");
  op->format = OMADM_FORMAT_NODE;
  op->type = value->type.len > 0 ? value->type : d->type;
  return OMADM_ST_OK;
}

static omadm_status check_format(omadm_framework *fw, const omadm_origin *origin,
                                 const omadm_ddf_node *d, bool add, omadm_format given,
                                 omadm_answer *answer) {
  const char *due = omadm_format_text(d->format);
  if (given == OMADM_FORMAT_ABSENT) {
    if (!add || origin->windows || d->format == OMADM_FORMAT_CHR) return OMADM_ST_OK;
    return fw_answer(fw, answer, OMADM_ST_BAD_FORMAT,
                     "without a Format the value is chr, but the node takes %s", due);
  }
  if (given == d->format || (given == OMADM_FORMAT_B64 && d->format == OMADM_FORMAT_BIN))
    return OMADM_ST_OK;
  return refuse(fw, answer, "the Format is", omadm_str_of(omadm_format_text(given)), due);
}

omadm_status value_check(omadm_framework *fw, const omadm_origin *origin, const omadm_ddf_node *d,
                         bool add, const omadm_value *value, fw_op *op, omadm_answer *answer) {
  if (d->format == OMADM_FORMAT_NODE) return check_interior(fw, origin, d, value, op, answer);
  omadm_status status = check_format(fw, origin, d, add, value->format, answer);
  if (status != OMADM_ST_OK) return status;
  bool listed = value->type.len > 0 && is_listed(value->type, d);
  if (!listed && !says_nothing(value->type)) {
    return fw_answer(fw, answer, OMADM_ST_BAD_FORMAT, "the Type is %.*s, but the node takes %.*s",
                     (int)(value->type.len < 80 ? value->type.len : 80), value->type.ptr,
                     (int)d->type.len, d->type.ptr);
  }
  op->format = d->format;
  op->type = listed ? value->type : d->type;
  op->has_data = value->has_data;
  if (!value->has_data) {
    op->data = d->has_default ? d->default_value : (omadm_str){"", 0};
    return OMADM_ST_OK;
  }
  if (value->data.len > fw->config.limits.max_obj_size)
    return fw_answer(fw, answer, OMADM_ST_TOO_LARGE, "the value is larger than max-obj-size");
  const char *why = "";
  fw->scratch.len = 0;
  status = omadm_format_canonical(d->format, value->data, origin->quirks, &fw->scratch, &op->data,
                                  &op->quirks, &why);
  if (status == OMADM_ST_OK) return value_place(fw, op, answer);
  /* It may be a secret, and what is answered here comes into the log. */
  return fw_answer(fw, answer, status, "the value, of %zu octets, %s", value->data.len, why);
}

uint64_t value_whole(const omadm_framework *fw) {
  return fw->config.limits.inline_value * WHOLE;
}

static bool takes_pieces(const fw_csp *csp) {
  return csp->stored || (csp->flags & OMADM_CSP_PIECES) != 0;
}

uint64_t value_most(const omadm_framework *fw, const fw_csp *csp) {
  const omadm_limits *limits = &fw->config.limits;
  bool any = takes_pieces(csp) || limits->inline_value * WHOLE > limits->max_obj_size;
  return any ? limits->max_obj_size : limits->inline_value * WHOLE;
}

uint64_t value_in_memory(const omadm_framework *fw, const fw_csp *csp) {
  const omadm_limits *limits = &fw->config.limits;
  return takes_pieces(csp) ? limits->inline_value : limits->inline_value * WHOLE;
}

omadm_status value_place(omadm_framework *fw, fw_op *op, omadm_answer *answer) {
  const fw_csp *csp = op->node.mount->csp;
  if (op->data.len > value_most(fw, csp))
    return fw_answer(fw, answer, OMADM_ST_TOO_LARGE, "the CSP takes no value of that size");
  if (op->data.len <= value_in_memory(fw, csp)) return OMADM_ST_OK;
  op->large = values_new(fw, OMADM_FORMAT_BIN, 0);
  if (op->large == NULL) return fw_answer(fw, answer, OMADM_ST_FAILED, "out of memory");
  omadm_status status = values_write(fw, op->large, op->data);
  if (status == OMADM_ST_OK) status = values_close(op->large);
  op->data = (omadm_str){"", 0};
  return status;
}

/* All of a value in the transaction's memory. */
static omadm_err read_whole(omadm_framework *fw, fw_op *op, fw_spool *value, omadm_str *whole) {
  size_t size = (size_t)values_size(value);
  char *at = omadm_arena_alloc(&op->txn->arena, size + 1);
  omadm_err err = at != NULL ? OMADM_OK : OMADM_E_NOMEM;
  for (size_t n = 0; err == 0 && n < size;) {
    omadm_str piece;
    err = values_read(fw, value, n, size - n, &piece);
    if (err != 0) break;
    memcpy(at + n, piece.ptr, piece.len);
    n += piece.len;
  }
  *whole = (omadm_str){at, size};
  return err;
}

omadm_err value_keep_before(omadm_framework *fw, fw_op *op, omadm_str *before) {
  const fw_csp *csp = op->node.mount->csp;
  fw_spool *large = op->call->large;
  *before = (omadm_str){"", 0};
  if (large == NULL) {
    *before = omadm_arena_copy(&op->txn->arena, omadm_buf_str(&op->call->value));
    return before->ptr != NULL ? OMADM_OK : OMADM_E_NOMEM;
  }
  if (values_close(large) != OMADM_ST_OK || values_size(large) > value_most(fw, csp))
    return OMADM_E_LIMIT;
  if (values_size(large) <= value_in_memory(fw, csp)) return read_whole(fw, op, large, before);
  op->large_before = large;
  return txn_keep_large(op->txn, large);
}

/* Puts the canonical form in the place of what was given, of which it may be a part. */
static omadm_err put_in_place(omadm_buf *value, omadm_str canonical) {
  if (canonical.len > value->len || (value->len > 0 && canonical.ptr != value->ptr)) {
    omadm_err err = omadm_buf_reserve(value, canonical.len);
    if (err != 0) return err;
    if (canonical.len > 0) memmove(value->ptr, canonical.ptr, canonical.len);
  }
  value->len = canonical.len;
  return OMADM_OK;
}

/* Of the other formats no value is that large. */
static omadm_status large_answer(omadm_framework *fw, fw_call *call, const omadm_ddf_node *d,
                                 omadm_answer *answer) {
  const omadm_str uri = omadm_buf_str(&call->asked);
  bool fits = d->format == OMADM_FORMAT_CHR || d->format == OMADM_FORMAT_XML ||
              d->format == OMADM_FORMAT_BIN || d->format == OMADM_FORMAT_B64;
  omadm_status status = fits ? values_close(call->large) : OMADM_ST_BAD_FORMAT;
  if (status == OMADM_ST_OK) return status;
  if (status != OMADM_ST_BAD_FORMAT) {
    fw_log(fw, OMADM_LOG_ERROR, "CSP %s: %.*s: not all that it gives could be kept; 500 is told",
           call->csp->name, (int)uri.len, uri.len > 0 ? uri.ptr : "");
    return fw_answer(fw, answer, OMADM_ST_FAILED, "the CSP %s gives more than can be kept",
                     call->csp->name);
  }
  fw_log(fw, OMADM_LOG_ERROR, "CSP %s: %.*s: what it gives is no %s; 500 is told", call->csp->name,
         (int)uri.len, uri.len > 0 ? uri.ptr : "", omadm_format_text(d->format));
  return fw_answer(fw, answer, OMADM_ST_FAILED, "the CSP %s gives no %s", call->csp->name,
                   omadm_format_text(d->format));
}

omadm_status value_answer(omadm_framework *fw, fw_call *call, const omadm_ddf_node *d,
                          omadm_answer *answer) {
  const omadm_str given = {call->value.len > 0 ? call->value.ptr : "", call->value.len};
  const omadm_str uri = omadm_buf_str(&call->asked);
  const char *why = "cannot be checked: there is not enough memory";
  if (call->large != NULL) return large_answer(fw, call, d, answer);
  omadm_str canonical = given;
  uint32_t quirks = 0;
  fw->scratch.len = 0;
  omadm_status status =
      omadm_format_canonical(d->format, given, NULL, &fw->scratch, &canonical, &quirks, &why);
  omadm_error rule;
  omadm_error_clear(&rule);
  if (status == OMADM_ST_OK) status = enforce_given(call->csp->ddf, d, canonical, &rule);
  const char *forbidden = rule.text[0] != '\0' ? "is forbidden: " : "";
  if (rule.text[0] != '\0') why = rule.text;
  if (status == OMADM_ST_OK && put_in_place(&call->value, canonical) == 0) return OMADM_ST_OK;
  /* Not the value: it may be a secret. */
  fw_log(fw, OMADM_LOG_ERROR, "CSP %s: %.*s: what it gives, of %zu octets, %s%s; 500 is told",
         call->csp->name, (int)uri.len, uri.len > 0 ? uri.ptr : "", given.len, forbidden, why);
  return fw_answer(fw, answer, OMADM_ST_FAILED,
                   "the CSP %s gives a value of %zu octets, which %s%s", call->csp->name, given.len,
                   forbidden, why);
}
