/* SPDX-License-Identifier: MIT */
/* Opens and closes providers by their names. */
#include <omadm/tpm.h>

#include <string.h>

#include "base/str.h"
#include "tpm/providers.h"

void omadm_tpm_config_init(omadm_tpm_config *config) {
  *config = (omadm_tpm_config){.struct_size = sizeof *config};
}

static const tpm_provider *provider_find(omadm_str name) {
  for (const tpm_provider *p = omadm_tpm_providers; p->name != NULL; p++) {
    if (omadm_str_is(name, p->name)) return p;
  }
  return NULL;
}

/* "tss2, recorded, none" */
static void list_names(char *room, size_t size) {
  size_t used = 0;
  room[0] = '\0';
  for (const tpm_provider *p = omadm_tpm_providers; p->name != NULL; p++) {
    size_t len = strlen(p->name), comma = used > 0 ? 2 : 0;
    if (used + comma + len >= size) return;
    memcpy(room + used, ", ", comma);
    memcpy(room + used + comma, p->name, len + 1);
    used += comma + len;
  }
}

omadm_err omadm_tpm_open(const char *spec, const omadm_tpm_config *config, omadm_tpm *tpm,
                         omadm_error *error) {
  omadm_tpm_config whole = {.struct_size = sizeof whole};
  char names[100];
  memset(tpm, 0, sizeof *tpm);
  if (config != NULL) {
    size_t known = config->struct_size < sizeof whole ? config->struct_size : sizeof whole;
    memcpy(&whole, config, known);
    whole.struct_size = sizeof whole;
  }
  size_t len = strcspn(spec, ":");
  const tpm_provider *provider = provider_find((omadm_str){spec, len});
  if (provider == NULL) {
    list_names(names, sizeof names);
    return omadm_error_set(error, OMADM_E_ARGUMENT,
                           "there is no TPM provider \"%.*s\"; known are: %s", (int)len, spec,
                           names);
  }
  return provider->open(spec[len] == ':' ? spec + len + 1 : spec + len, &whole, tpm, error);
}

void omadm_tpm_close(omadm_tpm *tpm) {
  if (tpm->close != NULL) tpm->close(tpm->self);
  memset(tpm, 0, sizeof *tpm);
}
