/* SPDX-License-Identifier: MIT */
#include "conformance/server/seen.h"

#include <stdlib.h>
#include <string.h>

static seen_entry *find(const seen *self, const char *name) {
  for (size_t i = 0; i < self->count; i++) {
    if (strcmp(self->entries[i].name, name) == 0) return &self->entries[i];
  }
  return NULL;
}

void seen_dispose(seen *self) {
  for (size_t i = 0; i < self->count; i++) {
    free(self->entries[i].name);
    free(self->entries[i].value);
  }
  free(self->entries);
  *self = (seen){NULL, 0};
}

omadm_err seen_put(seen *self, const char *name, const char *value) {
  seen_entry *known = find(self, name);
  char *copy = strdup(value);
  if (copy == NULL) return OMADM_E_NOMEM;
  if (known != NULL) {
    free(known->value);
    known->value = copy;
    return OMADM_OK;
  }
  seen_entry *entries = realloc(self->entries, (self->count + 1) * sizeof *entries);
  char *own = strdup(name);
  if (entries != NULL) self->entries = entries;
  if (entries == NULL || own == NULL) {
    free(own);
    free(copy);
    return OMADM_E_NOMEM;
  }
  self->entries[self->count++] = (seen_entry){own, copy};
  return OMADM_OK;
}

void seen_forget(seen *self, const char *name) {
  seen_entry *known = find(self, name);
  if (known == NULL) return;
  free(known->name);
  free(known->value);
  *known = self->entries[--self->count];
}

const char *seen_get(const seen *self, const char *name) {
  const seen_entry *known = find(self, name);
  return known == NULL ? NULL : known->value;
}
