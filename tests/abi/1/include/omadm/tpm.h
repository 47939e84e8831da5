/* SPDX-License-Identifier: MIT */
/*
 * The TPM port: what omadm and its plugins ask of a TPM 2.0, and the providers that answer. The
 * first part is for plugins and hosts; the second, at the end, for hosts: a plugin links nothing of
 * omadm and gets its table from services->tpm (<omadm/csp.h>).
 *
 * Only numbers, spans and values cross it: what a call returns is written into the caller's memory,
 * so there is nothing to free. A provider is a table of calls and the number they are called with.
 * What is written has no struct_size: the structures are as they are within an ABI number
 * (OMADM_CSP_ABI), and calls are only added at the end of the table. Some hold several 4 KiB: on
 * the stack of a thread that the caller did not make (a job's, musl's 128 KiB) they do not belong.
 *
 * Structures of the TPM are in their marshalled form, big-endian (TPM 2.0 Library, part 2):
 * TPMT_PUBLIC, TPMS_ATTEST and TPMT_SIGNATURE stand without a size in front.
 *
 * Threads. Any call may come from any thread; a provider runs one at a time. All calls block, a
 * provider for no longer than its deadline: what takes longer is TIMEOUT, and until the TPM has
 * answered that one further calls are BUSY. A deadline (60 s by default) is longer than a server
 * waits for a command (command-time, 30 s): a Get that asks the TPM may come too late.
 *
 * Handles and sessions of the TPM are released before a call returns. Keys are never subject to the
 * dictionary-attack lockout (noDA). A program that is killed in the middle of a call leaves them
 * behind: the kernel's resource manager (/dev/tpmrm0) frees them, a TPM that is reached without one
 * keeps them, and answers RESOURCE in the end, until it is restarted. Nobody can tell whose they
 * are, so no provider flushes what it has not made.
 */
#ifndef OMADM_TPM_H
#define OMADM_TPM_H

#include <omadm/error.h>
#include <omadm/log.h>
#include <omadm/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/*  name, value, what it means */
/* clang-format off */
#define OMADM_TPM_STATUSES(X) \
  X(OK, 0, "done") \
  X(ABSENT, 1, "there is no TPM") \
  X(UNSUPPORTED, 2, "this provider or TPM cannot do it") \
  X(NOT_FOUND, 3, "there is no such key, index or log") \
  X(AUTH, 4, "the TPM wants an authorization that is not the empty one") \
  X(LOCKOUT, 5, "the TPM is locked out after wrong authorizations") \
  X(BUSY, 6, "the TPM is busy; try again") \
  X(INTEGRITY, 7, "the TPM refused it as damaged or made for another TPM") \
  X(RESOURCE, 8, "the TPM has no room for another object or session") \
  X(TIMEOUT, 9, "the TPM did not answer in time") \
  X(IO, 10, "the TPM cannot be reached, or gave nonsense") \
  X(ARGUMENT, 11, "an argument is not usable")
/* clang-format on */

typedef enum omadm_tpm_status {
#define OMADM_TPM_STATUS_ENUM_(name, value, text) OMADM_TPM_##name = (value),
  OMADM_TPM_STATUSES(OMADM_TPM_STATUS_ENUM_)
#undef OMADM_TPM_STATUS_ENUM_
      OMADM_TPM_LAST_ = 999
} omadm_tpm_status;

/* The meaning of a status, a constant text. */
static inline const char *omadm_tpm_status_text(omadm_tpm_status status) {
#define OMADM_TPM_STATUS_TEXT_(name, value, text) status == OMADM_TPM_##name ? (text):
  return OMADM_TPM_STATUSES(OMADM_TPM_STATUS_TEXT_) "unknown status";
#undef OMADM_TPM_STATUS_TEXT_
}

/*  name, TPM_ALG_ID, octets of a digest, the word */
/* clang-format off */
#define OMADM_TPM_ALGS(X) \
  X(SHA1, 0x0004, 20, "sha1") \
  X(SHA256, 0x000B, 32, "sha256") \
  X(SHA384, 0x000C, 48, "sha384") \
  X(SHA512, 0x000D, 64, "sha512") \
  X(SM3, 0x0012, 32, "sm3")
