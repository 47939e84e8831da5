/* SPDX-License-Identifier: MIT */
#include "provisioning/bootstrap.h"

#include <omadm/uri.h>

#include "base/digest.h"
#include "base/str.h"
#include "base/wbxml.h"
#include "provisioning/bootstrap_mac.h"
#include "provisioning/push.h"
#include "provisioning/w7.h"

enum {
  MOST_OCTETS = 1024 * 1024,
  LOOKED_AT = 4096, /* octets of XML in which the root has to begin */
  PUBLIC_ID_PROV = 0x0B,
  PUBLIC_ID_SYNCML = 0x1201,
};

typedef enum profile { CP_WBXML = 0, CP_XML, DM_WBXML, DM_XML, PROFILES } profile;

static const struct {
  const char *media;
  profile profile;
} media_types[] = {
    {PUSH_CP_WBXML, CP_WBXML}, {PUSH_CP_XML, CP_XML}, {PUSH_CP_XML_TOO, CP_XML},
    {PUSH_DM_WBXML, DM_WBXML}, {PUSH_DM_XML, DM_XML},
};

void omadm_bootstrap_source_init(omadm_bootstrap_source *source) {
  *source = (omadm_bootstrap_source){.struct_size = sizeof *source};
  omadm_limits_init(&source->limits);
}

static bool holds(omadm_str octets, const char *text) {
  size_t n = octets.len < LOOKED_AT ? octets.len : LOOKED_AT;
  return n > 0 && memmem(octets.ptr, n, text, strlen(text)) != NULL;
}

/* What the octets look like; PROFILES: like none. */
static profile sniff(omadm_str octets) {
  omadm_wbxml_reader wbxml;
  if (octets.len > 0 && (unsigned char)octets.ptr[0] >= OMADM_WBXML_LITERAL)
    return holds(octets, "<wap-provisioningdoc") ? CP_XML
           : holds(octets, "SyncML")             ? DM_XML
                                                 : PROFILES;
  if (omadm_wbxml_reader_init(&wbxml, octets, 1, 1) != OMADM_OK) return PROFILES;
  bool is_prov = wbxml.public_id == PUBLIC_ID_PROV || holds(wbxml.public_name, "DTD PROV");
  bool is_dm = wbxml.public_id == PUBLIC_ID_SYNCML || holds(wbxml.public_name, "SyncML");
  return is_prov ? CP_WBXML : is_dm ? DM_WBXML : PROFILES;
}

/* What there is to read, from the source, its push and its content type. */
typedef struct incoming {
  omadm_str octets;
  push_type type;
  profile profile;
} incoming;

static omadm_err unwrap(const omadm_bootstrap_source *source, incoming *in, omadm_error *error) {
  push wrapped;
  *in = (incoming){.octets = source->octets, .profile = PROFILES};
  if (source->octets.len > MOST_OCTETS)
    return omadm_error_set(error, OMADM_E_LIMIT, "the document is larger than %d octets",
                           MOST_OCTETS);
  if (push_unwrap(source->octets, &wrapped)) {
    in->octets = wrapped.body;
    in->type = wrapped.type;
  }
  if (source->type.len > 0 && push_type_parse(source->type, &in->type) != OMADM_OK)
    return omadm_error_set(error, OMADM_E_SYNTAX, "\"%.*s\" is no content type",
                           (int)(source->type.len < 100 ? source->type.len : 100),
                           source->type.ptr);
  if (source->sec.len > 0) in->type.sec = source->sec;
  if (source->mac.len > 0) in->type.mac = source->mac;
  for (size_t i = 0; i < sizeof media_types / sizeof media_types[0]; i++)
    if (omadm_str_equal_nocase(in->type.media, omadm_str_of(media_types[i].media)))
      in->profile = media_types[i].profile;
  if (in->type.media.len == 0) in->profile = sniff(in->octets);
  return in->profile != PROFILES
             ? OMADM_OK
             : omadm_error_set(error, OMADM_E_UNSUPPORTED,
                               "this is neither client provisioning nor a SyncML message");
}

