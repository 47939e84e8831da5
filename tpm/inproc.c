/* SPDX-License-Identifier: MIT */
#include "tpm/inproc.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libtpms/tpm_error.h>
#include <libtpms/tpm_library.h>
#include <libtpms/tpm_memory.h>
#include <libtpms/tpm_nvfilename.h>

#include "tpm/tss2.h"

enum {
  STATE_MAX = 1 << 20,
  /* swtpm's file and blob headers stand before libtpms's own state. */
  SWTPM_HEADERS = 16,
  RESPONSE_MAX = 4096
};

/* The one TPM. */
static struct {
  pthread_mutex_t lock; /* of all of it, and of libtpms */
  bool on;
  unsigned char *state; /* what is in its NV memory */
  uint32_t state_len;
} machine = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* ---- the callbacks of libtpms ---- */

static TPM_RESULT nvram_init(void) {
  return TPM_SUCCESS;
}

static TPM_RESULT nvram_load(unsigned char **data, uint32_t *length, uint32_t tpm_number,
                             const char *name) {
  (void)tpm_number;
  /* With TPM_RETRY it manufactures a TPM. */
  if (strcmp(name, TPM_PERMANENT_ALL_NAME) != 0 || machine.state == NULL) return TPM_RETRY;
  TPM_RESULT result = TPM_Malloc(data, machine.state_len);
  if (result != TPM_SUCCESS) return result;
  memcpy(*data, machine.state, machine.state_len);
  *length = machine.state_len;
  return TPM_SUCCESS;
}

static TPM_RESULT nvram_store(const unsigned char *data, uint32_t length, uint32_t tpm_number,
                              const char *name) {
  (void)tpm_number;
  if (strcmp(name, TPM_PERMANENT_ALL_NAME) != 0) return TPM_SUCCESS;
  unsigned char *state = realloc(machine.state, length);
  if (state == NULL) return TPM_FAIL;
  memcpy(state, data, length);
  machine.state = state;
  machine.state_len = length;
  return TPM_SUCCESS;
}

static TPM_RESULT nvram_delete(uint32_t tpm_number, const char *name, TPM_BOOL must_exist) {
  (void)tpm_number, (void)name, (void)must_exist;
  return TPM_SUCCESS;
}

static TPM_RESULT io_init(void) {
  return TPM_SUCCESS;
}

static TPM_RESULT io_locality(TPM_MODIFIER_INDICATOR *locality, uint32_t tpm_number) {
  (void)tpm_number;
  *locality = 0;
  return TPM_SUCCESS;
}

static TPM_RESULT io_presence(TPM_BOOL *present, uint32_t tpm_number) {
  (void)tpm_number;
  *present = 0;
  return TPM_SUCCESS;
}

/* ---- on, off, and commands; the lock is held ---- */

static bool switch_on(void) {
  struct libtpms_callbacks callbacks = {
      .sizeOfStruct = sizeof callbacks,
      .tpm_nvram_init = nvram_init,
      .tpm_nvram_loaddata = nvram_load,
      .tpm_nvram_storedata = nvram_store,
      .tpm_nvram_deletename = nvram_delete,
      .tpm_io_init = io_init,
      .tpm_io_getlocality = io_locality,
      .tpm_io_getphysicalpresence = io_presence,
  };
  machine.on = TPMLIB_ChooseTPMVersion(TPMLIB_TPM_VERSION_2) == TPM_SUCCESS &&
               TPMLIB_RegisterCallbacks(&callbacks) == TPM_SUCCESS &&
               TPMLIB_MainInit() == TPM_SUCCESS;
  return machine.on;
}

static void switch_off(void) {
  TPMLIB_Terminate();
  machine.on = false;
}

/* Octets of the answer, 0 where there is none. */
static size_t process(const uint8_t *command, size_t size, uint8_t answer[RESPONSE_MAX]) {
  unsigned char copy[RESPONSE_MAX], *response = NULL;
  uint32_t len = 0, cap = 0;
  if (!machine.on || size > sizeof copy) return 0;
  memcpy(copy, command, size);
  bool done = TPMLIB_Process(&response, &len, &cap, copy, (uint32_t)size) == TPM_SUCCESS &&
              len <= RESPONSE_MAX;
  if (done) memcpy(answer, response, len);
  TPM_Free(response);
  return done ? len : 0;
}

/* TPM2_Startup or TPM2_Shutdown. Where it fails, so would all that a test does next. */
static void start_or_stop(TPM2_CC command, TPM2_SU type) {
  uint8_t answer[RESPONSE_MAX];
  const uint8_t octets[] = {0x80, 0x01,         0, 0, 0, 12, 0, 0, 0x01, (uint8_t)command,
                            0,    (uint8_t)type};
  static const uint8_t success[] = {0x80, 0x01, 0, 0, 0, 10, 0, 0, 0, 0};
  if (process(octets, sizeof octets, answer) != sizeof success ||
      memcmp(answer, success, sizeof success) != 0) {
    fprintf(stderr, "the TPM in the process does not start or stop\n");
    abort();
  }
}

static void again(TPM2_SU type) {
  pthread_mutex_lock(&machine.lock);
  start_or_stop(TPM2_CC_Shutdown, type);
  switch_off();
  switch_on();
  start_or_stop(TPM2_CC_Startup, type);
  pthread_mutex_unlock(&machine.lock);
}

void inproc_reboot(void) {
  again(TPM2_SU_CLEAR);
}

