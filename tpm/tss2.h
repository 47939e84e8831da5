/* SPDX-License-Identifier: MIT */
/*
 * The provider that talks ESAPI (TCG TSS 2.0 Enhanced System API) to a TPM 2.0.
 *
 * A call of <omadm/tpm.h> packs its arguments into a job. One thread per provider owns the
 * ESYS_CONTEXT and runs the jobs, so that a TPM that does not answer holds up that thread and
 * nobody else.
 */
#ifndef TPM_TSS2_H
#define TPM_TSS2_H

#include <omadm/error.h>
#include <omadm/log.h>
#include <omadm/tpm.h>

#include <pthread.h>
#include <stdbool.h>

#include <tss2/tss2_esys.h>

#include "tpm/logs.h"

/* ---- the link: what the thread has ---- */

enum { TSS2_NOTES = 4, TSS2_NOTE_SIZE = 240 };

/* What is to be logged of one job; written by the thread, logged by the caller. */
typedef struct tss2_notes {
  unsigned n;
  struct {
    omadm_log_level level;
    char text[TSS2_NOTE_SIZE];
  } rows[TSS2_NOTES];
} tss2_notes;

typedef struct tss2_link tss2_link;

/* How the TPM is reached; all of it is called by the thread only. */
typedef struct tss2_port {
  void *ctx;
  omadm_tpm_status (*open)(void *ctx, tss2_link *link, TSS2_TCTI_CONTEXT **tcti);
  void (*close)(void *ctx, TSS2_TCTI_CONTEXT **tcti);
  void (*dispose)(void *ctx);
  bool startup; /* TPM2_Startup is ours to send: no kernel and no firmware does */
} tss2_port;

struct tss2_link {
  tss2_port port;
  TSS2_TCTI_CONTEXT *tcti;
  ESYS_CONTEXT *esys; /* NULL while there is no connection */
  bool old_family; /* a TPM 1.2 was found last */
  int64_t until; /* of the running job, omadm_clock_ms */
  tss2_notes *notes; /* of the running job */
};

/* A line for the log. */
void tss2_note(tss2_link *link, omadm_log_level level, const char *format, ...) OMADM_PRINTF(3, 4);
/* The status of a response code; what is not OK is noted under the command's name. */
omadm_tpm_status tss2_check(tss2_link *link, const char *command, TSS2_RC rc);
/* The same for a command on octets that came from outside: what it complains of in a parameter is
 * INTEGRITY. */
omadm_tpm_status tss2_check_input(tss2_link *link, const char *command, TSS2_RC rc);
/* Whether rc is this response code of format one, for whatever parameter or handle. */
bool tss2_rc_is(TSS2_RC rc, TSS2_RC format_one);

/* Connects where there is no connection. ABSENT: there is no TPM; UNSUPPORTED: it is a TPM 1.2. */
omadm_tpm_status tss2_link_open(tss2_link *link);
void tss2_link_close(tss2_link *link);
/* Flushes what is no ESYS_TR_NONE, and makes it that. */
void tss2_flush(tss2_link *link, ESYS_TR *object);

/* ---- jobs ---- */

/* Runs in the thread. Out-parameters are in *args too. It may be run again from the start where the
 * TPM was busy. */
typedef omadm_tpm_status tss2_run(tss2_link *link, void *args);

typedef struct tss2_thread tss2_thread;
/* NULL: out of memory. Takes ownership of the port, also on failure. The thread itself starts with
 * the first job. */
tss2_thread *tss2_thread_new(const tss2_port *port, const omadm_log *log, unsigned deadline_ms);
/* Has args[size] run, and copied back where that was OK. */
omadm_tpm_status tss2_thread_call(tss2_thread *thread, tss2_run *run, void *args, size_t size);
/* Whether there was a TPM 1.2 when the thread looked last. */
bool tss2_thread_old_family(tss2_thread *thread);
/* Waits for a running job until its deadline, and not at all for one that has missed it: then the
 * thread cleans up when it can. */
void tss2_thread_free(tss2_thread *thread);

/* ---- keys ---- */

typedef struct tss2_key {
  omadm_tpm_key_kind kind;
  TPM2B_PUBLIC public_area;
  TPM2B_PRIVATE private_area;
} tss2_key;

