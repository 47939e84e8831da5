/* SPDX-License-Identifier: MIT */
/*
 * DevDetail (OMA-TS-DM_StdObj 5.3.3). Settings: uri-depth, uri-length, uri-segment, what the tree
 * takes; root, see host_facts.h.
 */
#include <omadm/csp.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>

#include "devdetail_ddf.h"
#include "devdetail_nodes.h"
#include "host/host_facts.h"

#define MIB (UINT64_C(1024) * 1024)

/* Numbers of the URI limits are unsigned 16-bit, 0 is "no limit" (OMA-TS-DM_StdObj 5.3.3). */
static bool limit(const host_facts *self, const char *key, char text[HOST_TEXT]) {
  char *end = NULL;
  if (!host_setting(self, key, text)) return false;
  unsigned long value = strtoul(text, &end, 10);
  if (*end != '\0' || value > UINT16_MAX) snprintf(text, HOST_TEXT, "0");
  return true;
}

static bool max_depth(const host_facts *self, char text[HOST_TEXT]) {
  return limit(self, "uri-depth", text);
}

static bool max_total(const host_facts *self, char text[HOST_TEXT]) {
  return limit(self, "uri-length", text);
}

static bool max_segment(const host_facts *self, char text[HOST_TEXT]) {
  return limit(self, "uri-segment", text);
}

/* The kinds of case of SMBIOS 7.4.1 that a person would call something else than "Other". */
static bool device_type(const host_facts *self, char text[HOST_TEXT]) {
  static const char *const kinds[] = {
      [3] = "Desktop",       [4] = "Low Profile Desktop",
      [5] = "Pizza Box",     [6] = "Mini Tower",
      [7] = "Tower",         [8] = "Portable",
      [9] = "Laptop",        [10] = "Notebook",
      [11] = "Hand Held",    [13] = "All in One",
      [14] = "Sub Notebook", [15] = "Space-saving",
      [16] = "Lunch Box",    [17] = "Server",
      [23] = "Rack Server",  [28] = "Blade",
      [30] = "Tablet",       [31] = "Convertible",
      [32] = "Detachable",   [33] = "IoT Gateway",
      [34] = "Embedded PC",  [35] = "Mini PC",
      [36] = "Stick PC",
  };
  if (!host_dmi(self, "chassis_type", text)) return false;
  unsigned long kind = strtoul(text, NULL, 10);
  if (kind >= sizeof kinds / sizeof kinds[0] || kinds[kind] == NULL) return false;
  snprintf(text, HOST_TEXT, "%s", kinds[kind]);
  return true;
}

static bool board_vendor(const host_facts *self, char text[HOST_TEXT]) {
  return host_dmi(self, "board_vendor", text);
}

static bool firmware(const host_facts *self, char text[HOST_TEXT]) {
  return host_dmi(self, "bios_version", text);
}

static bool hardware(const host_facts *self, char text[HOST_TEXT]) {
  return host_dmi(self, "product_version", text);
}

static bool software(const host_facts *self, char text[HOST_TEXT]) {
  return host_variable(self, "/etc/os-release", "PRETTY_NAME", text) ||
         host_variable(self, "/usr/lib/os-release", "PRETTY_NAME", text) ||
         host_variable(self, "/etc/os-release", "VERSION_ID", text);
}

/* Values may come, and go, in several messages (OMA-TS-DM_Protocol 7). */
static bool large_objects(const host_facts *self, char text[HOST_TEXT]) {
  (void)self;
  snprintf(text, HOST_TEXT, "true");
  return true;
}

static bool kernel(const host_facts *self, char text[HOST_TEXT]) {
  return host_first_line(self, "/proc/sys/kernel/osrelease", text);
}

static bool architecture(const host_facts *self, char text[HOST_TEXT]) {
  (void)self;
  struct utsname name;
  if (uname(&name) != 0) return false;
  snprintf(text, HOST_TEXT, "%s", name.machine);
  return true;
}

static bool number(uint64_t value, char text[HOST_TEXT]) {
  snprintf(text, HOST_TEXT, "%" PRIu64, value);
  return value <= INT32_MAX;
}

static bool memory_total(const host_facts *self, char text[HOST_TEXT]) {
  uint64_t kib = 0;
  return host_number(self, "/proc/meminfo", "MemTotal:", &kib) && number(kib / 1024, text);
}

static bool file_system(const host_facts *self, struct statvfs *facts) {
  char path[HOST_TEXT];
  return host_path(self, "/", path, sizeof path) && statvfs(path, facts) == 0 &&
         facts->f_frsize > 0;
}

