/* SPDX-License-Identifier: MIT */
#include "operations/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *settings_text(const omadm_csp_services *services, uint64_t host, const char *key) {
  omadm_str value;
  if (services->setting(host, (omadm_str){key, strlen(key)}, &value) != 0 || value.len == 0)
    return NULL;
  return strndup(value.ptr, value.len);
}

void settings_complain(const omadm_csp_services *services, uint64_t host, const char *key) {
  char text[200];
  int n = snprintf(text, sizeof text,
                   "%s is no absolute path (\"/…\"): it is not run, and the operation fails", key);
  if (n > 0 && (size_t)n < sizeof text)
    services->log(host, OMADM_CSP_LOG_WARN, (omadm_str){text, (size_t)n});
}

bool settings_has(const omadm_csp_services *services, uint64_t host, const char *key) {
  omadm_str value;
  return services->setting(host, (omadm_str){key, strlen(key)}, &value) == 0 && value.len > 0;
}

unsigned settings_number(const omadm_csp_services *services, uint64_t host, const char *key,
                         unsigned most, unsigned otherwise) {
  char *text = settings_text(services, host, key);
  char *end = NULL;
  unsigned long value = text != NULL ? strtoul(text, &end, 10) : 0;
  bool good = text != NULL && *end == '\0' && text[0] != '-' && value >= 1 && value <= most;
  free(text);
  return good ? (unsigned)value : otherwise;
}

char **settings_words(char *text) {
  size_t n = 0;
  char *rest = NULL;
  char **words = calloc(strlen(text) / 2 + 2, sizeof *words);
  if (words == NULL) return NULL;
  for (char *word = strtok_r(text, " \t", &rest); word != NULL; word = strtok_r(NULL, " \t", &rest))
    words[n++] = word;
  return words;
}

bool settings_lists(const char *text, omadm_str word) {
  while (*text != '\0') {
    size_t n = strcspn(text, " \t");
    if (n > 0 && n == word.len && strncasecmp(text, word.ptr, n) == 0) return true;
    text += n;
    text += strspn(text, " \t");
  }
  return false;
}
