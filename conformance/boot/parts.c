/* SPDX-License-Identifier: MIT */
#include "conformance/boot/parts.h"

#include "base/mem.h"
#include "base/str.h"

static const uint8_t guid_global[16] = {0x61, 0xdf, 0xe4, 0x8b, 0xca, 0x93, 0xd2, 0x11,
                                        0xaa, 0x0d, 0x00, 0xe0, 0x98, 0x03, 0x2b, 0x8c};
static const uint8_t guid_security[16] = {0xcb, 0xb2, 0x19, 0xd7, 0x3a, 0x3d, 0x96, 0x45,
                                          0xa3, 0xbc, 0xda, 0xd0, 0x0e, 0x67, 0x65, 0x6f};
const uint8_t guid_shim[16] = {0x50, 0xab, 0x5d, 0x60, 0x46, 0xe0, 0x00, 0x43,
                               0xab, 0xb6, 0x3d, 0xd8, 0x10, 0xdd, 0x8b, 0x23};
static const uint8_t type_x509[16] = {0xa1, 0x59, 0xc0, 0xa5, 0xe4, 0x94, 0xa7, 0x4a,
                                      0x87, 0xb5, 0xab, 0x15, 0x5c, 0x2b, 0xf0, 0x72};
static const uint8_t type_sha256[16] = {0x26, 0x16, 0xc4, 0xc1, 0x4c, 0x50, 0x92, 0x40,
                                        0xac, 0xa9, 0x41, 0xf9, 0x36, 0x93, 0x43, 0x28};
static const uint8_t owner[16] = {0xd2, 0xfa, 0x81, 0xd2, 0x88, 0x8d, 0xa4, 0x47,
                                  0x97, 0x92, 0x5b, 0xaa, 0x47, 0xbb, 0x4e, 0x2b};

/* An owner (of an EFI_SIGNATURE_DATA), and octets that stand for a certificate or a digest. */
static void add_filler(omadm_buf *out, uint8_t seed, size_t size) {
  (void)omadm_buf_add(out, owner, sizeof owner);
  for (size_t i = 0; i < size; i++) {
    uint8_t octet = (uint8_t)(seed * 31 + i * 7);
    (void)omadm_buf_add(out, &octet, 1);
  }
}

/* The same with the certificate that images are checked with. */
static void add_ca(omadm_buf *out) {
  (void)omadm_buf_add(out, owner, sizeof owner);
  (void)omadm_buf_add_str(out, bootlog_ca);
}

/* One EFI_SIGNATURE_LIST with one signature. */
static void put_list(bootlog *log, const uint8_t *guid, const char *name, const uint8_t *type,
                     omadm_str signature) {
  omadm_buf all;
  uint8_t head[12] = {0};
  size_t whole = 16 + sizeof head + signature.len;
  for (size_t i = 0; i < 4; i++) {
    head[i] = (uint8_t)(whole >> 8 * i);
    head[8 + i] = (uint8_t)(signature.len >> 8 * i);
  }
  omadm_buf_init(&all, &omadm_mem_default, 0);
  (void)omadm_buf_add(&all, type, 16);
  (void)omadm_buf_add(&all, head, sizeof head);
  (void)omadm_buf_add_str(&all, signature);
  bootlog_variable(log, 7, EV_EFI_VARIABLE_DRIVER_CONFIG, guid, name, omadm_buf_str(&all));
  omadm_buf_dispose(&all);
}

static void put_database(bootlog *log, const uint8_t *guid, const char *name, const uint8_t *type,
                         uint8_t seed, size_t size) {
  omadm_buf signature;
  omadm_buf_init(&signature, &omadm_mem_default, 0);
  add_filler(&signature, seed, size);
  put_list(log, guid, name, type, omadm_buf_str(&signature));
  omadm_buf_dispose(&signature);
}

static void put_db(bootlog *log) {
  omadm_buf signature;
  omadm_buf_init(&signature, &omadm_mem_default, 0);
  add_ca(&signature);
  put_list(log, guid_security, "db", type_x509, omadm_buf_str(&signature));
  omadm_buf_dispose(&signature);
}

static void put_secure_boot(const bootlog_options *o, bootlog *log) {
  const char on = (char)(o->secure_boot == 1);
  omadm_str value = {&on, o->secure_boot == 2 ? 0 : 1};
  if (o->secure_boot == BOOTLOG_ABSENT) return;
  bootlog_variable(log, 7, EV_EFI_VARIABLE_DRIVER_CONFIG, guid_global, "SecureBoot", value);
  put_database(log, guid_global, "PK", type_x509, 1, 780);
  put_database(log, guid_global, "KEK", type_x509, 2, 900);
  put_db(log);
  if (o->dbx >= 0) {
    put_database(log, guid_security, "dbx", type_sha256, (uint8_t)(16 + o->dbx), 32);
  }
}

void parts_firmware(const bootlog_options *o, bootlog *log) {
  static const omadm_str zeros = OMADM_STR("\0\0\0\0");
  char locality[17] = "StartupLocality";
  bootlog_begin(log, o->banks, o->legacy ? 0 : o->n_banks);
  if (o->locality > 0) {
    locality[16] = (char)o->locality;
    bootlog_note(log, 0, (omadm_str){locality, sizeof locality});
  }
  bootlog_event(log, 0, EV_S_CRTM_VERSION, (omadm_str)OMADM_STR("1\0.\0000\0\0\0"));
  bootlog_add(log, 0, EV_POST_CODE, (omadm_str)OMADM_STR("ACPI DATA"),
              (omadm_str)OMADM_STR("tables that the log does not hold"));
  put_secure_boot(o, log);
  if (o->firmware_debugger > 0) bootlog_text(log, 7, EV_EFI_ACTION, "UEFI Debug Mode");
  bootlog_event(log, 7, EV_SEPARATOR, zeros);
  bootlog_variable(log, 1, EV_EFI_VARIABLE_BOOT, guid_global, "BootOrder", (omadm_str){"\1\0", 2});
  for (uint32_t pcr = 0; pcr < 7; pcr++)
    bootlog_event(log, pcr, EV_SEPARATOR, zeros);
}

void parts_boot_option(bootlog *log) {
  char table[100] = "EFI PART\0\0\1\0\x5c";
  table[92] = 1;
  bootlog_text(log, 4, EV_EFI_ACTION, "Calling EFI Application from Boot Option");
  bootlog_event(log, 5, EV_EFI_GPT_EVENT, (omadm_str){table, sizeof table});
}

void parts_authority(const bootlog_options *o, bootlog *log) {
  omadm_buf signature;
  if (o->secure_boot != 1 || o->authority != 1) return;
  omadm_buf_init(&signature, &omadm_mem_default, 0);
  add_ca(&signature);
  bootlog_variable(log, 7, EV_EFI_VARIABLE_AUTHORITY, guid_security, "db",
                   omadm_buf_str(&signature));
  omadm_buf_dispose(&signature);
}

void parts_exit(bootlog *log) {
  bootlog_text(log, 5, EV_EFI_ACTION, "Exit Boot Services Invocation");
  bootlog_text(log, 5, EV_EFI_ACTION, "Exit Boot Services Returned with Success");
}
