/* SPDX-License-Identifier: MIT */
#include "csp-framework/properties.h"

#include <stdio.h>
#include <time.h>

#include <omadm/acl.h>

#include "base/codec.h"
#include "csp-framework/acls.h"
#include "csp-framework/dispatch.h"
#include "csp-framework/op.h"
#include "csp-framework/rename.h"
#include "csp-framework/resolve.h"
#include "csp-framework/stamps.h"
#include "csp-framework/stored.h"
#include "csp-framework/txn.h"

enum { TITLE_OCTETS = 255 }; /* OMA-TS-DM_TND 7.7.5 */

/* What a property is asked with. */
typedef struct asked {
  omadm_framework *fw;
  const omadm_origin *origin;
  const omadm_node *port; /* what resolve handed out */
  const fw_node *node;
  omadm_str value; /* set */
  omadm_answer *answer;
} asked;

/* A text of the framework's own is the answer. */
static omadm_status say(const asked *a, omadm_str text) {
  omadm_buf *room = &a->fw->property_text;
  room->len = 0;
  if (omadm_buf_add_str(room, text) != OMADM_OK) return OMADM_ST_FAILED;
  a->answer->data = room->len > 0 ? omadm_buf_str(room) : (omadm_str){"", 0};
  return OMADM_ST_OK;
}

static omadm_status get_acl(const asked *a) {
  omadm_str text;
  unsigned flags = 0;
  omadm_err err = acls_own(a->fw, a->node, &text, &flags);
  return err == OMADM_OK ? say(a, text) : omadm_status_from_err(err);
}

static omadm_status get_format(const asked *a) {
  return say(a, omadm_str_of(omadm_format_text(a->port->format)));
}

/* The row of a node of a stored CSP that has one. */
static omadm_err own_row(const asked *a, stored_row *row) {
  omadm_framework *fw = a->fw;
  omadm_str octets;
  *row = (stored_row){.format = OMADM_FORMAT_ABSENT};
  if (fw_described(a->node) == NULL || !a->node->mount->csp->stored) return OMADM_OK;
  omadm_err err = stored_key(a->node, 0, &fw->key);
  if (err == OMADM_OK)
    err = overlay_get(&fw->overlay, OMADM_STORE_NODE, omadm_buf_str(&fw->key), &octets);
  if (err == OMADM_OK && !stored_read_row(octets, row)) err = OMADM_E_STORE;
  return err == OMADM_E_NOT_FOUND ? OMADM_OK : err;
}

/* That of the value, which a permanent leaf did not tell when it was resolved. */
static omadm_status get_type(const asked *a) {
  stored_row row;
  omadm_err err = own_row(a, &row);
  if (err != OMADM_OK) return omadm_status_from_err(err);
  omadm_str type = row.type.len > 0 ? row.type : a->port->type;
  if (type.len == 0 && a->port->format != OMADM_FORMAT_NODE)
    type = (omadm_str)OMADM_STR("text/plain");
  return say(a, type);
}

/* As it was given when the node was made: where letter case does not count the request may write it
 * in another way. That of the root is ".". */
static omadm_status get_name(const asked *a) {
  stored_row row;
  if (a->node->n == 0) return say(a, (omadm_str)OMADM_STR("."));
  omadm_err err = own_row(a, &row);
  if (err != OMADM_OK) return omadm_status_from_err(err);
  return say(a, row.name.len > 0 ? row.name : fw_segment(a->node, a->node->n - 1));
}

/* The size of the value as it would be read; it may have to be waited for. */
static omadm_status get_size(const asked *a) {
  const omadm_ddf_node *d = fw_described(a->node);
  if (fw_is_interior(d)) return OMADM_ST_NOT_SUPPORTED;
  if ((d->access & OMADM_ACCESS_GET) == 0)
    return fw_answer(a->fw, a->answer, OMADM_ST_NOT_ALLOWED, "AccessType lacks Get");
  fw_op *op = op_new(a->fw, a->origin, OMADM_VERB_GET, a->node);
  if (op == NULL) return OMADM_ST_FAILED;
  op->wants_size = true;
  return op_start(a->fw, op, a->answer);
}

