/* SPDX-License-Identifier: MIT */
/* UEFI variables as events carry them (UEFI_VARIABLE_DATA, TCG PC Client PFP 10.4.2.6). */
#ifndef OMADM_EVENTLOG_VARIABLE_H
#define OMADM_EVENTLOG_VARIABLE_H

#include "tpm/eventlog/log.h"

/* The vendor GUIDs that matter here. */
typedef enum variable_vendor {
  VENDOR_OTHER = 0,
  VENDOR_GLOBAL, /* EFI_GLOBAL_VARIABLE */
  VENDOR_SECURITY, /* EFI_IMAGE_SECURITY_DATABASE_GUID */
  VENDOR_SHIM,
  VENDOR_MICROSOFT
} variable_vendor;

typedef struct variable {
  variable_vendor vendor;
  omadm_str guid; /* 16 octets */
  omadm_str name; /* UTF-16LE, not terminated */
  omadm_str data;
  size_t left; /* octets after it: nought but in logs of old shims */
} variable;

/* False where the octets are no such structure. */
bool variable_parse(omadm_str octets, variable *v);
bool variable_is(const variable *v, variable_vendor vendor, const char *name);
/* Writes UTF-16LE as UTF-8, cut to size and always terminated. False where it is not well-formed
 * text. */
bool utf16_text(omadm_str utf16, char *text, size_t size);
/* Appends the whole of it as UTF-8. False where it is not well-formed, or there is no memory. */
bool utf16_add(omadm_str utf16, omadm_buf *out);
/* Do these octets hold signature lists with at least one signature, and nothing else? */
bool signatures_present(omadm_str lists);
/* Is this EFI_SIGNATURE_DATA one of those in the lists? */
bool signatures_hold(omadm_str lists, omadm_str signature);

#endif
