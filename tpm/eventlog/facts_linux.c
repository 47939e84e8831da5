/* SPDX-License-Identifier: MIT */
/* Linux boots: what a measured command line says. Nothing that only Windows has is ever claimed. */
#include "tpm/eventlog/facts.h"

#include "base/str.h"
#include "tpm/eventlog/command_line.h"
#include "tpm/eventlog/ipl.h"

#define PCR(n) (1U << (n))

enum { PCR_SECURE_BOOT = 7, PCR_SEALS = 11 };

/* Does this entry show that shim ran? */
static bool is_shim(const evidence *e, size_t i) {
  variable v;
  omadm_str data = e->log->entries[i].event.data;
  return evidence_in(e, i, PCR(PCR_SECURE_BOOT), EV_EFI_VARIABLE_AUTHORITY) &&
         variable_parse(data, &v) && v.vendor == VENDOR_SHIM &&
         authority_is_whole(e->bank, omadm_eventlog_digest(e->log, i, e->bank), data);
}

static void set_not_applicable(omadm_boot_facts *facts) {
  omadm_fact *const none[] = {&facts->bitlocker,
                              &facts->test_signing,
                              &facts->flight_signing,
                              &facts->winpe,
                              &facts->dep_policy,
                              &facts->vsm,
                              &facts->hvci,
                              &facts->iommu,
                              &facts->elam_driver,
                              &facts->boot_manager_svn,
                              &facts->boot_app_svn,
                              &facts->boot_count,
                              &facts->transfer_control,
                              &facts->hypervisor,
                              &facts->vsm_launch_type,
                              &facts->os_device,
                              &facts->boot_revocation_list,
                              &facts->os_revocation_list,
                              &facts->secure_boot_policy};
  for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
    none[i]->grade = OMADM_GRADE_NOT_APPLICABLE;
    none[i]->octets = (omadm_str){NULL, 0};
  }
}

/* What the PCRs of Linux' boot loaders hold. The running system can extend them too and add to the
 * log, but not take the boot loader's entries away. */
typedef struct story {
  bool linux_booted;
  bool unread; /* PCR 12 holds what nobody can read */
  bool grub; /* PCR 8 holds a command of GRUB */
  bool elsewhere; /* one of them boots another thing than Linux, or may */
  bool stub, embedded; /* PCR 11 names a unified kernel image, and a command line inside it */
  omadm_str command; /* GRUB's that loads the kernel, the last before its line */
  bool commanded; /* the first line of PCR 8 is what that command hands to the kernel */
  size_t grub_lines, stub_lines, seals; /* entries: lines of PCR 8, all of 12, all of 11 */
  ipl first; /* line */
  command_line lines;
} story;

/* What follows the command in "linux /vmlinuz quiet"; empty where it loads no kernel. */
static omadm_str loads_kernel(omadm_str command) {
  static const char *const words[] = {"linux ", "linuxefi ", "linux16 "};
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
    size_t n = strlen(words[i]);
    if (omadm_str_starts(command, words[i])) return (omadm_str){command.ptr + n, command.len - n};
  }
  return (omadm_str){NULL, 0};
}

/* Commands after which something else may run than the kernel that was loaded. */
static bool leads_elsewhere(omadm_str command) {
  static const char *const words[] = {"chainloader", "multiboot", "module",      "kfreebsd",
                                      "knetbsd",     "kopenbsd",  "xnu_",        "ntldr",
                                      "freedos",     "plan9",     "appleloader", "devicetree"};
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
    if (omadm_str_starts(command, words[i])) return true;
  }
  return false;
}

static bool is_quoting(char c) {
  return c == '"' || c == '\'' || c == '\\';
}

/* GRUB quotes for the kernel what its own quotes held together. */
static bool same_words(omadm_str a, omadm_str b) {
  size_t i = 0, k = 0;
  for (;; i++, k++) {
    while (i < a.len && is_quoting(a.ptr[i]))
      i++;
    while (k < b.len && is_quoting(b.ptr[k]))
      k++;
    if (i == a.len || k == b.len) return i == a.len && k == b.len;
    if (a.ptr[i] != b.ptr[k]) return false;
  }
}

