/* SPDX-License-Identifier: MIT */
#include "csp-framework/handback.h"

#include "csp-framework/device.h"
#include "csp-framework/op.h"
#include "csp-framework/owners.h"
#include "csp-framework/property.h"
#include "csp-framework/resolve.h"
#include "csp-framework/stored.h"

#define NOTE "gone\n" /* before the ServerID, in the table META */

omadm_err handback_note(omadm_framework *fw, omadm_str server_id) {
  fw->key.len = 0;
  omadm_err err = omadm_buf_printf(&fw->key, NOTE "%.*s", (int)server_id.len, server_id.ptr);
  const omadm_str here = {"1", 1};
  return err == OMADM_OK
             ? overlay_put(&fw->overlay, OMADM_STORE_META, omadm_buf_str(&fw->key), here)
             : err;
}

/* The paths of the server's nodes, each behind its length and whether a stored row says that the
 * server made the node; of one table, those above come first. */
typedef struct work {
  omadm_framework *fw;
  omadm_str server_id;
  omadm_buf paths;
  omadm_buf key, uri;
  omadm_buf other; /* another server that owns something below the node at hand; empty: none does */
  bool device; /* the device itself set something below it */
  bool later; /* something could not be looked at: the note stays */
} work;

static omadm_err add_path(work *w, omadm_str path, bool made) {
  const uint32_t len = (uint32_t)path.len;
  const char flag = made ? 1 : 0;
  omadm_err err = omadm_buf_add(&w->paths, &len, sizeof len);
  if (err == OMADM_OK) err = omadm_buf_add(&w->paths, &flag, 1);
  return err == OMADM_OK ? omadm_buf_add_str(&w->paths, path) : err;
}

static bool take_path(omadm_str *rest, omadm_str *path, bool *made) {
  uint32_t len = 0;
  const size_t head = sizeof len + 1;
  if (rest->len < head) return false;
  memcpy(&len, rest->ptr, sizeof len);
  *made = rest->ptr[sizeof len] != 0;
  *path = (omadm_str){rest->ptr + head, len};
  *rest = (omadm_str){path->ptr + len, rest->len - head - len};
  return true;
}

/* Is the server among those of a row? *other: another one that is. */
static bool is_among(omadm_str row, omadm_str server_id, omadm_str *other) {
  bool found = false;
  owner o;
  while (owners_next(&row, &o)) {
    bool same = omadm_str_equal(o.server, server_id);
    found |= same;
    if (!same) *other = o.server;
  }
  return found;
}

/* Whose a row is, of the nodes or of their owners. */
static bool is_owned(omadm_store_table table, omadm_str row, omadm_str server_id,
                     omadm_str *other) {
  stored_row stored;
  *other = (omadm_str){NULL, 0};
  if (table == OMADM_STORE_PROPERTY) return is_among(row, server_id, other);
  if (!stored_read_row(row, &stored)) return false;
  bool same = omadm_str_equal(stored.owner, server_id);
  if (!same) *other = stored.owner;
  return same;
}

/* The path, or the key of a stored node, as keys of properties hold it, behind the kind. */
static omadm_err put_path(omadm_buf *out, const char *kind, omadm_str path) {
  out->len = 0;
  omadm_err err = omadm_buf_add_text(out, kind);
  if (err == OMADM_OK) err = omadm_buf_add_str(out, path);
  for (size_t i = strlen(kind); i < out->len; i++)
    if (out->ptr[i] == STORED_LAST) out->ptr[i] = STORED_BEFORE;
  return err;
}

static const char owner_kind[] = {PROPERTY_OWNER, '\0'};

/* Does a row of the table say whose the node is? That of its owners counts more than the stored
 * one. */
static omadm_err counts(omadm_framework *fw, omadm_store_table table, omadm_str key, bool *does) {
  omadm_str row;
  *does = true;
  if (table == OMADM_STORE_PROPERTY || !fw->owners) return OMADM_OK;
  omadm_err err = put_path(&fw->property_key, owner_kind, key);
  if (err == OMADM_OK)
    err = overlay_get(&fw->overlay, OMADM_STORE_PROPERTY, omadm_buf_str(&fw->property_key), &row);
  *does = err == OMADM_E_NOT_FOUND;
  return *does ? OMADM_OK : err;
}

/* Gathers the server's nodes of one table; the keys begin with `prefix`. */
static omadm_err gather(work *w, omadm_store_table table, omadm_str prefix) {
  omadm_str key, row, other;
  omadm_err err = OMADM_OK;
  w->key.len = 0;
  err = omadm_buf_add_str(&w->key, prefix);
  while (err == OMADM_OK) {
    err = overlay_next(&w->fw->overlay, table, prefix, omadm_buf_str(&w->key), &key, &row);
    if (err != OMADM_OK) break;
    stored_row stored = {.set = false};
    bool owned = is_owned(table, row, w->server_id, &other);
    if (owned && table == OMADM_STORE_NODE) (void)stored_read_row(row, &stored);
    w->key.len = 0;
    err = omadm_buf_add_str(&w->key, key);
    if (err == OMADM_OK && owned) err = counts(w->fw, table, omadm_buf_str(&w->key), &owned);
    if (err == OMADM_OK && owned)
      err = add_path(w, (omadm_str){w->key.ptr + prefix.len, w->key.len - prefix.len}, !stored.set);
  }
  return err == OMADM_E_NOT_FOUND ? OMADM_OK : err;
}

