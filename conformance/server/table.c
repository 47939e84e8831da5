/* SPDX-License-Identifier: MIT */
#include "conformance/server/table.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/str.h"

#include "conformance/player/message.h"
#include "conformance/server/commands.h"
#include "conformance/server/show.h"

typedef enum row_kind { ROW_STATUS, ROW_VALUE, ROW_ALERT, ROW_STEP } row_kind;

typedef struct row {
  row_kind kind;
  const xmlNode *node;
  char *claim;
  char *expected;
  char *found; /* NULL: nothing yet */
  bool ok;
} row;

struct table {
  row *rows;
  size_t count;
};

/* "Get ./DevInfo/Man: value", for a command or an item that names no claim of its own. */
static char *make_claim(const xmlNode *node, const char *what) {
  char text[400];
  bool is_item = strcmp((const char *)node->name, "Item") == 0;
  const xmlNode *command = is_item ? node->parent : node;
  char *uri = commands_item_uri(is_item ? node : omadm_message_child(node, "Item"));
  snprintf(text, sizeof text, "%s%s%s: %s", (const char *)command->name, uri == NULL ? "" : " ",
           uri == NULL ? "" : uri, what);
  xmlFree(uri);
  return strdup(text);
}

/* Takes ownership of expected (libxml2's). */
static omadm_err add_row(table *self, row_kind kind, const xmlNode *node, char *expected,
                         const char *what) {
  row *rows = realloc(self->rows, (self->count + 1) * sizeof *rows);
  if (rows != NULL) self->rows = rows;
  char *own = commands_attribute(node, "claim");
  char *claim = own != NULL ? strdup(own) : make_claim(node, what);
  char *copy = strdup(expected);
  xmlFree(own);
  xmlFree(expected);
  if (rows == NULL || claim == NULL || copy == NULL) {
    free(claim);
    free(copy);
    return OMADM_E_NOMEM;
  }
  self->rows[self->count++] = (row){kind, node, claim, copy, NULL, false};
  return OMADM_OK;
}

/* An element whose claim stands in attributes without a namespace. */
static omadm_err add_plain(table *self, row_kind kind, const xmlNode *node, const char *what,
                           const char *expectation) {
  char text[300];
  bool is_awaited = strcmp((const char *)node->name, "await") == 0;
  char *of = (char *)xmlGetNoNsProp(node, (const xmlChar *)(is_awaited ? "uri" : "type"));
  char *expected = (char *)xmlGetNoNsProp(node, (const xmlChar *)expectation);
  char *claim = (char *)xmlGetNoNsProp(node, (const xmlChar *)"claim");
  snprintf(text, sizeof text, "%s%s", what, of == NULL ? "" : of);
  row *rows = realloc(self->rows, (self->count + 1) * sizeof *rows);
  omadm_err err = rows == NULL ? OMADM_E_NOMEM : OMADM_OK;
  if (rows != NULL) {
    self->rows = rows;
    self->rows[self->count++] = (row){
        kind, node, strdup(claim == NULL ? text : claim), strdup(expected == NULL ? "*" : expected),
        NULL, false};
  }
  xmlFree(of);
  xmlFree(expected);
  xmlFree(claim);
  return err;
}

/* The elements of add_plain. */
static const struct {
  const char *name;
  row_kind kind;
  const char *what;
  const char *expectation;
} plain[] = {
    {"expect-alert", ROW_ALERT, "Alert ", "data"},
    {"await", ROW_STEP, "awaited: ", "ready"},
    {"validate", ROW_STEP, "Device Health Attestation", "expect"},
    {"token", ROW_STEP, "attestation token", "expect"},
};

static omadm_err gather(table *self, const xmlNode *node) {
  omadm_err err = OMADM_OK;
  char *status = commands_attribute(node, "expect-status");
  char *value = commands_attribute(node, "expect-value");
  for (size_t i = 0; err == OMADM_OK && i < sizeof plain / sizeof plain[0]; i++) {
    if (strcmp((const char *)node->name, plain[i].name) == 0)
      err = add_plain(self, plain[i].kind, node, plain[i].what, plain[i].expectation);
  }
  if (err == OMADM_OK && status != NULL) {
    err = add_row(self, ROW_STATUS, node, status, "status");
    status = NULL;
  }
  if (err == OMADM_OK && value != NULL) {
    err = add_row(self, ROW_VALUE, node, value, "value");
    value = NULL;
  }
  xmlFree(status);
  xmlFree(value);
  for (const xmlNode *n = commands_first(node); err == OMADM_OK && n != NULL; n = commands_next(n))
    err = gather(self, n);
  return err;
}

