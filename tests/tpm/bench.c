/* SPDX-License-Identifier: MIT */
#include "bench.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <tss2/tss2_tctildr.h>

#include "base/clock.h"
#include "tpm/inproc.h"

static void log_write(void *ctx, omadm_log_level level, const char *module, const char *text) {
  bench *b = ctx;
  pthread_mutex_lock(&b->log_lock);
  size_t used = strlen(b->logged);
  snprintf(b->logged + used, sizeof b->logged - used, "%d %s: %s\n", (int)level, module, text);
  pthread_mutex_unlock(&b->log_lock);
}

static void must(TSS2_RC rc) {
  if (rc != 0) fail_msg("the TPM on the bench answered 0x%08x", rc);
}

/* ---- on and off ---- */

static void way_open(bench *b) {
  if (b->swtpm) {
    must(Tss2_TctiLdr_Initialize(b->spec + strlen("tss2:"), &b->tcti));
  } else {
    b->tcti = inproc_tcti_new();
  }
  assert_non_null(b->tcti);
  must(Esys_Initialize(&b->esys, b->tcti, NULL));
}

static void way_close(bench *b) {
  if (b->esys != NULL) Esys_Finalize(&b->esys);
  if (b->tcti != NULL && b->swtpm) Tss2_TctiLdr_Finalize(&b->tcti);
  if (b->tcti != NULL && !b->swtpm) free(b->tcti);
  b->tcti = NULL;
}

static void run_swtpm(const bench *b, const char *flags) {
  char state[128], server[128], ctrl[128], how[128];
  snprintf(state, sizeof state, "dir=%s/state", b->folder);
  snprintf(server, sizeof server, "type=unixio,path=%s/sock", b->folder);
  snprintf(ctrl, sizeof ctrl, "type=unixio,path=%s/sock.ctrl", b->folder);
  bool old = strcmp(flags, "1.2") == 0;
  snprintf(how, sizeof how, "not-need-init%s%s", *flags != '\0' && !old ? "," : "",
           old ? "" : flags);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  /* It tells of every client that goes. */
  if (freopen("/dev/null", "w", stderr) == NULL) _exit(127);
  execlp("swtpm", "swtpm", "socket", "--tpmstate", state, "--server", server, "--ctrl", ctrl,
         "--flags", how, old ? NULL : "--tpm2", NULL);
  _exit(127);
}

/* Whether somebody listens at that socket: it is there some time before, and to connect would be to
 * be a client. Column 4 are the flags, __SO_ACCEPTCON is 0x10000. */
static bool listens(const char *path) {
  char line[512];
  bool found = false;
  FILE *sockets = fopen("/proc/net/unix", "r");
  assert_non_null(sockets);
  while (!found && fgets(line, sizeof line, sockets) != NULL) {
    line[strcspn(line, "\n")] = '\0';
    const char *at = strrchr(line, ' ');
    found = at != NULL && strcmp(at + 1, path) == 0 && strstr(line, " 00010000 ") != NULL;
  }
  fclose(sockets);
  return found;
}

/* The control channel's socket listens before it. */
void bench_switch_on(bench *b, const char *flags) {
  char path[128];
  snprintf(path, sizeof path, "%s/sock", b->folder);
  unlink(path);
  b->pid = fork();
  if (b->pid == 0) run_swtpm(b, flags);
  assert_true(b->pid > 0);
  for (int i = 0; i < 3000 && !listens(path); i++)
    omadm_clock_sleep(10);
  assert_true(listens(path));
}

void bench_switch_off(bench *b) {
  if (b->pid == 0) return;
  kill(b->pid, SIGKILL);
  kill(b->pid, SIGCONT);
  waitpid(b->pid, NULL, 0);
  b->pid = 0;
}

static void again(bench *b, TPM2_SU type, const char *flags) {
  must(Esys_Shutdown(b->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, type));
  way_close(b);
  bench_switch_off(b);
  bench_switch_on(b, flags);
  way_open(b);
}

void bench_reboot(bench *b) {
  if (b->swtpm) {
    again(b, TPM2_SU_CLEAR, "startup-clear");
  } else {
    inproc_reboot();
  }
}

void bench_resume(bench *b) {
  if (b->swtpm) {
    again(b, TPM2_SU_STATE, "startup-state");
  } else {
    inproc_resume();
  }
}

/* ---- setup and teardown ---- */

static void copy_state(bench *b, const char *from) {
  char command[512];
  snprintf(b->folder, sizeof b->folder, "/tmp/omadm-tpm.XXXXXX");
  assert_non_null(mkdtemp(b->folder));
  snprintf(command, sizeof command, "cp -r '%s/state' '%s/state'", from, b->folder);
  assert_int_equal(system(command), 0);
  snprintf(b->spec, sizeof b->spec, "tss2:swtpm:path=%s/sock", b->folder);
  b->swtpm = true;
}

