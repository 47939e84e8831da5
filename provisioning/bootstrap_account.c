/* SPDX-License-Identifier: MIT */
/* A DMAcc in a serialised tree becomes the same record as one of client provisioning. */
#include "base/codec.h"
#include "base/str.h"
#include "provisioning/bootstrap.h"

enum { DEEPEST = 5 };

/* The way from the object's root to a leaf, and the indices of the nodes on it. */
typedef struct way {
  omadm_str name[DEEPEST];
  size_t node[DEEPEST];
  size_t n;
} way;

/* false: it is not below the root, or deeper than anything of DMAcc. */
static bool find_way(const omadm_tnds *tnds, size_t root, size_t leaf, way *w) {
  w->n = 0;
  for (size_t at = leaf; at != root; at = tnds->nodes[at].parent) {
    if (w->n == DEEPEST || at == 0) return false;
    w->node[w->n] = at;
    w->name[w->n++] = tnds->nodes[at].name;
  }
  for (size_t i = 0; i < w->n / 2; i++) {
    size_t other = w->n - 1 - i;
    omadm_str name = w->name[i];
    size_t node = w->node[i];
    w->name[i] = w->name[other];
    w->node[i] = w->node[other];
    w->name[other] = name;
    w->node[other] = node;
  }
  return w->n > 0;
}

/* Leaves of the account, of one address, of one entry of credentials, and where they go. */
typedef struct field {
  const char *name;
  size_t offset;
} field;

static const field of_account[] = {{"ServerID", offsetof(account_record, server_id)},
                                   {"Name", offsetof(account_record, name)},
                                   {"AAuthPref", offsetof(account_record, preference)}};
static const field of_address[] = {{"Addr", offsetof(record_address, address)},
                                   {"AddrType", offsetof(record_address, type)}};
static const field of_credentials[] = {{"AAuthLevel", offsetof(record_credentials, level)},
                                       {"AAuthType", offsetof(record_credentials, type)},
                                       {"AAuthName", offsetof(record_credentials, name)},
                                       {"AAuthSecret", offsetof(record_credentials, secret)},
                                       {"AAuthData", offsetof(record_credentials, data)}};

static void set_field(const field *fields, size_t n, omadm_str name, void *object,
                      omadm_str value) {
  for (size_t i = 0; i < n; i++)
    if (omadm_str_is(name, fields[i].name))
      memcpy((char *)object + fields[i].offset, &value, sizeof value);
}

#define SET(fields, name, object, value)                                                           \
  set_field(fields, sizeof(fields) / sizeof(fields)[0], name, object, value)

/* Which of the record's parts belongs to which node of the document. */
typedef struct draft {
  omadm_bootstrap *self;
  account_record *record;
  size_t addresses[RECORD_ADDRESSES];
  size_t credentials[RECORD_CREDENTIALS];
  omadm_error *error;
} draft;

/* The number of `node` among `known`, where it is added; `most` where there is no room. */
static size_t number_of(size_t *known, size_t *n, size_t most, size_t node) {
  for (size_t i = 0; i < *n; i++)
    if (known[i] == node) return i;
  if (*n == most) return most;
  known[*n] = node;
  return (*n)++;
}

static omadm_err too_many(const draft *d, const char *what) {
  return omadm_error_set(d->error, OMADM_E_LIMIT, "an account has too many %s", what);
}

static omadm_err add_connection(draft *d, omadm_str value) {
  account_record *r = d->record;
  if (value.len == 0) return OMADM_OK;
  if (r->n_connections == RECORD_CONNECTIONS) return too_many(d, "connections");
  r->connections[r->n_connections++] = value;
  return OMADM_OK;
}

static omadm_err set_address(draft *d, const way *w, omadm_str value) {
  account_record *r = d->record;
  size_t i = number_of(d->addresses, &r->n_addresses, RECORD_ADDRESSES, w->node[1]);
  if (i == RECORD_ADDRESSES) return too_many(d, "addresses");
  record_address *a = &r->addresses[i];
  if (w->n == 3) SET(of_address, w->name[2], a, value);
  if (w->n != 5 || !omadm_str_is(w->name[2], "Port") || !omadm_str_is(w->name[4], "PortNbr"))
    return OMADM_OK;
  if (a->n_ports == RECORD_PORTS) return too_many(d, "ports");
  a->ports[a->n_ports++] = value;
  return OMADM_OK;
}

static omadm_err set_credentials(draft *d, const way *w, omadm_str value) {
  account_record *r = d->record;
  size_t i = number_of(d->credentials, &r->n_credentials, RECORD_CREDENTIALS, w->node[1]);
  if (i == RECORD_CREDENTIALS) return too_many(d, "credentials");
  if (w->n == 3) SET(of_credentials, w->name[2], &r->credentials[i], value);
  return OMADM_OK;
}

/* The value of a leaf; one that came as base64 text in octets. */
static omadm_err value_of(draft *d, const omadm_tnds_node *node, omadm_str *value) {
  omadm_buf octets;
  *value = node->value;
  if (node->format != OMADM_FORMAT_B64 || node->octets) return OMADM_OK;
  omadm_buf_init(&octets, NULL, 0);
  omadm_err err = omadm_base64_decode(node->value, &octets);
  if (err == 0) *value = omadm_arena_copy(&d->self->arena, omadm_buf_str(&octets));
  omadm_buf_dispose(&octets);
  if (err == 0 && value->ptr == NULL) err = OMADM_E_NOMEM;
  return err != 0 ? omadm_error_set(d->error, err, "a value of an account is not base64") : err;
}

static omadm_err take_leaf(draft *d, const omadm_tnds_node *node, const way *w) {
  omadm_str value;
  omadm_err err = value_of(d, node, &value);
  if (err != 0) return err;
  if (w->n == 1 && omadm_str_is(w->name[0], "PrefConRef")) return add_connection(d, value);
  if (w->n == 1) SET(of_account, w->name[0], d->record, value);
  if (w->n < 3) return OMADM_OK;
  if (omadm_str_is(w->name[0], "AppAddr")) return set_address(d, w, value);
  if (omadm_str_is(w->name[0], "AppAuth")) return set_credentials(d, w, value);
  if (omadm_str_is(w->name[0], "ToConRef") && omadm_str_is(w->name[2], "ConRef"))
    return add_connection(d, value);
  return OMADM_OK;
}

/* What is below Ext is the vendor's, and may be left out (OMA-TS-DM_Bootstrap 5.4.5). */
omadm_err bootstrap_dm_account(omadm_bootstrap *self, const omadm_tnds *tnds, size_t root,
                               omadm_error *error) {
  draft d = {.self = self, .error = error};
  way w;
  d.record = bootstrap_add_record(self, error);
  if (d.record == NULL) return OMADM_E_LIMIT;
  omadm_err err = OMADM_OK;
  for (size_t i = root + 1; err == 0 && i < tnds->n; i++) {
    const omadm_tnds_node *node = &tnds->nodes[i];
    if (node->format != OMADM_FORMAT_NODE && node->has_value && find_way(tnds, root, i, &w))
      err = take_leaf(&d, node, &w);
  }
  d.record->starts = true;
  for (size_t i = 0; i < d.record->n_addresses; i++)
    if (d.record->addresses[i].type.len == 0) d.record->addresses[i].type = omadm_str_of("URI");
  return err != 0 ? err : bootstrap_check_record(self, error);
}
