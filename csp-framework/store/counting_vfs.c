/* SPDX-License-Identifier: MIT */
#include "csp-framework/store/counting_vfs.h"

#include <stdalign.h>
#include <stdio.h>

/*
 * A file of ours is a file of the base layer, with this behind it. The methods are the base's own
 * but for xSync: they find their file where they expect it, so nothing has to be handed on.
 */
typedef struct tail {
  sqlite3_io_methods methods;
  const sqlite3_io_methods *base;
  uint64_t *syncs;
} tail;

static size_t tail_offset(const sqlite3_vfs *base) {
  size_t n = (size_t)base->szOsFile;
  return (n + alignof(tail) - 1) / alignof(tail) * alignof(tail);
}

static int counted_sync(sqlite3_file *file, int flags) {
  /* pMethods points to the first member of the tail. */
  const tail *t = (const tail *)(const void *)file->pMethods;
  ++*t->syncs;
  return t->base->xSync(file, flags);
}

static int counted_open(sqlite3_vfs *vfs, sqlite3_filename path, sqlite3_file *file, int flags,
                        int *out_flags) {
  counting_vfs *counting = (counting_vfs *)(void *)vfs;
  int rc = counting->base->xOpen(counting->base, path, file, flags, out_flags);
  if (rc != SQLITE_OK || file->pMethods == NULL) return rc;
  tail *t = (tail *)(void *)((char *)file + tail_offset(counting->base));
  *t = (tail){.methods = *file->pMethods, .base = file->pMethods, .syncs = &counting->syncs};
  t->methods.xSync = counted_sync;
  file->pMethods = &t->methods;
  return rc;
}

int counting_vfs_init(counting_vfs *counting) {
  *counting = (counting_vfs){.base = sqlite3_vfs_find(NULL)};
  if (counting->base == NULL) return SQLITE_ERROR;
  snprintf(counting->name, sizeof counting->name, "omadm-%p", (void *)counting);
  counting->vfs = *counting->base;
  counting->vfs.pNext = NULL;
  counting->vfs.zName = counting->name;
  counting->vfs.szOsFile = (int)(tail_offset(counting->base) + sizeof(tail));
  counting->vfs.xOpen = counted_open;
  return sqlite3_vfs_register(&counting->vfs, 0);
}

void counting_vfs_dispose(counting_vfs *counting) {
  if (counting->base != NULL) sqlite3_vfs_unregister(&counting->vfs);
  counting->base = NULL;
}