/* Another server that owns anything below the path: w->other, where none was found before. */
static omadm_err find_other(work *w, omadm_store_table table, const char *kind, omadm_str path,
                            char separator) {
  omadm_framework *fw = w->fw;
  omadm_str key, row, other;
  omadm_err err = put_path(&w->key, kind, path);
  if (err == OMADM_OK) err = omadm_buf_add(&w->key, &separator, 1);
  const omadm_str prefix = omadm_buf_str(&w->key);
  omadm_str after = prefix;
  while (err == OMADM_OK && w->other.len == 0) {
    err = overlay_next(&fw->overlay, table, prefix, after, &key, &row);
    if (err != OMADM_OK) break;
    const bool owned = is_owned(table, row, w->server_id, &other);
    const bool device = !owned && other.len == 0;
    err = omadm_buf_add_str(&w->other, other);
    fw->row.len = 0;
    if (err == OMADM_OK) err = omadm_buf_add_str(&fw->row, key);
    after = omadm_buf_str(&fw->row);
    bool does = true;
    if (err == OMADM_OK && !owned) err = counts(fw, table, after, &does);
    if (!does) w->other.len = 0;
    w->device |= device && does;
  }
  return err == OMADM_E_NOT_FOUND ? OMADM_OK : err;
}

static omadm_err find_other_below(work *w, omadm_str path) {
  omadm_err err = find_other(w, OMADM_STORE_NODE, "", path, STORED_LAST);
  if (err == OMADM_OK) err = find_other(w, OMADM_STORE_NODE, "", path, STORED_BEFORE);
  if (err != OMADM_OK) return err;
  return find_other(w, OMADM_STORE_PROPERTY, owner_kind, path, STORED_BEFORE);
}

/* Runs a change of the device's own to its end. */
static omadm_status change(omadm_framework *fw, const fw_node *node, omadm_verb verb,
                           omadm_str value, omadm_str row) {
  static const omadm_origin device = {.server_id = {NULL, 0}};
  const omadm_ddf_node *d = fw_described(node);
  fw_op *op = op_new(fw, &device, verb, node);
  if (op == NULL) return OMADM_ST_FAILED;
  op->format = d->format;
  op->type = d->type;
  op->data = omadm_arena_copy(&op->arena, value);
  op->has_data = verb == OMADM_VERB_REPLACE;
  if (row.len > 0) op->owners = omadm_arena_copy(&op->arena, row);
  if (op->data.ptr == NULL || (row.len > 0 && op->owners.ptr == NULL)) {
    op_drop(fw, op);
    return OMADM_ST_FAILED;
  }
  return op_run_to_end(fw, op, fw->config.limits.command_time);
}

/* A value that may be gone: what the others set, or the default; what the server made goes. False
 * where it stays. */
static bool put_back(work *w, const fw_node *node, omadm_str row, bool made, omadm_status *status) {
  const omadm_ddf_node *d = fw_described(node);
  const bool deletable =
      made && !d->permanent && (d->access & OMADM_ACCESS_DELETE) != 0 && !node->held;
  owner best;
  omadm_str none = {NULL, 0};
  if (!fw_is_interior(d) && owners_effective(d->conflict, row, &best)) {
    if (!best.kept) return false;
    *status = change(w->fw, node, OMADM_VERB_REPLACE, best.value, row);
    return true;
  }
  if (deletable) *status = change(w->fw, node, OMADM_VERB_DELETE, none, none);
  if (!deletable && d->has_default && !fw_is_interior(d))
    *status = change(w->fw, node, OMADM_VERB_REPLACE, d->default_value, none);
  return deletable || (d->has_default && !fw_is_interior(d));
}

/* The node of a path; *node NULL with OK: it is not there any more. Any other status: nobody
 * knows. */
static omadm_status find(work *w, omadm_str path, const fw_node **node) {
  omadm_str rest = path;
  fw_slot *slot = NULL;
  *node = NULL;
  w->uri.len = 0;
  omadm_err err = omadm_buf_add_text(&w->uri, ".");
  while (err == OMADM_OK && rest.len > 0) {
    size_t n = 1;
    while (n < rest.len && !property_is_separator(rest.ptr[n]))
      n++;
    err = omadm_buf_add_text(&w->uri, "/");
    if (err == OMADM_OK) err = omadm_uri_write_name((omadm_str){rest.ptr + 1, n - 1}, &w->uri);
    rest = (omadm_str){rest.ptr + n, rest.len - n};
  }
  if (err != OMADM_OK) return OMADM_ST_FAILED;
  omadm_status status = resolve_text(w->fw, omadm_buf_str(&w->uri), false, &slot);
  const bool here = status == OMADM_ST_OK && slot != NULL && fw_described(&slot->node) != NULL;
  if (here) *node = &slot->node;
  /* It went with one above it, or nothing describes it any more. */
  const bool gone = status == OMADM_ST_NOT_FOUND || status == OMADM_ST_NOT_ALLOWED;
  return gone ? OMADM_ST_OK : status;
}

