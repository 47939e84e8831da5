/* SPDX-License-Identifier: MIT */
/* Which notifications are believed: the digest (OMA-TS-DM_Notification 6.2.2), and what came
 * before (6.2.10). */
#include <omadm/notification.h>

#include <openssl/evp.h>
#include <stdio.h>

#include "base/codec.h"
#include "base/digest.h"
#include "base/str.h"
#include "provisioning/notification_memory.h"

enum { MS_PER_HOUR = 3600000 };

/* The kinds of credentials that a server may have. */
static const omadm_auth types[] = {OMADM_AUTH_MD5, OMADM_AUTH_MAC, OMADM_AUTH_BASIC};
enum { TYPES = sizeof types / sizeof types[0] };

/* Four zero octets: the standard says 0x00000000, and means the number (OMA-TS-DM_Notification
 * 5.1). */
static const omadm_str zero_nonce = {"\0\0\0\0", 4};

static bool fits(const omadm_notification *n, omadm_str name, omadm_str secret, omadm_str nonce) {
  omadm_digest digest = {{0}};
  bool made = omadm_digest_prove(name, secret, nonce, &n->trigger, &digest) == OMADM_OK;
  bool same =
      omadm_secret_equal((omadm_str){(const char *)digest.octets, sizeof digest.octets}, n->digest);
  omadm_wipe(&digest, sizeof digest);
  return made && same;
}

/* The text says that the server identifier enters the digest; servers were seen that use their
 * AAuthName where it differs. */
static bool fits_a_name(const omadm_notification *n, const omadm_credentials *c, omadm_str nonce) {
  bool by_id = fits(n, n->server_id, c->secret, nonce);
  bool by_name = c->name.len > 0 && fits(n, c->name, c->secret, nonce);
  return by_id || by_name;
}

/* Names a nonce without telling it. */
static omadm_err name_nonce(omadm_str nonce, unsigned char name[8]) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  if (EVP_Digest(nonce.ptr != NULL ? nonce.ptr : "", nonce.len, digest, NULL, EVP_sha256(), NULL) !=
      1)
    return OMADM_E_NOMEM;
  memcpy(name, digest, 8);
  return OMADM_OK;
}

typedef struct judged {
  bool known; /* there are credentials */
  bool fits;
} judged;

/* One kind of credentials of the account. */
static omadm_err judge(const omadm_notification *n, const omadm_host *host, omadm_auth type,
                       omadm_notification_verdict *verdict, judged *result) {
  omadm_credentials c = {OMADM_AUTH_NONE};
  omadm_err err = host->credentials(host->ctx, n->server_id, OMADM_AUTH_SERVER, type, &c);
  if (err == OMADM_E_NOT_FOUND) return OMADM_OK;
  if (err != 0) return err;
  if (c.type == OMADM_AUTH_NONE || c.secret.len == 0) return OMADM_OK;
  result->known = true;
  if (result->fits) return OMADM_OK;
  bool by_nonce = fits_a_name(n, &c, c.nonce);
  bool by_before = c.nonce_before.len > 0 && fits_a_name(n, &c, c.nonce_before);
  bool by_zero = fits_a_name(n, &c, zero_nonce);
  result->fits = by_nonce || by_before || by_zero;
  if (!result->fits) return OMADM_OK;
  verdict->resync = !by_nonce && !by_before;
  return name_nonce(by_nonce    ? c.nonce
                    : by_before ? c.nonce_before
                                : zero_nonce,
                    verdict->nonce_name);
}

/* ---- what came before ---- */

static omadm_err read_memory(memory *m, const omadm_notification *n,
                             const omadm_notification_device *device,
                             const omadm_notification_verdict *verdict) {
  return memory_read(m, device->framework, n->server_id,
                     verdict->resync ? MEMORY_RESYNC : MEMORY_SEEN);
}

static const unsigned char *head_of(const omadm_notification_verdict *verdict) {
  return verdict->resync ? NULL : verdict->nonce_name;
}

static bool is_too_soon(const unsigned char *record, int64_t now) {
  uint64_t then = memory_time(record);
  if (then > INT64_MAX) return false;
  int64_t passed = now - (int64_t)then;
  int64_t least = (int64_t)OMADM_NOTIFICATION_RESYNC_HOURS * MS_PER_HOUR;
  return passed > -least && passed < least;
}

static omadm_err check_memory(const omadm_notification *n, const omadm_notification_device *device,
                              const omadm_notification_verdict *verdict, omadm_error *error) {
  memory m;
  omadm_err err = read_memory(&m, n, device, verdict);
  const unsigned char *record = err == 0 ? memory_find(&m, head_of(verdict)) : NULL;
  if (record != NULL && memory_has(record, n->session))
    err = omadm_error_set(error, OMADM_E_REFUSED,
                          "the notification of \"%.*s\" for session %s came before",
                          (int)n->server_id.len, n->server_id.ptr, verdict->session_id);
  else if (record != NULL && verdict->resync && is_too_soon(record, device->now))
    err = omadm_error_set(error, OMADM_E_REFUSED,
                          "\"%.*s\" asks for a new nonce again; once in %d hours is enough",
                          (int)n->server_id.len, n->server_id.ptr, OMADM_NOTIFICATION_RESYNC_HOURS);
  memory_dispose(&m);
  return err;
}

