/* SPDX-License-Identifier: MIT */
/*
 * Bootstrap (OMA-TS-DM_Bootstrap): a document makes a server known to the device. Two kinds are
 * read: OMA Client Provisioning with the application w7, in XML or WBXML, and the DM profile, a
 * SyncML message that adds managed objects to ./Inbox. Reading checks everything that the document
 * itself decides, its MAC too; applying changes the tree, all of it or nothing. Nobody is answered:
 * a session with each new server shows that it worked (OMA-TS-DM_Bootstrap 5.4.5).
 */
#ifndef OMADM_BOOTSTRAP_H
#define OMADM_BOOTSTRAP_H

#include <omadm/error.h>
#include <omadm/framework.h>
#include <omadm/limits.h>
#include <omadm/log.h>
#include <omadm/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How often a PIN is asked for. */
#define OMADM_BOOTSTRAP_ATTEMPTS 3

/* A document, and what it is believed by. Everything is borrowed for omadm_bootstrap_read. */
typedef struct omadm_bootstrap_source {
  size_t struct_size;
  omadm_str octets; /* the document, or a WAP push that carries it */
  /* Its content type; SEC and MAC may stand behind it. Empty: that of the push, else as its octets
   * look. */
  omadm_str type;
  /* NETWPIN, USERPIN, USERNETWPIN, USERPINMAC; NETWORKID, USERPIN, USERPIN_NETWORKID; or the number
   * of the first four. Empty: that of the content type. */
  omadm_str sec;
  omadm_str mac; /* hexadecimal, either case. Empty: that of the content type */
  /* What the network and the device share: an IMSI in decimal digits, "0x" and hexadecimal digits
   * (an ESN), else the octets as they stand. */
  omadm_str network_id;
  /* 1: the caller vouches for where a document without SEC comes from: the factory, a file of the
   * administrator. A document with SEC is verified whatever stands here. */
  int trusted;
  /* The PIN that the user types, `attempt` from 1 to OMADM_BOOTSTRAP_ATTEMPTS; appended to *pin,
   * which is wiped. NOT_FOUND: there is none (any more). NULL: there is nobody to be asked. */
  omadm_err (*pin)(void *ctx, unsigned attempt, omadm_buf *pin);
  void *pin_ctx;
  const omadm_log *log; /* borrowed for the life of what is read; may be NULL */
  omadm_limits limits;
} omadm_bootstrap_source;

/* struct_size and the limits' defaults. */
OMADM_EXPORT void omadm_bootstrap_source_init(omadm_bootstrap_source *source);

typedef struct omadm_bootstrap omadm_bootstrap;

/*
 * Reads and verifies. SYNTAX, LIMIT: malformed or too large; UNSUPPORTED: another kind of document;
 * REFUSED: the MAC does not fit, there is none where SEC is, or nothing says that the document may
 * be believed. Owned by the caller, free with omadm_bootstrap_free. Nothing points into the source.
 */
OMADM_EXPORT omadm_err omadm_bootstrap_read(const omadm_bootstrap_source *source,
                                            omadm_bootstrap **bootstrap, omadm_error *error);
OMADM_EXPORT void omadm_bootstrap_free(omadm_bootstrap *bootstrap);

/* 1: a MAC was verified; 0: it is trusted for where it comes from. */
OMADM_EXPORT int omadm_bootstrap_is_authenticated(const omadm_bootstrap *bootstrap);

/* An account of the document. Borrowed from it. */
typedef struct omadm_bootstrap_account {
  omadm_str server_id;
  omadm_str name; /* for people; may be empty */
  omadm_str url;
  int session_now; /* w7's INIT; always of the DM profile */
} omadm_bootstrap_account;

OMADM_EXPORT size_t omadm_bootstrap_count(const omadm_bootstrap *bootstrap);
/* NOT_FOUND beyond the end. */
OMADM_EXPORT omadm_err omadm_bootstrap_at(const omadm_bootstrap *bootstrap, size_t i,
                                          omadm_bootstrap_account *account);

/*
 * Puts it into the tree, and settles it; with `check_only` all is tried and taken back. An account
 * whose server the device has already is replaced where the document is authenticated, and so is
 * another managed object that is there; otherwise EXISTS, as are
 * two objects of one document that belong at one place. ACLs of such objects are left out where
 * it is not authenticated. What the administrator of the device set for it (Ext/omadm) stays. The
 * device itself acts: the document needs no rights. Managed objects that the device has no place
 * for are left out, with a line in the log. On failure nothing has changed. STATE: a transaction of
 * somebody else is open.
 */
OMADM_EXPORT omadm_err omadm_bootstrap_apply(omadm_bootstrap *bootstrap, omadm_framework *framework,
                                             int check_only, omadm_error *error);

/* A managed object of the document that is no account, as omadm_bootstrap_apply found it. Borrowed
 * from the document. */
typedef struct omadm_bootstrap_object {
  omadm_str type;
  omadm_str uri; /* where it belongs; empty: it was left out */
  size_t made, replaced; /* nodes that were not there, and that were */
} omadm_bootstrap_object;

OMADM_EXPORT size_t omadm_bootstrap_objects(const omadm_bootstrap *bootstrap);
/* NOT_FOUND beyond the end. */
OMADM_EXPORT omadm_err omadm_bootstrap_object_at(const omadm_bootstrap *bootstrap, size_t i,
                                                 omadm_bootstrap_object *object);

#ifdef __cplusplus
}
#endif
#endif
