/* SPDX-License-Identifier: MIT */
#include "csp-framework/owners.h"

#include "csp-framework/allowed/allowed.h"
#include "csp-framework/fields.h"
#include "csp-framework/meta.h"
#include "csp-framework/property.h"
#include "csp-framework/request.h"
#include "csp-framework/stored.h"

enum { SPANS = 2 /* of an entry */ };

bool owners_next(omadm_str *rest, owner *o) {
  omadm_str spans[SPANS];
  if (rest->len == 0 || !fields_take(rest, spans, SPANS) || spans[1].len == 0) return false;
  o->server = spans[0];
  o->kept = spans[1].ptr[0] == OWNER_KEPT;
  o->made = spans[1].ptr[0] == OWNER_MADE;
  o->value = (omadm_str){spans[1].ptr + 1, spans[1].len - 1};
  return true;
}

static omadm_err add_entry(omadm_str server, char mark, omadm_str value, omadm_buf *out) {
  omadm_buf marked;
  omadm_buf_init(&marked, out->mem, 0);
  omadm_err err = omadm_buf_add(&marked, &mark, 1);
  if (err == OMADM_OK) err = omadm_buf_add_str(&marked, value);
  const omadm_str spans[SPANS] = {server, omadm_buf_str(&marked)};
  if (err == OMADM_OK) err = fields_write(spans, SPANS, out);
  omadm_buf_dispose(&marked);
  return err;
}

static omadm_err add_mark(omadm_str server, char mark, omadm_buf *out) {
  return add_entry(server, mark, (omadm_str){"", 0}, out);
}

omadm_err owners_alone(omadm_str server, omadm_buf *out) {
  return add_mark(server, OWNER_MADE, out);
}

static bool find_maker(omadm_str row, omadm_str *maker) {
  owner o;
  while (owners_next(&row, &o)) {
    *maker = o.server;
    if (o.made) return true;
  }
  return false;
}

bool owners_made_by(omadm_str row, omadm_str server) {
  omadm_str maker;
  return find_maker(row, &maker) && omadm_str_equal(maker, server);
}

static bool has_entry(omadm_str row, omadm_str server) {
  owner o;
  while (owners_next(&row, &o))
    if (omadm_str_equal(o.server, server)) return true;
  return false;
}

/* Appends the values of the other servers. */
static omadm_err add_others(omadm_str row, omadm_str server, omadm_buf *out) {
  owner o;
  omadm_err err = OMADM_OK;
  while (err == OMADM_OK && owners_next(&row, &o)) {
    if (o.made || omadm_str_equal(o.server, server)) continue;
    err = o.kept ? add_entry(o.server, OWNER_KEPT, o.value, out)
                 : add_mark(o.server, OWNER_UNKNOWN, out);
  }
  return err;
}

omadm_err owners_without(omadm_str row, omadm_str server, omadm_buf *out) {
  omadm_str maker = {NULL, 0};
  omadm_str rest = row;
  owner o;
  bool made = find_maker(row, &maker);
  if (made && omadm_str_equal(maker, server)) {
    for (made = false; !made && owners_next(&rest, &o);)
      made = !omadm_str_equal(o.server, server);
    if (made) maker = o.server;
  }
  omadm_err err = made ? owners_alone(maker, out) : OMADM_OK;
  return err == OMADM_OK ? add_others(row, server, out) : err;
}

/* Is `a` to be preferred to `b`, both of them numbers, in that order to each other? Where zero
 * means "no limit" it is the last to be preferred. */
static bool is_preferred(omadm_conflict how, omadm_str a, omadm_str b, int order) {
  static const omadm_str zero = OMADM_STR("0");
  const bool limits = how == OMADM_CONFLICT_LOWEST_ZERO || how == OMADM_CONFLICT_HIGHEST_ZERO;
  const bool lowest = how == OMADM_CONFLICT_LOWEST || how == OMADM_CONFLICT_LOWEST_ZERO;
  int of_a = 0, of_b = 0;
  if (limits && allowed_compare(a, zero, &of_a) && allowed_compare(b, zero, &of_b) &&
      (of_a == 0) != (of_b == 0))
    return of_b == 0;
  return lowest ? order < 0 : order > 0;
}

bool owners_effective(omadm_conflict how, omadm_str row, owner *best) {
  bool found = false;
  owner o;
  while (owners_next(&row, &o)) {
    int order = 0;
    if (o.made) continue;
    /* Of two equal ones, and where values are no numbers or not kept, the later one counts. */
    bool ordered = how != OMADM_CONFLICT_LAST_WRITE && found && o.kept && best->kept &&
                   allowed_compare(best->value, o.value, &order);
    if (ordered && is_preferred(how, best->value, o.value, order)) continue;
    *best = o;
    found = true;
  }
  return found;
}