/* Asks for a PIN until one fits (OMA-WAP-TS-ProvBoot 6.2: three times). */
static omadm_err try_pins(const omadm_bootstrap_source *source, const mac_check *check,
                          omadm_error *error) {
  omadm_err err = OMADM_E_REFUSED;
  omadm_buf pin;
  omadm_buf_init(&pin, NULL, 256);
  if (source->pin == NULL)
    return omadm_error_set(error, OMADM_E_REFUSED,
                           "the document needs the user's PIN, and there is none");
  for (unsigned attempt = 1; attempt <= OMADM_BOOTSTRAP_ATTEMPTS && err == OMADM_E_REFUSED;
       attempt++) {
    if (source->pin(source->pin_ctx, attempt, &pin) != OMADM_OK) break;
    err = mac_verify(check, omadm_buf_str(&pin));
    omadm_buf_wipe(&pin);
  }
  omadm_buf_dispose(&pin);
  return err == OMADM_E_REFUSED
             ? omadm_error_set(error, err, "the document and the PIN do not belong together")
             : err;
}

static omadm_err verify(const omadm_bootstrap_source *source, const incoming *in,
                        omadm_error *error) {
  mac_check check = {.dm_profile = in->profile == DM_WBXML || in->profile == DM_XML,
                     .mac = in->type.mac,
                     .network_id = source->network_id,
                     .body = in->octets};
  if (in->profile == CP_XML)
    return omadm_error_set(error, OMADM_E_REFUSED,
                           "the MAC of client provisioning is that of its WBXML; this is XML");
  if (mac_method_find(in->type.sec, &check.method) != OMADM_OK)
    return omadm_error_set(error, OMADM_E_REFUSED, "SEC names no method that is known");
  if (check.method == MAC_PIN_CARRIES_MAC ? check.dm_profile : check.mac.len == 0)
    return omadm_error_set(error, OMADM_E_REFUSED, "the document has SEC and no MAC");
  if ((check.method == MAC_NETWORK || check.method == MAC_BOTH) && check.network_id.len == 0)
    return omadm_error_set(error, OMADM_E_REFUSED,
                           "the document needs what the network and the device share, and it is "
                           "not known");
  if (check.method != MAC_NETWORK) return try_pins(source, &check, error);
  omadm_err err = mac_verify(&check, (omadm_str){NULL, 0});
  return err == OMADM_E_REFUSED ? omadm_error_set(error, err, "the MAC does not fit the document")
                                : err;
}

/* Before anything in it is looked at. */
static omadm_err judge(omadm_bootstrap *self, const omadm_bootstrap_source *source,
                       const incoming *in, omadm_error *error) {
  self->authenticated = in->type.sec.len > 0;
  if (self->authenticated) return verify(source, in, error);
  if (in->type.mac.len > 0)
    return omadm_error_set(error, OMADM_E_REFUSED, "the document has a MAC and no SEC");
  return source->trusted
             ? OMADM_OK
             : omadm_error_set(error, OMADM_E_REFUSED, "nothing says who the document is from");
}

account_record *bootstrap_add_record(omadm_bootstrap *self, omadm_error *error) {
  account_record *record = NULL;
  if (self->n_records == BOOTSTRAP_RECORDS) {
    omadm_error_set(error, OMADM_E_LIMIT, "the document has more than %d accounts",
                    BOOTSTRAP_RECORDS);
    return NULL;
  }
  record = omadm_arena_new(&self->arena, 1, sizeof *record);
  if (record == NULL)
    omadm_error_set(error, OMADM_E_NOMEM, "out of memory");
  else
    self->records[self->n_records++] = record;
  return record;
}

omadm_err bootstrap_check_record(const omadm_bootstrap *self, omadm_error *error) {
  const account_record *last = self->records[self->n_records - 1];
  omadm_err err = account_record_check(last, error);
  for (size_t i = 0; err == 0 && i + 1 < self->n_records; i++)
    if (omadm_str_equal(self->records[i]->server_id, last->server_id))
      err = omadm_error_set(error, OMADM_E_SYNTAX, "the document has two accounts of \"%.*s\"",
                            (int)last->server_id.len, last->server_id.ptr);
  return err;
}

