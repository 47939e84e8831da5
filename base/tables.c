/* SPDX-License-Identifier: MIT */
/* The lookups of the public X-macro tables. */
#include <omadm/error.h>
#include <omadm/host.h>
#include <omadm/limits.h>
#include <omadm/log.h>
#include <omadm/quirk.h>
#include <omadm/status.h>

#include "base/str.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

static const omadm_str format_words[OMADM_FORMAT_UNKNOWN + 1] = {
    OMADM_STR(""),     OMADM_STR("chr"),   OMADM_STR("int"),  OMADM_STR("bool"), OMADM_STR("b64"),
    OMADM_STR("bin"),  OMADM_STR("xml"),   OMADM_STR("null"), OMADM_STR("node"), OMADM_STR("date"),
    OMADM_STR("time"), OMADM_STR("float"), OMADM_STR("")};

const char *omadm_format_text(omadm_format format) {
  return format_words[format].ptr;
}

omadm_format omadm_format_parse(omadm_str word) {
  for (int f = OMADM_FORMAT_ABSENT; f < OMADM_FORMAT_UNKNOWN; f++) {
    if (omadm_str_equal(word, format_words[f])) return (omadm_format)f;
  }
  return OMADM_FORMAT_UNKNOWN;
}

static const char *const mark_words[OMADM_MARK_FATAL + 1] = {
    "", "indeterminate", "harmless", "informational", "warning", "minor", "critical", "fatal"};

const char *omadm_mark_text(omadm_mark mark) {
  return mark_words[mark];
}

omadm_mark omadm_mark_parse(omadm_str word) {
  for (int m = OMADM_MARK_INDETERMINATE; m <= OMADM_MARK_FATAL; m++) {
    if (omadm_str_is(word, mark_words[m])) return (omadm_mark)m;
  }
  return OMADM_MARK_NONE;
}

/* OMA-TS-SyncML_RepPro 5.3, OMA-TS-DM_Security 5.4. */
static const char *const auth_words[OMADM_AUTH_TYPES] = {"", "syncml:auth-basic", "syncml:auth-md5",
                                                         "syncml:auth-MAC"};

const char *omadm_auth_text(omadm_auth type) {
  return auth_words[type];
}

omadm_auth omadm_auth_parse(omadm_str word) {
  for (int a = OMADM_AUTH_BASIC; a < OMADM_AUTH_TYPES; a++) {
    if (omadm_str_equal_nocase(word, omadm_str_of(auth_words[a]))) return (omadm_auth)a;
  }
  return OMADM_AUTH_NONE;
}

typedef struct code_text {
  int code;
  const char *text;
} code_text;

static const char *text_of(const code_text *rows, size_t n, int code) {
  for (size_t i = 0; i < n; i++) {
    if (rows[i].code == code) return rows[i].text;
  }
  return NULL;
}

static const code_text err_texts[] = {{OMADM_OK, "no error"},
#define ERR_TEXT(name, value, text) {value, text},
                                      OMADM_ERRORS(ERR_TEXT)
#undef ERR_TEXT
};

const char *omadm_err_text(omadm_err code) {
  const char *text = text_of(err_texts, sizeof err_texts / sizeof *err_texts, code);
  return text != NULL ? text : "unknown error";
}

omadm_err omadm_error_set(omadm_error *e, omadm_err code, const char *format, ...) {
  int saved = errno;
  if (e == NULL || e->code != 0) return code;
  e->code = code;
  e->os_errno = code == OMADM_E_IO || code == OMADM_E_STORE ? saved : 0;
  va_list ap;
  va_start(ap, format);
  vsnprintf(e->text, sizeof e->text, format, ap);
  va_end(ap);
  return code;
}

void omadm_error_clear(omadm_error *e) {
  if (e != NULL) *e = (omadm_error){0};
}

static const code_text status_texts[] = {
#define STATUS_TEXT(name, code, text) {code, text},
    OMADM_STATUSES(STATUS_TEXT)
#undef STATUS_TEXT
};

const char *omadm_status_text(omadm_status status) {
  static const char *const classes[] = {"informational", "success", "redirection",
                                        "originator's fault", "recipient's fault"};
  const char *text = text_of(status_texts, sizeof status_texts / sizeof *status_texts, status);
  if (text != NULL) return text;
  return status >= 100 && status < 600 ? classes[status / 100 - 1] : "unknown";
}