int bench_setup_off(void **state) {
  const char *swtpm = getenv("OMADM_TEST_SWTPM");
  bench *b = calloc(1, sizeof *b);
  assert_non_null(b);
  setenv("TSS2_LOG", "all+none", 0);
  pthread_mutex_init(&b->log_lock, NULL);
  b->log = (omadm_log){sizeof b->log, b, OMADM_LOG_DEBUG, log_write};
  snprintf(b->spec, sizeof b->spec, "inproc");
  if (swtpm != NULL) copy_state(b, swtpm);
  *state = b;
  return 0;
}

void bench_open(bench *b, unsigned deadline_ms) {
  omadm_tpm_config config;
  omadm_error error = {0};
  omadm_tpm_close(&b->tpm);
  omadm_tpm_config_init(&config);
  config.log = &b->log;
  config.deadline_ms = deadline_ms;
  if (omadm_tpm_open(b->spec, &config, &b->tpm, &error) != 0) fail_msg("%s", error.text);
}

int bench_setup(void **state) {
  omadm_tpm_info info;
  bench_setup_off(state);
  bench *b = *state;
  if (b->swtpm) bench_switch_on(b, "startup-clear");
  bench_open(b, 30000);
  /* The TPM in the process is started by the first call. */
  assert_int_equal(TPM_CALL(b, info, &info), OMADM_TPM_OK);
  way_open(b);
  return 0;
}

int bench_teardown(void **state) {
  bench *b = *state;
  char command[128];
  unsigned left = b->esys != NULL ? bench_count(b) : 0;
  way_close(b);
  omadm_tpm_close(&b->tpm);
  bench_switch_off(b);
  if (b->swtpm) {
    snprintf(command, sizeof command, "rm -rf '%s'", b->folder);
    assert_int_equal(system(command), 0);
  }
  pthread_mutex_destroy(&b->log_lock);
  free(b);
  assert_int_equal(left, 0);
  return 0;
}

/* ---- looking ---- */

static unsigned count_of(bench *b, TPM2_HANDLE first) {
  TPMS_CAPABILITY_DATA *data = NULL;
  TPMI_YES_NO more = 0;
  must(Esys_GetCapability(b->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, TPM2_CAP_HANDLES,
                          first, 64, &more, &data));
  unsigned n = data->data.handles.count;
  Esys_Free(data);
  return n;
}

/* Transient objects, loaded sessions, saved sessions (part 2, 7.2). */
unsigned bench_count(bench *b) {
  return count_of(b, 0x80000000) + count_of(b, 0x02000000) + count_of(b, 0x03000000);
}

/* ---- changing ---- */

static const TPM2B_SENSITIVE_CREATE no_secret;
static const TPM2B_DATA no_data;
static const TPML_PCR_SELECTION no_pcrs;

static TPM2B_PUBLIC storage_template(void) {
  TPM2B_PUBLIC t = {0};
  t.publicArea.type = TPM2_ALG_ECC;
  t.publicArea.nameAlg = TPM2_ALG_SHA256;
  t.publicArea.objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT |
                                  TPMA_OBJECT_SENSITIVEDATAORIGIN | TPMA_OBJECT_USERWITHAUTH |
                                  TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT;
  t.publicArea.parameters.eccDetail.symmetric.algorithm = TPM2_ALG_AES;
  t.publicArea.parameters.eccDetail.symmetric.keyBits.aes = 128;
  t.publicArea.parameters.eccDetail.symmetric.mode.aes = TPM2_ALG_CFB;
  t.publicArea.parameters.eccDetail.scheme.scheme = TPM2_ALG_NULL;
  t.publicArea.parameters.eccDetail.curveID = TPM2_ECC_NIST_P256;
  t.publicArea.parameters.eccDetail.kdf.scheme = TPM2_ALG_NULL;
  return t;
}

void bench_fill(bench *b, unsigned n, ESYS_TR *objects) {
  const TPM2B_PUBLIC template = storage_template();
  for (unsigned i = 0; i < n; i++) {
    must(Esys_CreatePrimary(b->esys, ESYS_TR_RH_NULL, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
                            &no_secret, &template, &no_data, &no_pcrs, &objects[i], NULL, NULL,
                            NULL, NULL));
  }
}

void bench_empty(bench *b, unsigned n, ESYS_TR *objects) {
  for (unsigned i = 0; i < n; i++)
    must(Esys_FlushContext(b->esys, objects[i]));
}

void bench_set_auth(bench *b, ESYS_TR hierarchy, const char *auth) {
  TPM2B_AUTH value = {.size = (UINT16)strlen(auth)};
  memcpy(value.buffer, auth, value.size);
  must(Esys_HierarchyChangeAuth(b->esys, hierarchy, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
                                &value));
}