/* clang-format on */

enum {
#define OMADM_TPM_ALG_ENUM_(name, value, size, text) OMADM_TPM_##name = (value),
  OMADM_TPM_ALGS(OMADM_TPM_ALG_ENUM_)
#undef OMADM_TPM_ALG_ENUM_
      OMADM_TPM_ALG_LAST_ = 0xFFFF
};

/* Octets of a digest; 0 for an algorithm that is none of the five. */
static inline size_t omadm_tpm_digest_size(uint16_t alg) {
#define OMADM_TPM_ALG_SIZE_(name, value, size, text) alg == OMADM_TPM_##name ? (size_t)(size):
  return OMADM_TPM_ALGS(OMADM_TPM_ALG_SIZE_) 0;
#undef OMADM_TPM_ALG_SIZE_
}

/* "sha256" …; "" for an unknown one; lives for ever. */
static inline const char *omadm_tpm_alg_name(uint16_t alg) {
#define OMADM_TPM_ALG_NAME_(name, value, size, text) alg == OMADM_TPM_##name ? (text):
  return OMADM_TPM_ALGS(OMADM_TPM_ALG_NAME_) "";
#undef OMADM_TPM_ALG_NAME_
}

#define OMADM_TPM_PCRS 24
#define OMADM_TPM_ALL_PCRS 0xFFFFFFu

/* Octets by value. len <= sizeof octets. */
typedef struct omadm_tpm_data {
  uint32_t len;
  uint8_t octets[4096];
} omadm_tpm_data;

/* The same octets, borrowed. Empty where len cannot be true. */
static inline omadm_str omadm_tpm_data_str(const omadm_tpm_data *data) {
  omadm_str s = {(const char *)data->octets, data->len};
  if (s.len > sizeof data->octets) s.len = 0;
  return s;
}

/* A digest, or a name: nameAlg (two octets) and digest. */
typedef struct omadm_tpm_digest {
  uint32_t len;
  uint8_t octets[68];
} omadm_tpm_digest;

static inline omadm_str omadm_tpm_digest_str(const omadm_tpm_digest *digest) {
  omadm_str s = {(const char *)digest->octets, digest->len};
  if (s.len > sizeof digest->octets) s.len = 0;
  return s;
}

/* Endorsement keys of the TCG EK Credential Profile (templates L-1 and L-2). */
typedef enum omadm_tpm_ek { OMADM_TPM_EK_RSA2048 = 1, OMADM_TPM_EK_P256 = 2 } omadm_tpm_ek;

/* Keys that a caller may own. All are children of a P-256 storage primary in the endorsement
 * hierarchy (userWithAuth, noDA), so that quotes show the true counters; fixedTPM, fixedParent. */
typedef enum omadm_tpm_key_kind {
  OMADM_TPM_AK_RSA_SHA256 = 1, /* attestation key: restricted, RSA-2048, RSASSA with SHA-256 */
  OMADM_TPM_AK_RSA_SHA1 = 2, /* the same with SHA-1, for services that know nothing else */
  OMADM_TPM_AK_P256 = 3, /* attestation key: restricted, ECDSA with SHA-256 */
  OMADM_TPM_SIGN_RSA = 4, /* unrestricted, RSA-2048, RSAPSS with SHA-256 */
  OMADM_TPM_SIGN_P256 = 5 /* unrestricted, ECDSA with SHA-256 */
} omadm_tpm_key_kind;

typedef struct omadm_tpm_key {
  uint64_t handle; /* names it in further calls, never 0; the provider's, valid until key_close */
  omadm_tpm_data public_area; /* TPMT_PUBLIC */
  omadm_tpm_digest name;
  omadm_tpm_digest qualified_name;
  omadm_tpm_data blob; /* what key_open takes to open the same key again; useless elsewhere */
} omadm_tpm_key;

enum {
  OMADM_TPM_IN_LOCKOUT = 1 << 0,
  OMADM_TPM_OWNER_AUTH_SET = 1 << 1,
  OMADM_TPM_ENDORSEMENT_AUTH_SET = 1 << 2,
  OMADM_TPM_LOCKOUT_AUTH_SET = 1 << 3
};

