/* SPDX-License-Identifier: MIT */
/*
 * DevInfo (OMA-TS-DM_StdObj 5.3.2). Settings: id, the name of the device; root, see host_facts.h.
 */
#include <omadm/csp.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "devinfo_ddf.h"
#include "devinfo_nodes.h"
#include "host/host_facts.h"

static bool device_id(const host_facts *self, char text[HOST_TEXT]) {
  return host_setting(self, "id", text);
}

static bool manufacturer(const host_facts *self, char text[HOST_TEXT]) {
  return host_dmi(self, "sys_vendor", text);
}

/* Boards without DMI tell their name in the device tree. */
static bool model(const host_facts *self, char text[HOST_TEXT]) {
  return host_dmi(self, "product_name", text) ||
         host_first_line(self, "/proc/device-tree/model", text) ||
         host_first_line(self, "/sys/firmware/devicetree/base/model", text);
}

static bool client_version(const host_facts *self, char text[HOST_TEXT]) {
  (void)self;
  snprintf(text, HOST_TEXT, "%s", CSP_VERSION);
  return true;
}

/* "de_DE.UTF-8@euro" is "de-DE" in RFC 1766; "C" and "POSIX" name no language. */
static bool locale_to_tag(const char *locale, char text[HOST_TEXT]) {
  size_t n = strcspn(locale, ".@");
  size_t i = 0;
  if (n < 2 || n > 16 || strncmp(locale, "POSIX", n) == 0) return false;
  for (; i < n; i++) {
    if (locale[i] != '_' && !isalnum((unsigned char)locale[i])) return false;
    text[i] = locale[i] == '_' ? '-' : locale[i];
  }
  text[i] = '\0';
  return true;
}

static bool language(const host_facts *self, char text[HOST_TEXT]) {
  static const char *const variables[] = {"LC_ALL", "LANG"};
  char value[HOST_TEXT];
  for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
    const char *locale = getenv(variables[i]);
    if (locale != NULL && locale_to_tag(locale, text)) return true;
    if (host_variable(self, "/etc/default/locale", variables[i], value) &&
        locale_to_tag(value, text))
      return true;
  }
  snprintf(text, HOST_TEXT, "en");
  return true;
}

static bool (*const facts[DEVINFO_NODES])(const host_facts *, char[HOST_TEXT]) = {
    [DEVINFO_DEVID] = device_id,    [DEVINFO_MAN] = manufacturer, [DEVINFO_MOD] = model,
    [DEVINFO_DMV] = client_version, [DEVINFO_LANG] = language,
};

static omadm_status devinfo_open(const omadm_csp_services *services, uint64_t host,
                                 uint64_t *self) {
  host_facts *facts_of = malloc(sizeof *facts_of);
  if (facts_of == NULL) return OMADM_ST_FAILED;
  *facts_of = (host_facts){services, host};
  *self = (uint64_t)(uintptr_t)facts_of;
  return OMADM_ST_OK;
}

static void devinfo_close(uint64_t self) {
  free((void *)(uintptr_t)self);
}

static omadm_status devinfo_get(uint64_t self, const omadm_csp_request *request) {
  const host_facts *facts_of = (const host_facts *)(uintptr_t)self;
  char text[HOST_TEXT];
  if (request->node >= DEVINFO_NODES || facts[request->node] == NULL) return OMADM_ST_NOT_ALLOWED;
  return host_answer(facts_of, request->token,
                     facts[request->node](facts_of, text) ? text : "unknown");
}

static const omadm_csp_slots slots = {
    .struct_size = sizeof slots, .open = devinfo_open, .close = devinfo_close, .get = devinfo_get};

const omadm_csp_descriptor omadm_csp_devinfo = {
    .abi = OMADM_CSP_ABI,
    .struct_size = sizeof(omadm_csp_descriptor),
    .name = "DevInfo",
    .version = CSP_VERSION,
    .ddf = (const char *)devinfo_ddf,
    .ddf_len = sizeof devinfo_ddf - 1,
    .slots = &slots,
};
