/* SPDX-License-Identifier: MIT */
/* A boot of Windows: boot manager and loader each write an entry into PCRs 12, 13 and 14. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

#include "conformance/boot/bootlog.h"
#include "conformance/boot/parts.h"

enum {
  TRUSTBOUNDARY = 0x40010001,
  ELAM_AGGREGATION = 0x40010002,
  LOADEDMODULE_AGGREGATION = 0x40010003,
  APPLICATION_SVN = 0x00020009,
  SVN_CHAIN_STATUS = 0x0002000A,
  BOOT_REVOCATION_LIST = 0x00040002,
  SI_POLICY = 0x0005000F,
  SYSTEMROOT = 0x00050009,
  OS_REVOCATION_LIST = 0x00050013,
  SBCP_INFO = 0x00050029,
  AUTHORITYPUBKEY = 0x00060002,
  FILEPATH = 0x00070001,
  IMAGESIZE = 0x00070002,
  HASHALGORITHMID = 0x00070003,
  AUTHENTICODEHASH = 0x00070004,
  IMAGEBASE = 0x00070007,
  AUTHORITYPUBLISHER = 0x00070008,
  IMAGEVALIDATED = 0x0007000A,
  MODULE_SVN = 0x0007000B,
  ELAM_KEYNAME = 0x00090001,
  ELAM_MEASURED = 0x00090004,
  CALG_SHA_256 = 0x800C,
  DIGEST = 32
};

/* Settings that are one number: where they stand. */
enum { BY_MANAGER = 1, BY_LOADER = 2, DATA = 4, DETAILS = 8, EVERYWHERE = 15 };
static const struct setting {
  uint32_t id;
  size_t octets;
  unsigned where;
  size_t option;
} settings[] = {
#define SETTING(id, octets, where, name)                                                           \
  { (id), (octets), (where), offsetof(bootlog_options, name) }
    SETTING(0x00020002, 8, BY_MANAGER | DATA, boot_count),
    SETTING(0x00020003, 4, BY_MANAGER | DATA, transfer_control),
    SETTING(0x00040001, 1, EVERYWHERE, boot_debugging),
    SETTING(0x00050003, 1, EVERYWHERE, test_signing),
    SETTING(0x00050021, 1, EVERYWHERE, flight_signing),
    SETTING(0x00050002, 1, EVERYWHERE, code_integrity),
    SETTING(0x00020005, 4, EVERYWHERE, bitlocker),
    SETTING(0x00050001, 1, BY_LOADER | DATA | DETAILS, kernel_debugging),
    SETTING(0x00050008, 4, BY_LOADER | DATA | DETAILS, os_device),
    SETTING(0x00050004, 8, BY_LOADER | DATA | DETAILS, dep_policy),
    SETTING(0x00050005, 1, BY_LOADER | DATA | DETAILS, safe_mode),
    SETTING(0x00050006, 1, BY_LOADER | DATA | DETAILS, winpe),
    SETTING(0x0005000A, 8, BY_LOADER | DATA | DETAILS, hypervisor),
    SETTING(0x00050012, 8, BY_LOADER | DATA | DETAILS, vsm_launch_type),
    SETTING(0x000A0001, 1, BY_LOADER | DATA, vsm),
    SETTING(0x000A0006, 1, BY_LOADER | DATA, vsm_mandatory),
    SETTING(0x000A0003, 1, BY_LOADER | DATA, iommu),
    SETTING(0x000A0007, 8, BY_LOADER | DATA, hvci),
#undef SETTING
};

static void add_settings(const bootlog_options *o, unsigned where, omadm_buf *run) {
  for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
    int64_t value = *(const int64_t *)(const void *)((const char *)o + settings[i].option);
    if ((settings[i].where & where) != where || value < 0) continue;
    sipa_add_uint(run, settings[i].id, (uint64_t)value, settings[i].octets);
  }
}

static void add_svn(int64_t svn, omadm_buf *run) {
  if (svn < 0) return;
  sipa_add_uint(run, APPLICATION_SVN, (uint64_t)svn, 4);
  sipa_add_uint(run, SVN_CHAIN_STATUS, 0, 4);
}

