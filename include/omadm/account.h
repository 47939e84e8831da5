/* SPDX-License-Identifier: MIT */
/*
 * Accounts: which servers may manage this device, and how to talk to them. Their home is the tree
 * (./SyncML/DMAcc, the managed object of OMA-TS-DM_StdObj 5.3.1); a section of the configuration is
 * copied into it. What DMAcc has no node for stands under Ext/omadm of the account.
 *
 * A program that embeds the library calls, in this order (examples/managed_client.c is such a one):
 *
 *   omadm_framework_new, omadm_device_id
 *   omadm_builtin_mount                 mounts DMAcc among others (<omadm/builtin.h>); then its own
 *   omadm_account_import                for each server; omadm_account_prune removes the others
 *   omadm_accounts_load                 again after a bootstrap document, and after a session
 *   omadm_accounts_root_acl             handed to omadm_framework_set_root_acl
 *   omadm_account_host_new              for the sessions of these accounts
 *   omadm_account_session, _http        fill the configurations of a session and of its transport
 *   omadm_session_new, omadm_http_new, omadm_driver_run
 */
#ifndef OMADM_ACCOUNT_H
#define OMADM_ACCOUNT_H

#include <omadm/error.h>
#include <omadm/framework.h>
#include <omadm/session.h>
#include <omadm/transport.h>
#include <omadm/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Settings: the rules that a value written by a person has to keep. Used for accounts here, and by
 * the reader of the configuration for its other sections.
 */
typedef enum omadm_setting_kind {
  OMADM_SETTING_TEXT = 0, /* anything but nothing */
  OMADM_SETTING_WORD, /* one of `words` */
  OMADM_SETTING_NUMBER, /* decimal, in the range of `words`, else 1 and more */
  OMADM_SETTING_FILE, /* an absolute path */
  OMADM_SETTING_URL, /* http:// or https://, of visible ASCII characters */
  OMADM_SETTING_BASE64,
  OMADM_SETTING_NAME /* a ServerID: visible ASCII characters, none that an ACL is written with */
} omadm_setting_kind;

typedef struct omadm_setting_rule {
  const char *name;
  omadm_setting_kind kind;
  const char *words; /* WORD: "a|b"; NUMBER: "LEAST-MOST", or NULL; else NULL */
  /* What is right but not done by this version: words, or how such a value begins ("tpm:"; "" is
   * any value). NULL: nothing. */
  const char *later;
  const char *preset; /* the value where none is given; NULL: none */
  const char *text; /* what it does, one sentence or more */
} omadm_setting_rule;

/* 0; ARGUMENT: malformed; UNSUPPORTED: right, but not in this version. *error says which setting
 * and why. */
OMADM_EXPORT omadm_err omadm_setting_check(const omadm_setting_rule *rule, omadm_str value,
                                           omadm_error *error);

/* The i-th setting of an account; NULL beyond the end. Beside these stand quirk.NAME, one for each
 * quirk. */
OMADM_EXPORT const omadm_setting_rule *omadm_account_rule_at(size_t i);
/* The same by name; "quirk.NAME" finds the rule of "quirks". NULL: unknown. */
OMADM_EXPORT const omadm_setting_rule *omadm_account_rule_find(omadm_str name);

/* A setting of an account, already checked. */
typedef struct omadm_setting {
  omadm_str name;
  omadm_str value;
} omadm_setting;

/*
 * Writes the account of that server into the tree where its settings differ from what was imported
 * last, or it is no longer there; what a server changed since stays otherwise. *changed (may be
 * NULL) tells whether it did: 1, or 2 where the account had been taken away.
 * Settled before it returns. ARGUMENT: no url.
 */
OMADM_EXPORT omadm_err omadm_account_import(omadm_framework *framework, omadm_str server_id,
                                            const omadm_setting *settings, size_t n, int *changed,
                                            omadm_error *error);

/* Removes every account that was imported once and is not among `keep`. */
OMADM_EXPORT omadm_err omadm_account_prune(omadm_framework *framework, const omadm_str *keep,
                                           size_t n, omadm_error *error);

/* An account as the tree holds it. Strings live as long as the list they came with; "" where there
 * is none. */
typedef struct omadm_account {
  size_t struct_size;
  const char *server_id;
  const char *name;
  const char *url;
  const char *ca, *client_cert, *client_key; /* files */
  const char *hosts;
  omadm_dialect dialect;
  omadm_encoding encoding; /* of the first message */
  int rights_full; /* 0: what everybody has */
  uint64_t max_msg_size, max_obj_size; /* 0: as the device's limits say */
  omadm_quirks quirks; /* at the end because it grows */
} omadm_account;

/* The most accounts that documents without a MAC make: each is asked for its ServerID by whoever
 * looks for one, and a device has a few servers. The configuration may name more. */
#define OMADM_ACCOUNTS_MOST 64

typedef struct omadm_accounts omadm_accounts;

/* Reads all accounts. One that cannot be read, or has no ServerID or no address, is left out, with
 * a line in the log (may be NULL). Of several addresses or ports the first one counts. Owned by the
 * caller, free with omadm_accounts_free. */
OMADM_EXPORT omadm_err omadm_accounts_load(omadm_framework *framework, const omadm_log *log,
                                           omadm_accounts **accounts, omadm_error *error);
OMADM_EXPORT void omadm_accounts_free(omadm_accounts *accounts);
OMADM_EXPORT size_t omadm_accounts_count(const omadm_accounts *accounts);
/* NULL beyond the end. */
OMADM_EXPORT const omadm_account *omadm_accounts_at(const omadm_accounts *accounts, size_t i);
/* NULL: no such server. */
OMADM_EXPORT const omadm_account *omadm_accounts_find(const omadm_accounts *accounts,
                                                      const char *server_id);

/* Appends the ACL of the root that these accounts ask for: "Add=*&Get=*", and every right for those
 * with rights_full (OMA-TS-DM_TND 7.7.1.2). */
OMADM_EXPORT omadm_err omadm_accounts_root_acl(const omadm_accounts *accounts, omadm_buf *out);

/* Fills what an account decides of a session (dialect, quirks, names, sizes) and of its transport.
 * Limits that are already in config are the device's. Borrowed from the account. */
OMADM_EXPORT void omadm_account_session(const omadm_account *account, omadm_session_config *config);
OMADM_EXPORT void omadm_account_http(const omadm_account *account, omadm_http_config *config);

/*
 * The host port of sessions with these accounts: what omadm_framework_host fills in, and the
 * credentials and nonces of ./SyncML/DMAcc. Owned by the caller, free with omadm_account_host_free,
 * before the framework and after the sessions that use it.
 */
typedef struct omadm_account_host omadm_account_host;
OMADM_EXPORT omadm_err omadm_account_host_new(omadm_framework *framework, omadm_account_host **host,
                                              omadm_error *error);
/* The port, lives as long as `host`. Its log and random may be replaced: random with a function
 * that needs no ctx of its own. */
OMADM_EXPORT omadm_host *omadm_account_host_port(omadm_account_host *host);
/* NULL is allowed. */
OMADM_EXPORT void omadm_account_host_free(omadm_account_host *host);

/*
 * Appends the device's own id, DevId and Source of every header: `configured` where it is not
 * empty; else a urn:uuid that is made once, from machine-id where there is one (hashed with a key
 * of this program: never the machine-id itself), and kept. `root` is put before the path of
 * machine-id: "" but in tests.
 */
OMADM_EXPORT omadm_err omadm_device_id(omadm_framework *framework, omadm_str configured,
                                       const char *root, omadm_buf *out, omadm_error *error);

#ifdef __cplusplus
}
#endif
#endif
