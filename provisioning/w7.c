/* SPDX-License-Identifier: MIT */
#include "provisioning/w7.h"

#include "base/codec.h"
#include "base/str.h"

/* Words of client provisioning and what DMAcc has for them. */
typedef struct word {
  const char *from, *to;
} word;

/* The table of the appendix is normative; one vendor documents it the other way round. */
static const word levels[] = {{"APPSRV", "CLCRED"}, {"CLIENT", "SRVCRED"}, {"OBEX", "OBEX"}};

static const word address_types[] = {{"IPV4", "IPv4"}, {"IPV6", "IPv6"}, {"URI", "URI"}};

static const word auth_types[] = {
    {"BASIC", "BASIC"},           {"DIGEST", "DIGEST"},           {"HMAC", "HMAC"},
    {"HTTP-BASIC", "HTTP-BASIC"}, {"HTTP-DIGEST", "HTTP-DIGEST"}, {"X509", "X509"},
    {"SECURID", "SECURID"},       {"SAFEWORD", "SAFEWORD"},       {"DIGIPASS", "DIGIPASS"},
    {"TRANSPORT", "TRANSPORT"}};

/* Empty where there is none. */
static omadm_str translate(const word *words, size_t n, omadm_str text) {
  for (size_t i = 0; i < n; i++)
    if (omadm_str_equal_nocase(text, omadm_str_of(words[i].from))) return omadm_str_of(words[i].to);
  return (omadm_str){"", 0};
}

#define TRANSLATE(words, text) translate(words, sizeof(words) / sizeof(words)[0], text)

const cp_characteristic *w7_find(const cp_characteristic *at) {
  for (at = cp_find(at, "APPLICATION"); at != NULL; at = cp_find(at->next, "APPLICATION"))
    if (omadm_str_equal_nocase(cp_value(at, "APPID"), omadm_str_of("w7"))) return at;
  return NULL;
}

/* A phone number or a name without a scheme is no address of a server that speaks HTTP. */
static omadm_err add_address(account_record *record, omadm_str address, omadm_str type,
                             const cp_characteristic *ports, omadm_error *error) {
  if (record->n_addresses == RECORD_ADDRESSES)
    return omadm_error_set(error, OMADM_E_LIMIT, "an account has more than %d addresses",
                           RECORD_ADDRESSES);
  omadm_str translated = type.len > 0 ? TRANSLATE(address_types, type) : omadm_str_of("URI");
  if (address.len == 0 || translated.len == 0) return OMADM_OK;
  record_address *a = &record->addresses[record->n_addresses++];
  *a = (record_address){.address = address, .type = translated};
  for (ports = cp_find(ports, "PORT"); ports != NULL; ports = cp_find(ports->next, "PORT")) {
    omadm_str number = cp_value(ports, "PORTNBR");
    if (number.len == 0) continue;
    if (a->n_ports == RECORD_PORTS)
      return omadm_error_set(error, OMADM_E_LIMIT, "an address has more than %d ports",
                             RECORD_PORTS);
    a->ports[a->n_ports++] = number;
  }
  return OMADM_OK;
}

static omadm_err read_addresses(const cp_characteristic *w7, account_record *record,
                                omadm_error *error) {
  const cp_parm *parm = cp_parm_find(w7->parms, "ADDR");
  omadm_err err = OMADM_OK;
  for (; err == 0 && parm != NULL; parm = cp_parm_find(parm->next, "ADDR"))
    err = add_address(record, parm->value, (omadm_str){"", 0}, NULL, error);
  const cp_characteristic *c = cp_find(w7->children, "APPADDR");
  for (; err == 0 && c != NULL; c = cp_find(c->next, "APPADDR"))
    err = add_address(record, cp_value(c, "ADDR"), cp_value(c, "ADDRTYPE"), c->children, error);
  return err;
}

static omadm_err decode(cp_document *document, omadm_str text, omadm_str *octets) {
  omadm_buf decoded;
  omadm_buf_init(&decoded, NULL, 0);
  omadm_err err = omadm_base64_decode(text, &decoded);
  *octets = (omadm_str){"", 0};
  if (err == 0) *octets = omadm_arena_copy(&document->arena, omadm_buf_str(&decoded));
  if (err == 0 && octets->ptr == NULL) err = OMADM_E_NOMEM;
  omadm_buf_dispose(&decoded);
  return err;
}

