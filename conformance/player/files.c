/* SPDX-License-Identifier: MIT */
/* Files beside a transcript, and octets written as text. */
#include "conformance/player/reader.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/codec.h"
#include "base/mem.h"
#include "base/str.h"

#include "conformance/player/files.h"

#define FILE_MAX ((size_t)64 << 20)

omadm_err files_read(const char *path, omadm_arena *arena, omadm_str *out, omadm_error *error) {
  omadm_err err = OMADM_OK;
  char *octets = NULL;
  long size = 0;
  FILE *file = fopen(path, "rb");
  if (file == NULL) {
    err = omadm_error_set(error, errno == ENOENT ? OMADM_E_NOT_FOUND : OMADM_E_IO, "%s: %s", path,
                          strerror(errno));
    goto out;
  }
  if (fseek(file, 0, SEEK_END) != 0 || (size = ftell(file)) < 0 || fseek(file, 0, SEEK_SET) != 0) {
    err = omadm_error_set(error, OMADM_E_IO, "%s: not a file that can be read whole", path);
    goto out;
  }
  if ((size_t)size > FILE_MAX) {
    err = omadm_error_set(error, OMADM_E_LIMIT, "%s: larger than 64 MiB", path);
    goto out;
  }
  octets = omadm_arena_alloc(arena, (size_t)size + 1);
  if (octets == NULL) {
    err = OMADM_E_NOMEM;
    goto out;
  }
  if (fread(octets, 1, (size_t)size, file) != (size_t)size) {
    err = omadm_error_set(error, OMADM_E_IO, "%s: could not be read", path);
    goto out;
  }
  octets[size] = 0;
  *out = (omadm_str){octets, (size_t)size};
out:
  if (file != NULL) fclose(file);
  return err;
}

omadm_err reader_path(reader *self, omadm_str name, omadm_str *out) {
  const char *slash = strrchr(self->path, '/');
  size_t folder =
      slash == NULL || (name.len > 0 && name.ptr[0] == '/') ? 0 : (size_t)(slash - self->path) + 1;
  char *path = omadm_arena_alloc(self->arena, folder + name.len + 1);
  if (path == NULL) return OMADM_E_NOMEM;
  memcpy(path, self->path, folder);
  memcpy(path + folder, name.ptr, name.len);
  path[folder + name.len] = 0;
  *out = (omadm_str){path, folder + name.len};
  return OMADM_OK;
}

omadm_err reader_file(reader *self, const xmlNode *at, omadm_str name, omadm_str *out) {
  omadm_str path = {NULL, 0};
  omadm_error cause = {0};
  omadm_err err = reader_path(self, name, &path);
  if (err != OMADM_OK) return err;
  err = files_read(path.ptr, self->arena, out, &cause);
  return err == OMADM_OK ? OMADM_OK : reader_fail(self, at, "%s", cause.text);
}

/* The decoded text, in the arena. */
static omadm_err decode(reader *self, omadm_str text, omadm_err (*codec)(omadm_str, omadm_buf *),
                        omadm_str *out) {
  omadm_buf octets;
  omadm_buf_init(&octets, &omadm_mem_default, 0);
  omadm_err err = codec(text, &octets);
  if (err == OMADM_OK) {
    *out = omadm_arena_copy(self->arena, omadm_buf_str(&octets));
    if (out->ptr == NULL) err = OMADM_E_NOMEM;
  }
  omadm_buf_dispose(&octets);
  return err;
}

omadm_err reader_hex(reader *self, const xmlNode *at, omadm_str text, omadm_str *out) {
  omadm_err err = decode(self, text, omadm_hex_decode, out);
  return err == OMADM_E_SYNTAX ? reader_fail(self, at, "not hexadecimal") : err;
}

omadm_err reader_base64(reader *self, const xmlNode *at, omadm_str text, omadm_str *out) {
  omadm_err err = decode(self, text, omadm_base64_decode, out);
  return err == OMADM_E_SYNTAX ? reader_fail(self, at, "not base64") : err;
}
