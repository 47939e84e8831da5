/* SPDX-License-Identifier: MIT */
#include "conformance/csp-test/watch.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

/* A slot is given nothing but what belongs to the plugin, so this is how the functions below know
 * whose slots they stand for. */
static _Thread_local watch *current;

#define WATCH_SLOT(slot, changes)                                                                  \
  static omadm_status on_##slot(uint64_t self, const omadm_csp_request *request) {                 \
    current->calls[WATCH_##slot]++;                                                                \
    return current->theirs.slot(self, request);                                                    \
  }
WATCH_REQUESTS(WATCH_SLOT)
#undef WATCH_SLOT

static void take_slots(watch *self, const omadm_csp_slots *given) {
  size_t n = given->struct_size < sizeof *given ? given->struct_size : sizeof *given;
  memcpy(&self->theirs, given, n);
  self->theirs.struct_size = sizeof self->theirs;
  self->ours = self->theirs;
#define WATCH_PLACE(slot, changes)                                                                 \
  if (self->theirs.slot != NULL) self->ours.slot = on_##slot;
  WATCH_REQUESTS(WATCH_PLACE)
#undef WATCH_PLACE
}

omadm_err watch_open(watch *self, const char *path, omadm_error *error) {
  *self = (watch){0};
  current = self;
  char here[NAME_MAX + 3]; /* a name without a slash would be searched for among the libraries */
  int n_here = strchr(path, '/') != NULL ? -1 : snprintf(here, sizeof here, "./%s", path);
  self->library =
      dlopen(n_here > 0 && (size_t)n_here < sizeof here ? here : path, RTLD_NOW | RTLD_LOCAL);
  if (self->library == NULL)
    return omadm_error_set(error, OMADM_E_IO, "%s cannot be loaded: %s", path, dlerror());
  omadm_csp_descriptor_fn get = NULL;
  void *symbol = dlsym(self->library, OMADM_CSP_SYMBOL);
  memcpy(&get, &symbol, sizeof get); /* how POSIX turns what dlsym gives into a function */
  if (get == NULL)
    return omadm_error_set(error, OMADM_E_ABI, "%s is no plugin: it does not export %s", path,
                           OMADM_CSP_SYMBOL);
  const omadm_csp_descriptor *given = get();
  if (given == NULL)
    return omadm_error_set(error, OMADM_E_ABI, "%s is no plugin: its %s gives NULL", path,
                           OMADM_CSP_SYMBOL);
  size_t n = given->struct_size < sizeof *given ? given->struct_size : sizeof *given;
  memcpy(&self->descriptor, given, n);
  self->descriptor.struct_size = sizeof self->descriptor;
  if (self->descriptor.slots == NULL || self->descriptor.slots->struct_size == 0)
    return 0; /* the framework says so */
  take_slots(self, self->descriptor.slots);
  self->descriptor.slots = &self->ours;
  return 0;
}

void watch_close(watch *self) {
  if (self->library != NULL) dlclose(self->library);
  self->library = NULL;
  if (current == self) current = NULL;
}

uint64_t watch_changes(const watch *self) {
  uint64_t sum = 0;
#define WATCH_SUM(slot, changes) sum += (changes) != 0 ? self->calls[WATCH_##slot] : 0;
  WATCH_REQUESTS(WATCH_SUM)
#undef WATCH_SUM
  return sum;
}

bool watch_stages(const watch *self) {
  return self->theirs.begin != NULL;
}
