/* SPDX-License-Identifier: MIT */
#include "cli/ui_input.h"

#include "base/codec.h"
#include "base/str.h"

static bool all_of(omadm_str text, const char *set) {
  for (size_t i = 0; i < text.len; i++) {
    if (text.ptr[i] == '\0' || strchr(set, text.ptr[i]) == NULL) return false;
  }
  return true;
}

static bool is_any(omadm_str text) {
  return omadm_utf8_is_valid(text);
}

/* Digits with a sign before and one point among them. */
static bool is_number(omadm_str text) {
  if (text.len > 0 && (text.ptr[0] == '-' || text.ptr[0] == '+'))
    text = (omadm_str){text.ptr + 1, text.len - 1};
  size_t points = 0;
  for (size_t i = 0; i < text.len; i++)
    points += text.ptr[i] == '.';
  return text.len > points && points <= 1 && all_of(text, "0123456789.");
}

static unsigned two(const char *at) {
  return (unsigned)(at[0] - '0') * 10 + (unsigned)(at[1] - '0');
}

static bool is_date(omadm_str text) {
  if (text.len != 8 || !all_of(text, "0123456789")) return false;
  unsigned day = two(text.ptr), month = two(text.ptr + 2);
  return day >= 1 && day <= 31 && month >= 1 && month <= 12;
}

static bool is_time(omadm_str text) {
  if (text.len != 6 || !all_of(text, "0123456789")) return false;
  return two(text.ptr) < 24 && two(text.ptr + 2) < 60 && two(text.ptr + 4) < 60;
}

static bool is_phone(omadm_str text) {
  if (text.len > 0 && text.ptr[0] == '+') text = (omadm_str){text.ptr + 1, text.len - 1};
  return text.len > 0 && all_of(text, "0123456789pws");
}

static bool is_address(omadm_str text) {
  unsigned parts = 0;
  for (size_t at = 0; at <= text.len; parts++) {
    const char *end = at < text.len ? memchr(text.ptr + at, '.', text.len - at) : NULL;
    size_t n = end != NULL ? (size_t)(end - text.ptr) - at : text.len - at;
    uint64_t number = 0;
    if (n > 3 || !omadm_str_u64((omadm_str){text.ptr + at, n}, &number) || number > 255)
      return false;
    at += n + 1;
  }
  return parts == 4;
}

/* In the order of omadm_ui_input. */
static const struct {
  bool (*fits)(omadm_str text);
  const char *hint;
  const char *wrong;
} inputs[] = {
    {is_any, "Your answer", "That is no text."},
    {is_number, "A number", "A number is digits, with a sign before and a decimal point in it."},
    {is_date, "A date, DDMMYYYY", "A date is written DDMMYYYY."},
    {is_time, "A time, hhmmss", "A time is written hhmmss."},
    {is_phone, "A telephone number", "A telephone number is digits, with + before, and p, w or s."},
    {is_address, "An address, like 192.0.2.1", "An address is four numbers from 0 to 255."},
};

const char *ui_input_hint(const omadm_ui_question *q) {
  switch (q->kind) {
  case OMADM_UI_CONFIRM:
    return q->accept < 0 ? "yes or no" : q->accept ? "[yes] or no" : "yes or [no]";
  case OMADM_UI_CHOICE: return "One number";
  case OMADM_UI_CHOICES: return "Numbers, separated by blanks";
  case OMADM_UI_TEXT: return inputs[q->input].hint;
  case OMADM_UI_DISPLAY: break;
  }
  return "";
}

static const char *read_confirm(const omadm_ui_question *q, omadm_str line,
                                omadm_ui_outcome *outcome) {
  static const omadm_str yes = OMADM_STR("yes"), no = OMADM_STR("no");
  bool preset = line.len == 0 && q->accept >= 0;
  bool accepts = line.len > 0 && line.len <= yes.len &&
                 omadm_str_equal_nocase(line, (omadm_str){yes.ptr, line.len});
  bool rejects = line.len > 0 && line.len <= no.len &&
                 omadm_str_equal_nocase(line, (omadm_str){no.ptr, line.len});
  if (!preset && !accepts && !rejects) return "Please type yes or no.";
  if (preset) accepts = q->accept != 0;
  *outcome = accepts ? OMADM_UI_ANSWERED : OMADM_UI_REJECTED;
  return NULL;
}

static const char *read_text(const omadm_ui_question *q, omadm_str line, omadm_ui_reply *reply) {
  if (line.len == 0) line = q->preset;
  if (!is_any(line) || !inputs[q->input].fits(line)) return inputs[q->input].wrong;
  if (q->max_length > 0 && omadm_utf8_length(line) > q->max_length)
    return "That is longer than the server takes.";
  reply->text = line;
  return NULL;
}

/* The presets stand for an empty line. */
static void take_presets(const omadm_ui_question *q, uint32_t *choices, omadm_ui_reply *reply) {
  for (size_t i = 0; q->chosen != NULL && i < q->n_choices; i++) {
    if (q->chosen[i] != 0) choices[reply->n_choices++] = (uint32_t)(i + 1);
  }
}

static bool is_taken(const omadm_ui_reply *reply, const uint32_t *choices, uint64_t number) {
  for (size_t i = 0; i < reply->n_choices; i++) {
    if (choices[i] == number) return true;
  }
  return false;
}

static const char *read_choices(const omadm_ui_question *q, omadm_str line, uint32_t *choices,
                                omadm_ui_reply *reply) {
  static const char blanks[] = " \t,";
  reply->choices = choices;
  reply->n_choices = 0;
  if (line.len == 0) take_presets(q, choices, reply);
  for (size_t at = 0; at < line.len;) {
    uint64_t number = 0;
    size_t n = 0;
    while (at + n < line.len && strchr(blanks, line.ptr[at + n]) == NULL)
      n++;
    if (n > 0 && (!omadm_str_u64((omadm_str){line.ptr + at, n}, &number) || number == 0 ||
                  number > q->n_choices))
      return "Please type numbers from the list.";
    if (n > 0 && !is_taken(reply, choices, number)) choices[reply->n_choices++] = (uint32_t)number;
    at += n + 1;
  }
  if (q->kind == OMADM_UI_CHOICE && reply->n_choices != 1) return "Please type one number.";
  return NULL;
}

const char *ui_input_read(const omadm_ui_question *q, omadm_str line, uint32_t *choices,
                          omadm_ui_reply *reply, omadm_ui_outcome *outcome) {
  *reply = (omadm_ui_reply){0};
  *outcome = OMADM_UI_ANSWERED;
  omadm_str trimmed = omadm_str_trim(line);
  switch (q->kind) {
  case OMADM_UI_CONFIRM: return read_confirm(q, trimmed, outcome);
  case OMADM_UI_TEXT: return read_text(q, line, reply);
  case OMADM_UI_CHOICE:
  case OMADM_UI_CHOICES: return read_choices(q, trimmed, choices, reply);
  case OMADM_UI_DISPLAY: break;
  }
  return NULL;
}