omadm_err omadm_notification_verify(const omadm_notification *n,
                                    const omadm_notification_device *device,
                                    omadm_notification_verdict *verdict, omadm_error *error) {
  const omadm_host *host = device->host;
  judged result = {.known = false};
  omadm_err err = OMADM_OK;
  *verdict = (omadm_notification_verdict){.struct_size = sizeof *verdict};
  (void)snprintf(verdict->session_id, sizeof verdict->session_id, "%X", (unsigned)n->session);
  for (size_t i = 0; err == 0 && i < TYPES; i++)
    if (OMADM_HAS(omadm_host, host, credentials)) err = judge(n, host, types[i], verdict, &result);
  if (err != 0)
    return omadm_error_set(error, err, "a notification could not be verified: %s",
                           omadm_err_text(err));
  if (!result.known)
    return omadm_error_set(error, OMADM_E_REFUSED,
                           "a notification names \"%.*s\", and no account has a secret of that "
                           "server",
                           (int)n->server_id.len, n->server_id.ptr);
  if (!result.fits)
    return omadm_error_set(error, OMADM_E_REFUSED, "a notification is not from \"%.*s\"",
                           (int)n->server_id.len, n->server_id.ptr);
  return check_memory(n, device, verdict, error);
}

/* Names of all nonces that a notification of that server may be made with now. */
static omadm_err name_all(const omadm_notification *n, const omadm_host *host,
                          unsigned char names[][MEMORY_HEAD], size_t *count) {
  omadm_err err = OMADM_OK;
  *count = 0;
  for (size_t i = 0; err == 0 && i < TYPES && OMADM_HAS(omadm_host, host, credentials); i++) {
    omadm_credentials c = {OMADM_AUTH_NONE};
    err = host->credentials(host->ctx, n->server_id, OMADM_AUTH_SERVER, types[i], &c);
    if (err == OMADM_E_NOT_FOUND) err = OMADM_OK;
    if (err != 0 || c.type == OMADM_AUTH_NONE) continue;
    err = name_nonce(c.nonce, names[(*count)++]);
    if (err == 0) err = name_nonce(c.nonce_before, names[(*count)++]);
  }
  return err;
}

/* Of a nonce that proves nothing any more the ids are forgotten, whatever came in which order. */
static omadm_err keep_living(memory *m, const omadm_notification *n,
                             const omadm_notification_device *device,
                             const omadm_notification_verdict *verdict) {
  unsigned char names[2 * TYPES + 1][MEMORY_HEAD];
  size_t count = 0;
  omadm_err err = name_all(n, device->host, names, &count);
  if (err != 0) return err;
  memcpy(names[count++], verdict->nonce_name, MEMORY_HEAD);
  memory_keep(m, (const unsigned char(*)[MEMORY_HEAD])names, count);
  return OMADM_OK;
}

omadm_err omadm_notification_remember(const omadm_notification *n,
                                      const omadm_notification_device *device,
                                      const omadm_notification_verdict *verdict,
                                      omadm_error *error) {
  memory m;
  omadm_err err = read_memory(&m, n, device, verdict);
  if (err == 0 && !verdict->resync) err = keep_living(&m, n, device, verdict);
  unsigned char *record = err == 0 ? memory_add(&m, head_of(verdict)) : NULL;
  if (err == 0 && record == NULL) err = OMADM_E_NOMEM;
  if (err == 0) {
    memory_set(record, n->session, true);
    if (verdict->resync) memory_set_time(record, device->now > 0 ? (uint64_t)device->now : 0);
    err = memory_write(&m, device->framework);
  }
  memory_dispose(&m);
  return err != 0 ? omadm_error_set(error, err, "a notification could not be remembered: %s",
                                    omadm_err_text(err))
                  : OMADM_OK;
}

omadm_err omadm_notification_forget(const omadm_notification *n,
                                    const omadm_notification_device *device,
                                    const omadm_notification_verdict *verdict, omadm_error *error) {
  memory m;
  omadm_err err = read_memory(&m, n, device, verdict);
  unsigned char *record = err == 0 ? memory_find(&m, head_of(verdict)) : NULL;
  if (record != NULL) {
    memory_set(record, n->session, false);
    /* A resynchronisation that reached nobody may be tried again at once. */
    if (verdict->resync) memory_set_time(record, 0);
    err = memory_write(&m, device->framework);
  }
  memory_dispose(&m);
  return err != 0 ? omadm_error_set(error, err, "a notification could not be forgotten: %s",
                                    omadm_err_text(err))
                  : OMADM_OK;
}
