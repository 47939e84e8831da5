/* SPDX-License-Identifier: MIT */
#include "csp-framework/crossing.h"

#include <stdalign.h>
#include <stdlib.h>

#include "csp-framework/host.h"

fw_csp *crossing_csp(uint64_t host) {
  enum { FIRST_PAGE = 4096 };
  /* There is no list of all handles, since there is no global state: what is not even the address
   * of a CSP is told by the mark that stands there. */
  fw_csp *csp = (fw_csp *)(uintptr_t)host;
  if (host < FIRST_PAGE || host % alignof(fw_csp) != 0) return NULL;
  return csp->mark == (host ^ FW_CSP_MARK) ? csp : NULL;
}

void crossing_bind(omadm_framework *fw) {
  fw->thread = pthread_self();
}

void crossing_stray(const fw_csp *csp, const char *service) {
  fw_log(csp->fw, OMADM_LOG_ERROR,
         "%s: the service %s is called from a job or a thread of its own; only log, now, http and "
         "tpm may be",
         csp->name, service);
}

omadm_err crossing_own(uint64_t host, const char *service, fw_csp **csp) {
  *csp = crossing_csp(host);
  if (*csp == NULL) return OMADM_E_NOT_FOUND;
  const omadm_framework *fw = (*csp)->fw;
  if (pthread_equal(fw->thread, pthread_self()) && !fw->in_job) return OMADM_OK;
  crossing_stray(*csp, service);
  return OMADM_E_STATE;
}

omadm_err crossing_refuse(const fw_csp *csp, const char *service, const char *why) {
  fw_log(csp->fw, OMADM_LOG_ERROR, "%s: the service %s is given %s; refused", csp->name, service,
         why);
  return OMADM_E_ARGUMENT;
}

omadm_err crossing_check(const fw_csp *csp, const char *service, omadm_str s) {
  return s.ptr != NULL || s.len == 0 ? OMADM_OK : crossing_refuse(csp, service, "octets at NULL");
}

static bool copies(const fw_csp *csp) {
  return (csp->fw->config.host_flags & OMADM_HOST_COPYING) != 0;
}

omadm_err crossing_pass(const fw_csp *csp, const char *service, omadm_str s, crossing_span *p) {
  omadm_err err = crossing_check(csp, service, s);
  *p = (crossing_span){.s = s};
  if (err != 0 || !copies(csp)) return err;
  p->copy = host_copy_str(s);
  p->s.ptr = p->copy;
  return p->copy != NULL ? OMADM_OK : OMADM_E_NOMEM;
}

omadm_err crossing_take(const fw_csp *csp, const char *service, void *home, size_t size,
                        crossing_room *room) {
  *room = (crossing_room){.at = home, .home = home, .size = size, .len = size};
  if (home == NULL && size > 0) return crossing_refuse(csp, service, "no place for the answer");
  if (!copies(csp)) return OMADM_OK;
  room->at = malloc(size > 0 ? size : 1);
  return room->at != NULL ? OMADM_OK : OMADM_E_NOMEM;
}

void crossing_give(crossing_room *room, size_t len) {
  if (room->at == room->home) return;
  if (len > room->size) len = room->size;
  if (room->at != NULL && len > 0) memcpy(room->home, room->at, len);
  if (room->at != NULL && room->secret) explicit_bzero(room->at, room->size);
  free(room->at);
  room->at = room->home;
}

void crossing_forget(crossing_span *p, bool secret) {
  if (p->copy != NULL && secret) explicit_bzero(p->copy, p->s.len);
  free(p->copy);
  p->copy = NULL;
}
