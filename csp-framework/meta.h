/* SPDX-License-Identifier: MIT */
/* Numbers that outlive the process. */
#ifndef OMADM_FRAMEWORK_META_H
#define OMADM_FRAMEWORK_META_H

#include <endian.h>

#include "csp-framework/core.h"

/* A transaction number that was never given before: they are reserved in the store in blocks. */
omadm_err meta_transaction_number(omadm_framework *fw, uint64_t *number);

#define META_HOST "host/" /* before the keys of the host: they stand apart from the framework's */

/* Slot of the host port: 1 to 65535, then 1 again. Stored before it is returned. */
omadm_err host_session_number(void *ctx, uint32_t *number);

/* Puts into fw->key the key of a numbered row: the word, a zero octet, the number so that rows are
 * ordered by it. */
omadm_err meta_journal_key(omadm_framework *fw, const char *word, uint64_t number);

/* The numbered rows of the journal that have this word. */
typedef struct meta_rows {
  omadm_buf after; /* the last key */
  omadm_buf row;
  size_t prefix; /* octets of the keys that are the word */
} meta_rows;

void meta_rows_init(omadm_framework *fw, const char *word, meta_rows *rows);
void meta_rows_dispose(meta_rows *rows);
/* The next one: 0, its number and its value, borrowed until the next call; NOT_FOUND at the end. */
omadm_err meta_rows_next(omadm_framework *fw, meta_rows *rows, uint64_t *number, omadm_str *value);

/* Removes what the host keeps of a server (OMADM_META_SERVER). */
omadm_err meta_forget_server(omadm_framework *fw, omadm_str server_id);

/* A number as 8 octets, highest first. */
static inline void meta_put_u64(char *out, uint64_t value) {
  value = htobe64(value);
  memcpy(out, &value, sizeof value);
}

static inline uint64_t meta_get_u64(const char *in) {
  uint64_t value = 0;
  memcpy(&value, in, sizeof value);
  return be64toh(value);
}

#endif