typedef struct omadm_tpm_info {
  uint32_t version; /* 0 none, 1 TPM 1.2, 2 TPM 2.0 */
  char manufacturer[8]; /* "IBM"; terminated */
  char vendor[20]; /* terminated */
  uint64_t firmware;
  uint32_t n_banks;
  uint16_t banks[8]; /* allocated PCR banks, TPM_ALG_ID */
  uint32_t flags;
  uint32_t lockout_count, lockout_max;
} omadm_tpm_info;

typedef struct omadm_tpm_clock {
  uint64_t milliseconds;
  uint32_t reset_count; /* starts of the TPM: reboots */
  uint32_t restart_count; /* resumes since then */
  uint32_t safe; /* 0: after an unclean stop the clock may repeat values */
} omadm_tpm_clock;

/* PCR values of one bank. Only values[i] with bit i of mask are set; zero octets follow a digest
 * that is shorter than its place. */
typedef struct omadm_tpm_pcrs {
  uint16_t bank;
  uint16_t digest_len;
  uint32_t mask;
  uint8_t values[OMADM_TPM_PCRS][64];
} omadm_tpm_pcrs;

typedef struct omadm_tpm_quote {
  omadm_tpm_data attest; /* TPMS_ATTEST */
  omadm_tpm_data signature; /* TPMT_SIGNATURE */
  omadm_tpm_pcrs pcrs; /* read with it; they agree with the quote's digest */
} omadm_tpm_quote;

typedef struct omadm_tpm_signed {
  omadm_tpm_data attest;
  omadm_tpm_data signature;
} omadm_tpm_signed;

typedef enum omadm_tpm_log {
  OMADM_TPM_LOG_BOOT = 1, /* TCG event log of the firmware and boot loader */
  OMADM_TPM_LOG_IMA = 2 /* IMA's list of measurements, binary */
} omadm_tpm_log;

/* The calls. `tpm` is the number that came with the table. Out-parameters are written where the
 * answer is OK, and else left alone. */
typedef struct omadm_tpm_calls {
  uint32_t struct_size;

  /* OK with version 0 or 1 also where no other call can work. */
  omadm_tpm_status (*info)(uint64_t tpm, omadm_tpm_info *info);
  /* TPMT_PUBLIC of the endorsement key. */
  omadm_tpm_status (*ek_public)(uint64_t tpm, omadm_tpm_ek ek, omadm_tpm_data *public_area);
  /* Certificates that the maker left in NV, DER: number 0 is the endorsement key's, 1 and on its
   * intermediates. NOT_FOUND is normal. */
  omadm_tpm_status (*ek_certificate)(uint64_t tpm, omadm_tpm_ek ek, uint32_t number,
                                     omadm_tpm_data *der);
  /* Opens the key of that blob, or, blob empty, makes one. INTEGRITY: the blob is of another TPM,
   * or the endorsement seed has changed: make a new key. RESOURCE also where a plugin
   * has 16 open. A plugin's keys are its own: another's handle is NOT_FOUND, and what it left open
   * is closed when the plugin is, or when its process ends. Who uses a provider without a host
   * shares its handles. Keys that nobody closed go with the provider. */
  omadm_tpm_status (*key_open)(uint64_t tpm, omadm_tpm_key_kind kind, omadm_str blob,
                               omadm_tpm_key *key);
  omadm_tpm_status (*key_close)(uint64_t tpm, uint64_t key);
  /* TPM2_ActivateCredential for this key with that EK. id_object and secret are the bodies of
   * TPM2B_ID_OBJECT and TPM2B_ENCRYPTED_SECRET. INTEGRITY: not made for this key in this TPM. */
  omadm_tpm_status (*activate)(uint64_t tpm, uint64_t key, omadm_tpm_ek ek, omadm_str id_object,
                               omadm_str secret, omadm_tpm_digest *opened);
  /* Quotes the PCRs of `mask` (bit i: PCR i) of one bank; nonce: 0 to 64 octets. UNSUPPORTED: the
   * bank is not allocated (a bare TPM would quote nothing and say OK). */
  omadm_tpm_status (*quote)(uint64_t tpm, uint64_t key, uint16_t bank, uint32_t mask,
                            omadm_str nonce, omadm_tpm_quote *quote);
  /* The values of the PCRs of `mask`, as far as that bank has them: pcrs->mask says which.
   * UNSUPPORTED: the bank is not allocated. */
  omadm_tpm_status (*pcr_read)(uint64_t tpm, uint16_t bank, uint32_t mask, omadm_tpm_pcrs *pcrs);
  omadm_tpm_status (*clock)(uint64_t tpm, omadm_tpm_clock *clock);
  /* TPM2_Certify of `subject` by the attestation key `key`. */
  omadm_tpm_status (*certify)(uint64_t tpm, uint64_t key, uint64_t subject, omadm_str nonce,
                              omadm_tpm_signed *certified);
  /* A signature over a digest by a key that is not restricted: TPMT_SIGNATURE. */
  omadm_tpm_status (*sign)(uint64_t tpm, uint64_t key, uint16_t hash, omadm_str digest,
                           omadm_tpm_data *signature);
  /* Reads the log from `offset` into buffer[size]; *len 0 is its end. NOT_FOUND: there is none. IO:
   * its file cannot be read; the log says why, as of a file that the configuration names and that
   * is not there. */
  omadm_tpm_status (*event_log)(uint64_t tpm, omadm_tpm_log log, uint64_t offset, uint8_t *buffer,
                                size_t size, size_t *len);
  /* n (at most 64) random octets. */
  omadm_tpm_status (*random)(uint64_t tpm, uint8_t *octets, size_t n);
} omadm_tpm_calls;

