/* SPDX-License-Identifier: MIT */
#include "csp-framework/values.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/codec.h"
#include "csp-framework/dispatch.h"
#include "csp-framework/meta.h"
#include "csp-framework/values_files.h"

enum { PIECE = 65536 }; /* octets read at once */

struct fw_spool {
  unsigned uses;
  omadm_format format;
  uint64_t in_memory, size;
  omadm_buf memory; /* while fd is -1 */
  int fd;
  bool named; /* else the file has a temporary name */
  char name[VALUES_NAME];
  EVP_MD_CTX *md; /* while it is written, and while it is read in order */
  unsigned char digest[VALUES_DIGEST];
  bool closed, bad; /* bad: what came is no value of the format */
  omadm_status cut_by; /* why octets are missing; 0: none are */
  uint64_t checked; /* octets that were read in order and went into md */
  char cut[4]; /* chr, xml: a character that is not complete yet */
  size_t n_cut;
  uint64_t digits; /* b64 */
  unsigned pads;
};

fw_spool *values_new(omadm_framework *fw, omadm_format format, uint64_t in_memory) {
  fw_spool *v = omadm_mem_new(&fw->mem, 1, sizeof *v);
  if (v == NULL) return NULL;
  *v = (fw_spool){.uses = 1, .format = format, .in_memory = in_memory, .fd = -1};
  omadm_buf_init(&v->memory, &fw->mem, 0);
  if (fw->values.folder < 0) v->in_memory = UINT64_MAX;
  return v;
}

fw_spool *values_use(fw_spool *v) {
  if (v != NULL) v->uses++;
  return v;
}

void values_leave(omadm_framework *fw, fw_spool *v) {
  if (v == NULL || --v->uses > 0) return;
  if (v->fd >= 0) close(v->fd);
  if (v->fd >= 0 && !v->named) {
    values_file_remove(fw, v->name, true);
    fw->values.octets -= v->size;
  }
  EVP_MD_CTX_free(v->md);
  omadm_buf_dispose(&v->memory);
  omadm_mem_free(&fw->mem, v);
}

uint64_t values_size(const fw_spool *v) {
  return v->size;
}

omadm_str values_octets(const fw_spool *v) {
  if (v->fd >= 0) return (omadm_str){NULL, 0};
  return (omadm_str){v->memory.len > 0 ? v->memory.ptr : "", v->memory.len};
}

/* ---- writing ---- */

static bool digest_begin(fw_spool *v) {
  if (v->md == NULL) v->md = EVP_MD_CTX_new();
  return v->md != NULL && EVP_DigestInit_ex(v->md, EVP_sha256(), NULL) == 1;
}

/* What there is no room for on the disk is told as such. */
static omadm_status refused_by_disk(omadm_framework *fw, const char *doing) {
  int why = errno;
  fw_log(fw, OMADM_LOG_ERROR, "a large value could not be %s: %s", doing, strerror(why));
  bool full = why == ENOSPC || why == EDQUOT || why == EFBIG;
  return full ? OMADM_ST_DEVICE_FULL : OMADM_ST_STORE_FAILED;
}

static bool has_room(const omadm_framework *fw, size_t octets) {
  return fw->values.octets + octets <= fw->config.limits.store_size;
}

static omadm_status put(omadm_framework *fw, fw_spool *v, omadm_str octets) {
  if (!has_room(fw, octets.len)) values_make_room(fw);
  if (!has_room(fw, octets.len)) {
    fw_log(fw, OMADM_LOG_WARN, "large values would take more room than store-size");
    return OMADM_ST_DEVICE_FULL;
  }
  if (EVP_DigestUpdate(v->md, octets.ptr, octets.len) != 1) return OMADM_ST_FAILED;
  for (size_t done = 0; done < octets.len;) {
    ssize_t n = write(v->fd, octets.ptr + done, octets.len - done);
    if (n < 0 && errno != EINTR) return refused_by_disk(fw, "written");
    if (n > 0) done += (size_t)n;
    if (n > 0) v->size += (uint64_t)n;
    if (n > 0) fw->values.octets += (uint64_t)n;
  }
  return OMADM_ST_OK;
}

/* It has become too large for memory. */
static omadm_status move_to_file(omadm_framework *fw, fw_spool *v) {
  if (getrandom(v->name, sizeof v->name, 0) != (ssize_t)sizeof v->name || !digest_begin(v))
    return OMADM_ST_FAILED;
  v->fd = values_file_make(fw, v->name);
  if (v->fd < 0) return refused_by_disk(fw, "made");
  v->size = 0;
  omadm_status status = put(fw, v, omadm_buf_str(&v->memory));
  omadm_buf_dispose(&v->memory);
  return status;
}

