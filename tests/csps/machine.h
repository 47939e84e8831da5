/* SPDX-License-Identifier: MIT */
/* A device with the built-in CSPs, below a root of files of its own. */
#ifndef OMADM_TESTS_MACHINE_H
#define OMADM_TESTS_MACHINE_H

#include <omadm/framework.h>

typedef struct machine {
  char root[64];
  char settings[16][2][128]; /* "CSP/key", value */
  size_t n_settings;
  omadm_limits limits;
  omadm_store *store;
  omadm_worker *worker; /* NULL: jobs run in pump */
  omadm_framework *framework;
  omadm_str session; /* of the requests; empty: the device itself */
  omadm_str server;
  omadm_status late; /* status of a late answer, 0: none yet */
  char value[512]; /* of the last get */
} machine;

/* A machine with an empty root; mounts nothing yet. */
void machine_init(machine *self);
/* Writes a file below the root. */
void machine_file(machine *self, const char *path, const char *text);
void machine_set(machine *self, const char *csp_key, const char *value);
/* Builds the framework; plugin NULL: the built-in CSPs. */
void machine_start(machine *self, const char *plugin, unsigned host_flags);
void machine_end(machine *self);

/* One verb through the tree port; late answers are waited for. */
omadm_status machine_resolve(machine *self, const char *uri, omadm_node *node);
omadm_status machine_get(machine *self, const char *uri);
omadm_status machine_exec(machine *self, const char *uri);
/* The value is this one. */
void machine_assert(machine *self, const char *uri, const char *value);

#endif