omadm_err table_new(const xmlDoc *commands, table **out) {
  table *self = calloc(1, sizeof *self);
  *out = NULL;
  if (self == NULL) return OMADM_E_NOMEM;
  omadm_err err = gather(self, xmlDocGetRootElement(commands));
  if (err != OMADM_OK) {
    table_free(self);
    return err;
  }
  *out = self;
  return OMADM_OK;
}

void table_free(table *self) {
  if (self == NULL) return;
  for (size_t i = 0; i < self->count; i++) {
    free(self->rows[i].claim);
    free(self->rows[i].expected);
    free(self->rows[i].found);
  }
  free(self->rows);
  free(self);
}

static void fill(row *r, const char *found) {
  free(r->found);
  r->found = strdup(found);
  r->ok = r->found != NULL && r->expected != NULL &&
          (strcmp(r->expected, "*") == 0 || strcmp(r->expected, found) == 0);
}

void table_status(table *self, const xmlNode *node, unsigned code) {
  char text[16];
  snprintf(text, sizeof text, "%u", code);
  for (size_t i = 0; i < self->count; i++) {
    row *r = &self->rows[i];
    if (code != 0 && r->kind == ROW_STATUS && r->node == node) fill(r, text);
  }
}

void table_value(table *self, const xmlNode *node, const char *value) {
  for (size_t i = 0; i < self->count; i++) {
    row *r = &self->rows[i];
    if (r->kind == ROW_VALUE && r->node == node) fill(r, value);
  }
}

void table_alert(table *self, const char *type, const char *data) {
  for (size_t i = 0; i < self->count; i++) {
    row *r = &self->rows[i];
    if (r->kind != ROW_ALERT || r->ok) continue;
    char *wanted = (char *)xmlGetNoNsProp(r->node, (const xmlChar *)"type");
    bool same = wanted != NULL && strcmp(wanted, type) == 0;
    xmlFree(wanted);
    if (!same) continue;
    fill(r, data);
    if (r->ok) return;
  }
}

void table_step(table *self, const xmlNode *node, const char *found) {
  for (size_t i = 0; i < self->count; i++) {
    row *r = &self->rows[i];
    if (r->kind == ROW_STEP && r->node == node) fill(r, found);
  }
}

static size_t widest(size_t width, const char *text, size_t most) {
  size_t len = omadm_utf8_length(omadm_str_of(text));
  if (len > most) len = most;
  return len > width ? len : width;
}

/* What a cell shows for a value: an empty one is seen, too; "anything" is what * stands for. */
static const char *shown_expected(const row *r) {
  if (r->expected[0] == '\0') return "(empty)";
  return strcmp(r->expected, "*") == 0 ? "(anything)" : r->expected;
}

static const char *shown_found(const row *r) {
  if (r->found == NULL) return "nothing";
  return r->found[0] == '\0' ? "(empty)" : r->found;
}

size_t table_write(const table *self, FILE *out) {
  size_t widths[3] = {strlen("claim"), strlen("expected"), strlen("found")};
  size_t bad = 0;
  if (self->count == 0) return 0;
  for (size_t i = 0; i < self->count; i++) {
    const row *r = &self->rows[i];
    widths[0] = widest(widths[0], r->claim, 60);
    widths[1] = widest(widths[1], shown_expected(r), 40);
    widths[2] = widest(widths[2], shown_found(r), 40);
  }
  show_cell(out, "claim", widths[0] + 2);
  show_cell(out, "expected", widths[1] + 2);
  show_cell(out, "found", widths[2] + 2);
  fputs("ok\n", out);
  for (size_t i = 0; i < self->count; i++) {
    const row *r = &self->rows[i];
    show_cell(out, r->claim, widths[0]);
    fputs("  ", out);
    show_cell(out, shown_expected(r), widths[1]);
    fputs("  ", out);
    show_cell(out, shown_found(r), widths[2]);
    fputs(r->ok ? "  yes\n" : "  NO\n", out);
    bad += !r->ok;
  }
  return bad;
}