/* Whether the kind is an attestation key; false also for no kind. */
bool tss2_kind_attests(omadm_tpm_key_kind kind);
bool tss2_kind_known(omadm_tpm_key_kind kind);
/* The hash that a key of this kind signs with; the kind is known. */
uint16_t tss2_kind_hash(omadm_tpm_key_kind kind);
/* The key in a blob. ARGUMENT: the blob is of another kind of key; INTEGRITY: it is none
 * of ours, or damaged. */
omadm_tpm_status tss2_key_unpack(omadm_str blob, omadm_tpm_key_kind kind, tss2_key *key);
omadm_tpm_status tss2_public_pack(const TPMT_PUBLIC *public_area, omadm_tpm_data *out);
/* Whether the template makes such a key: they differ in nothing but `unique`. */
bool tss2_public_fits(const TPMT_PUBLIC *public_area, const TPMT_PUBLIC *template);

/* Loads n keys under the storage primary, which is gone again when this returns. On failure nothing
 * is loaded. To be flushed by the caller. */
omadm_tpm_status tss2_keys_load(tss2_link *link, const tss2_key *const *keys, ESYS_TR *objects,
                                size_t n);

typedef struct tss2_key_open_args {
  tss2_key key; /* the kind; to be made where public_area.size is 0 */
  omadm_tpm_key opened;
} tss2_key_open_args;
tss2_run tss2_run_key_open;

/* ---- the other jobs ---- */

tss2_run tss2_run_info; /* omadm_tpm_info */
tss2_run tss2_run_clock; /* omadm_tpm_clock */

typedef struct tss2_random_args {
  size_t n;
  uint8_t octets[64];
} tss2_random_args;
tss2_run tss2_run_random;

tss2_run tss2_run_pcr_read; /* omadm_tpm_pcrs: bank and mask are what is asked for */
/* The same inside another job. */
omadm_tpm_status tss2_pcrs_read(tss2_link *link, omadm_tpm_pcrs *pcrs);
/* The selection of these PCRs of one bank. */
TPML_PCR_SELECTION tss2_pcr_selection(uint16_t bank, uint32_t mask);
/* The PCRs of `bank` in a selection. */
uint32_t tss2_pcr_mask(const TPML_PCR_SELECTION *selection, uint16_t bank);

typedef struct tss2_ek_args {
  omadm_tpm_ek ek;
  uint32_t number;
  omadm_tpm_data data;
} tss2_ek_args;
bool tss2_ek_known(omadm_tpm_ek ek);
tss2_run tss2_run_ek_public;
tss2_run tss2_run_ek_certificate;

typedef struct tss2_activate_args {
  tss2_key key;
  omadm_tpm_ek ek;
  TPM2B_ID_OBJECT id_object;
  TPM2B_ENCRYPTED_SECRET secret;
  omadm_tpm_digest opened;
} tss2_activate_args;
tss2_run tss2_run_activate;

typedef struct tss2_quote_args {
  tss2_key key;
  uint16_t bank;
  uint32_t mask;
  TPM2B_DATA nonce;
  omadm_tpm_quote quote;
} tss2_quote_args;
tss2_run tss2_run_quote;

typedef struct tss2_certify_args {
  tss2_key key;
  tss2_key subject;
  TPM2B_DATA nonce;
  omadm_tpm_signed certified;
} tss2_certify_args;
tss2_run tss2_run_certify;

typedef struct tss2_sign_args {
  tss2_key key;
  TPM2B_DIGEST digest;
  omadm_tpm_data signature;
} tss2_sign_args;
tss2_run tss2_run_sign;

/* ---- NV ---- */

/* The contents of an NV index. NOT_FOUND: not defined, or never written;
 * UNSUPPORTED: it is larger than size.
 */
omadm_tpm_status tss2_nv_read(tss2_link *link, TPM2_HANDLE index, uint8_t *buffer, size_t size,
                              size_t *len);

/* ---- providers ---- */

/* A provider over that port. Takes ownership of the port, also on failure. boot_log and ima_log are
 * the kernel's, used where the configuration names none; may be NULL. */
omadm_err tss2_provider_open(const tss2_port *port, const char *boot_log, const char *ima_log,
                             const omadm_tpm_config *config, omadm_tpm *tpm, omadm_error *error);

#endif
