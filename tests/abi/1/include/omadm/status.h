/* SPDX-License-Identifier: MIT */
/*
 * SyncML response codes (OMA-TS-SyncML_RepPro 10): what a server reads.
 */
#ifndef OMADM_STATUS_H
#define OMADM_STATUS_H

#include <omadm/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/*  name, code, text */
/* clang-format off */
#define OMADM_STATUSES(X) \
  X(IN_PROGRESS, 101, "in progress") \
  X(OK, 200, "done") \
  X(ITEM_ADDED, 201, "item added") \
  X(ACCEPTED, 202, "accepted for processing") \
  X(AUTHENTICATED, 212, "authentication accepted for the session") \
  X(CHUNK_ACCEPTED, 213, "chunk accepted and buffered") \
  X(CANCELLED, 214, "operation cancelled") \
  X(NOT_EXECUTED, 215, "not executed") \
  X(ROLLED_BACK, 216, "undone with its Atomic") \
  X(NOT_MODIFIED, 304, "not modified") \
  X(BAD_REQUEST, 400, "malformed") \
  X(INVALID_CREDENTIALS, 401, "credentials are wrong") \
  X(FORBIDDEN, 403, "forbidden") \
  X(NOT_FOUND, 404, "no such node") \
  X(NOT_ALLOWED, 405, "the node does not allow this command") \
  X(NOT_SUPPORTED, 406, "optional feature not supported") \
  X(MISSING_CREDENTIALS, 407, "credentials are missing") \
  X(TIMEOUT, 408, "nobody answered in time") \
  X(SIZE_REQUIRED, 411, "size required") \
  X(INCOMPLETE, 412, "incomplete command") \
  X(TOO_LARGE, 413, "too large") \
  X(URI_TOO_LONG, 414, "URI too long") \
  X(BAD_FORMAT, 415, "unsupported format, type or value") \
  X(RANGE, 416, "requested size too big") \
  X(EXISTS, 418, "exists already") \
  X(DEVICE_FULL, 420, "no room") \
  X(SIZE_MISMATCH, 424, "size mismatch") \
  X(DENIED, 425, "the ACL denies it") \
  X(FAILED, 500, "command failed") \
  X(NOT_IMPLEMENTED, 501, "unknown command") \
  X(UNAVAILABLE, 503, "busy, try later") \
  X(BAD_VERDTD, 505, "DTD version not supported") \
  X(PROCESSING, 506, "processing error") \
  X(ATOMIC_FAILED, 507, "atomic failed") \
  X(STORE_FAILED, 510, "data store failure") \
  X(BAD_VERPROTO, 513, "protocol version not supported") \
  X(ROLLBACK_FAILED, 516, "could not be undone") \
  X(ATOMIC_TOO_LARGE, 517, "atomic response too large")
/* clang-format on */

enum {
  OMADM_ST_NONE = 0, /* no answer yet */
  OMADM_ST_PENDING = 1, /* the answer comes later, under a token; never sent */
  OMADM_ST_END = 2, /* a list has no further child; never sent */
#define OMADM_STATUS_ENUM_(name, code, text) OMADM_ST_##name = (code),
  OMADM_STATUSES(OMADM_STATUS_ENUM_)
#undef OMADM_STATUS_ENUM_
      OMADM_ST_LAST_ = 999
};

/* The text of a code, or of its class where it is unknown (OMA-TS-SyncML_RepPro 10); lives for
 * ever. */
OMADM_EXPORT const char *omadm_status_text(omadm_status status);

/* 1 for 2xx. */
OMADM_EXPORT int omadm_status_is_success(omadm_status status);

/* The code a server is told when a local call failed. 200 for OMADM_OK. */
OMADM_EXPORT omadm_status omadm_status_from_err(omadm_err err);

#ifdef __cplusplus
}
#endif
#endif