static omadm_err cp_read(omadm_bootstrap *self, omadm_str octets, bool wbxml, omadm_error *error) {
  omadm_err err =
      wbxml ? cp_read_wbxml(&self->cp, octets, error) : cp_read_xml(&self->cp, octets, error);
  const cp_characteristic *w7 = err == 0 ? w7_find(self->cp.root->children) : NULL;
  for (; err == 0 && w7 != NULL; w7 = w7_find(w7->next)) {
    account_record *record = bootstrap_add_record(self, error);
    err = record != NULL ? w7_read(&self->cp, w7, record, error) : OMADM_E_LIMIT;
    if (err == 0) err = bootstrap_check_record(self, error);
  }
  if (err == 0 && self->n_records == 0)
    err = omadm_error_set(error, OMADM_E_UNSUPPORTED,
                          "the document has no account of device management (w7)");
  return err;
}

omadm_err omadm_bootstrap_read(const omadm_bootstrap_source *source, omadm_bootstrap **bootstrap,
                               omadm_error *error) {
  incoming in;
  *bootstrap = NULL;
  omadm_bootstrap *self = omadm_mem_new(&omadm_mem_default, 1, sizeof *self);
  if (self == NULL) return omadm_error_set(error, OMADM_E_NOMEM, "out of memory");
  self->log = source->log;
  omadm_arena_init(&self->arena, &omadm_mem_default, 0);
  omadm_err err = unwrap(source, &in, error);
  if (err == 0) err = judge(self, source, &in, error);
  if (err == 0) {
    in.octets = omadm_arena_copy(&self->arena, in.octets);
    if (in.octets.ptr == NULL) err = omadm_error_set(error, OMADM_E_NOMEM, "out of memory");
  }
  bool wbxml = in.profile == CP_WBXML || in.profile == DM_WBXML;
  self->dm_profile = in.profile == DM_WBXML || in.profile == DM_XML;
  if (err == 0)
    err = self->dm_profile ? bootstrap_dm_read(self, in.octets, wbxml, &source->limits, error)
                           : cp_read(self, in.octets, wbxml, error);
  if (err != 0) {
    omadm_bootstrap_free(self);
    return err;
  }
  *bootstrap = self;
  return OMADM_OK;
}

void omadm_bootstrap_free(omadm_bootstrap *self) {
  if (self == NULL) return;
  for (size_t i = 0; i < self->n_objects; i++)
    omadm_buf_dispose(&self->objects[i].uri);
  for (size_t i = 0; i < self->n_documents; i++)
    omadm_tnds_free(self->documents[i]);
  cp_document_dispose(&self->cp);
  omadm_arena_dispose(&self->arena);
  omadm_mem_free(&omadm_mem_default, self);
}

int omadm_bootstrap_is_authenticated(const omadm_bootstrap *self) {
  return self->authenticated;
}

size_t omadm_bootstrap_count(const omadm_bootstrap *self) {
  return self->n_records;
}

omadm_err omadm_bootstrap_at(const omadm_bootstrap *self, size_t i,
                             omadm_bootstrap_account *account) {
  if (i >= self->n_records) return OMADM_E_NOT_FOUND;
  const account_record *record = self->records[i];
  *account = (omadm_bootstrap_account){.server_id = record->server_id,
                                       .name = record->name,
                                       .url = account_record_url(record),
                                       .session_now = record->starts};
  return OMADM_OK;
}

size_t omadm_bootstrap_objects(const omadm_bootstrap *self) {
  return self->n_objects;
}

omadm_err omadm_bootstrap_object_at(const omadm_bootstrap *self, size_t i,
                                    omadm_bootstrap_object *object) {
  if (i >= self->n_objects) return OMADM_E_NOT_FOUND;
  const bootstrap_object *found = &self->objects[i];
  *object = (omadm_bootstrap_object){.type = found->tnds->nodes[found->root].type,
                                     .uri = omadm_buf_str(&found->uri),
                                     .made = found->made,
                                     .replaced = found->replaced};
  return OMADM_OK;
}
