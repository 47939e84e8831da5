/* SPDX-License-Identifier: MIT */
#include "conformance/player/report.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"

/* One finished case, however it came about. */
typedef struct entry {
  const char *id;
  const char *suffix;
  const char *title;
  const char *path;
  const char *clause;
  omadm_player_verdict verdict;
  omadm_str reason;
  omadm_str details;
  omadm_str notes;
  double seconds;
} entry;

struct omadm_report {
  omadm_report_format format;
  FILE *out;
  FILE *progress; /* NULL: not a terminal */
  const char *suffix;
  size_t counts[4]; /* by verdict */
  double seconds;
  omadm_buf cases; /* JUnit: they come after the totals */
};

bool omadm_report_format_parse(const char *word, omadm_report_format *out) {
  static const char *const words[] = {"text", "tap", "junit"};
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
    if (strcmp(word, words[i]) != 0) continue;
    *out = (omadm_report_format)i;
    return true;
  }
  return false;
}

omadm_err omadm_report_new(omadm_report_format format, FILE *out, FILE *progress,
                           omadm_report **report, omadm_error *error) {
  omadm_report *self = calloc(1, sizeof *self);
  *report = self;
  if (self == NULL) return omadm_error_set(error, OMADM_E_NOMEM, "out of memory");
  self->format = format;
  self->out = out;
  self->suffix = "";
  self->progress = progress != NULL && isatty(fileno(progress)) ? progress : NULL;
  omadm_buf_init(&self->cases, &omadm_mem_default, 0);
  if (format == OMADM_REPORT_TAP) fputs("TAP version 13\n", out);
  return OMADM_OK;
}

void omadm_report_free(omadm_report *self) {
  if (self == NULL) return;
  omadm_buf_dispose(&self->cases);
  free(self);
}

static size_t total(const omadm_report *self) {
  size_t sum = 0;
  for (size_t i = 0; i < sizeof self->counts / sizeof self->counts[0]; i++)
    sum += self->counts[i];
  return sum;
}

void omadm_report_suffix(omadm_report *self, const char *suffix) {
  self->suffix = suffix;
}

/* Neither passed nor failed. */
static bool is_skipped(omadm_player_verdict verdict) {
  return verdict == OMADM_VERDICT_SKIPPED || verdict == OMADM_VERDICT_OTHER_ENCODING;
}

/* Writes the text with `prefix` before each of its lines. */
static void write_lines(FILE *out, const char *prefix, omadm_str text) {
  while (text.len > 0) {
    const char *end = memchr(text.ptr, '\n', text.len);
    size_t len = end == NULL ? text.len : (size_t)(end - text.ptr);
    fprintf(out, "%s%.*s\n", prefix, (int)len, text.ptr);
    text.ptr += len + (end != NULL);
    text.len -= len + (end != NULL);
  }
}

static void add_text(omadm_report *self, const entry *e) {
  char prefix[256];
  if (e->verdict == OMADM_VERDICT_FAILED) {
    fprintf(self->out, "FAILED  %s%s: %s\n  %.*s\n", e->id, e->suffix, e->title, (int)e->reason.len,
            e->reason.ptr);
    if (e->clause != NULL) fprintf(self->out, "  clause: %s\n", e->clause);
    if (e->details.len > 0) fwrite(e->details.ptr, 1, e->details.len, self->out);
  } else if (e->verdict == OMADM_VERDICT_SKIPPED) {
    fprintf(self->out, "skipped %s%s: %.*s\n", e->id, e->suffix, (int)e->reason.len, e->reason.ptr);
  }
  snprintf(prefix, sizeof prefix, "%s%s: ", e->id, e->suffix);
  write_lines(self->out, prefix, e->notes);
}

static void add_tap(omadm_report *self, const entry *e) {
  fprintf(self->out, "%sok %zu - %s%s: %s", e->verdict == OMADM_VERDICT_FAILED ? "not " : "",
          total(self), e->id, e->suffix, e->title);
  if (is_skipped(e->verdict)) fprintf(self->out, " # SKIP %.*s", (int)e->reason.len, e->reason.ptr);
  fputc('\n', self->out);
  if (e->verdict == OMADM_VERDICT_FAILED) write_lines(self->out, "# ", e->reason);
  write_lines(self->out, "# ", e->details);
  write_lines(self->out, "# ", e->notes);
}

/* Text as XML: markup escaped, what XML cannot carry replaced. */
static void add_escaped(omadm_buf *out, omadm_str text) {
  for (size_t i = 0; i < text.len; i++) {
    unsigned char c = (unsigned char)text.ptr[i];
    if (c == '&') {
      (void)omadm_buf_add_text(out, "&amp;");
    } else if (c == '<') {
      (void)omadm_buf_add_text(out, "&lt;");
    } else if (c == '>') {
      (void)omadm_buf_add_text(out, "&gt;");
    } else if (c == '"') {
      (void)omadm_buf_add_text(out, "&quot;");
    } else {
      bool fit = c >= ' ' || c == '\n' || c == '\t';
      (void)omadm_buf_add(out, fit ? text.ptr + i : "?", 1);
    }
  }
}