omadm_err owners_read(omadm_framework *fw, const fw_node *node, omadm_str *row) {
  if (!fw->owners) return OMADM_E_NOT_FOUND;
  omadm_err err = property_key(node, 0, PROPERTY_OWNER, &fw->property_key);
  return err == OMADM_OK ? overlay_get(&fw->overlay, OMADM_STORE_PROPERTY,
                                       omadm_buf_str(&fw->property_key), row)
                         : err;
}

omadm_err owners_write(omadm_framework *fw, const fw_node *node, size_t up, omadm_str row) {
  const omadm_ddf_node *d = ddf_node(node->mount->csp->ddf, request_ddf(node, up));
  omadm_err err = property_key(node, up, PROPERTY_OWNER, &fw->property_key);
  omadm_str key = omadm_buf_str(&fw->property_key);
  if (row.len == 0) row.ptr = NULL;
  if (err == OMADM_OK) err = overlay_put(&fw->overlay, OMADM_STORE_PROPERTY, key, row);
  if (err == OMADM_OK && !fw_is_interior(d) && (d->access & OMADM_ACCESS_GET) == 0)
    overlay_mark_secret(&fw->overlay, OMADM_STORE_PROPERTY, key, fw->passing);
  fw->owners = true;
  return err;
}

void owners_load(omadm_framework *fw) {
  static const char kind = PROPERTY_OWNER;
  const omadm_str prefix = {&kind, 1};
  omadm_str key, row;
  fw->owners =
      overlay_next(&fw->overlay, OMADM_STORE_PROPERTY, prefix, prefix, &key, &row) == OMADM_OK;
}

static bool merges(const fw_op *op) {
  const omadm_ddf_node *d = fw_described(&op->node);
  return op->server_id.len > 0 && !fw_is_interior(d) && d->conflict != OMADM_CONFLICT_NO_MERGE;
}

/* Takes the row over, and makes what it says the operation's value; a large one is its own. */
static omadm_err take_row(fw_op *op, omadm_str row) {
  const omadm_ddf_node *d = fw_described(&op->node);
  owner best;
  op->owners = omadm_arena_copy(&op->arena, row);
  if (op->owners.ptr == NULL) return OMADM_E_NOMEM;
  if (op->large == NULL && owners_effective(d->conflict, op->owners, &best)) {
    op->stays = !best.kept;
    if (best.kept) op->data = best.value;
  }
  return OMADM_OK;
}

omadm_err owners_deleting(omadm_framework *fw, fw_op *op) {
  omadm_str row;
  owner best;
  if (op->verb != OMADM_VERB_DELETE || !merges(op)) return OMADM_OK;
  omadm_err err = owners_read(fw, &op->node, &row);
  if (err != OMADM_OK) return err == OMADM_E_NOT_FOUND ? OMADM_OK : err;
  omadm_buf rest;
  omadm_buf_init(&rest, &fw->mem, 0);
  err = owners_without(row, op->server_id, &rest);
  /* Who has set nothing here, and may delete, deletes what all have set. */
  const bool remains =
      err == OMADM_OK && has_entry(row, op->server_id) &&
      owners_effective(fw_described(&op->node)->conflict, omadm_buf_str(&rest), &best);
  if (remains) {
    const omadm_ddf_node *d = fw_described(&op->node);
    op->verb = OMADM_VERB_REPLACE;
    op->format = d->format;
    op->type = d->type;
    op->has_data = true;
    err = take_row(op, omadm_buf_str(&rest));
  }
  omadm_buf_dispose(&rest);
  return err;
}

omadm_err owners_merge(omadm_framework *fw, fw_op *op) {
  omadm_str row;
  const bool sets = op->verb == OMADM_VERB_ADD || op->verb == OMADM_VERB_REPLACE;
  if (!sets || op->owners.ptr != NULL || !merges(op)) return OMADM_OK;
  omadm_err err = owners_read(fw, &op->node, &row);
  if (err == OMADM_E_NOT_FOUND || op->verb == OMADM_VERB_ADD) row = (omadm_str){"", 0};
  if (err != OMADM_OK && err != OMADM_E_NOT_FOUND) return err;
  omadm_buf all;
  omadm_buf_init(&all, &fw->mem, 0);
  omadm_str maker = op->server_id;
  bool made = op->verb == OMADM_VERB_ADD || find_maker(row, &maker);
  err = made ? owners_alone(maker, &all) : OMADM_OK;
  if (err == OMADM_OK) err = add_others(row, op->server_id, &all);
  if (err == OMADM_OK)
    err = op->large == NULL ? add_entry(op->server_id, OWNER_KEPT, op->data, &all)
                            : add_mark(op->server_id, OWNER_UNKNOWN, &all);
  if (err == OMADM_OK) err = take_row(op, omadm_buf_str(&all));
  omadm_buf_dispose(&all);
  return err;
}

