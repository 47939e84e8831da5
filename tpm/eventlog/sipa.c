/* SPDX-License-Identifier: MIT */
/* The Windows boot configuration log inside EV_EVENT_TAG entries: runs of identifier, length and
 * value, little-endian, some of which hold runs again (Windows SDK, wbcl.h). */
#include "tpm/eventlog/log.h"

enum { HEAD_SIZE = 8 };

#define U OMADM_SIPA_UINT
#define B OMADM_SIPA_BOOL
#define T OMADM_SIPA_TEXT
#define O OMADM_SIPA_OCTETS
#define N OMADM_SIPA_NESTED
/* clang-format off */
static const struct {
  uint32_t id;
  omadm_sipa_kind kind;
  const char *name;
} table[] = {
    {0x40010001, N, "TRUSTBOUNDARY"},
    {0x40010002, N, "ELAM_AGGREGATION"},
    {0x40010003, N, "LOADEDMODULE_AGGREGATION"},
    {0xC0010004, N, "TRUSTPOINT_AGGREGATION"},
    {0x40010005, N, "KSR_AGGREGATION"},
    {0x40010006, N, "KSR_SIGNED_MEASUREMENT_AGGREGATION"},
    {0x00020001, O, "INFORMATION"},
    {0x00020002, U, "BOOTCOUNTER"},
    {0x00020003, U, "TRANSFER_CONTROL"},
    {0x00020004, O, "APPLICATION_RETURN"},
    {0x00020005, U, "BITLOCKER_UNLOCK"},
    {0x00020006, U, "EVENTCOUNTER"},
    {0x00020007, U, "COUNTERID"},
    {0x00020008, U, "MORBIT_NOT_CANCELABLE"},
    {0x00020009, U, "APPLICATION_SVN"},
    {0x0002000A, U, "SVN_CHAIN_STATUS"},
    {0x0002000B, U, "MORBIT_API_STATUS"},
    {0x0002000C, U, "IDK_GENERATION_STATUS"},
    {0x00030001, O, "FIRMWAREERROR"},
    {0x80030002, O, "TPMERROR"},
    {0x00030003, O, "INTERNALERROR"},
    {0x80030004, O, "KSRERROR"},
    {0x00030005, O, "HYPERVISORERROR"},
    {0x00040001, B, "BOOTDEBUGGING"},
    {0x00040002, O, "BOOT_REVOCATION_LIST"},
    {0x00050001, B, "OSKERNELDEBUG"},
    {0x00050002, B, "CODEINTEGRITY"},
    {0x00050003, B, "TESTSIGNING"},
    {0x00050004, U, "DATAEXECUTIONPREVENTION"},
    {0x00050005, B, "SAFEMODE"},
    {0x00050006, B, "WINPE"},
    {0x00050007, U, "PHYSICALADDRESSEXTENSION"},
    {0x00050008, U, "OSDEVICE"},
    {0x00050009, T, "SYSTEMROOT"},
    {0x0005000A, U, "HYPERVISOR_LAUNCH_TYPE"},
    {0x0005000B, T, "HYPERVISOR_PATH"},
    {0x0005000C, U, "HYPERVISOR_IOMMU_POLICY"},
    {0x0005000D, B, "HYPERVISOR_DEBUG"},
    {0x0005000E, U, "DRIVER_LOAD_POLICY"},
    {0x0005000F, O, "SI_POLICY"},
    {0x00050010, U, "HYPERVISOR_MMIO_NX_POLICY"},
    {0x00050011, U, "HYPERVISOR_MSR_FILTER_POLICY"},
    {0x00050012, U, "VSM_LAUNCH_TYPE"},
    {0x00050013, O, "OS_REVOCATION_LIST"},
    {0x00050014, U, "SMT_STATUS"},
    {0x00050020, O, "VSM_IDK_INFO"},
    {0x00050021, B, "FLIGHTSIGNING"},
    {0x00050022, B, "PAGEFILE_ENCRYPTION_ENABLED"},
    {0x00050023, O, "VSM_IDKS_INFO"},
    {0x00050024, B, "HIBERNATION_DISABLED"},
    {0x00050025, B, "DUMPS_DISABLED"},
    {0x00050026, B, "DUMP_ENCRYPTION_ENABLED"},
    {0x00050027, O, "DUMP_ENCRYPTION_KEY_DIGEST"},
    {0x00050028, U, "LSAISO_CONFIG"},
    {0x00050029, O, "SBCP_INFO"},
    {0x00050030, B, "HYPERVISOR_BOOT_DMA_PROTECTION"},
    {0x00050031, O, "SI_POLICY_SIGNER"},
    {0x00050032, O, "SI_POLICY_UPDATE_SIGNER"},
    {0x00050033, O, "REFS_VERSIONED_STORAGE_CHECKPOINT"},
    {0x00050034, O, "REFS_ROLLBACK_PROTECTION_FROZEN_VOLUME_CHECKSUM"},
    {0x00050035, O, "REFS_ROLLBACK_PROTECTION_USER_PAYLOAD_HASH"},
    {0x00050036, O, "REFS_ROLLBACK_PROTECTION_VERIFICATION_SUCCEEDED"},
    {0x00050037, O, "REFS_ROLLBACK_PROTECTION_VOLUME_FIRST_EVER_MOUNT"},
    {0x0005003A, O, "VSM_SEALED_SI_POLICY"},
    {0x0005003B, O, "DRTM_KEYROLL_DETECTED"},
    {0x0005003C, O, "SRTM_UNSEAL_POLICY"},
    {0x0005003D, O, "SRTM_ANTI_ROLLBACK_COUNTER"},
    {0x00050040, O, "VTL1_DUMP_CONFIG"},
    {0x00060001, B, "NOAUTHORITY"},
    {0x00060002, O, "AUTHORITYPUBKEY"},
    {0x00070001, T, "FILEPATH"},
    {0x00070002, U, "IMAGESIZE"},
    {0x00070003, U, "HASHALGORITHMID"},
    {0x00070004, O, "AUTHENTICODEHASH"},
    {0x00070005, T, "AUTHORITYISSUER"},
    {0x00070006, O, "AUTHORITYSERIAL"},
    {0x00070007, U, "IMAGEBASE"},
    {0x00070008, T, "AUTHORITYPUBLISHER"},
    {0x00070009, O, "AUTHORITYSHA1THUMBPRINT"},
    {0x0007000A, B, "IMAGEVALIDATED"},
    {0x0007000B, U, "MODULE_SVN"},
    {0x0007000C, O, "MODULE_PLUTON"},
    {0x0007000D, T, "MODULE_ORIGINAL_FILENAME"},
    {0x0007000E, U, "MODULE_VERSION"},
    {0x0007000F, O, "MODULE_PUBLISHER_OEMNAME"},
    {0x80080001, O, "QUOTE"},
    {0x80080002, O, "QUOTESIGNATURE"},
    {0x80080003, T, "AIKID"},
    {0x80080004, O, "AIKPUBDIGEST"},
    {0x00090001, T, "ELAM_KEYNAME"},
    {0x00090002, O, "ELAM_CONFIGURATION"},
    {0x00090003, O, "ELAM_POLICY"},
    {0x00090004, O, "ELAM_MEASURED"},
    {0x000A0001, B, "VBS_VSM_REQUIRED"},
    {0x000A0002, B, "VBS_SECUREBOOT_REQUIRED"},
    {0x000A0003, B, "VBS_IOMMU_REQUIRED"},
    {0x000A0004, B, "VBS_MMIO_NX_REQUIRED"},
    {0x000A0005, B, "VBS_MSR_FILTERING_REQUIRED"},
    {0x000A0006, B, "VBS_MANDATORY_ENFORCEMENT"},
    {0x000A0007, U, "VBS_HVCI_POLICY"},
    {0x000A0008, B, "VBS_MICROSOFT_BOOT_CHAIN_REQUIRED"},
    {0x000A0009, B, "VBS_DUMP_USES_AMEROOT"},
    {0x000A000A, B, "VBS_VSM_NOSECRETS_ENFORCED"},
    {0x000B0001, O, "KSR_SIGNATURE"},
    {0x000C0001, O, "DRTM_STATE_AUTH"},
    {0x000C0002, O, "DRTM_SMM_LEVEL"},
    {0x000C0003, O, "DRTM_AMD_SMM_HASH"},
    {0x000C0004, O, "DRTM_AMD_SMM_SIGNER_KEY"},
};
/* clang-format on */
#undef U
#undef B
#undef T
#undef O
#undef N

