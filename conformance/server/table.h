/* SPDX-License-Identifier: MIT */
/*
 * What the file of commands claims, and what was found: the lines at the end.
 */
#ifndef OMADM_SERVER_TABLE_H
#define OMADM_SERVER_TABLE_H

#include <stdio.h>

#include <libxml/tree.h>

#include <omadm/error.h>

typedef struct table table;

/* A line for each claim of the document, in its order. *out is owned by the caller, free with
 * table_free. */
omadm_err table_new(const xmlDoc *commands, table **out);
void table_free(table *self);

/* What came of a command or item; text is copied. */
void table_status(table *self, const xmlNode *node, unsigned code);
void table_value(table *self, const xmlNode *node, const char *value);
void table_alert(table *self, const char *type, const char *data);
void table_step(table *self, const xmlNode *node, const char *found);

/* Writes the lines; returns how many claims do not hold. Writes nothing where nothing is claimed.
 */
size_t table_write(const table *self, FILE *out);

#endif