/* Octets that stand for the digest of something. */
static omadm_str filler(uint8_t seed, char octets[DIGEST]) {
  for (size_t i = 0; i < DIGEST; i++)
    octets[i] = (char)(uint8_t)(seed * 17 + i * 5);
  return (omadm_str){octets, DIGEST};
}

/* PCR 12 names what was loaded by its digest, PCR 13 says who signed it. */
static void add_loaded(uint8_t seed, omadm_buf *run) {
  char octets[DIGEST];
  size_t module = sipa_open(run, LOADEDMODULE_AGGREGATION);
  sipa_add(run, AUTHENTICODEHASH, filler(seed, octets));
  sipa_add_uint(run, IMAGEBASE, 0x10000000 + 0x10000 * (uint64_t)seed, 8);
  sipa_close(run, module);
}

static void add_module(const char *path, uint8_t seed, bool validated, omadm_buf *run) {
  char octets[DIGEST];
  size_t module = sipa_open(run, LOADEDMODULE_AGGREGATION);
  sipa_add_text(run, FILEPATH, path);
  sipa_add_uint(run, IMAGESIZE, 0x1000 * (uint64_t)seed, 8);
  sipa_add_uint(run, HASHALGORITHMID, CALG_SHA_256, 4);
  sipa_add(run, AUTHENTICODEHASH, filler(seed, octets));
  sipa_add_uint(run, IMAGEVALIDATED, validated, 1);
  sipa_add_text(run, AUTHORITYPUBLISHER, "Microsoft Windows");
  sipa_add_uint(run, MODULE_SVN, 1, 4);
  sipa_close(run, module);
}

/* FILETIME, length and algorithm of the digest, digest. */
static void add_revocation(uint32_t id, int64_t number, omadm_buf *run) {
  char octets[DIGEST];
  if (number < 0) return;
  size_t place = sipa_open(run, id);
  (void)omadm_buf_add(run, "\x80\xa1\x9a\xad\x70\x73\xd3\x01\x20\0\0\0\x0b\0", 14);
  (void)omadm_buf_add_str(run, filler((uint8_t)(number * 2 + id), octets));
  sipa_close(run, place);
}

/* Version, length of the name, algorithm and length of the digest, name, digest. */
static void add_policy(unsigned number, omadm_buf *run) {
  char octets[DIGEST], name[32];
  snprintf(name, sizeof name, "Policy%u.p7b", number);
  const uint8_t head[] = {0, 0,    0, 0,      0, 0, 10, 0, (uint8_t)(2 * strlen(name) + 2),
                          0, 0x0b, 0, DIGEST, 0, 0, 0};
  size_t place = sipa_open(run, SI_POLICY);
  (void)omadm_buf_add(run, head, sizeof head);
  utf16_put(run, name);
  (void)omadm_buf_add(run, "\0", 2);
  (void)omadm_buf_add_str(run, filler((uint8_t)(100 + number), octets));
  sipa_close(run, place);
}

/* Version, place of the digest, algorithm and length of the digest, options, signers, digest. */
static void add_custom_policy(int64_t number, omadm_buf *run) {
  static const uint8_t head[] = {1,      0, 0, 0, 20, 0, 0, 0, 0x0b, 0,
                                 DIGEST, 0, 0, 0, 0,  0, 0, 0, 0,    0};
  char octets[DIGEST];
  if (number < 0) return;
  size_t place = sipa_open(run, SBCP_INFO);
  (void)omadm_buf_add(run, head, sizeof head);
  (void)omadm_buf_add_str(run, filler((uint8_t)(200 + number), octets));
  sipa_close(run, place);
}

/* Writes one trust boundary and begins the next. */
static void flush(bootlog *log, uint32_t pcr, omadm_buf *run, size_t *boundary) {
  if (run->len > 0) {
    sipa_close(run, *boundary);
    bootlog_event(log, pcr, EV_EVENT_TAG, omadm_buf_str(run));
  }
  run->len = 0;
  *boundary = sipa_open(run, TRUSTBOUNDARY);
}

