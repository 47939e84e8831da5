/* SPDX-License-Identifier: MIT */
#include "host/host_facts.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static omadm_str str_of(const char *text) {
  return (omadm_str){text, strlen(text)};
}

bool host_setting(const host_facts *self, const char *key, char text[HOST_TEXT]) {
  omadm_str value;
  if (self->services->setting(self->host, str_of(key), &value) != 0 || value.len == 0) return false;
  snprintf(text, HOST_TEXT, "%.*s", (int)(value.len < HOST_TEXT ? value.len : HOST_TEXT - 1),
           value.ptr);
  return true;
}

bool host_path(const host_facts *self, const char *path, char *full, size_t size) {
  char root[HOST_TEXT] = "";
  (void)host_setting(self, "root", root);
  int n = snprintf(full, size, "%s%s", root, path);
  return n > 0 && (size_t)n < size;
}

static FILE *open_fact(const host_facts *self, const char *path) {
  char full[2 * HOST_TEXT];
  return host_path(self, path, full, sizeof full) ? fopen(full, "re") : NULL;
}

/* Trims, and keeps what may stand in a value of format chr on one line. */
static bool tidy(char *text) {
  size_t n = strlen(text);
  while (n > 0 && isspace((unsigned char)text[n - 1]))
    text[--n] = '\0';
  size_t skip = strspn(text, " \t");
  memmove(text, text + skip, n - skip + 1);
  for (char *p = text; *p != '\0'; p++)
    if (*p < ' ' || *p > '~') *p = '?';
  return text[0] != '\0';
}

bool host_first_line(const host_facts *self, const char *path, char text[HOST_TEXT]) {
  FILE *file = open_fact(self, path);
  if (file == NULL) return false;
  bool found = fgets(text, HOST_TEXT, file) != NULL;
  fclose(file);
  return found && tidy(text);
}

bool host_dmi(const host_facts *self, const char *name, char text[HOST_TEXT]) {
  static const char *const fillers[] = {
      "To Be Filled By O.E.M.", "To be filled by O.E.M.", "Default string",
      "System manufacturer",    "System Product Name",    "System Version",
      "Not Specified",          "Not Applicable",         "None"};
  char path[HOST_TEXT];
  snprintf(path, sizeof path, "/sys/class/dmi/id/%s", name);
  if (!host_first_line(self, path, text)) return false;
  for (size_t i = 0; i < sizeof fillers / sizeof fillers[0]; i++)
    if (strcmp(text, fillers[i]) == 0) return false;
  return true;
}

/* Takes the quotes of a shell variable off. */
static void unquote(char *text) {
  size_t n = strlen(text);
  if (n >= 2 && (text[0] == '"' || text[0] == '\'') && text[n - 1] == text[0]) {
    text[n - 1] = '\0';
    memmove(text, text + 1, n - 1);
  }
}

bool host_variable(const host_facts *self, const char *path, const char *key,
                   char text[HOST_TEXT]) {
  FILE *file = open_fact(self, path);
  if (file == NULL) return false;
  char line[2 * HOST_TEXT];
  size_t n = strlen(key);
  bool found = false;
  while (!found && fgets(line, sizeof line, file) != NULL) {
    if (strncmp(line, key, n) != 0 || line[n] != '=') continue;
    (void)snprintf(text, HOST_TEXT, "%.*s", HOST_TEXT - 1, line + n + 1);
    (void)tidy(text);
    unquote(text);
    found = tidy(text);
  }
  fclose(file);
  return found;
}

bool host_number(const host_facts *self, const char *path, const char *key, uint64_t *number) {
  FILE *file = open_fact(self, path);
  if (file == NULL) return false;
  char line[HOST_TEXT];
  size_t n = strlen(key);
  bool found = false;
  while (!found && fgets(line, sizeof line, file) != NULL) {
    if (strncmp(line, key, n) != 0) continue;
    char *end = NULL;
    const char *digits = line + n + strspn(line + n, " \t");
    errno = 0;
    unsigned long long value = strtoull(digits, &end, 10);
    found = isdigit((unsigned char)digits[0]) && end != digits && errno == 0;
    *number = value;
  }
  fclose(file);
  return found;
}

omadm_status host_answer(const host_facts *self, omadm_token token, const char *text) {
  return self->services->value(self->host, token, str_of(text)) == 0 ? OMADM_ST_OK
                                                                     : OMADM_ST_FAILED;
}