void inproc_resume(void) {
  again(TPM2_SU_STATE);
}

/* ---- the TCTI ---- */

enum { TCTI_MAGIC = 0x6F6D6164 };

typedef struct tcti {
  TSS2_TCTI_CONTEXT_COMMON_V2 common;
  size_t len; /* of the answer that waits */
  uint8_t answer[RESPONSE_MAX];
} tcti;

static TSS2_RC tcti_transmit(TSS2_TCTI_CONTEXT *context, size_t size, const uint8_t *command) {
  tcti *t = (tcti *)context;
  pthread_mutex_lock(&machine.lock);
  t->len = process(command, size, t->answer);
  pthread_mutex_unlock(&machine.lock);
  return t->len > 0 ? TSS2_RC_SUCCESS : TSS2_TCTI_RC_IO_ERROR;
}

static TSS2_RC tcti_receive(TSS2_TCTI_CONTEXT *context, size_t *size, uint8_t *response,
                            int32_t timeout) {
  tcti *t = (tcti *)context;
  (void)timeout;
  size_t room = *size;
  *size = t->len;
  if (response == NULL) return TSS2_RC_SUCCESS;
  if (room < t->len) return TSS2_TCTI_RC_INSUFFICIENT_BUFFER;
  memcpy(response, t->answer, t->len);
  return TSS2_RC_SUCCESS;
}

static void tcti_finalize(TSS2_TCTI_CONTEXT *context) {
  (void)context;
}

static TSS2_RC tcti_cancel(TSS2_TCTI_CONTEXT *context) {
  (void)context;
  return TSS2_TCTI_RC_NOT_IMPLEMENTED;
}

static TSS2_RC tcti_poll_handles(TSS2_TCTI_CONTEXT *context, TSS2_TCTI_POLL_HANDLE *handles,
                                 size_t *n) {
  (void)context, (void)handles;
  *n = 0;
  return TSS2_RC_SUCCESS;
}

static TSS2_RC tcti_locality(TSS2_TCTI_CONTEXT *context, uint8_t locality) {
  (void)context;
  return locality == 0 ? TSS2_RC_SUCCESS : TSS2_TCTI_RC_NOT_SUPPORTED;
}

static TSS2_RC tcti_sticky(TSS2_TCTI_CONTEXT *context, TPM2_HANDLE *handle, uint8_t sticky) {
  (void)context, (void)handle, (void)sticky;
  return TSS2_TCTI_RC_NOT_IMPLEMENTED;
}

TSS2_TCTI_CONTEXT *inproc_tcti_new(void) {
  tcti *t = calloc(1, sizeof *t);
  if (t == NULL) return NULL;
  t->common = (TSS2_TCTI_CONTEXT_COMMON_V2){
      .v1 = {TCTI_MAGIC, 2, tcti_transmit, tcti_receive, tcti_finalize, tcti_cancel,
             tcti_poll_handles, tcti_locality},
      .makeSticky = tcti_sticky,
  };
  return (TSS2_TCTI_CONTEXT *)t;
}

/* ---- the provider ---- */

static omadm_tpm_status port_open(void *ctx, tss2_link *link, TSS2_TCTI_CONTEXT **context) {
  (void)ctx, (void)link;
  *context = inproc_tcti_new();
  return *context != NULL ? OMADM_TPM_OK : OMADM_TPM_RESOURCE;
}

static void port_close(void *ctx, TSS2_TCTI_CONTEXT **context) {
  (void)ctx;
  free(*context);
  *context = NULL;
}

static void port_dispose(void *ctx) {
  (void)ctx;
  pthread_mutex_lock(&machine.lock);
  switch_off();
  free(machine.state);
  machine.state = NULL;
  machine.state_len = 0;
  pthread_mutex_unlock(&machine.lock);
}

static omadm_err state_read(const char *file, omadm_error *error) {
  FILE *in = fopen(file, "rb");
  if (in == NULL) return omadm_error_set(error, OMADM_E_IO, "no TPM state in %s", file);
  unsigned char *octets = malloc(STATE_MAX);
  size_t n = octets != NULL ? fread(octets, 1, STATE_MAX, in) : 0;
  fclose(in);
  if (n > SWTPM_HEADERS) {
    memmove(octets, octets + SWTPM_HEADERS, n - SWTPM_HEADERS);
    machine.state = octets;
    machine.state_len = (uint32_t)(n - SWTPM_HEADERS);
    return OMADM_OK;
  }
  free(octets);
  return omadm_error_set(error, OMADM_E_SYNTAX, "%s is no state of swtpm", file);
}

omadm_err inproc_open(const char *file, const omadm_tpm_config *config, omadm_tpm *tpm,
                      omadm_error *error) {
  const tss2_port port = {NULL, port_open, port_close, port_dispose, true};
  omadm_err err = OMADM_OK;
  pthread_mutex_lock(&machine.lock);
  if (machine.on) {
    err = omadm_error_set(error, OMADM_E_STATE, "a process has one TPM of libtpms at a time");
  } else {
    if (*file != '\0') err = state_read(file, error);
    if (err == 0 && !switch_on()) {
      err = omadm_error_set(error, OMADM_E_IO, "libtpms does not start");
      free(machine.state);
      machine.state = NULL;
    }
  }
  pthread_mutex_unlock(&machine.lock);
  return err == 0 ? tss2_provider_open(&port, NULL, NULL, config, tpm, error) : err;
}
