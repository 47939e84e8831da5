/* SPDX-License-Identifier: MIT */
/* A bootstrap document that was read. Private to provisioning. */
#ifndef OMADM_PROVISIONING_BOOTSTRAP_H
#define OMADM_PROVISIONING_BOOTSTRAP_H

#include <omadm/bootstrap.h>
#include <omadm/tnds.h>

#include "base/mem.h"
#include "provisioning/cp.h"
#include "provisioning/record.h"

enum { BOOTSTRAP_RECORDS = 16, BOOTSTRAP_DOCUMENTS = 16, BOOTSTRAP_OBJECTS = 64 };

/* A managed object of the DM profile that is no account. */
typedef struct bootstrap_object {
  const omadm_tnds *tnds;
  size_t root; /* its topmost node */
  omadm_str inbox; /* of the document: what stands behind "./Inbox/"; may be empty */
  omadm_str name; /* wanted for it; may be empty */
  omadm_buf uri; /* since it was applied: where it belongs; empty: it is left out */
  size_t made, replaced; /* nodes, since it was applied */
} bootstrap_object;

struct omadm_bootstrap {
  const omadm_log *log;
  omadm_arena arena; /* a copy of the octets, and the message of the DM profile */
  bool authenticated;
  bool dm_profile;
  cp_document cp;
  omadm_tnds *documents[BOOTSTRAP_DOCUMENTS];
  size_t n_documents;
  bootstrap_object objects[BOOTSTRAP_OBJECTS];
  size_t n_objects;
  account_record *records[BOOTSTRAP_RECORDS]; /* of the arena */
  size_t n_records;
};

/* A place for one more account; NULL after filling *error. */
account_record *bootstrap_add_record(omadm_bootstrap *self, omadm_error *error);
/* Checks the last one, also against the others. */
omadm_err bootstrap_check_record(const omadm_bootstrap *self, omadm_error *error);

/* The message of the DM profile, WBXML or XML. */
omadm_err bootstrap_dm_read(omadm_bootstrap *self, omadm_str octets, bool wbxml,
                            const omadm_limits *limits, omadm_error *error);
/* An account in it. */
omadm_err bootstrap_dm_account(omadm_bootstrap *self, const omadm_tnds *tnds, size_t root,
                               omadm_error *error);
/* Finds places for the objects, and puts them there. */
omadm_err bootstrap_dm_apply(omadm_bootstrap *self, omadm_framework *framework, omadm_error *error);
/* Appends a value that may name a node of the document by its place in the Inbox: the final place
 * instead. */
omadm_err bootstrap_dm_refer(const omadm_bootstrap *self, omadm_str value, omadm_buf *out);

#endif