void bench_allocate_sha256(bench *b) {
  TPML_PCR_SELECTION banks = {.count = 4};
  const TPM2_ALG_ID algs[] = {TPM2_ALG_SHA1, TPM2_ALG_SHA256, TPM2_ALG_SHA384, TPM2_ALG_SHA512};
  TPMI_YES_NO done = 0;
  UINT32 most = 0, needed = 0, available = 0;
  for (unsigned i = 0; i < 4; i++) {
    banks.pcrSelections[i].hash = algs[i];
    banks.pcrSelections[i].sizeofSelect = 3;
    memset(banks.pcrSelections[i].pcrSelect, algs[i] == TPM2_ALG_SHA256 ? 0xFF : 0, 3);
  }
  must(Esys_PCR_Allocate(b->esys, ESYS_TR_RH_PLATFORM, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
                         &banks, &done, &most, &needed, &available));
  assert_true(done);
}

void bench_extend(bench *b, uint16_t bank, unsigned pcr, uint8_t with) {
  TPML_DIGEST_VALUES digests = {.count = 1};
  digests.digests[0].hashAlg = bank;
  memset(&digests.digests[0].digest, with, sizeof digests.digests[0].digest);
  must(Esys_PCR_Extend(b->esys, ESYS_TR_PCR0 + pcr, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
                       &digests));
}

void bench_nv(bench *b, TPM2_HANDLE handle, TPMA_NV attributes, const void *content, size_t len) {
  const TPM2B_AUTH no_auth = {0};
  TPM2B_NV_PUBLIC about = {0};
  ESYS_TR index = ESYS_TR_NONE;
  about.nvPublic.nvIndex = handle;
  about.nvPublic.nameAlg = TPM2_ALG_SHA256;
  about.nvPublic.attributes = attributes | TPMA_NV_PPWRITE | TPMA_NV_PLATFORMCREATE;
  about.nvPublic.dataSize = (UINT16)len;
  must(Esys_NV_DefineSpace(b->esys, ESYS_TR_RH_PLATFORM, ESYS_TR_PASSWORD, ESYS_TR_NONE,
                           ESYS_TR_NONE, &no_auth, &about, &index));
  for (size_t at = 0; content != NULL && at < len;) {
    TPM2B_MAX_NV_BUFFER piece = {.size = (UINT16)(len - at < 512 ? len - at : 512)};
    memcpy(piece.buffer, (const char *)content + at, piece.size);
    must(Esys_NV_Write(b->esys, ESYS_TR_RH_PLATFORM, index, ESYS_TR_PASSWORD, ESYS_TR_NONE,
                       ESYS_TR_NONE, &piece, (UINT16)at));
    at += piece.size;
  }
  Esys_TR_Close(b->esys, &index);
}

/* A key that is subject to the lockout, used with wrong passwords. */
void bench_lock_out(bench *b) {
  const TPM2B_SENSITIVE_CREATE secret = {.sensitive.userAuth = {.size = 3, .buffer = "abc"}};
  const TPM2B_AUTH wrong = {.size = 3, .buffer = "xyz"};
  TPM2B_PUBLIC template = storage_template();
  ESYS_TR key = ESYS_TR_NONE;
  template.publicArea.objectAttributes &=
      ~(TPMA_OBJECT)(TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT);
  template.publicArea.objectAttributes |= TPMA_OBJECT_SIGN_ENCRYPT;
  template.publicArea.parameters.eccDetail.symmetric.algorithm = TPM2_ALG_NULL;
  must(Esys_CreatePrimary(b->esys, ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
                          &secret, &template, &no_data, &no_pcrs, &key, NULL, NULL, NULL, NULL));
  must(Esys_TR_SetAuth(b->esys, key, &wrong));
  TSS2_RC rc = 0;
  for (int i = 0; i < 40 && rc != TPM2_RC_LOCKOUT; i++) {
    const TPM2B_DIGEST digest = {.size = 32};
    const TPMT_SIG_SCHEME scheme = {.scheme = TPM2_ALG_ECDSA,
                                    .details.ecdsa.hashAlg = TPM2_ALG_SHA256};
    const TPMT_TK_HASHCHECK ticket = {.tag = TPM2_ST_HASHCHECK, .hierarchy = TPM2_RH_NULL};
    TPMT_SIGNATURE *signature = NULL;
    rc = Esys_Sign(b->esys, key, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &digest, &scheme,
                   &ticket, &signature);
  }
  assert_int_equal(rc, TPM2_RC_LOCKOUT);
  must(Esys_FlushContext(b->esys, key));
}

void bench_unlock(bench *b) {
  must(Esys_DictionaryAttackLockReset(b->esys, ESYS_TR_RH_LOCKOUT, ESYS_TR_PASSWORD, ESYS_TR_NONE,
                                      ESYS_TR_NONE));
}

omadm_tpm_key bench_key(bench *b, omadm_tpm_key_kind kind) {
  omadm_tpm_key key = {0};
  omadm_tpm_status status = TPM_CALL(b, key_open, kind, (omadm_str){NULL, 0}, &key);
  if (status != OMADM_TPM_OK) fail_msg("%s\n%s", omadm_tpm_status_text(status), b->logged);
  return key;
}