static omadm_status get_title(const asked *a) {
  fw_stamp stamp;
  omadm_str title;
  omadm_err err = stamps_read(a->fw, a->node, &stamp, &title);
  return err == OMADM_OK ? say(a, title) : omadm_status_from_err(err);
}

/* What both rows of the node count together. */
static omadm_err read_stamp(const asked *a, fw_stamp *stamp) {
  stored_row row;
  omadm_str title;
  omadm_err err = stamps_read(a->fw, a->node, stamp, &title);
  if (err == OMADM_OK) err = own_row(a, &row);
  if (err != OMADM_OK) return err;
  if (row.stamp.seconds > stamp->seconds) stamp->seconds = row.stamp.seconds;
  stamp->version = (uint16_t)(stamp->version + row.stamp.version);
  return OMADM_OK;
}

static omadm_status get_stamp(const asked *a) {
  fw_stamp stamp;
  char text[sizeof "YYYYMMDDThhmmssZ"] = "";
  struct tm utc;
  omadm_err err = read_stamp(a, &stamp);
  if (err != OMADM_OK) return omadm_status_from_err(err);
  time_t at = (time_t)stamp.seconds;
  if (stamp.seconds > 0 && gmtime_r(&at, &utc) != NULL)
    (void)strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &utc);
  return say(a, omadm_str_of(text));
}

static omadm_status get_version(const asked *a) {
  fw_stamp stamp;
  char room[OMADM_U64_DIGITS];
  omadm_err err = read_stamp(a, &stamp);
  return err == OMADM_OK ? say(a, omadm_u64_text(stamp.version, room)) : omadm_status_from_err(err);
}

/* The ACLs that guard what is the device's own are the device's: a server that might replace its
 * own account must not let others at it (docs/adr/0004). */
static omadm_status check_acl(const asked *a) {
  omadm_framework *fw = a->fw;
  if (a->port->guarded && a->origin->server_id.len > 0)
    return fw_answer(fw, a->answer, OMADM_ST_NOT_ALLOWED, "the ACL is one of the device's own");
  if (a->value.len > ACL_OCTETS)
    return fw_answer(fw, a->answer, OMADM_ST_TOO_LARGE, "the ACL is longer than %d octets",
                     (int)ACL_OCTETS);
  if (omadm_acl_check(a->value) != OMADM_OK)
    return fw_answer(fw, a->answer, OMADM_ST_BAD_FORMAT, "the value is no ACL");
  if (a->node->n == 0 && a->value.len == 0)
    return fw_answer(fw, a->answer, OMADM_ST_NOT_ALLOWED, "the root always has an ACL");
  return OMADM_ST_OK;
}

static omadm_status set_acl(const asked *a) {
  omadm_framework *fw = a->fw;
  omadm_str old;
  unsigned flags = 0;
  omadm_err err = acls_own(fw, a->node, &old, &flags);
  if (err == OMADM_OK) err = acls_set(fw, a->node, 0, a->value, flags & (unsigned)ACL_GUARDED);
  if (err == OMADM_OK) err = stamps_bump(fw, a->node, 0);
  return omadm_status_from_err(err);
}

static omadm_status check_title(const asked *a) {
  if (a->value.len > TITLE_OCTETS)
    return fw_answer(a->fw, a->answer, OMADM_ST_TOO_LARGE, "a Title has %d octets at most",
                     (int)TITLE_OCTETS);
  if (!omadm_utf8_is_valid(a->value))
    return fw_answer(a->fw, a->answer, OMADM_ST_BAD_FORMAT, "the Title is not UTF-8");
  return OMADM_ST_OK;
}

static omadm_status set_title(const asked *a) {
  return omadm_status_from_err(stamps_set_title(a->fw, a->node, a->value));
}

static const struct {
  omadm_str name;
  omadm_status (*get)(const asked *a);
  /* May the value be set, and set it. NULL: it cannot, or by tree_rename. */
  omadm_status (*check)(const asked *a);
  omadm_status (*set)(const asked *a);
} properties[] = {
    {OMADM_STR("ACL"), get_acl, check_acl, set_acl},
    {OMADM_STR("Format"), get_format, NULL, NULL},
    {OMADM_STR("Name"), get_name, NULL, NULL},
    {OMADM_STR("Size"), get_size, NULL, NULL},
    {OMADM_STR("Title"), get_title, check_title, set_title},
    {OMADM_STR("TStamp"), get_stamp, NULL, NULL},
    {OMADM_STR("Type"), get_type, NULL, NULL},
    {OMADM_STR("VerNo"), get_version, NULL, NULL},
};
enum { PROPERTIES = sizeof properties / sizeof *properties };

