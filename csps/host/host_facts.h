/* SPDX-License-Identifier: MIT */
/*
 * Facts that Linux writes into files. Every path is taken below the CSP's setting "root", so that a
 * test can bring its own machine. Nothing is guessed: what is not there is not found.
 */
#ifndef OMADM_HOST_FACTS_H
#define OMADM_HOST_FACTS_H

#include <omadm/csp.h>

#include <stdbool.h>

#define HOST_TEXT 256

/* What open is given. */
typedef struct host_facts {
  const omadm_csp_services *services;
  uint64_t host;
} host_facts;

/* The text of a setting, cut at HOST_TEXT - 1 octets; false where there is none. */
bool host_setting(const host_facts *self, const char *key, char text[HOST_TEXT]);

/* The root, "" by default, and path behind it. */
bool host_path(const host_facts *self, const char *path, char *full, size_t size);

/* The first line of a file, trimmed; false where it is not readable or empty. Octets that are not
 * printable become '?'. */
bool host_first_line(const host_facts *self, const char *path, char text[HOST_TEXT]);

/* A line of DMI (/sys/class/dmi/id/NAME); false also for the fillers that manufacturers leave in
 * it. */
bool host_dmi(const host_facts *self, const char *name, char text[HOST_TEXT]);

/* The value of KEY=value or KEY="value" in a file such as os-release. */
bool host_variable(const host_facts *self, const char *path, const char *key, char text[HOST_TEXT]);

/* The number behind a key such as "MemTotal:" at the start of a line. */
bool host_number(const host_facts *self, const char *path, const char *key, uint64_t *number);

/* Answers a get with this text. */
omadm_status host_answer(const host_facts *self, omadm_token token, const char *text);

#endif
