/* SPDX-License-Identifier: MIT */
#include "csp-framework/values_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/codec.h"
#include "csp-framework/journal.h"
#include "csp-framework/op.h"
#include "csp-framework/stored.h"
#include "csp-framework/values.h"

static const char temporary_prefix[] = "tmp-";
enum { DIGITS = VALUES_NAME * 2, NAME_ROOM = sizeof temporary_prefix + DIGITS };

static void write_name(const char *name, bool temporary, char text[NAME_ROOM]) {
  int n = temporary ? snprintf(text, NAME_ROOM, "%s", temporary_prefix) : 0;
  for (size_t i = 0; i < VALUES_NAME; i++, n += 2)
    snprintf(text + n, 3, "%02x", (unsigned)(unsigned char)name[i]);
}

int values_file_make(omadm_framework *fw, const char *name) {
  char text[NAME_ROOM];
  write_name(name, true, text);
  return openat(fw->values.folder, text, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
}

bool values_file_rename(omadm_framework *fw, const char *name) {
  char from[NAME_ROOM], to[NAME_ROOM];
  write_name(name, true, from);
  write_name(name, false, to);
  if (renameat(fw->values.folder, from, fw->values.folder, to) != 0) return false;
  /* EINVAL: the file system keeps folders in some other way. */
  if (fsync(fw->values.folder) == 0 || errno == EINVAL) return true;
  /* It is still the temporary one to the caller, who removes and counts it as such. */
  int why = errno;
  (void)renameat(fw->values.folder, to, fw->values.folder, from);
  errno = why;
  return false;
}

int values_file_open(omadm_framework *fw, const char *name) {
  char text[NAME_ROOM];
  write_name(name, false, text);
  return openat(fw->values.folder, text, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
}

void values_file_remove(omadm_framework *fw, const char *name, bool temporary) {
  char text[NAME_ROOM];
  write_name(name, temporary, text);
  if (unlinkat(fw->values.folder, text, 0) != 0 && errno != ENOENT)
    fw_log(fw, OMADM_LOG_WARN, "a large value that nobody needs could not be removed: %s",
           strerror(errno));
}

/* ---- sweeping ---- */

/* A file that has its lasting name. */
typedef struct file {
  char name[VALUES_NAME];
  bool needed;
} file;

typedef struct files {
  omadm_buf rows; /* of file */
  uint64_t octets; /* of all */
} files;

static file *file_at(const files *all, size_t i) {
  return (file *)(void *)(all->rows.ptr + i * sizeof(file));
}

static size_t count(const files *all) {
  return all->rows.len / sizeof(file);
}

static bool read_name(const char *text, char name[VALUES_NAME]) {
  if (strlen(text) != DIGITS) return false;
  for (size_t i = 0; i < VALUES_NAME; i++) {
    int high = omadm_hex_value(text[2 * i]);
    int low = omadm_hex_value(text[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    name[i] = (char)(high << 4 | low);
  }
  return true;
}

static uint64_t octets_of(const omadm_framework *fw, const char *text) {
  struct stat facts;
  if (fstatat(fw->values.folder, text, &facts, AT_SYMLINK_NOFOLLOW) != 0) return 0;
  return (uint64_t)facts.st_size;
}

/* What stands in the folder. At start the temporary ones are of a process that is gone. */
static omadm_err look(omadm_framework *fw, bool at_start, files *all) {
  int fd = openat(fw->values.folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
  omadm_err err = 0;
  if (folder == NULL) {
    if (fd >= 0) close(fd);
    return OMADM_E_IO;
  }
  for (const struct dirent *entry = readdir(folder); err == 0 && entry != NULL;
       entry = readdir(folder)) {
    file one = {.needed = false};
    bool temporary = strncmp(entry->d_name, temporary_prefix, sizeof temporary_prefix - 1) == 0;
    if (temporary && at_start) {
      (void)unlinkat(fw->values.folder, entry->d_name, 0);
    } else if (temporary) {
      all->octets += octets_of(fw, entry->d_name);
    } else if (read_name(entry->d_name, one.name)) {
      all->octets += octets_of(fw, entry->d_name);
      err = omadm_buf_add(&all->rows, &one, sizeof one);
    }
  }
  closedir(folder);
  return err;
}

static void note_needed(const files *all, omadm_str reference) {
  for (size_t i = 0; i < count(all); i++) {
    file *f = file_at(all, i);
    if (memcmp(f->name, reference.ptr, VALUES_NAME) == 0) f->needed = true;
  }
}

/* Where rows name files: the values of nodes, and what a way back needs. */
static const struct {
  omadm_store_table table;
  const omadm_str *prefix;
  bool (*reference)(omadm_str octets, omadm_str *reference);
} naming[] = {{OMADM_STORE_NODE, NULL, stored_reference},
              {OMADM_STORE_JOURNAL, &journal_prefix, journal_reference}};

/* Which of them the rows name: those that are seen, or those that the store itself has. */
static omadm_err find_needed_by(omadm_framework *fw, size_t which, bool in_store,
                                const files *all) {
  const omadm_str every = naming[which].prefix != NULL ? *naming[which].prefix : (omadm_str){"", 0};
  omadm_str key = every, value, reference;
  omadm_buf after;
  omadm_buf_init(&after, &fw->mem, 0);
  omadm_err err = omadm_buf_add_str(&after, every);
  while (err == 0) {
    omadm_err (*next)(fw_overlay *, omadm_store_table, omadm_str, omadm_str, omadm_str *,
                      omadm_str *) = in_store ? overlay_stored : overlay_next;
    err = next(&fw->overlay, naming[which].table, every, omadm_buf_str(&after), &key, &value);
    if (err == 0 && naming[which].reference(value, &reference)) note_needed(all, reference);
    after.len = 0;
    if (err == 0) err = omadm_buf_add_str(&after, key);
  }
  omadm_buf_dispose(&after);
  return err == OMADM_E_NOT_FOUND ? OMADM_OK : err;
}

static omadm_err find_needed(omadm_framework *fw, bool in_store, const files *all) {
  omadm_err err = OMADM_OK;
  for (size_t i = 0; err == OMADM_OK && i < sizeof naming / sizeof *naming; i++)
    err = find_needed_by(fw, i, in_store, all);
  return err;
}

static void sweep(omadm_framework *fw, bool at_start) {
  files all = {.octets = 0};
  omadm_buf_init(&all.rows, &fw->mem, 0);
  const bool unsettled = fw->overlay.changed > 0;
  fw->values.touched = unsettled;
  omadm_err err = look(fw, at_start, &all);
  if (err == 0 && count(&all) > 0) err = find_needed(fw, false, &all);
  if (err == 0 && count(&all) > 0 && unsettled) err = find_needed(fw, true, &all);
  for (size_t i = 0; err == 0 && i < count(&all); i++) {
    char text[NAME_ROOM];
    if (file_at(&all, i)->needed) continue;
    write_name(file_at(&all, i)->name, false, text);
    all.octets -= octets_of(fw, text);
    values_file_remove(fw, file_at(&all, i)->name, false);
  }
  if (err == 0) fw->values.octets = all.octets;
  if (err != 0)
    fw_log(fw, OMADM_LOG_WARN, "the large values could not be looked through: %s",
           omadm_err_text(err));
  omadm_buf_dispose(&all.rows);
}

void values_touch(omadm_framework *fw) {
  fw->values.touched = true;
}

void values_sweep(omadm_framework *fw) {
  if (fw->overlay.changed > 0) return;
  fw->values.fresh.len = 0;
  if (fw->values.touched && fw->values.folder >= 0) sweep(fw, false);
}

void values_make_room(omadm_framework *fw) {
  if (op_change(fw) != NULL) return; /* it may go back to what no row names now */
  if (fw->values.touched && fw->values.folder >= 0) sweep(fw, false);
}

size_t values_fresh(const omadm_framework *fw) {
  return fw->values.fresh.len;
}

void values_unmake(omadm_framework *fw, size_t fresh) {
  omadm_buf *names = &fw->values.fresh;
  char text[NAME_ROOM];
  for (; names->len > fresh; names->len -= VALUES_NAME) {
    const char *name = names->ptr + names->len - VALUES_NAME;
    write_name(name, false, text);
    fw->values.octets -= octets_of(fw, text);
    values_file_remove(fw, name, false);
  }
}

omadm_err values_init(omadm_framework *fw, omadm_error *error) {
  const char *path = fw->config.values_dir;
  omadm_buf_init(&fw->values.piece, &fw->mem, 0);
  omadm_buf_init(&fw->values.fresh, &fw->mem, 0);
  fw->values.folder = -1;
  fw->config.values_dir = NULL; /* it is needed here only */
  if (path == NULL) return OMADM_OK;
  if (mkdir(path, 0700) != 0 && errno != EEXIST)
    return omadm_error_set(error, OMADM_E_IO,
                           "%.200s: the folder of large values cannot be made: %s", path,
                           strerror(errno));
  fw->values.folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
  if (fw->values.folder < 0)
    return omadm_error_set(error, OMADM_E_IO, "%.200s: the folder of large values: %s", path,
                           strerror(errno));
  sweep(fw, true);
  return OMADM_OK;
}

void values_dispose(omadm_framework *fw) {
  for (size_t i = 0; i < FW_SNAPSHOTS; i++)
    values_leave(fw, fw->values.snapshots[i].value);
  omadm_buf_dispose(&fw->values.piece);
  omadm_buf_dispose(&fw->values.fresh);
  if (fw->values.folder >= 0) close(fw->values.folder);
}
