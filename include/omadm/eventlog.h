/* SPDX-License-Identifier: MIT */
/*
 * Measured boot: TCG event logs (PC Client Platform Firmware Profile 10), the Windows boot
 * configuration log inside them, and IMA's list. Reads, replays, and says what follows.
 *
 * A log is evidence only as far as its replay equals quoted PCR values; the type of an entry and
 * the data of many are not covered by them. omadm_eventlog_check says whether a log holds together
 * as far as the facts drawn from it need.
 */
#ifndef OMADM_EVENTLOG_H
#define OMADM_EVENTLOG_H

#include <omadm/error.h>
#include <omadm/tpm.h>
#include <omadm/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define OMADM_EVENTLOG_MAX ((size_t)16 << 20) /* octets of a log */

typedef struct omadm_eventlog omadm_eventlog;

typedef struct omadm_event {
  uint32_t pcr; /* 0xFFFFFFFF occurs, and is not measured */
  uint32_t type; /* TCG_EVENTTYPE */
  omadm_str data; /* borrowed from the log's octets */
  size_t offset; /* in the log */
} omadm_event;

/* Reads a log, legacy (SHA-1) or crypto-agile. The octets are borrowed for its life. SYNTAX and a
 * sentence with the place where it is cut or inconsistent; padding of 00 or FF ends a log. Owned by
 * the caller, free with omadm_eventlog_free. */
OMADM_EXPORT omadm_err omadm_eventlog_parse(omadm_str octets, omadm_eventlog **log,
                                            omadm_error *error);
OMADM_EXPORT void omadm_eventlog_free(omadm_eventlog *log);
OMADM_EXPORT size_t omadm_eventlog_count(const omadm_eventlog *log);
/* Event i; borrowed for the log's life, NULL beyond the end. */
OMADM_EXPORT const omadm_event *omadm_eventlog_at(const omadm_eventlog *log, size_t i);
/* The digest of event i in that bank; empty where it has none. */
OMADM_EXPORT omadm_str omadm_eventlog_digest(const omadm_eventlog *log, size_t i, uint16_t bank);
/* TPM_ALG_ID of the banks that the log carries; returns how many. */
OMADM_EXPORT size_t omadm_eventlog_banks(const omadm_eventlog *log, uint16_t *banks, size_t n);
/* "EV_SEPARATOR"; "" for an unknown type; lives for ever. */
OMADM_EXPORT const char *omadm_event_type_name(uint32_t type);
/* One line for a person about the event's data, cut to size. */
OMADM_EXPORT void omadm_event_describe(const omadm_event *event, char *line, size_t size);

/* The PCR values that the log makes. pcrs->mask holds all 24; *extended those that an event
 * extended. UNSUPPORTED: the log does not carry that bank. */
OMADM_EXPORT omadm_err omadm_eventlog_replay(const omadm_eventlog *log, uint16_t bank,
                                             omadm_tpm_pcrs *pcrs, uint32_t *extended);
/*
 * Compares with what the TPM says. *agree: PCRs for which the log accounts exactly, those without
 * events that still stand at their start value included; *differ: PCRs with events that it does not
 * account for; the rest (no event, extended later by the running system) is in neither. PCR 5 may
 * lack the exit-boot-services actions.
 */
OMADM_EXPORT omadm_err omadm_eventlog_compare(const omadm_eventlog *log,
                                              const omadm_tpm_pcrs *quoted, uint32_t *agree,
                                              uint32_t *differ);
/*
 * Does it hold together, as far as facts are drawn from it: every measured entry has a digest in
 * the bank and, where its type says so, that of its data; one separator for each PCR with its own
 * octets; expected types in PCRs 7, 8 and 11 to 14, told by digest where a type could lie; Secure
 * Boot variables once and before the separator; Windows' configuration whole, closed, and of one
 * boot. Says nothing about PCR values: that is omadm_eventlog_compare. REFUSED names the entry;
 * UNSUPPORTED as replay.
 */
OMADM_EXPORT omadm_err omadm_eventlog_check(const omadm_eventlog *log, uint16_t bank,
                                            omadm_error *error);

/* IMA's binary list: its entries extend PCR 10. REFUSED: an entry's data is not what its digest
 * says. *entries may be NULL. For banks other than SHA-1 the template data is hashed again (kernel
 * 5.8 and later). */
OMADM_EXPORT omadm_err omadm_imalog_replay(omadm_str octets, uint16_t bank, omadm_tpm_digest *pcr10,
                                           size_t *entries, omadm_error *error);

/* Elements of the Windows boot configuration log: what the data of an EV_EVENT_TAG entry holds, and
 * what an element of kind NESTED holds again. */
typedef enum omadm_sipa_kind {
  OMADM_SIPA_OCTETS = 0,
  OMADM_SIPA_UINT, /* 1, 2, 4 or 8 octets, little-endian */
  OMADM_SIPA_BOOL, /* the same; anything but 0 is true */
  OMADM_SIPA_TEXT, /* UTF-16LE, terminated by a zero character or not */
  OMADM_SIPA_NESTED
} omadm_sipa_kind;

#define OMADM_SIPA_AGGREGATION 0x40000000u /* bit of an identifier: the value is a run again */
#define OMADM_SIPA_DEPTH 8 /* runs inside runs; deeper ones are not read */

typedef struct omadm_sipa {
  uint32_t id;
  omadm_str value; /* borrowed from the run */
} omadm_sipa;

