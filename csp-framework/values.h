/* SPDX-License-Identifier: MIT */
/*
 * The spool: values that are larger than limits.inline_value. Each is written once, as it comes,
 * and never changed: in memory while it is small, then in a file with a temporary name. A row of
 * the store names the file, its length and its SHA-256; a file that no row names goes at the next
 * settle that leaves nothing in memory, and at start. Who reads a value keeps it open, whatever
 * becomes of its row and its name.
 */
#ifndef OMADM_FRAMEWORK_VALUES_H
#define OMADM_FRAMEWORK_VALUES_H

#include "csp-framework/core.h"

typedef struct fw_spool fw_spool;

/* What a row holds in the place of a value that is a file: name, length, digest. */
enum { VALUES_NAME = 16, VALUES_DIGEST = 32, VALUES_REFERENCE = VALUES_NAME + 8 + VALUES_DIGEST };

/* Makes the folder, if there is to be one. IO. */
omadm_err values_init(omadm_framework *fw, omadm_error *error);
void values_dispose(omadm_framework *fw);

/* An empty value, counted as used once. What is written is checked as a value of the format: UTF-8
 * for chr and xml, base64 without its white space for b64; nothing else. Up to `in_memory` octets
 * stay in memory. NULL without memory. */
fw_spool *values_new(omadm_framework *fw, omadm_format format, uint64_t in_memory);
/* One more user; the last one to leave drops it. NULL is allowed. */
fw_spool *values_use(fw_spool *value);
void values_leave(omadm_framework *fw, fw_spool *value);

/* 200, 413 beyond max-obj-size, 415 where the octets are no value of the format, 420 where there is
 * no room, 510. After a refusal it is only to be left. */
omadm_status values_write(omadm_framework *fw, fw_spool *value, omadm_str octets);
/* No more comes: 200, 415, 420, 510; 200 again where it is closed already. */
omadm_status values_close(fw_spool *value);

uint64_t values_size(const fw_spool *value);
/* The octets of one that stayed in memory; ptr NULL: it is a file. */
omadm_str values_octets(const fw_spool *value);
/* Octets from `offset` on, one to `most` of them, or none at the end; borrowed until the next read
 * of any. STORE: they cannot be read, or are not those that were written, which is logged. */
omadm_err values_read(omadm_framework *fw, fw_spool *value, uint64_t offset, size_t most,
                      omadm_str *octets);

/* Gives a closed value its lasting name, durable when it returns, and the reference for a row, in
 * `room`. Not for one in memory. 200, 420, 510. */
omadm_status values_name(omadm_framework *fw, fw_spool *value, char room[VALUES_REFERENCE]);
/* The value of a row's reference, for reading, used once. NULL: it is not there or not as long as
 * it should be, which is logged. */
fw_spool *values_open(omadm_framework *fw, omadm_str reference);

/* How many names of files were made since all was settled; and takes back those after so many, with
 * the transaction that made them. */
size_t values_fresh(const omadm_framework *fw);
void values_unmake(omadm_framework *fw, size_t fresh);

/* A row that may have named a file is changed: files are looked through at the next chance. */
void values_touch(omadm_framework *fw);
/* Removes files that no row names, where nothing is unsettled and something was touched. */
void values_sweep(omadm_framework *fw);
/* The same at any time but within a change: what the store names stays too, which may come back. */
void values_make_room(omadm_framework *fw);

/* Slots of the tree port; values_lend makes the snapshot that they are about: 200, or 413 where too
 * many are open. */
omadm_status values_lend(omadm_framework *fw, fw_spool *value, omadm_answer *answer);
omadm_status tree_read(void *ctx, omadm_token snapshot, uint64_t offset, size_t most,
                       omadm_answer *answer);
void tree_release(void *ctx, omadm_token snapshot);

#endif