static omadm_str next_type(omadm_str *rest) {
  const char *comma = rest->len > 0 ? memchr(rest->ptr, ',', rest->len) : NULL;
  size_t n = comma != NULL ? (size_t)(comma - rest->ptr) : rest->len;
  omadm_str found = omadm_str_trim((omadm_str){rest->ptr, n});
  size_t skip = comma != NULL ? n + 1 : n;
  *rest = (omadm_str){rest->ptr + skip, rest->len - skip};
  return found;
}

/* An APPAUTH that is not understood may be the one by which the server proves itself: without it
 * the account would ask for less than its author wanted. */
static omadm_err puzzle(const account_record *record, const char *parm, omadm_str value,
                        omadm_error *error) {
  return omadm_error_set(
      error, OMADM_E_UNSUPPORTED, "the account \"%.*s\": %s = \"%.*s\" is not known",
      (int)(record->server_id.len < 255 ? record->server_id.len : 0), record->server_id.ptr, parm,
      (int)(value.len < 80 ? value.len : 80), value.ptr);
}

/* One entry of DMAcc for each type of the list. Without a level the device proves itself; without a
 * type by a digest, which shows the secret to nobody. Of a list one type has to be known. */
static omadm_err read_credentials(cp_document *document, const cp_characteristic *c,
                                  account_record *record, omadm_error *error) {
  omadm_str level = cp_value(c, "AAUTHLEVEL");
  omadm_str types = cp_value(c, "AAUTHTYPE");
  record_credentials one = {.level =
                                level.len > 0 ? TRANSLATE(levels, level) : omadm_str_of("CLCRED"),
                            .name = cp_value(c, "AAUTHNAME"),
                            .secret = cp_value(c, "AAUTHSECRET")};
  omadm_err err = decode(document, cp_value(c, "AAUTHDATA"), &one.data);
  if (err != 0)
    return omadm_error_set(error, err, "AAUTHDATA of the account \"%.*s\" is not base64",
                           (int)(record->server_id.len < 255 ? record->server_id.len : 0),
                           record->server_id.ptr);
  if (one.level.len == 0) return puzzle(record, "AAUTHLEVEL", level, error);
  omadm_str rest = types.len > 0 ? types : omadm_str_of("DIGEST");
  size_t before = record->n_credentials;
  while (rest.len > 0) {
    one.type = TRANSLATE(auth_types, next_type(&rest));
    if (one.type.len == 0) continue;
    if (record->n_credentials == RECORD_CREDENTIALS)
      return omadm_error_set(error, OMADM_E_LIMIT, "an account has more than %d credentials",
                             RECORD_CREDENTIALS);
    record->credentials[record->n_credentials++] = one;
  }
  return record->n_credentials > before ? OMADM_OK : puzzle(record, "AAUTHTYPE", types, error);
}

/* A proxy or an access point is known by the name that the document gives it. */
static omadm_err read_connections(const cp_characteristic *w7, account_record *record,
                                  omadm_error *error) {
  static const char *const names[] = {"TO-PROXY", "TO-NAPID"};
  for (size_t i = 0; i < 2; i++) {
    const cp_parm *parm = cp_parm_find(w7->parms, names[i]);
    for (; parm != NULL; parm = cp_parm_find(parm->next, names[i])) {
      if (parm->value.len == 0) continue;
      if (record->n_connections == RECORD_CONNECTIONS)
        return omadm_error_set(error, OMADM_E_LIMIT, "an account has more than %d connections",
                               RECORD_CONNECTIONS);
      record->connections[record->n_connections++] = parm->value;
    }
  }
  return OMADM_OK;
}

omadm_err w7_read(cp_document *document, const cp_characteristic *application,
                  account_record *record, omadm_error *error) {
  *record = (account_record){.server_id = cp_value(application, "PROVIDER-ID"),
                             .name = cp_value(application, "NAME"),
                             .starts = cp_parm_find(application->parms, "INIT") != NULL};
  omadm_err err = read_connections(application, record, error);
  if (err == 0) err = read_addresses(application, record, error);
  const cp_characteristic *c = cp_find(application->children, "APPAUTH");
  for (; err == 0 && c != NULL; c = cp_find(c->next, "APPAUTH"))
    err = read_credentials(document, c, record, error);
  return err != 0 ? err : account_record_check(record, error);
}