/* What is good must stand in each line, what is bad in one. */
static void add_line(const ipl *line, story *s) {
  command_line says = command_line_read(line);
  if (s->first.kind == IPL_OPAQUE) s->first = *line;
  s->linux_booted = true;
  s->lines.debug = s->lines.debug || says.debug;
  s->lines.safe = s->lines.safe || says.safe;
  s->lines.enforce = s->lines.enforce && says.enforce;
}

static void read_grub(const ipl *line, story *s) {
  if (line->kind == IPL_COMMAND) {
    omadm_str kernel = loads_kernel(line->text);
    if (kernel.len > 0) s->command = kernel;
    s->elsewhere = s->elsewhere || leads_elsewhere(line->text);
    s->grub = s->linux_booted = true;
  } else if (line->kind != IPL_OPAQUE) {
    if (s->grub_lines++ == 0)
      s->commanded = line->kind == IPL_COMMAND_LINE && same_words(s->command, line->text);
    add_line(line, s);
  }
}

static void read_stub(const ipl *line, story *s) {
  s->stub_lines++;
  if (line->kind == IPL_OPAQUE)
    s->unread = true;
  else
    add_line(line, s);
}

/* systemd's stub measures the name of each section, then what it holds. The name of a section that
 * must not be there is told by its digest alone. */
static void read_seal(const evidence *e, size_t i, story *s) {
  omadm_str digest = omadm_eventlog_digest(e->log, i, e->bank);
  s->seals++;
  s->embedded =
      s->embedded || digest_is_of(e->bank, digest, (omadm_str){".cmdline", sizeof ".cmdline"});
  s->stub = s->stub || (e->log->entries[i].event.type == EV_IPL &&
                        digest_is_of(e->bank, digest, (omadm_str){".linux", sizeof ".linux"}));
  s->linux_booted = s->linux_booted || s->stub;
}

static void read_entry(const evidence *e, size_t i, story *s) {
  const omadm_event *event = &e->log->entries[i].event;
  if (!event_is_measured(event) || (e->trusted & PCR(event->pcr)) == 0) return;
  bool separator = event->type == EV_SEPARATOR && event->data.len == 4 && evidence_is_whole(e, i);
  s->linux_booted = s->linux_booted || is_shim(e, i);
  if (separator) return;
  /* Whatever its type says. */
  ipl line = ipl_read(e->log, i, e->bank);
  if (event->pcr == PCR_GRUB) read_grub(&line, s);
  if (event->pcr == PCR_STUB) read_stub(&line, s);
  if (event->pcr == PCR_SEALS) read_seal(e, i, s);
}

/* Is the first line that of the boot loader? Only where PCRs show a loader that measures lines, and
 * no other that could have been the one. */
static bool is_of_loader(const evidence *e, const story *s) {
  const uint32_t all = PCR(PCR_GRUB) | PCR(PCR_SEALS) | PCR(PCR_STUB);
  if ((e->trusted & all) != all || s->unread) return false;
  if (s->grub) return s->commanded && !s->elsewhere && s->stub_lines == 0 && s->seals == 0;
  return s->stub && !s->embedded && s->grub_lines == 0 && s->stub_lines > 0;
}

bool facts_linux(const evidence *e, omadm_boot_facts *facts) {
  story s = {.lines = {.enforce = true}};
  for (size_t i = 0; i < e->log->n; i++)
    read_entry(e, i, &s);
  if (!s.linux_booted) return false;
  set_not_applicable(facts);
  facts->boot_debugging = facts->firmware_debugger;
  bool known = is_of_loader(e, &s);
  if (known || s.lines.debug) facts->kernel_debugging = fact_attested(s.lines.debug);
  if (known || s.lines.safe) facts->safe_mode = fact_attested(s.lines.safe);
  if (!known) return true;
  facts->code_integrity = fact_attested(s.lines.enforce);
  facts->command_line = fact_octets(s.first.text);
  facts->command_line.value = s.first.utf16;
  return true;
}