static omadm_status take(omadm_framework *fw, fw_spool *v, omadm_str octets) {
  if (octets.len == 0) return OMADM_ST_OK;
  if (octets.len > fw->config.limits.max_obj_size ||
      v->size > fw->config.limits.max_obj_size - octets.len)
    return OMADM_ST_TOO_LARGE;
  if (v->fd < 0 && (octets.len > v->in_memory || v->size > v->in_memory - octets.len)) {
    omadm_status status = move_to_file(fw, v);
    if (status != OMADM_ST_OK) return status;
  }
  if (v->fd >= 0) return put(fw, v, octets);
  if (omadm_buf_add_str(&v->memory, octets) != 0) return OMADM_ST_DEVICE_FULL;
  v->size += octets.len;
  return OMADM_ST_OK;
}

/* Is it UTF-8, with what was cut off before? What is cut off at its end is kept. */
static bool is_text(fw_spool *v, omadm_str text) {
  uint32_t code = 0;
  while (v->n_cut > 0 && text.len > 0) {
    v->cut[v->n_cut++] = *text.ptr++;
    text.len--;
    if (omadm_utf8_decode((omadm_str){v->cut, v->n_cut}, 0, &code) > 0)
      v->n_cut = 0;
    else if (v->n_cut == sizeof v->cut)
      return false;
  }
  if (v->n_cut > 0) return true;
  size_t back = 0; /* from the end to the lead of a character that may be cut */
  while (back < 3 && back < text.len &&
         ((unsigned char)text.ptr[text.len - 1 - back] & 0xC0) == 0x80)
    back++;
  if (back < text.len && ((unsigned char)text.ptr[text.len - 1 - back] & 0xC0) == 0xC0 &&
      omadm_utf8_decode(text, text.len - 1 - back, &code) == 0) {
    v->n_cut = back + 1;
    text.len -= v->n_cut;
    memcpy(v->cut, text.ptr + text.len, v->n_cut);
  }
  return omadm_utf8_is_valid(text);
}

static bool is_digit(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
         c == '/';
}

/* The canonical form of base64 is that without white space. */
static omadm_status take_base64(omadm_framework *fw, fw_spool *v, omadm_str text) {
  size_t begin = 0;
  for (size_t i = 0; i <= text.len; i++) {
    char c = i < text.len ? text.ptr[i] : ' ';
    if (omadm_is_space(c)) {
      omadm_status status = take(fw, v, (omadm_str){text.ptr + begin, i - begin});
      if (status != OMADM_ST_OK) return status;
      begin = i + 1;
    } else if (c == '=') {
      if (++v->pads > 2) return OMADM_ST_BAD_FORMAT; /* and stays in the text */
    } else if (v->pads > 0 || !is_digit(c)) {
      return OMADM_ST_BAD_FORMAT;
    } else {
      v->digits++;
    }
  }
  return OMADM_ST_OK;
}

omadm_status values_write(omadm_framework *fw, fw_spool *v, omadm_str octets) {
  bool text = v->format == OMADM_FORMAT_CHR || v->format == OMADM_FORMAT_XML;
  omadm_status status = OMADM_ST_BAD_FORMAT;
  if (v->bad) return status;
  if (v->cut_by != 0) return v->cut_by;
  if (v->format == OMADM_FORMAT_B64)
    status = take_base64(fw, v, octets);
  else if (!text || is_text(v, octets))
    status = take(fw, v, octets);
  v->bad = status == OMADM_ST_BAD_FORMAT;
  if (status != OMADM_ST_OK && !v->bad) v->cut_by = status;
  return status;
}

omadm_status values_close(fw_spool *v) {
  if (v->closed) return OMADM_ST_OK; /* one of the store, that a Copy takes */
  if (v->cut_by != 0) return v->cut_by; /* whoever gave it may not have looked */
  if (v->bad || v->n_cut > 0 || (v->digits + v->pads) % 4 != 0 || v->digits % 4 == 1)
    return OMADM_ST_BAD_FORMAT;
  v->closed = true;
  if (v->fd < 0) return OMADM_ST_OK;
  if (EVP_DigestFinal_ex(v->md, v->digest, NULL) != 1) return OMADM_ST_FAILED;
  EVP_MD_CTX_free(v->md);
  v->md = NULL;
  return OMADM_ST_OK;
}

omadm_status values_name(omadm_framework *fw, fw_spool *v, char room[VALUES_REFERENCE]) {
  if (!v->named) {
    if (fsync(v->fd) != 0) return refused_by_disk(fw, "made durable");
    if (omadm_buf_add(&fw->values.fresh, v->name, VALUES_NAME) != OMADM_OK) return OMADM_ST_FAILED;
    if (!values_file_rename(fw, v->name)) return refused_by_disk(fw, "named");
  }
  v->named = true;
  values_touch(fw); /* the row may never come */
  memcpy(room, v->name, VALUES_NAME);
  meta_put_u64(room + VALUES_NAME, v->size);
  memcpy(room + VALUES_NAME + 8, v->digest, VALUES_DIGEST);
  return OMADM_ST_OK;
}

/* ---- reading ---- */

