/* SPDX-License-Identifier: MIT */
/* What every kind of boot begins and ends with. */
#ifndef OMADM_CONFORMANCE_BOOT_PARTS_H
#define OMADM_CONFORMANCE_BOOT_PARTS_H

#include "conformance/boot/bootlog.h"

/* Types of entries (TCG PC Client Platform Firmware Profile, 10.4.1). */
#define EV_POST_CODE 0x00000001u
#define EV_NO_ACTION 0x00000003u
#define EV_SEPARATOR 0x00000004u
#define EV_EVENT_TAG 0x00000006u
#define EV_S_CRTM_VERSION 0x00000008u
#define EV_COMPACT_HASH 0x0000000Cu
#define EV_IPL 0x0000000Du
#define EV_EFI_VARIABLE_DRIVER_CONFIG 0x80000001u
#define EV_EFI_VARIABLE_BOOT 0x80000002u
#define EV_EFI_BOOT_SERVICES_APPLICATION 0x80000003u
#define EV_EFI_GPT_EVENT 0x80000006u
#define EV_EFI_ACTION 0x80000007u
#define EV_EFI_HCRTM_EVENT 0x80000010u
#define EV_EFI_VARIABLE_AUTHORITY 0x800000E0u

/* Shim's GUID as it stands in memory. */
extern const uint8_t guid_shim[16];

/* From power-on to the boot manager: firmware, Secure Boot variables, separators. */
void parts_firmware(const bootlog_options *options, bootlog *log);
/* The partition table, and the choice of a boot option. */
void parts_boot_option(bootlog *log);
/* A certificate of db that an image was checked with. */
void parts_authority(const bootlog_options *options, bootlog *log);
void parts_exit(bootlog *log);

#endif