/* Puts the row in, where it says anything new. */
static omadm_err put_row(omadm_framework *fw, const fw_node *node, size_t up, omadm_str row) {
  omadm_str old;
  if (row.len == 0 && !fw->owners) return OMADM_OK;
  if (up == 0 && owners_read(fw, node, &old) == OMADM_OK && omadm_str_equal(old, row))
    return OMADM_OK;
  return owners_write(fw, node, up, row);
}

/* The server made the node, or, where it did not, set it, which `maker` had made. */
static omadm_err set_owner(omadm_framework *fw, const fw_node *node, size_t up, omadm_str server,
                           omadm_str maker) {
  omadm_buf row;
  omadm_buf_init(&row, &fw->mem, 0);
  omadm_err err = maker.len > 0 ? owners_alone(maker, &row) : OMADM_OK;
  if (err == OMADM_OK && server.len > 0 && !omadm_str_equal(server, maker))
    err = add_mark(server, OWNER_UNKNOWN, &row);
  if (err == OMADM_OK) err = put_row(fw, node, up, omadm_buf_str(&row));
  omadm_buf_dispose(&row);
  return err;
}

/* A Replace of a plugin's node: its maker stays. */
static omadm_err set_setter(omadm_framework *fw, const fw_op *op) {
  omadm_str row, maker = {NULL, 0};
  if (op->server_id.len == 0 || owners_read(fw, &op->node, &row) != OMADM_OK ||
      !find_maker(row, &maker))
    maker = (omadm_str){NULL, 0};
  omadm_str copy = omadm_arena_copy(&op->txn->arena, maker);
  return copy.ptr != NULL ? set_owner(fw, &op->node, 0, op->server_id, copy) : OMADM_E_NOMEM;
}

/* A Replace of a stored leaf: its row names who made it, and only another one is to be noted. What
 * the device sets counts alone. */
static omadm_err set_stored(omadm_framework *fw, const fw_op *op) {
  const omadm_str nobody = {NULL, 0};
  omadm_str octets;
  stored_row row;
  const bool other = op->server_id.len > 0 && !fw_described(&op->node)->permanent;
  if (!other) return put_row(fw, &op->node, 0, nobody);
  omadm_err err = stored_key(&op->node, 0, &fw->key);
  if (err == OMADM_OK)
    err = overlay_get(&fw->overlay, OMADM_STORE_NODE, omadm_buf_str(&fw->key), &octets);
  if (err != OMADM_OK || !stored_read_row(octets, &row)) return err;
  if (row.set || omadm_str_equal(row.owner, op->server_id))
    return put_row(fw, &op->node, 0, nobody);
  omadm_str maker = omadm_arena_copy(&op->txn->arena, row.owner);
  return maker.ptr != NULL ? set_owner(fw, &op->node, 0, op->server_id, maker) : OMADM_E_NOMEM;
}

omadm_err owners_after(omadm_framework *fw, const fw_op *op) {
  const bool stored = op->node.mount->csp->stored;
  const bool adds = op->verb == OMADM_VERB_ADD;
  omadm_err err = OMADM_OK;
  if (!adds && op->verb != OMADM_VERB_REPLACE) return OMADM_OK;
  for (size_t up = adds ? op->made : 0; err == OMADM_OK && up > 0; up--) {
    const omadm_ddf_node *d = ddf_node(op->node.mount->csp->ddf, request_ddf(&op->node, up));
    if (!stored && !d->permanent) err = set_owner(fw, &op->node, up, op->server_id, op->server_id);
  }
  if (err != OMADM_OK) return err;
  if (op->owners.ptr != NULL) return owners_write(fw, &op->node, 0, op->owners);
  if (stored) return adds ? put_row(fw, &op->node, 0, (omadm_str){NULL, 0}) : set_stored(fw, op);
  return adds ? set_owner(fw, &op->node, 0, op->server_id, op->server_id) : set_setter(fw, op);
}