/* What another one made below it keeps it: it is that one's from now on. */
static omadm_err leave_to_other(work *w, const fw_node *node) {
  omadm_buf row;
  omadm_buf_init(&row, &w->fw->mem, 0);
  omadm_err err = owners_alone(omadm_buf_str(&w->other), &row);
  if (err == OMADM_OK) err = owners_write(w->fw, node, 0, omadm_buf_str(&row));
  omadm_buf_dispose(&row);
  return err;
}

static void log_left(const work *w, const char *what, omadm_status status) {
  fw_log(w->fw, OMADM_LOG_WARN, "%.*s, which the server %.*s set, %s (%u)", (int)w->uri.len,
         w->uri.ptr, (int)w->server_id.len, w->server_id.ptr, what, status);
}

static omadm_err undo_node(work *w, omadm_str path, bool made) {
  omadm_framework *fw = w->fw;
  omadm_str row;
  omadm_buf rest;
  const fw_node *node = NULL;
  omadm_status status = find(w, path, &node);
  if (status != OMADM_ST_OK) {
    w->later = true;
    log_left(w, "could not be looked at", status);
  }
  if (node == NULL) return OMADM_OK;
  omadm_buf_init(&rest, &fw->mem, 0);
  omadm_err err = owners_read(fw, node, &row);
  const bool listed = err == OMADM_OK;
  if (listed) made = owners_made_by(row, w->server_id);
  if (listed) err = owners_without(row, w->server_id, &rest);
  if (err == OMADM_E_NOT_FOUND) err = OMADM_OK;
  w->other.len = 0;
  w->device = false;
  if (err == OMADM_OK && fw_is_interior(fw_described(node))) err = find_other_below(w, path);
  if (err == OMADM_OK && w->other.len > 0)
    err = leave_to_other(w, node);
  else if (err == OMADM_OK && !w->device &&
           !put_back(w, node, omadm_buf_str(&rest), made, &status) && listed)
    err = owners_write(fw, node, 0, omadm_buf_str(&rest));
  omadm_buf_dispose(&rest);
  if (!omadm_status_is_success(status)) log_left(w, "could not be put back; it stays", status);
  return err;
}

static omadm_err undo_server(omadm_framework *fw, omadm_str server_id) {
  const omadm_str kind = {owner_kind, 1};
  work w = {.fw = fw, .server_id = server_id};
  omadm_buf *const bufs[] = {&w.paths, &w.key, &w.uri, &w.other};
  for (size_t i = 0; i < sizeof bufs / sizeof *bufs; i++)
    omadm_buf_init(bufs[i], &fw->mem, 0);
  omadm_err err = gather(&w, OMADM_STORE_NODE, (omadm_str){"", 0});
  if (err == OMADM_OK && fw->owners) err = gather(&w, OMADM_STORE_PROPERTY, kind);
  omadm_str rest = omadm_buf_str(&w.paths), path;
  bool made = false;
  while (err == OMADM_OK && take_path(&rest, &path, &made))
    err = undo_node(&w, path, made);
  for (size_t i = 0; i < sizeof bufs / sizeof *bufs; i++)
    omadm_buf_dispose(bufs[i]);
  return err == OMADM_OK && w.later ? OMADM_E_STATE : err;
}

/* What one server set; the note goes with the last of it. */
static void run_note(omadm_framework *fw, omadm_str note, omadm_str server) {
  /* An account that has come back keeps what it set. */
  bool found = false;
  omadm_err err = device_find_account(fw, server, &found);
  if (err == OMADM_OK && !found) err = undo_server(fw, server);
  if (err == OMADM_OK)
    err = overlay_put(&fw->overlay, OMADM_STORE_META, note, (omadm_str){NULL, 0});
  if (err == OMADM_OK) err = omadm_framework_settle(fw);
  if (err != OMADM_OK)
    fw_log(fw, OMADM_LOG_ERROR,
           "what the server %.*s set could not be undone (%s); the next start tries again",
           (int)server.len, server.ptr, omadm_err_text(err));
}

void handback_run(omadm_framework *fw) {
  const omadm_str prefix = OMADM_STR(NOTE);
  omadm_str key, value;
  omadm_buf note;
  omadm_err err = OMADM_OK;
  if (fw->txn != NULL || op_change(fw) != NULL || fw->handing_back) return;
  fw->handing_back = true;
  omadm_buf_init(&note, &fw->mem, 0);
  while (err == OMADM_OK &&
         overlay_next(&fw->overlay, OMADM_STORE_META, prefix,
                      note.len > 0 ? omadm_buf_str(&note) : prefix, &key, &value) == OMADM_OK) {
    note.len = 0;
    err = omadm_buf_add_str(&note, key);
    if (err == OMADM_OK)
      run_note(fw, omadm_buf_str(&note), (omadm_str){note.ptr + prefix.len, note.len - prefix.len});
  }
  omadm_buf_dispose(&note);
  fw->handing_back = false;
}
