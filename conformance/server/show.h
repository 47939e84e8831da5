/* SPDX-License-Identifier: MIT */
/*
 * The conversation as a person reads it.
 */
#ifndef OMADM_SERVER_SHOW_H
#define OMADM_SERVER_SHOW_H

#include <stdio.h>

#include <libxml/tree.h>

/* Text in quotes, control characters escaped, long text cut. */
void show_text(FILE *out, const char *text);

/* One cell of a table: without what would upset a terminal, filled to `width` characters; long text
 * is cut. */
void show_cell(FILE *out, const char *text, size_t width);

/* "→ Get ./DevInfo/Man", with the value where there is one. item may be NULL. */
void show_command(FILE *out, unsigned depth, const xmlNode *command, const xmlNode *item);

/* "← 200", and the value of a result. result may be NULL; code 0 is no answer. */
void show_answer(FILE *out, unsigned depth, unsigned code, const xmlNode *result);

/* What the device says of itself: an Alert or Replace. */
void show_device_command(FILE *out, const xmlNode *command);

#endif