/*
 * For hosts: what follows is linked.
 */

/* A provider in use. */
typedef struct omadm_tpm {
  const omadm_tpm_calls *calls;
  uint64_t self;
  void (*close)(uint64_t self);
} omadm_tpm;

typedef struct omadm_tpm_config {
  size_t struct_size;
  const omadm_log *log; /* any thread; borrowed for life; gets the TPM's raw codes; may be NULL */
  /* Files of the logs. NULL: the kernel's (securityfs) where spec is tss2:device:…, the recording's
   * where it is a recording, else none. Copied. */
  const char *event_log;
  const char *ima_log;
  unsigned deadline_ms; /* of one call; 0: 60 s */
} omadm_tpm_config;

OMADM_EXPORT void omadm_tpm_config_init(omadm_tpm_config *config);

/*
 * Opens a provider by its name: tss2:TCTI (ESAPI over any TCTI: "tss2:device:/dev/tpmrm0",
 * "tss2:swtpm:path=…"), recorded:DIR (what omadm_tpm_record wrote, whatever is asked), none.
 * It succeeds also where no TPM answers yet: then calls are ABSENT or IO, and each tries again, so
 * that a TPM may go and come. ARGUMENT: the name is unknown. Ended by omadm_tpm_close.
 *
 * Beside the log, the libraries under tss2 write to standard error what fails. It is the program's
 * to silence them: setenv("TSS2_LOG", "all+none", 0) in main, before there is a second thread.
 */
OMADM_EXPORT omadm_err omadm_tpm_open(const char *spec, const omadm_tpm_config *config,
                                      omadm_tpm *tpm, omadm_error *error);
/* Waits for a running call no longer than the deadline, and not for one that has missed it. Empties
 * *tpm; an empty one is allowed. */
OMADM_EXPORT void omadm_tpm_close(omadm_tpm *tpm);

/*
 * Writes what a TPM says now into a folder (made, or empty): info.txt, ek-rsa2048.pub, .crt (and
 * -1.crt … for intermediates), ak.pub, quote.attest and quote.sig over all PCRs of `bank` with that
 * nonce, pcrs.txt ("sha256:0 HEX" lines of each allocated bank), eventlog.bin, ima.bin. What the
 * TPM does not have is left out. STATE: it did not give what it has; or a log cannot be read, and
 * *error says which.
 */
OMADM_EXPORT omadm_err omadm_tpm_record(const omadm_tpm *tpm, uint16_t bank, omadm_str nonce,
                                        const char *folder, omadm_error *error);

#ifdef __cplusplus
}
#endif
#endif
