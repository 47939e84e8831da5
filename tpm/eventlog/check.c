/* SPDX-License-Identifier: MIT */
#include "tpm/eventlog/check.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/str.h"
#include "tpm/eventlog/facts.h"
#include "tpm/eventlog/ipl.h"

enum { PCR_FILES = 9 }; /* what GRUB reads, and the kernel's initrd */

static const omadm_str separators[] = {OMADM_STR("\0\0\0\0"), OMADM_STR("\xff\xff\xff\xff"),
                                       OMADM_STR("WBCL")};

omadm_err check_refuse(const check *c, size_t i, const char *format, ...) {
  char why[300];
  const omadm_event *e = &c->log->entries[i].event;
  va_list args;
  va_start(args, format);
  vsnprintf(why, sizeof why, format, args);
  va_end(args);
  const char *name = omadm_event_type_name(e->type);
  return omadm_error_set(c->error, OMADM_E_REFUSED,
                         "the event log is not to be believed: entry %zu (PCR %" PRIu32
                         ", %s%s0x%08" PRIx32 ", offset %zu) %s",
                         i, e->pcr, name, name[0] != '\0' ? " " : "", e->type, e->offset, why);
}

bool check_is_digest_of(const check *c, size_t i, omadm_str octets) {
  return digest_is_of(c->bank, omadm_eventlog_digest(c->log, i, c->bank), octets);
}

bool check_is_whole(const check *c, size_t i) {
  return check_is_digest_of(c, i, c->log->entries[i].event.data);
}

/* Text is measured with or without the zero at its end. */
static bool is_text(const check *c, size_t i) {
  return digest_is_of_text(c->bank, omadm_eventlog_digest(c->log, i, c->bank),
                           c->log->entries[i].event.data);
}

/* Boot variables: firmware measures the whole structure, or the variable's data alone. */
static bool is_boot_variable(const check *c, size_t i) {
  variable v;
  return check_is_whole(c, i) ||
         (variable_parse(c->log->entries[i].event.data, &v) && check_is_digest_of(c, i, v.data));
}

static bool is_authority(const check *c, size_t i) {
  return authority_is_whole(c->bank, omadm_eventlog_digest(c->log, i, c->bank),
                            c->log->entries[i].event.data);
}

/* Types whose data is what was measured (TCG PC Client PFP, table 27). */
static const struct {
  uint32_t type;
  bool (*fits)(const check *c, size_t i);
} covered[] = {
    {EV_SEPARATOR, check_is_whole},
    {EV_ACTION, is_text},
    {EV_EFI_ACTION, is_text},
    {EV_S_CRTM_VERSION, is_text},
    {EV_EFI_VARIABLE_DRIVER_CONFIG, check_is_whole},
    {EV_EFI_VARIABLE_BOOT, is_boot_variable},
    {EV_EFI_VARIABLE_BOOT2, is_boot_variable},
    {EV_EFI_VARIABLE_AUTHORITY, is_authority},
    {EV_EFI_SPDM_DEVICE_POLICY, check_is_whole},
    {EV_EFI_SPDM_DEVICE_AUTHORITY, check_is_whole},
    {EV_EFI_GPT_EVENT, check_is_whole},
    {EV_EFI_GPT_EVENT2, check_is_whole},
};

static omadm_err check_digest(const check *c, size_t i) {
  const omadm_event *e = &c->log->entries[i].event;
  if (omadm_eventlog_digest(c->log, i, c->bank).len == 0) {
    return check_refuse(c, i, "has no digest in the bank that is checked");
  }
  for (size_t k = 0; k < sizeof covered / sizeof covered[0]; k++) {
    if (covered[k].type == e->type && !covered[k].fits(c, i)) {
      return check_refuse(c, i, "has a digest that is not that of its data");
    }
  }
  return OMADM_OK;
}