/* Blocks as MiB, without the product of blocks and block size overflowing. */
static uint64_t to_mib(uint64_t blocks, uint64_t size) {
  return size >= MIB ? blocks * (size / MIB) : blocks / (MIB / size);
}

static bool storage_total(const host_facts *self, char text[HOST_TEXT]) {
  struct statvfs facts;
  return file_system(self, &facts) && number(to_mib(facts.f_blocks, facts.f_frsize), text);
}

static bool storage_free(const host_facts *self, char text[HOST_TEXT]) {
  struct statvfs facts;
  return file_system(self, &facts) && number(to_mib(facts.f_bavail, facts.f_frsize), text);
}

static bool uptime(const host_facts *self, char text[HOST_TEXT]) {
  uint64_t seconds = 0;
  return host_number(self, "/proc/uptime", "", &seconds) && number(seconds, text);
}

static bool (*const facts[DEVDETAIL_NODES])(const host_facts *, char[HOST_TEXT]) = {
    [DEVDETAIL_URI_MAXDEPTH] = max_depth,
    [DEVDETAIL_URI_MAXTOTLEN] = max_total,
    [DEVDETAIL_URI_MAXSEGLEN] = max_segment,
    [DEVDETAIL_DEVTYP] = device_type,
    [DEVDETAIL_OEM] = board_vendor,
    [DEVDETAIL_FWV] = firmware,
    [DEVDETAIL_SWV] = software,
    [DEVDETAIL_HWV] = hardware,
    [DEVDETAIL_LRGOBJ] = large_objects,
    [DEVDETAIL_EXT_OMADM_KERNEL] = kernel,
    [DEVDETAIL_EXT_OMADM_ARCHITECTURE] = architecture,
    [DEVDETAIL_EXT_OMADM_MEMORYTOTAL] = memory_total,
    [DEVDETAIL_EXT_OMADM_STORAGETOTAL] = storage_total,
    [DEVDETAIL_EXT_OMADM_STORAGEFREE] = storage_free,
    [DEVDETAIL_EXT_OMADM_UPTIME] = uptime,
};

/* What the device tells where a number or a text is not known; the URI limits are then none. */
static const char *unknown(uint32_t node) {
  return node == DEVDETAIL_URI_MAXDEPTH || node == DEVDETAIL_URI_MAXTOTLEN ||
                 node == DEVDETAIL_URI_MAXSEGLEN
             ? "0"
             : "unknown";
}

static omadm_status devdetail_open(const omadm_csp_services *services, uint64_t host,
                                   uint64_t *self) {
  host_facts *facts_of = malloc(sizeof *facts_of);
  if (facts_of == NULL) return OMADM_ST_FAILED;
  *facts_of = (host_facts){services, host};
  *self = (uint64_t)(uintptr_t)facts_of;
  return OMADM_ST_OK;
}

static void devdetail_close(uint64_t self) {
  free((void *)(uintptr_t)self);
}

/* Asked for the dynamic nodes, those of Ext/omadm: they are there where the fact is. */
static omadm_status devdetail_find(uint64_t self, const omadm_csp_request *request) {
  char text[HOST_TEXT];
  if (request->node >= DEVDETAIL_NODES || facts[request->node] == NULL) return OMADM_ST_NOT_FOUND;
  return facts[request->node]((const host_facts *)(uintptr_t)self, text) ? OMADM_ST_OK
                                                                         : OMADM_ST_NOT_FOUND;
}

static omadm_status devdetail_get(uint64_t self, const omadm_csp_request *request) {
  const host_facts *facts_of = (const host_facts *)(uintptr_t)self;
  char text[HOST_TEXT];
  if (request->node >= DEVDETAIL_NODES || facts[request->node] == NULL) return OMADM_ST_NOT_ALLOWED;
  bool known = facts[request->node](facts_of, text);
  return host_answer(facts_of, request->token, known ? text : unknown(request->node));
}

static const omadm_csp_slots slots = {
    .struct_size = sizeof slots,
    .open = devdetail_open,
    .close = devdetail_close,
    .find = devdetail_find,
    .get = devdetail_get,
};

const omadm_csp_descriptor omadm_csp_devdetail = {
    .abi = OMADM_CSP_ABI,
    .struct_size = sizeof(omadm_csp_descriptor),
    .name = "DevDetail",
    .version = CSP_VERSION,
    .ddf = (const char *)devdetail_ddf,
    .ddf_len = sizeof devdetail_ddf - 1,
    .slots = &slots,
};