static void add_attribute(omadm_buf *out, const char *name, omadm_str value) {
  (void)omadm_buf_printf(out, " %s=\"", name);
  add_escaped(out, value);
  (void)omadm_buf_add_text(out, "\"");
}

static void add_junit(omadm_report *self, const entry *e) {
  omadm_buf *out = &self->cases;
  (void)omadm_buf_add_text(out, "  <testcase classname=\"omadm.replay\"");
  (void)omadm_buf_add_text(out, " name=\"");
  add_escaped(out, omadm_str_of(e->id));
  add_escaped(out, omadm_str_of(e->suffix));
  (void)omadm_buf_add_text(out, "\"");
  add_attribute(out, "file", omadm_str_of(e->path));
  (void)omadm_buf_printf(out, " time=\"%.3f\">\n", e->seconds);
  if (e->verdict != OMADM_VERDICT_PASSED) {
    bool failed = e->verdict == OMADM_VERDICT_FAILED;
    (void)omadm_buf_printf(out, "    <%s", failed ? "failure" : "skipped");
    add_attribute(out, "message", e->reason);
    (void)omadm_buf_add_text(out, ">");
    add_escaped(out, e->details);
    (void)omadm_buf_printf(out, "</%s>\n", failed ? "failure" : "skipped");
  }
  if (e->notes.len > 0) {
    (void)omadm_buf_add_text(out, "    <system-out>");
    add_escaped(out, e->notes);
    (void)omadm_buf_add_text(out, "</system-out>\n");
  }
  (void)omadm_buf_add_text(out, "  </testcase>\n");
}

static void clear_progress(omadm_report *self) {
  if (self->progress == NULL) return;
  fputs("\r\033[K", self->progress);
  fflush(self->progress);
}

static void add(omadm_report *self, const entry *e) {
  static void (*const writers[])(omadm_report *, const entry *) = {add_text, add_tap, add_junit};
  clear_progress(self);
  self->counts[e->verdict]++;
  self->seconds += e->seconds;
  writers[self->format](self, e);
}

void omadm_report_begin(omadm_report *self, const omadm_transcript *transcript) {
  if (self->progress == NULL) return;
  fprintf(self->progress, "\r\033[K%zu %s", total(self) + 1, transcript->id.ptr);
  fflush(self->progress);
}

void omadm_report_add(omadm_report *self, const omadm_transcript *transcript,
                      const omadm_player_result *result, double seconds) {
  entry e = {
      .id = transcript->id.ptr,
      .suffix = self->suffix,
      .title = transcript->title.ptr,
      .path = transcript->path.ptr,
      .clause = result->clause != NULL ? result->clause : transcript->clause.ptr,
      .verdict = result->verdict,
      .reason = omadm_buf_str(&result->reason),
      .details = omadm_buf_str(&result->details),
      .notes = omadm_buf_str(&result->notes),
      .seconds = seconds,
  };
  add(self, &e);
}

void omadm_report_add_broken(omadm_report *self, const char *path, const omadm_error *error) {
  entry e = {
      .id = path,
      .suffix = self->suffix,
      .title = "a transcript that can be read",
      .path = path,
      .verdict = OMADM_VERDICT_FAILED,
      .reason = omadm_str_of(error->text),
  };
  add(self, &e);
}

static void end_junit(omadm_report *self) {
  fprintf(self->out,
          "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
          "<testsuite name=\"omadm.replay\" tests=\"%zu\" failures=\"%zu\" errors=\"0\" "
          "skipped=\"%zu\" time=\"%.3f\">\n",
          total(self), self->counts[OMADM_VERDICT_FAILED],
          self->counts[OMADM_VERDICT_SKIPPED] + self->counts[OMADM_VERDICT_OTHER_ENCODING],
          self->seconds);
  if (self->cases.len > 0) fwrite(self->cases.ptr, 1, self->cases.len, self->out);
  fputs("</testsuite>\n", self->out);
}

size_t omadm_report_passed(const omadm_report *self) {
  return self->counts[OMADM_VERDICT_PASSED];
}

size_t omadm_report_end(omadm_report *self) {
  clear_progress(self);
  size_t skipped = self->counts[OMADM_VERDICT_SKIPPED];
  size_t elsewhere = self->counts[OMADM_VERDICT_OTHER_ENCODING];
  if (self->format == OMADM_REPORT_TAP) {
    fprintf(self->out, "1..%zu\n", total(self));
  } else if (self->format == OMADM_REPORT_JUNIT) {
    end_junit(self);
  } else {
    fprintf(self->out, "%zu passed, %zu failed", self->counts[OMADM_VERDICT_PASSED],
            self->counts[OMADM_VERDICT_FAILED]);
    if (skipped > 0) fprintf(self->out, ", %zu skipped", skipped);
    if (elsewhere > 0) fprintf(self->out, ", %zu in another encoding only", elsewhere);
    fputc('\n', self->out);
  }
  fflush(self->out);
  return self->counts[OMADM_VERDICT_FAILED];
}