fw_spool *values_open(omadm_framework *fw, omadm_str reference) {
  struct stat facts;
  if (reference.len != VALUES_REFERENCE || fw->values.folder < 0) {
    fw_log(fw, OMADM_LOG_ERROR, "a row of the store names a file of a value that cannot be here");
    return NULL;
  }
  fw_spool *v = values_new(fw, OMADM_FORMAT_BIN, 0);
  if (v == NULL) return NULL;
  memcpy(v->name, reference.ptr, VALUES_NAME);
  memcpy(v->digest, reference.ptr + VALUES_NAME + 8, VALUES_DIGEST);
  v->size = meta_get_u64(reference.ptr + VALUES_NAME);
  v->named = v->closed = true;
  v->fd = values_file_open(fw, v->name);
  if (v->fd >= 0 && fstat(v->fd, &facts) == 0 && (uint64_t)facts.st_size == v->size) return v;
  fw_log(fw, OMADM_LOG_ERROR, "the file of a large value is missing or has another length");
  values_leave(fw, v);
  return NULL;
}

/* What is read from its beginning to its end is compared with what was written. */
static omadm_err check(omadm_framework *fw, fw_spool *v, uint64_t offset, omadm_str octets) {
  unsigned char digest[VALUES_DIGEST];
  if (offset == 0) v->checked = 0;
  if (offset == 0 && !digest_begin(v)) return OMADM_E_NOMEM;
  if (offset != v->checked || v->md == NULL) return OMADM_OK;
  v->checked += octets.len;
  if (EVP_DigestUpdate(v->md, octets.ptr, octets.len) != 1) return OMADM_E_NOMEM;
  if (v->checked < v->size) return OMADM_OK;
  bool same =
      EVP_DigestFinal_ex(v->md, digest, NULL) == 1 && memcmp(digest, v->digest, sizeof digest) == 0;
  EVP_MD_CTX_free(v->md);
  v->md = NULL;
  if (same) return OMADM_OK;
  fw_log(fw, OMADM_LOG_ERROR, "the file of a large value is damaged");
  return OMADM_E_STORE;
}

omadm_err values_read(omadm_framework *fw, fw_spool *v, uint64_t offset, size_t most,
                      omadm_str *octets) {
  *octets = (omadm_str){"", 0};
  if (offset >= v->size || most == 0) return OMADM_OK;
  if (most > v->size - offset) most = (size_t)(v->size - offset);
  if (v->fd < 0) {
    *octets = (omadm_str){v->memory.ptr + offset, most};
    return OMADM_OK;
  }
  if (most > PIECE) most = PIECE;
  fw->values.piece.len = 0;
  if (omadm_buf_reserve(&fw->values.piece, PIECE) != 0) return OMADM_E_NOMEM;
  ssize_t n = 0;
  do
    n = pread(v->fd, fw->values.piece.ptr, most, (off_t)offset);
  while (n < 0 && errno == EINTR);
  if (n <= 0) {
    fw_log(fw, OMADM_LOG_ERROR, "the file of a large value could not be read: %s",
           n < 0 ? strerror(errno) : "it has become shorter");
    return OMADM_E_STORE;
  }
  *octets = (omadm_str){fw->values.piece.ptr, (size_t)n};
  return check(fw, v, offset, *octets);
}

/* ---- snapshots ---- */

omadm_status values_lend(omadm_framework *fw, fw_spool *v, omadm_answer *answer) {
  for (size_t i = 0; i < FW_SNAPSHOTS; i++) {
    fw_snapshot *s = &fw->values.snapshots[i];
    if (s->value != NULL) continue;
    *s = (fw_snapshot){fw->next_token++, values_use(v)};
    answer->data = (omadm_str){NULL, 0};
    answer->snapshot = s->token;
    answer->size = v->size;
    return OMADM_ST_OK;
  }
  return fw_answer(fw, answer, OMADM_ST_TOO_LARGE, "%d large values are being read already",
                   (int)FW_SNAPSHOTS);
}

static fw_snapshot *find(omadm_framework *fw, omadm_token token) {
  for (size_t i = 0; i < FW_SNAPSHOTS; i++) {
    fw_snapshot *s = &fw->values.snapshots[i];
    if (s->value != NULL && s->token == token) return s;
  }
  return NULL;
}

omadm_status tree_read(void *ctx, omadm_token snapshot, uint64_t offset, size_t most,
                       omadm_answer *answer) {
  omadm_framework *fw = ctx;
  const fw_snapshot *s = find(fw, snapshot);
  *answer = (omadm_answer){0};
  if (s == NULL) return fw_answer(fw, answer, OMADM_ST_NOT_FOUND, "there is no such snapshot");
  omadm_err err = values_read(fw, s->value, offset, most, &answer->data);
  return err == 0 ? OMADM_ST_OK
                  : fw_answer(fw, answer, omadm_status_from_err(err), "its file cannot be read");
}

void tree_release(void *ctx, omadm_token snapshot) {
  omadm_framework *fw = ctx;
  fw_snapshot *s = find(fw, snapshot);
  if (s == NULL) return;
  dispatch_release(fw); /* the answer that it came with may use the value, too */
  values_leave(fw, s->value);
  s->value = NULL;
}
