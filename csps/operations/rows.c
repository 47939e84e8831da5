/* SPDX-License-Identifier: MIT */
#include "operations/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The names of a table stand under its letter, each terminated by a zero octet, which no name has;
 * a row under the letter, '/' and the name: its fields, each after its length. */
enum { KEY = ROW_NAME + 2, LENGTH = 4 };

void row_init(row *self) {
  *self = (row){.octets = NULL};
}

void row_dispose(row *self) {
  free(self->octets);
  row_init(self);
}

void row_set(row *self, int field, omadm_str value) {
  self->field[field] = value;
}

void row_set_number(row *self, int field, uint64_t value) {
  char *text = self->number[field];
  int n = snprintf(text, sizeof self->number[field], "%llu", (unsigned long long)value);
  self->field[field] = (omadm_str){text, (size_t)n};
}

uint64_t row_number(const row *self, int field) {
  uint64_t value = 0;
  omadm_str text = self->field[field];
  for (size_t i = 0; i < text.len && text.len < 20; i++) {
    if (text.ptr[i] < '0' || text.ptr[i] > '9') return 0;
    value = value * 10 + (uint64_t)(text.ptr[i] - '0');
  }
  return value;
}

bool row_has(const row *self, int field) {
  return self->field[field].len > 0;
}

static bool key_of(char table, omadm_str name, char octets[KEY], omadm_str *key) {
  if (name.len == 0 || name.len > ROW_NAME) return false;
  octets[0] = table;
  octets[1] = '/';
  memcpy(octets + 2, name.ptr, name.len);
  *key = (omadm_str){octets, name.len + 2};
  return true;
}

static bool split(row *r, size_t len) {
  size_t at = 0;
  for (size_t i = 0; i < ROW_FIELDS; i++) {
    const unsigned char *p = (const unsigned char *)r->octets + at;
    if (len - at < LENGTH) return false;
    size_t n = (size_t)p[0] | (size_t)p[1] << 8 | (size_t)p[2] << 16 | (size_t)p[3] << 24;
    at += LENGTH;
    if (len - at < n) return false;
    r->field[i] = (omadm_str){r->octets + at, n};
    at += n;
  }
  return at == len;
}

omadm_err rows_load(const rows *self, char table, omadm_str name, row *out) {
  char octets[KEY];
  omadm_str key, value;
  row_init(out);
  if (!key_of(table, name, octets, &key)) return OMADM_E_NOT_FOUND;
  omadm_err err = self->services->store_get(self->host, key, &value);
  if (err != 0) return err;
  out->octets = malloc(value.len > 0 ? value.len : 1);
  if (out->octets == NULL) return OMADM_E_NOMEM;
  memcpy(out->octets, value.ptr, value.len);
  return split(out, value.len) ? OMADM_OK : OMADM_E_STORE;
}

/* The names of a table, a copy; *len is 0 where there are none. NULL: no memory. */
static char *names_of(const rows *self, char table, size_t room, size_t *len) {
  omadm_str value = {NULL, 0};
  *len = 0;
  if (self->services->store_get(self->host, (omadm_str){&table, 1}, &value) != 0) value.len = 0;
  char *names = malloc(value.len + room + 1);
  if (names == NULL) return NULL;
  if (value.len > 0) memcpy(names, value.ptr, value.len);
  names[value.len] = '\0';
  *len = value.len;
  return names;
}

/* Where the name stands among the names, or their end. *count is that of those before it. */
static size_t find_name(const char *names, size_t len, omadm_str name, size_t *count) {
  size_t at = 0;
  *count = 0;
  for (size_t n = 0; at < len; at += n + 1, ++*count) {
    n = strlen(names + at);
    if (n == name.len && memcmp(names + at, name.ptr, n) == 0) break;
  }
  return at;
}

static omadm_err put_names(const rows *self, char table, const char *names, size_t len) {
  return self->services->store_set(self->host, (omadm_str){&table, 1}, (omadm_str){names, len});
}

static omadm_err note_name(const rows *self, char table, omadm_str name) {
  size_t len = 0, count = 0;
  char *names = names_of(self, table, name.len + 1, &len);
  if (names == NULL) return OMADM_E_NOMEM;
  omadm_err err = OMADM_OK;
  if (find_name(names, len, name, &count) == len) {
    memcpy(names + len, name.ptr, name.len);
    names[len + name.len] = '\0';
    err = count < ROW_MOST ? put_names(self, table, names, len + name.len + 1) : OMADM_E_LIMIT;
  }
  free(names);
  return err;
}

bool rows_has_room(const rows *self, char table, omadm_str name) {
  size_t len = 0, count = 0;
  char *names = names_of(self, table, 0, &len);
  if (names == NULL) return false;
  bool known = find_name(names, len, name, &count) < len;
  free(names);
  return known || count < ROW_MOST;
}

omadm_err rows_save(const rows *self, char table, omadm_str name, const row *from) {
  char octets[KEY];
  omadm_str key;
  size_t len = 0;
  if (!key_of(table, name, octets, &key)) return OMADM_E_ARGUMENT;
  omadm_err err = note_name(self, table, name);
  if (err != 0) return err;
  for (size_t i = 0; i < ROW_FIELDS; i++)
    len += LENGTH + from->field[i].len;
  char *value = malloc(len);
  if (value == NULL) return OMADM_E_NOMEM;
  char *at = value;
  for (size_t i = 0; i < ROW_FIELDS; i++) {
    size_t n = from->field[i].len;
    for (int shift = 0; shift < 32; shift += 8)
      *at++ = (char)(n >> shift & 0xFF);
    if (n > 0) memcpy(at, from->field[i].ptr, n);
    at += n;
  }
  err = self->services->store_set(self->host, key, (omadm_str){value, len});
  free(value);
  return err;
}

omadm_err rows_remove(const rows *self, char table, omadm_str name) {
  char octets[KEY];
  omadm_str key;
  size_t len = 0, count = 0;
  if (!key_of(table, name, octets, &key)) return OMADM_E_NOT_FOUND;
  char *names = names_of(self, table, 0, &len);
  if (names == NULL) return OMADM_E_NOMEM;
  omadm_err err = OMADM_OK;
  size_t at = find_name(names, len, name, &count);
  if (at < len) {
    size_t n = name.len + 1;
    memmove(names + at, names + at + n, len - at - n);
    err = put_names(self, table, names, len - n);
  }
  free(names);
  return err == 0 ? self->services->store_set(self->host, key, (omadm_str){NULL, 0}) : err;
}

bool rows_has(const rows *self, char table, omadm_str name) {
  row r;
  omadm_err err = rows_load(self, table, name, &r);
  bool has = err == 0 && !row_has(&r, ROW_GONE);
  row_dispose(&r);
  return has;
}

omadm_err rows_each(const rows *self, char table, rows_visit visit, void *ctx) {
  size_t len = 0;
  char *names = names_of(self, table, 0, &len);
  if (names == NULL) return OMADM_E_NOMEM;
  for (size_t at = 0, n = 0; at < len; at += n + 1) {
    n = strlen(names + at);
    visit(ctx, table, (omadm_str){names + at, n});
  }
  free(names);
  return OMADM_OK;
}
