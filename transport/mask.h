/* SPDX-License-Identifier: MIT */
/*
 * Secrets of a SyncML message, found by the names of the elements around them and replaced by
 * {{secret-1}}, {{secret-2}} …; the same secret always by the same name. Masked are Data of Cred,
 * NextNonce, Data or TNDS Value of nodes that hold a secret (AAuthSecret and the like, see the
 * tables below), all that is sent to nodes whose arguments hold one, and what the user typed at an
 * alert that hides it (ET=P), from the alert on. The text may be malformed:
 * doubt masks more, not less; so does a name of a node that is written with %XX or &...;.
 */
#ifndef OMADM_TRANSPORT_MASK_H
#define OMADM_TRANSPORT_MASK_H

#include <stdbool.h>

#include <omadm/types.h>

#include "base/mem.h"

/* Last segments of nodes that cannot be read by a server, or hold what nobody should read. */
#define MASK_NODES(X)                                                                              \
  X("AAuthSecret")                                                                                 \
  X("AAuthData")                                                                                   \
  X("AuthSecret")                                                                                  \
  X("Password")                                                                                    \
  X("Challenge")                                                                                   \
  X("PFXCertPassword")                                                                             \
  X("PFXCertBlob")                                                                                 \
  X("SMTPAltPassword")

/* Last segments of nodes whose argument holds one somewhere inside (the token in the JSON of
 * TriggerAttestation, however it is spelled or escaped): the argument is masked as a whole. What
 * the node itself says, in Results or an alert, is not. */
#define MASK_ARGUMENTS(X) X("TriggerAttestation")

typedef struct mask_name mask_name;
enum { MASK_ALERTS = 32, MASK_ID = 16 };

typedef struct mask {
  omadm_arena arena;
  /* CmdIDs of the alerts that hide what is typed. With more of them, or an odd one, all do. */
  char hiding[MASK_ALERTS][MASK_ID];
  size_t hiding_count;
  bool all_hide;
  mask_name *names;
  unsigned count;
} mask;

void mask_init(mask *self);
void mask_dispose(mask *self);

/* Appends `text` with its secrets replaced. NOMEM; then *out holds a part, with nothing unmasked.
 */
omadm_err mask_text(mask *self, omadm_str text, omadm_buf *out);
/* Appends the name of a value that is a secret as a whole. */
omadm_err mask_value(mask *self, omadm_str secret, omadm_buf *out);

#endif