static size_t find(omadm_str name) {
  size_t i = 0;
  while (i < PROPERTIES && !omadm_str_equal(name, properties[i].name))
    i++;
  return i;
}

/* The node of a ref that exists; else *status says why not. */
static const fw_node *begin(omadm_framework *fw, const omadm_node *node, omadm_answer *answer,
                            omadm_status *status) {
  *answer = (omadm_answer){.format = OMADM_FORMAT_CHR};
  dispatch_release(fw);
  const fw_node *n = resolve_ref(fw, node);
  *status = OMADM_ST_NOT_FOUND;
  if (n == NULL)
    *status = fw_answer(fw, answer, OMADM_ST_FAILED, "the node was resolved too long ago");
  return n != NULL && n->exists ? n : NULL;
}

omadm_status tree_prop_get(void *ctx, const omadm_origin *origin, const omadm_node *node,
                           omadm_str property, omadm_answer *answer) {
  omadm_framework *fw = ctx;
  omadm_status status = OMADM_ST_OK;
  size_t i = find(property);
  const fw_node *n = begin(fw, node, answer, &status);
  if (n == NULL) return status;
  if (i == PROPERTIES) return fw_answer(fw, answer, OMADM_ST_NOT_SUPPORTED, "no such property");
  const asked a = {fw, origin, node, n, {NULL, 0}, answer};
  return properties[i].get(&a);
}

/* Runs a change of the framework's own rows, as a member of the open Atomic or for itself. */
static omadm_status change(const asked *a, omadm_status (*set)(const asked *a)) {
  omadm_framework *fw = a->fw;
  if (!txn_is_free(fw, a->origin->server_id, a->origin->session_id))
    return fw_answer(fw, a->answer, OMADM_ST_UNAVAILABLE, "another change is under way");
  omadm_status status = txn_relieve(fw);
  if (status != OMADM_ST_OK) return status;
  size_t mark = overlay_mark(&fw->overlay);
  status = set(a);
  if (status == OMADM_ST_OK && fw->txn != NULL && txn_add_member(fw, fw->txn, NULL) != OMADM_OK)
    status = OMADM_ST_FAILED;
  if (status != OMADM_ST_OK) overlay_undo(&fw->overlay, mark);
  if (fw->txn == NULL) overlay_accept(&fw->overlay);
  return status;
}

omadm_status tree_prop_set(void *ctx, const omadm_origin *origin, const omadm_node *node,
                           omadm_str property, omadm_str value, omadm_answer *answer) {
  omadm_framework *fw = ctx;
  omadm_status status = OMADM_ST_OK;
  size_t i = find(property);
  const fw_node *n = begin(fw, node, answer, &status);
  if (n == NULL) return status;
  if (omadm_str_is(property, "Name")) return tree_rename(ctx, origin, node, value, answer);
  if (i == PROPERTIES) return fw_answer(fw, answer, OMADM_ST_NOT_SUPPORTED, "no such property");
  if (properties[i].set == NULL)
    return fw_answer(fw, answer, OMADM_ST_NOT_ALLOWED, "the property follows from the node");
  const asked a = {fw, origin, node, n, value, answer};
  status = properties[i].check(&a);
  return status == OMADM_ST_OK ? change(&a, properties[i].set) : status;
}

omadm_status properties_check(omadm_framework *fw, const omadm_origin *origin,
                              const omadm_node *node, omadm_str property, omadm_str value,
                              omadm_answer *answer) {
  const size_t i = find(property);
  const asked a = {fw, origin, node, resolve_ref(fw, node), value, answer};
  if (omadm_str_is(property, "Name")) return rename_check(fw, a.node, value, answer);
  if (i == PROPERTIES) return fw_answer(fw, answer, OMADM_ST_NOT_SUPPORTED, "no such property");
  if (properties[i].check == NULL)
    return fw_answer(fw, answer, OMADM_ST_NOT_ALLOWED, "the property follows from the node");
  return properties[i].check(&a);
}
