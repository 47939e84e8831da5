/* SPDX-License-Identifier: MIT */
/*
 * Writes boot logs as firmware and boot loaders do, with the digests that belong to them: for tests
 * and demonstrations, where a log is wanted that differs from another in one fact. Shares no code
 * with what reads logs.
 */
#ifndef OMADM_CONFORMANCE_BOOT_BOOTLOG_H
#define OMADM_CONFORMANCE_BOOT_BOOTLOG_H

#include <omadm/error.h>
#include <omadm/types.h>

#include <stdbool.h>

enum { BOOTLOG_BANKS = 4 };

/* A log that is being written. The first failure is kept in `err`; what is added after it is not.
 */
typedef struct bootlog {
  omadm_buf octets;
  uint16_t banks[BOOTLOG_BANKS]; /* TPM_ALG_ID */
  size_t n_banks;
  bool legacy; /* no header, SHA-1 */
  omadm_err err;
} bootlog;

/* Begins a crypto-agile log with these banks, at most four; n 0: a legacy one. Ended by
 * bootlog_dispose. */
void bootlog_begin(bootlog *log, const uint16_t *banks, size_t n);
void bootlog_dispose(bootlog *log);
/* An entry whose digests are those of `measured`. */
void bootlog_add(bootlog *log, uint32_t pcr, uint32_t type, omadm_str data, omadm_str measured);
/* An entry that carries what it measures. */
void bootlog_event(bootlog *log, uint32_t pcr, uint32_t type, omadm_str data);
/* The same for a text, without its zero. */
void bootlog_text(bootlog *log, uint32_t pcr, uint32_t type, const char *text);
/* EV_NO_ACTION: digests of zeros. */
void bootlog_note(bootlog *log, uint32_t pcr, omadm_str data);
/* A UEFI variable; guid: 16 octets as they stand in memory. */
void bootlog_variable(bootlog *log, uint32_t pcr, uint32_t type, const uint8_t *guid,
                      const char *name, omadm_str data);
/* An image that was loaded: its digest is that of its file name, for want of the image. */
void bootlog_image(bootlog *log, const char *file);

/* Elements of Windows' boot configuration, appended to a buffer. */
void sipa_add(omadm_buf *run, uint32_t id, omadm_str value);
void sipa_add_uint(omadm_buf *run, uint32_t id, uint64_t value, size_t octets);
void sipa_add_text(omadm_buf *run, uint32_t id, const char *text);
/* Begins an element that holds others; the place to end it at. */
size_t sipa_open(omadm_buf *run, uint32_t id);
void sipa_close(omadm_buf *run, size_t place);

/* The certificate in db that boot managers of written logs are checked with, DER. */
extern const omadm_str bootlog_ca;
/* Writes it as PEM. IO. */
omadm_err bootlog_write_ca(const char *path, omadm_error *error);

/* ASCII as UTF-16LE, without a zero. */
void utf16_put(omadm_buf *out, const char *text);

/* What a log says, and may say otherwise: name, its value. ABSENT: the log does not mention it. */
#define BOOTLOG_ABSENT (-1)
/* clang-format off */
#define BOOTLOG_FACTS(X) \
  X(locality, 0) /* of TPM2_Startup; 3 is noted in the log, 0 is not */ \
  X(secure_boot, 1) \
  X(authority, 1) /* an image was checked with db */ \
  X(firmware_debugger, 0) \
  X(dbx, 1) /* number of its first entry */ \
  X(bitlocker, 4) \
  X(boot_debugging, 0) \
  X(kernel_debugging, 0) \
  X(code_integrity, 1) \
  X(test_signing, 0) \
  X(flight_signing, 0) \
  X(safe_mode, 0) \
  X(winpe, 0) \
  X(dep_policy, 1) \
  X(vsm, 1) \
  X(vsm_mandatory, 1) \
  X(hvci, 1) \
  X(iommu, 1) \
  X(elam_driver, 1) /* 0: loaded, and its signature was not checked */ \
  X(boot_manager_svn, 7) \
  X(boot_app_svn, 3) \
  X(boot_count, 42) \
  X(transfer_control, 1) \
  X(hypervisor, 1) \
  X(vsm_launch_type, 1) \
  X(os_device, 0x10004) \
  X(boot_revocation_list, 1) /* its number */ \
  X(os_revocation_list, 1) /* its number */ \
  X(secure_boot_policy, BOOTLOG_ABSENT) /* its number */ \
  X(policies, 2) /* how many code integrity policies */ \
  X(separators, 1) /* Windows' own at the end */
/* clang-format on */

typedef struct bootlog_options {
  const uint16_t *banks; /* borrowed; at first SHA-256 alone */
  size_t n_banks;
  bool legacy;
  const char *command_line; /* Linux; NULL: none is measured */
  const char *sbat; /* Linux; NULL: none is measured */
#define BOOTLOG_MEMBER_(name, value) int64_t name;
  BOOTLOG_FACTS(BOOTLOG_MEMBER_)
#undef BOOTLOG_MEMBER_
} bootlog_options;

void bootlog_options_init(bootlog_options *options);
/* Sets what is called `name`, "command_line" and "sbat" included; value NULL: absent, else a number
 * or, for those two, a text that is borrowed. False where there is no such thing. */
bool bootlog_options_set(bootlog_options *options, omadm_str name, const char *value);

/* A boot of Windows with Secure Boot, BitLocker, an ELAM driver and virtualization-based security.
 * *log is begun here; look at log->err. */
void bootlog_windows(const bootlog_options *options, bootlog *log);
/* A boot of Linux by shim and GRUB. */
void bootlog_linux(const bootlog_options *options, bootlog *log);

#endif