/* One separator closes a PCR; a second one is what hides entries written later. */
static omadm_err check_separator(check *c, size_t i) {
  const omadm_event *e = &c->log->entries[i].event;
  bool known = e->pcr < PCR_SECURE_BOOT; /* old firmware writes words there */
  for (size_t k = 0; k < sizeof separators / sizeof separators[0]; k++)
    known = known || omadm_str_equal(e->data, separators[k]);
  if (!known) {
    return check_refuse(c, i,
                        "is a separator with other octets than a separator has: the firmware "
                        "met an error, or it is none");
  }
  if (e->pcr <= PCR_SECURE_BOOT && omadm_str_equal(e->data, separators[2])) {
    return check_refuse(c, i, "is Windows' separator in a PCR of the firmware");
  }
  if ((c->closed & 1U << e->pcr) != 0) {
    return check_refuse(c, i, "is a second separator of its PCR");
  }
  c->closed |= 1U << e->pcr;
  return OMADM_OK;
}

/* Whatever its type says: was a separator measured here? */
static omadm_err check_no_separator(const check *c, size_t i) {
  for (size_t k = 0; k < sizeof separators / sizeof separators[0]; k++) {
    if (check_is_digest_of(c, i, separators[k])) {
      return check_refuse(c, i, "was measured as a separator and has another type");
    }
  }
  return OMADM_OK;
}

/* Each entry of PCR 8 has to be explained: otherwise a command line could hide as something else.
 */
static omadm_err check_grub(const check *c, size_t i) {
  if (c->log->entries[i].event.type != EV_IPL) {
    return check_refuse(c, i, "has a type that does not belong into PCR 8");
  }
  if (ipl_read(c->log, i, c->bank).kind == IPL_OPAQUE) {
    return check_refuse(c, i, "has a digest that is not that of its text");
  }
  return OMADM_OK;
}

static omadm_err check_entry(check *c, size_t i) {
  const omadm_event *e = &c->log->entries[i].event;
  if (e->type == EV_NO_ACTION) return OMADM_OK;
  if (e->pcr >= NO_PCR) return check_refuse(c, i, "is measured into a PCR that does not exist");
  omadm_err err = check_digest(c, i);
  if (err != 0) return err;
  bool tags = tags_are_expected_in(e->pcr);
  if (e->type == EV_SEPARATOR) return check_separator(c, i);
  if (e->pcr == PCR_SECURE_BOOT || tags) err = check_no_separator(c, i);
  if (err != 0) return err;
  /* Windows' boot leaves these alone. A running Linux that writes Windows' entries cannot take away
   * what its own boot loader measured. */
  if (c->windows && (e->pcr == PCR_GRUB || e->pcr == PCR_FILES)) {
    return check_refuse(c, i, "is of another boot loader, in the log of a Windows boot");
  }
  if (e->pcr == PCR_SECURE_BOOT) return check_secure_boot(c, i);
  if (e->pcr == PCR_GRUB) return check_grub(c, i);
  return tags ? check_tags(c, i) : OMADM_OK;
}

omadm_err omadm_eventlog_check(const omadm_eventlog *log, uint16_t bank, omadm_error *error) {
  check c = {.log = log, .bank = bank, .error = error};
  omadm_tpm_pcrs pcrs;
  uint32_t extended = 0;
  if (omadm_eventlog_replay(log, bank, &pcrs, &extended) != 0) {
    return omadm_error_set(
        error, OMADM_E_UNSUPPORTED,
        "the event log has no digests of bank 0x%04x, or nobody here can compute "
        "them",
        (unsigned)bank);
  }
  check_tags_begin(&c);
  omadm_err err = OMADM_OK;
  for (size_t i = 0; err == 0 && i < log->n; i++)
    err = check_entry(&c, i);
  if (err == 0 && (extended & 1U << PCR_SECURE_BOOT) != 0) err = check_secure_boot_end(&c);
  return err != 0 ? err : check_tags_end(&c);
}