const char *omadm_sipa_name(uint32_t id, omadm_sipa_kind *kind) {
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    if (table[i].id != id) continue;
    if (kind != NULL) *kind = table[i].kind;
    return table[i].name;
  }
  if (kind != NULL)
    *kind = (id & OMADM_SIPA_AGGREGATION) != 0 ? OMADM_SIPA_NESTED : OMADM_SIPA_OCTETS;
  return "";
}

int omadm_sipa_next(omadm_str *run, omadm_sipa *element) {
  if (run->len == 0) return 0;
  if (run->len < HEAD_SIZE) return -1;
  uint32_t size = omadm_le32(run->ptr + 4);
  if (size > run->len - HEAD_SIZE) return -1;
  element->id = omadm_le32(run->ptr);
  element->value = (omadm_str){run->ptr + HEAD_SIZE, size};
  run->ptr += HEAD_SIZE + size;
  run->len -= HEAD_SIZE + size;
  return 1;
}

int omadm_sipa_uint(omadm_str value, uint64_t *number) {
  if (value.len != 1 && value.len != 2 && value.len != 4 && value.len != 8) return 0;
  *number = 0;
  for (size_t i = value.len; i-- > 0;)
    *number = *number << 8 | (uint8_t)value.ptr[i];
  return 1;
}
