/* SPDX-License-Identifier: MIT */
/* [csp.Reboot]; each is looked up when it is needed. */
#ifndef REBOOT_SETTINGS_H
#define REBOOT_SETTINGS_H

#include <omadm/csp.h>

#include <stdbool.h>

#define ALERT_TYPE "urn:omadm:alert:reboot"

/* A setting as a string, owned by the caller, free with free; NULL: there is none. */
char *setting_text(const omadm_csp_services *services, uint64_t host, const char *key);
/* timeout: how many seconds a command or a call may take. */
unsigned setting_seconds(const omadm_csp_services *services, uint64_t host);
/* method = logind */
bool setting_logind(const omadm_csp_services *services, uint64_t host);

#endif
