/* SPDX-License-Identifier: MIT */
/* SQLite's own file layer, with a counter of syncs. */
#ifndef OMADM_FRAMEWORK_COUNTING_VFS_H
#define OMADM_FRAMEWORK_COUNTING_VFS_H

#include <stdint.h>

#include <sqlite3.h>

/* Owned by the caller; must stay where it is while a connection uses it. */
typedef struct counting_vfs {
  sqlite3_vfs vfs; /* first: SQLite hands it back to us */
  sqlite3_vfs *base;
  uint64_t syncs;
  char name[40];
} counting_vfs;

/* Registers it under a name of its own, counting_vfs.name, for sqlite3_open_v2. Answers SQLite's
 * code. */
int counting_vfs_init(counting_vfs *counting);
/* After the last connection that uses it was closed. */
void counting_vfs_dispose(counting_vfs *counting);

#endif