/* Takes the first element off *run: 1, 0 at its end, -1 where the rest is no element. */
OMADM_EXPORT int omadm_sipa_next(omadm_str *run, omadm_sipa *element);
/* "BITLOCKER_UNLOCK"; "" for an unknown identifier; lives for ever. *kind (may be NULL) always. */
OMADM_EXPORT const char *omadm_sipa_name(uint32_t id, omadm_sipa_kind *kind);
/* The number in a value of kind UINT or BOOL; 0 where it is none. */
OMADM_EXPORT int omadm_sipa_uint(omadm_str value, uint64_t *number);

/* How much a fact is worth. */
typedef enum omadm_grade {
  OMADM_GRADE_UNKNOWN = 0, /* the log says nothing about it */
  OMADM_GRADE_ATTESTED, /* follows from measured events */
  OMADM_GRADE_NOT_APPLICABLE /* this kind of boot has no such thing */
} omadm_grade;

typedef enum omadm_boot_kind {
  OMADM_BOOT_UNKNOWN = 0, /* firmware events only, or none */
  OMADM_BOOT_WINDOWS,
  OMADM_BOOT_LINUX
} omadm_boot_kind;

typedef struct omadm_fact {
  omadm_grade grade;
  uint64_t value; /* a boolean is 0 or 1; where the grade is not ATTESTED: the safe answer */
  omadm_str octets; /* borrowed from the log */
} omadm_fact;

/*  member, kind (BOOL, UINT, OCTETS), label for a person */
/* clang-format off */
#define OMADM_BOOT_FACTS(X) \
  X(secure_boot, BOOL, "Secure Boot is on") \
  X(firmware_debugger, BOOL, "a firmware debugger was allowed") \
  X(bitlocker, UINT, "how the volume was unlocked (BitLocker flags)") \
  X(boot_debugging, BOOL, "boot debugging is on") \
  X(kernel_debugging, BOOL, "kernel debugging is on") \
  X(code_integrity, BOOL, "code integrity is enforced") \
  X(test_signing, BOOL, "test signing is on") \
  X(flight_signing, BOOL, "flight signing is on") \
  X(safe_mode, BOOL, "booted into safe mode") \
  X(winpe, BOOL, "booted into an installation environment") \
  X(dep_policy, UINT, "data execution prevention policy") \
  X(vsm, BOOL, "virtualization-based security is required") \
  X(hvci, BOOL, "hypervisor-enforced code integrity is on") \
  X(iommu, BOOL, "an IOMMU is required") \
  X(elam_driver, BOOL, "the ELAM driver was loaded") \
  X(boot_manager_svn, UINT, "security version of the boot manager") \
  X(boot_app_svn, UINT, "security version of the OS loader") \
  X(boot_count, UINT, "boots counted by the loader") \
  X(transfer_control, UINT, "how control was passed on (1 cold boot, 2 resume)") \
  X(hypervisor, UINT, "hypervisor launch type") \
  X(vsm_launch_type, UINT, "virtual secure mode launch type") \
  X(os_device, UINT, "kind of device that holds the system") \
  X(boot_revocation_list, OCTETS, "revocation list of the boot manager") \
  X(os_revocation_list, OCTETS, "revocation list of the system") \
  X(secure_boot_policy, OCTETS, "custom Secure Boot policy, or its digest") \
  X(dbx, OCTETS, "digest of the forbidden signatures (dbx)") \
  X(sbat, OCTETS, "SBAT level") \
  X(boot_authority, OCTETS, "certificate that vouched for the boot loader") \
  X(command_line, OCTETS, "kernel command line")
/* clang-format on */
/*
 * boot_authority: DER, of the first authority after the separator of PCR 7. What the running system
 * can still measure (PCR 7 after the separator, PCRs 8, 9 and 11 to 14 of a boot that left them
 * empty) tells its own story: who relies on a Windows boot asks too that this certificate is one
 * that signs Windows. The words of a Linux command line count as good (command_line,
 * kernel_debugging, safe_mode and code_integrity are ATTESTED) only where PCRs 8, 11 and 12 are
 * trusted and show the loader that measured it: GRUB's command that loads the kernel, or the
 * sections of a unified kernel image that carries no line of its own. Bad words count wherever they
 * stand.
 */

#define OMADM_BOOT_POLICIES 32

/* The value of command_line: how its octets are written. */
enum { OMADM_COMMAND_LINE_UTF8 = 0, OMADM_COMMAND_LINE_UTF16LE = 1 };

typedef struct omadm_boot_facts {
  omadm_boot_kind kind;
#define OMADM_BOOT_FACT_MEMBER_(name, kind, label) omadm_fact name;
  OMADM_BOOT_FACTS(OMADM_BOOT_FACT_MEMBER_)
#undef OMADM_BOOT_FACT_MEMBER_
  size_t n_policies; /* code integrity policies, in log order; further ones are counted only */
  omadm_str policies[OMADM_BOOT_POLICIES];
  size_t n_modules; /* loaded modules named by the log */
} omadm_boot_facts;

/* The PCRs that facts are drawn from: 7, 8, 12 to 14, 19, 20. Who relies on facts demands that a
 * compare found every one of them in agreement: without its entries a PCR is only not in `differ`.
 */
#define OMADM_BOOT_FACT_PCRS 0x187180u

/* What follows from the log, using only PCRs in `trusted` (those that a compare found in agreement;
 * OMADM_TPM_ALL_PCRS to read a log as it stands). Rules of the sample policy for Windows boots; for
 * others never a Windows fact. */
OMADM_EXPORT void omadm_boot_facts_derive(const omadm_eventlog *log, uint16_t bank,
                                          uint32_t trusted, omadm_boot_facts *facts);

#ifdef __cplusplus
}
#endif
#endif
