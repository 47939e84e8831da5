/* SPDX-License-Identifier: MIT */
/* "tss2:TCTI": the port that tss2-tctildr finds by its name. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <tss2/tss2_rc.h>
#include <tss2/tss2_tctildr.h>

#include "base/mem.h"
#include "base/str.h"
#include "tpm/providers.h"
#include "tpm/tss2.h"

static const char default_device[] = "/dev/tpm0";
static const char ima_log[] = "/sys/kernel/security/ima/binary_runtime_measurements";

/* The path of "device:PATH" and of "device"; NULL for other TCTIs. */
static const char *device_path(const char *tcti) {
  if (strcmp(tcti, "device") == 0) return default_device;
  return strncmp(tcti, "device:", 7) == 0 ? tcti + 7 : NULL;
}

typedef struct device_failure {
  int os_errno;
  omadm_tpm_status status;
  const char *advice;
} device_failure;

static const device_failure device_failures[] = {
    {ENOENT, OMADM_TPM_ABSENT, ""},
    {ENODEV, OMADM_TPM_ABSENT, ""},
    {ENXIO, OMADM_TPM_ABSENT, ""},
    {EBUSY, OMADM_TPM_BUSY, "; use /dev/tpmrm0, which several may open"},
    {EACCES, OMADM_TPM_IO, "; run as a member of the group tss"},
    {EPERM, OMADM_TPM_IO, "; run as a member of the group tss"},
};

/* The TCTI does not say why it could not open the device. */
static omadm_tpm_status device_judge(tss2_link *link, const char *path) {
  omadm_tpm_status status = OMADM_TPM_IO;
  const char *advice = "";
  int fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
  if (fd >= 0) {
    close(fd);
    return status;
  }
  int failure = errno;
  for (size_t i = 0; i < sizeof device_failures / sizeof *device_failures; i++) {
    if (device_failures[i].os_errno != failure) continue;
    status = device_failures[i].status;
    advice = device_failures[i].advice;
  }
  tss2_note(link, OMADM_LOG_WARN, "%s cannot be opened: %s%s", path, strerror(failure), advice);
  return status;
}

/* No library has this name, or it is none. */
static void advise_on_name(tss2_link *link, const char *tcti) {
  tss2_note(link, OMADM_LOG_WARN,
            "no TPM at %s: is that a TCTI, and is libtss2-tcti-%.*s installed?", tcti,
            (int)strcspn(tcti, ":"), tcti);
}

static omadm_tpm_status port_open(void *ctx, tss2_link *link, TSS2_TCTI_CONTEXT **tcti) {
  const char *name = ctx;
  TSS2_RC rc = Tss2_TctiLdr_Initialize(name, tcti);
  if (rc == TSS2_RC_SUCCESS) return OMADM_TPM_OK;
  *tcti = NULL;
  const char *device = device_path(name);
  if (device != NULL) return device_judge(link, device);
  if (rc == TSS2_TCTI_RC_NOT_SUPPORTED)
    advise_on_name(link, name);
  else
    tss2_note(link, OMADM_LOG_WARN, "no TPM at %s: 0x%08x (%s)", name, rc, Tss2_RC_Decode(rc));
  return OMADM_TPM_ABSENT;
}

static void port_close(void *ctx, TSS2_TCTI_CONTEXT **tcti) {
  (void)ctx;
  Tss2_TctiLdr_Finalize(tcti);
}

static void port_dispose(void *ctx) {
  omadm_mem_free(&omadm_mem_default, ctx);
}

/* The kernel's log of that device: tpm0 for /dev/tpm0 and /dev/tpmrm0. */
static void boot_log_path(const char *device, char *path, size_t size) {
  size_t digits = strlen(device);
  while (digits > 0 && device[digits - 1] >= '0' && device[digits - 1] <= '9')
    digits--;
  const char *number = device[digits] != '\0' ? device + digits : "0";
  snprintf(path, size, "/sys/kernel/security/tpm%s/binary_bios_measurements", number);
}

omadm_err tss2_open(const char *tcti, const omadm_tpm_config *config, omadm_tpm *tpm,
                    omadm_error *error) {
  char boot_log[128];
  if (*tcti == '\0') {
    return omadm_error_set(error, OMADM_E_ARGUMENT,
                           "the TPM provider tss2 wants the way to the TPM behind its name, "
                           "as in tss2:device:/dev/tpmrm0");
  }
  char *name = omadm_str_dup(&omadm_mem_default, omadm_str_of(tcti));
  if (name == NULL) return omadm_error_set(error, OMADM_E_NOMEM, "out of memory");
  const char *device = device_path(tcti);
  if (device != NULL) boot_log_path(device, boot_log, sizeof boot_log);
  /* The kernel starts its TPM itself; any other has only us. */
  tss2_port port = {name, port_open, port_close, port_dispose, device == NULL};
  return tss2_provider_open(&port, device != NULL ? boot_log : NULL,
                            device != NULL ? ima_log : NULL, config, tpm, error);
}
