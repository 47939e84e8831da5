/* SPDX-License-Identifier: MIT */
#include "reboot/settings.h"

#include <stdlib.h>
#include <string.h>

char *setting_text(const omadm_csp_services *services, uint64_t host, const char *key) {
  omadm_str value;
  if (services->setting(host, (omadm_str){key, strlen(key)}, &value) != OMADM_OK || value.len == 0)
    return NULL;
  return strndup(value.ptr, value.len);
}

unsigned setting_seconds(const omadm_csp_services *services, uint64_t host) {
  char *text = setting_text(services, host, "timeout");
  unsigned long seconds = text != NULL ? strtoul(text, NULL, 10) : 0;
  free(text);
  return seconds > 0 && seconds <= 3600 ? (unsigned)seconds : 60;
}

bool setting_logind(const omadm_csp_services *services, uint64_t host) {
  char *text = setting_text(services, host, "method");
  bool is_logind = text != NULL && strcmp(text, "logind") == 0;
  free(text);
  return is_logind;
}
