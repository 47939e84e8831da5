/* SPDX-License-Identifier: MIT */
/*
 * Does a log hold together? A PCR covers the order and the digests of its entries; neither their
 * types nor the data. What is measured here is therefore told by digest first, and then has to
 * carry the type and the data that belong to it.
 */
#ifndef OMADM_EVENTLOG_CHECK_H
#define OMADM_EVENTLOG_CHECK_H

#include "tpm/eventlog/log.h"

enum { PCR_SECURE_BOOT = 7, CHECK_ONCE = 3 };

/* The log under check. */
typedef struct check {
  const omadm_eventlog *log;
  uint16_t bank;
  omadm_error *error;
  uint32_t closed; /* PCRs that a separator has closed */
  uint32_t secure_boot; /* configuration variables seen, by number */
  uint32_t once; /* variables of boot loaders seen, by number */
  bool windows; /* a Windows boot, as digests say */
  uint32_t tagged; /* PCRs that hold boot configuration */
  bool counted; /* boot_count is set */
  uint64_t boot_count;
} check;

/* REFUSED, with the entry's number and why. */
omadm_err check_refuse(const check *c, size_t i, const char *format, ...) OMADM_PRINTF(3, 4);
bool check_is_whole(const check *c, size_t i);
bool check_is_digest_of(const check *c, size_t i, omadm_str octets);

/* Entries of PCR 7, all but separators. */
omadm_err check_secure_boot(check *c, size_t i);
omadm_err check_secure_boot_end(const check *c);

/* PCRs 11 to 14, 19 and 20: configuration of Windows, or what Linux' boot loaders put there. */
bool tags_are_expected_in(uint32_t pcr);
void check_tags_begin(check *c);
omadm_err check_tags(check *c, size_t i);
omadm_err check_tags_end(const check *c);

#endif