int omadm_status_is_success(omadm_status status) {
  return status >= 200 && status < 300;
}

omadm_status omadm_status_from_err(omadm_err err) {
  static const struct {
    omadm_err err;
    omadm_status status;
  } rows[] = {
      {OMADM_OK, OMADM_ST_OK},
      {OMADM_E_NOMEM, OMADM_ST_DEVICE_FULL},
      {OMADM_E_LIMIT, OMADM_ST_TOO_LARGE},
      {OMADM_E_SYNTAX, OMADM_ST_BAD_FORMAT},
      {OMADM_E_NOT_FOUND, OMADM_ST_NOT_FOUND},
      {OMADM_E_EXISTS, OMADM_ST_EXISTS},
      {OMADM_E_UNSUPPORTED, OMADM_ST_NOT_SUPPORTED},
      {OMADM_E_STORE, OMADM_ST_STORE_FAILED},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    if (rows[i].err == err) return rows[i].status;
  }
  return OMADM_ST_FAILED;
}

void omadm_log_line(const omadm_log *log, omadm_log_level level, const char *module,
                    const char *format, ...) {
  if (log == NULL || log->write == NULL || level > log->level) return;
  char line[1001];
  va_list ap;
  va_start(ap, format);
  vsnprintf(line, sizeof line, format, ap);
  va_end(ap);
  /* What a server sent may hold line breaks and terminal codes; a log line holds none. */
  omadm_str_tame(line);
  log->write(log->ctx, level, module, line);
}

static const struct {
  const char *name;
  size_t offset;
  uint64_t standard;
} limit_rows[] = {
#define LIMIT_ROW(field, name, value, least, most, text)                                           \
  {name, offsetof(omadm_limits, field), value},
    OMADM_LIMITS(LIMIT_ROW)
#undef LIMIT_ROW
};

enum { LIMIT_COUNT = sizeof limit_rows / sizeof *limit_rows };

void omadm_limits_init(omadm_limits *limits) {
  for (size_t i = 0; i < LIMIT_COUNT; i++) {
    memcpy((char *)limits + limit_rows[i].offset, &limit_rows[i].standard, sizeof(uint64_t));
  }
}

omadm_err omadm_limits_set(omadm_limits *limits, omadm_str name, uint64_t value) {
  if (value == 0) return OMADM_E_ARGUMENT;
  for (size_t i = 0; i < LIMIT_COUNT; i++) {
    if (!omadm_str_is(name, limit_rows[i].name)) continue;
    memcpy((char *)limits + limit_rows[i].offset, &value, sizeof value);
    return 0;
  }
  return OMADM_E_NOT_FOUND;
}

static const char *const quirk_names[] = {
#define QUIRK_NAME(name, word, text, unit) word,
    OMADM_QUIRKS(QUIRK_NAME)
#undef QUIRK_NAME
};

static const char *const quirk_texts[] = {
#define QUIRK_TEXT(name, word, text, unit) text,
    OMADM_QUIRKS(QUIRK_TEXT)
#undef QUIRK_TEXT
};

const char *omadm_quirk_name(omadm_quirk quirk) {
  return quirk_names[quirk];
}

const char *omadm_quirk_text(omadm_quirk quirk) {
  return quirk_texts[quirk];
}

static bool rule_parse(omadm_str word, unsigned char *rule) {
  static const char *const words[] = {"tolerate", "warn", "refuse", "strict"};
  for (unsigned char i = 0; i < 4; i++) {
    if (!omadm_str_is(word, words[i])) continue;
    *rule = i == 3 ? OMADM_REFUSE : i;
    return true;
  }
  return false;
}

omadm_err omadm_quirks_set(omadm_quirks *quirks, omadm_str name, omadm_str word) {
  unsigned char rule = 0;
  if (!rule_parse(word, &rule)) return OMADM_E_ARGUMENT;
  if (name.len == 0) {
    memset(quirks->rule, rule, sizeof quirks->rule);
    return 0;
  }
  for (size_t i = 0; i < OMADM_QUIRK_COUNT; i++) {
    if (!omadm_str_is(name, quirk_names[i])) continue;
    quirks->rule[i] = rule;
    return 0;
  }
  return OMADM_E_NOT_FOUND;
}
