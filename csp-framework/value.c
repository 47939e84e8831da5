/* SPDX-License-Identifier: MIT */
#include "csp-framework/value.h"

#include "csp-framework/dispatch.h"
#include "csp-framework/format.h"

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
  if (status == OMADM_ST_OK) return status;
  if ((d->access & OMADM_ACCESS_GET) == 0) /* it may be a secret */
    return fw_answer(fw, answer, status, "the value %s", why);
  omadm_str shown = {value->data.ptr, value->data.len < 60 ? value->data.len : 60};
  return fw_answer(fw, answer, status, "\"%.*s\" %s", (int)shown.len,
                   shown.len > 0 ? shown.ptr : "", why);
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

omadm_status value_answer(omadm_framework *fw, fw_call *call, const omadm_ddf_node *d,
                          omadm_answer *answer) {
  const omadm_str given = {call->value.len > 0 ? call->value.ptr : "", call->value.len};
  const omadm_str uri = omadm_buf_str(&call->asked);
  const char *why = "cannot be checked: there is not enough memory";
  omadm_str canonical = given;
  uint32_t quirks = 0;
  fw->scratch.len = 0;
  omadm_status status =
      omadm_format_canonical(d->format, given, NULL, &fw->scratch, &canonical, &quirks, &why);
  if (status == OMADM_ST_OK && put_in_place(&call->value, canonical) == 0) return OMADM_ST_OK;
  int shown = (int)(given.len < 60 ? given.len : 60);
  fw_log(fw, OMADM_LOG_ERROR, "CSP %s: %.*s: \"%.*s\" %s; 500 is told", call->csp->name,
         (int)uri.len, uri.len > 0 ? uri.ptr : "", shown, given.ptr, why);
  return fw_answer(fw, answer, OMADM_ST_FAILED, "the CSP %s answers \"%.*s\", which %s",
                   call->csp->name, shown, given.ptr, why);
}
