/* SPDX-License-Identifier: MIT */
/* The parts that omadm_boot_facts_derive is made of. Each fills the facts it knows and leaves the
 * rest. */
#ifndef OMADM_EVENTLOG_FACTS_H
#define OMADM_EVENTLOG_FACTS_H

#include "tpm/eventlog/log.h"
#include "tpm/eventlog/variable.h"

/* A log to draw facts from. */
typedef struct evidence {
  const omadm_eventlog *log;
  uint16_t bank;
  uint32_t trusted;
} evidence;

/* Is entry i measured into one of these PCRs, trusted, of that type? */
bool evidence_in(const evidence *e, size_t i, uint32_t pcrs, uint32_t type);
/* Is the data of entry i what was measured? */
bool evidence_is_whole(const evidence *e, size_t i);
/* Authority events: as they stand, or as an old shim measured them: without their last octet. */
bool authority_is_whole(uint16_t bank, omadm_str digest, omadm_str data);

static inline omadm_fact fact_attested(uint64_t value) {
  return (omadm_fact){OMADM_GRADE_ATTESTED, value, {NULL, 0}};
}
static inline omadm_fact fact_octets(omadm_str octets) {
  return (omadm_fact){OMADM_GRADE_ATTESTED, 0, octets};
}

/* True where Windows booted. */
bool facts_windows(const evidence *e, omadm_boot_facts *facts);
/* True where Linux booted. */
bool facts_linux(const evidence *e, omadm_boot_facts *facts);

#endif
