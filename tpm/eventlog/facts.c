/* SPDX-License-Identifier: MIT */
/* What a boot log says about health: the firmware's part (PCR 7), and which system booted. */
#include "tpm/eventlog/facts.h"

#include "base/str.h"

enum { PCR_SECURE_BOOT = 7 };

bool evidence_in(const evidence *e, size_t i, uint32_t pcrs, uint32_t type) {
  const omadm_event *event = &e->log->entries[i].event;
  return event->type == type && event_is_measured(event) &&
         (pcrs & e->trusted & 1U << event->pcr) != 0;
}

bool evidence_is_whole(const evidence *e, size_t i) {
  return digest_is_of(e->bank, omadm_eventlog_digest(e->log, i, e->bank),
                      e->log->entries[i].event.data);
}

bool authority_is_whole(uint16_t bank, omadm_str digest, omadm_str data) {
  if (digest_is_of(bank, digest, data)) return true;
  return data.len > 0 && digest_is_of(bank, digest, (omadm_str){data.ptr, data.len - 1});
}

/* What PCR 7 holds. */
typedef struct secure_boot {
  bool closed; /* by its separator */
  size_t n_switch; /* SecureBoot variables before that */
  bool on;
  bool pk, kek;
  omadm_str db;
  size_t authorities; /* that db holds */
  bool vouched; /* an authority after the separator */
  bool debugger;
} secure_boot;

static void set_first(omadm_fact *fact, omadm_str octets) {
  if (fact->grade != OMADM_GRADE_ATTESTED) *fact = fact_octets(octets);
}

static void read_config(const evidence *e, size_t i, secure_boot *s, omadm_boot_facts *facts) {
  variable v;
  if (!variable_parse(e->log->entries[i].event.data, &v) || !evidence_is_whole(e, i)) return;
  if (variable_is(&v, VENDOR_MICROSOFT, "CurrentPolicy"))
    set_first(&facts->secure_boot_policy, v.data);
  if (s->closed) return;
  if (variable_is(&v, VENDOR_GLOBAL, "SecureBoot")) {
    s->n_switch++;
    s->on = v.data.len == 1 && v.data.ptr[0] == 1;
  }
  if (variable_is(&v, VENDOR_GLOBAL, "PK")) s->pk = signatures_present(v.data);
  if (variable_is(&v, VENDOR_GLOBAL, "KEK")) s->kek = signatures_present(v.data);
  if (variable_is(&v, VENDOR_SECURITY, "db")) s->db = v.data;
  if (variable_is(&v, VENDOR_SECURITY, "dbx")) {
    facts->dbx = fact_octets(omadm_eventlog_digest(e->log, i, e->bank));
  }
}

/* The certificate in an EFI_SIGNATURE_DATA of an authority; empty where it is another thing, as the
 * digest of an image. */
static omadm_str certificate_of(const variable *v) {
  enum { OWNER = 16, DER_HEAD = 4 };
  omadm_str none = {NULL, 0};
  if (!variable_is(v, VENDOR_SECURITY, "db") || v->data.len < OWNER + DER_HEAD) return none;
  omadm_str der = {v->data.ptr + OWNER, v->data.len - OWNER};
  if (der.ptr[0] != 0x30 || (uint8_t)der.ptr[1] != 0x82) return none;
  size_t size = (size_t)(uint8_t)der.ptr[2] << 8 | (uint8_t)der.ptr[3];
  return der.len == DER_HEAD + size ? der : none;
}

/* PCR 7 stays open: the running system can name authorities too, after those of the boot. The first
 * word on each thing counts. */
static void read_authority(const evidence *e, size_t i, secure_boot *s, omadm_boot_facts *facts) {
  variable v = {0};
  omadm_str data = e->log->entries[i].event.data;
  bool first = s->closed && !s->vouched;
  s->vouched = s->vouched || s->closed;
  if (!variable_parse(data, &v) ||
      !authority_is_whole(e->bank, omadm_eventlog_digest(e->log, i, e->bank), data)) {
    return;
  }
  omadm_str certificate = certificate_of(&v);
  if (first && certificate.len > 0) facts->boot_authority = fact_octets(certificate);
  if (variable_is(&v, VENDOR_MICROSOFT, "CurrentPolicy"))
    set_first(&facts->secure_boot_policy, v.data);
  if (variable_is(&v, VENDOR_SHIM, "SbatLevel")) set_first(&facts->sbat, v.data);
  if (variable_is(&v, VENDOR_SECURITY, "db") && signatures_hold(s->db, v.data)) s->authorities++;
}

static bool allows_debugger(const evidence *e, size_t i) {
  omadm_str text = e->log->entries[i].event.data;
  return digest_is_of_text(e->bank, omadm_eventlog_digest(e->log, i, e->bank), text) &&
         omadm_str_is(text_without_zeros(text), "UEFI Debug Mode");
}

/* On: one variable that says so before the separator, keys to check with, and something that was
 * checked with them. A value of no octets is how some firmware writes off. */
static void read_firmware(const evidence *e, omadm_boot_facts *facts) {
  secure_boot s = {0};
  for (size_t i = 0; i < e->log->n; i++) {
    const uint32_t pcr = 1U << PCR_SECURE_BOOT;
    if (evidence_in(e, i, pcr, EV_EFI_VARIABLE_DRIVER_CONFIG)) read_config(e, i, &s, facts);
    if (evidence_in(e, i, pcr, EV_EFI_VARIABLE_AUTHORITY)) read_authority(e, i, &s, facts);
    if (evidence_in(e, i, pcr, EV_SEPARATOR) && evidence_is_whole(e, i)) s.closed = true;
    if (evidence_in(e, i, pcr, EV_EFI_ACTION)) s.debugger = s.debugger || allows_debugger(e, i);
  }
  if (!s.closed) return;
  facts->firmware_debugger = fact_attested(s.debugger);
  if (s.n_switch == 0) return;
  facts->secure_boot = fact_attested(s.n_switch == 1 && s.on && s.pk && s.kek &&
                                     signatures_present(s.db) && s.authorities > 0);
}

/* The answers that stand where nothing is attested: those of the published sample policy for what a
 * log does not say. */
static void set_safe(omadm_boot_facts *facts) {
  omadm_fact *const yes[] = {&facts->firmware_debugger, &facts->boot_debugging,
                             &facts->kernel_debugging, &facts->test_signing,
                             &facts->flight_signing};
  *facts = (omadm_boot_facts){0};
  for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++)
    yes[i]->value = 1;
}

void omadm_boot_facts_derive(const omadm_eventlog *log, uint16_t bank, uint32_t trusted,
                             omadm_boot_facts *facts) {
  const evidence e = {log, bank, trusted};
  set_safe(facts);
  read_firmware(&e, facts);
  if (facts_windows(&e, facts))
    facts->kind = OMADM_BOOT_WINDOWS;
  else if (facts_linux(&e, facts))
    facts->kind = OMADM_BOOT_LINUX;
}