static void put_manager(const bootlog_options *o, bootlog *log, omadm_buf *run) {
  char octets[DIGEST];
  size_t boundary = 0;
  run->len = 0;
  flush(log, 12, run, &boundary);
  add_loaded(1, run);
  add_svn(o->boot_manager_svn, run);
  add_settings(o, BY_MANAGER | DATA, run);
  flush(log, 12, run, &boundary);
  add_svn(o->boot_manager_svn, run);
  add_settings(o, BY_MANAGER | DETAILS, run);
  add_custom_policy(o->secure_boot_policy, run);
  add_revocation(BOOT_REVOCATION_LIST, o->boot_revocation_list, run);
  add_module("\\Windows\\system32\\winload.efi", 1, true, run);
  flush(log, 13, run, &boundary);
  run->len = 0;
  sipa_add(run, AUTHORITYPUBKEY, filler(40, octets));
  bootlog_event(log, 14, EV_EVENT_TAG, omadm_buf_str(run));
}

static void add_elam(omadm_buf *run) {
  size_t place = sipa_open(run, ELAM_AGGREGATION);
  sipa_add_text(run, ELAM_KEYNAME, "Windows Defender");
  sipa_add(run, ELAM_MEASURED, (omadm_str)OMADM_STR("a digest, 20 octets "));
  sipa_close(run, place);
}

static void put_loader(const bootlog_options *o, bootlog *log, omadm_buf *run) {
  char octets[DIGEST];
  size_t boundary = 0;
  run->len = 0;
  flush(log, 12, run, &boundary);
  add_svn(o->boot_app_svn, run);
  for (uint8_t seed = 2; seed < 5; seed++)
    add_loaded(seed, run);
  add_settings(o, BY_LOADER | DATA, run);
  sipa_add_text(run, SYSTEMROOT, "\\Windows");
  add_elam(run);
  flush(log, 12, run, &boundary);
  add_svn(o->boot_app_svn, run);
  add_settings(o, BY_LOADER | DETAILS, run);
  add_revocation(BOOT_REVOCATION_LIST, o->boot_revocation_list, run);
  add_revocation(OS_REVOCATION_LIST, o->os_revocation_list, run);
  for (unsigned i = 0; o->policies > 0 && i < (uint64_t)o->policies; i++)
    add_policy(i, run);
  add_module("\\Windows\\system32\\ntoskrnl.exe", 2, true, run);
  add_module("\\Windows\\system32\\drivers\\cng.sys", 3, true, run);
  if (o->elam_driver >= 0) {
    add_module("\\Windows\\System32\\drivers\\wd\\WdBoot.sys", 4, o->elam_driver > 0, run);
  }
  flush(log, 13, run, &boundary);
  sipa_add(run, AUTHORITYPUBKEY, filler(41, octets));
  sipa_add(run, AUTHORITYPUBKEY, filler(42, octets));
  flush(log, 14, run, &boundary);
}

void bootlog_windows(const bootlog_options *o, bootlog *log) {
  omadm_buf run;
  omadm_buf_init(&run, &omadm_mem_default, 0);
  parts_firmware(o, log);
  parts_authority(o, log);
  parts_boot_option(log);
  bootlog_image(log, "\\EFI\\Microsoft\\Boot\\bootmgfw.efi");
  bootlog_event(log, 11, EV_COMPACT_HASH, (omadm_str)OMADM_STR("\x10\0\0\0"));
  put_manager(o, log, &run);
  put_loader(o, log, &run);
  bootlog_event(log, 11, EV_COMPACT_HASH, (omadm_str)OMADM_STR("\xff\xff\0\0"));
  for (uint32_t pcr = 12; o->separators > 0 && pcr <= 14; pcr++)
    bootlog_text(log, pcr, EV_SEPARATOR, "WBCL");
  parts_exit(log);
  bootlog_note(log, 0xFFFFFFFFu, (omadm_str)OMADM_STR("\4\0\1\xc0\0\0\0\0"));
  omadm_buf_dispose(&run);
}
