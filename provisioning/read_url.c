/* SPDX-License-Identifier: MIT */
/* The address of an account: AppAddr with its Addr and its Port (OMA-TS-DM_StdObj 5.3.1). */
#include <omadm/uri.h>

#include "provisioning/layout.h"
#include "provisioning/read.h"

/* Appends to *uri "/NODE/<first child>". NOT_FOUND where there is none. */
static omadm_err enter_first(omadm_framework *framework, omadm_buf *uri, const char *node) {
  omadm_buf name;
  omadm_buf_init(&name, NULL, 0);
  omadm_err err = omadm_buf_printf(uri, "/%s", node);
  if (err == 0) err = read_first_child(framework, omadm_buf_str(uri), &name);
  if (err == 0) err = omadm_buf_add_text(uri, "/");
  if (err == 0) err = omadm_uri_write_name(omadm_str_of(name.ptr), uri);
  omadm_buf_dispose(&name);
  return err;
}

/* Where a port would stand in the URL; 0: there is one already, or it is no URL. */
static size_t place_of_port(const char *url) {
  const char *scheme = strstr(url, "://");
  if (scheme == NULL) return 0;
  const char *host = scheme + 3;
  size_t n = strcspn(host, "/?#");
  size_t at = n;
  while (at > 0 && host[at - 1] != ':' && host[at - 1] != ']' && host[at - 1] != '@')
    at--;
  bool has_port = at > 0 && host[at - 1] == ':';
  return has_port ? 0 : (size_t)(host - url) + n;
}

/* A port in the address itself counts, then PortNbr, then that of the scheme: the standard does not
 * say. */
static omadm_err add_port(omadm_framework *framework, omadm_arena *arena, omadm_buf *uri,
                          const char **url) {
  const char *port = "";
  omadm_buf text;
  uint64_t number = 0;
  size_t at = place_of_port(*url);
  omadm_err err = at > 0 ? enter_first(framework, uri, "Port") : OMADM_E_NOT_FOUND;
  if (err == 0) err = read_text(framework, arena, uri, "PortNbr", &port);
  if (err == OMADM_E_NOT_FOUND) return OMADM_OK;
  if (err != 0 || !omadm_str_u64(omadm_str_of(port), &number) || number == 0 || number > 65535)
    return err;
  omadm_buf_init(&text, NULL, 0);
  err = omadm_buf_printf(&text, "%.*s:%u%s", (int)at, *url, (unsigned)number, *url + at);
  omadm_str copy = err == 0 ? omadm_arena_copy(arena, omadm_buf_str(&text)) : (omadm_str){NULL, 0};
  if (copy.ptr != NULL)
    *url = copy.ptr;
  else if (err == 0)
    err = OMADM_E_NOMEM;
  omadm_buf_dispose(&text);
  return err;
}

/* AppAddr/1 is what the device itself writes; a server may have named its own. */
omadm_err read_url(omadm_framework *framework, omadm_arena *arena, omadm_buf *uri,
                   const char **url) {
  size_t len = uri->len;
  omadm_err err = omadm_buf_add_text(uri, "/AppAddr/1");
  if (err == 0) err = read_text(framework, arena, uri, "Addr", url);
  if (err == 0 && (*url)[0] == '\0') {
    uri->len = len;
    err = enter_first(framework, uri, "AppAddr");
    if (err == 0) err = read_text(framework, arena, uri, "Addr", url);
  }
  if (err == 0) err = add_port(framework, arena, uri, url);
  uri->len = len;
  return err == OMADM_E_NOT_FOUND ? OMADM_OK : err;
}
