/* SPDX-License-Identifier: MIT */
/* Instances of a managed object as rows of the CSP's own store, in tables that a letter names. */
#ifndef OPERATIONS_ROWS_H
#define OPERATIONS_ROWS_H

#include <omadm/csp.h>

#include <stdbool.h>

enum {
  ROW_FIELDS = 16,
  ROW_NAME = 200, /* octets of an instance's name: a key of the store has 255 */
  ROW_VALUE = 2048, /* octets of a value */
  ROW_MOST = 64 /* rows of a table */
};

/* The fields that every table has; a CSP numbers its own from ROW_OWN. */
enum { ROW_STATE, ROW_RESULT, ROW_TOKEN, ROW_FILE, ROW_DATA, ROW_GONE, ROW_OWN };

typedef struct row {
  omadm_str field[ROW_FIELDS];
  char *octets; /* what rows_load read; fields that were set since point elsewhere */
  char number[ROW_FIELDS][24];
} row;

typedef struct rows {
  const omadm_csp_services *services;
  uint64_t host;
} rows;

/* A row of empty fields; nothing to release. */
void row_init(row *self);
void row_dispose(row *self);
/* Borrowed until the row is saved. */
void row_set(row *self, int field, omadm_str value);
void row_set_number(row *self, int field, uint64_t value);
/* 0 for an empty field. */
uint64_t row_number(const row *self, int field);
bool row_has(const row *self, int field);

/* Fills *out, which is released with row_dispose also on failure. */
omadm_err rows_load(const rows *self, char table, omadm_str name, row *out);
/* LIMIT: the table is full. */
omadm_err rows_save(const rows *self, char table, omadm_str name, const row *from);
omadm_err rows_remove(const rows *self, char table, omadm_str name);
bool rows_has(const rows *self, char table, omadm_str name);
/* Is there room for this name? */
bool rows_has_room(const rows *self, char table, omadm_str name);

/* Calls visit for each name; it may change the table. */
typedef void (*rows_visit)(void *ctx, char table, omadm_str name);
omadm_err rows_each(const rows *self, char table, rows_visit visit, void *ctx);

#endif
