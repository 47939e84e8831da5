/* SPDX-License-Identifier: MIT */
#include "csp-framework/outbox.h"

#include "csp-framework/device.h"
#include "csp-framework/fields.h"
#include "csp-framework/meta.h"

/* A row: these spans. The key is the number of the alert, highest octet first. */
enum { NUMBERS, ADDRESSEE, ANSWERED, TYPE, SOURCE, DATA, CORRELATOR, FIELDS };

/* The octets of NUMBERS. ANSWERED is a list of ServerIDs, each terminated. */
enum { CODE_HIGH, CODE_LOW, FORMAT, MARK, NOW, N_NUMBERS };

typedef struct row {
  uint64_t id;
  omadm_str fields[FIELDS];
} row;

static bool read_row(omadm_str key, omadm_str value, row *r) {
  if (key.len != 8 || !fields_read(value, r->fields, FIELDS) || r->fields[NUMBERS].len != N_NUMBERS)
    return false;
  r->id = meta_get_u64(key.ptr);
  return true;
}

static int mark_of(const row *r) {
  return r->fields[NUMBERS].ptr[MARK];
}

/* The first row with a number above `after`. Borrowed until the next call of the store. */
static omadm_err next_row(omadm_framework *fw, uint64_t after, row *r) {
  const omadm_str all = {"", 0};
  char octets[8];
  omadm_str key, value;
  for (;;) {
    meta_put_u64(octets, after);
    omadm_err err = overlay_next(&fw->overlay, OMADM_STORE_ALERT, all,
                                 (omadm_str){octets, sizeof octets}, &key, &value);
    if (err != 0) return err;
    if (read_row(key, value, r)) return OMADM_OK;
    if (key.len != 8) return OMADM_E_STORE;
    after = meta_get_u64(key.ptr);
  }
}

static omadm_err apply(omadm_framework *fw, const omadm_store_change *changes, size_t n) {
  return overlay_apply(&fw->overlay, changes, n, "the outbox");
}

static omadm_err remove_row(omadm_framework *fw, uint64_t id) {
  char key[8];
  meta_put_u64(key, id);
  const omadm_store_change change = {OMADM_STORE_ALERT, {key, sizeof key}, {NULL, 0}};
  return apply(fw, &change, 1);
}

static bool has_answered(const row *r, omadm_str server_id) {
  omadm_str rest = r->fields[ANSWERED];
  while (rest.len > 0) {
    const char *end = memchr(rest.ptr, '\0', rest.len);
    if (end == NULL) return false;
    omadm_str one = {rest.ptr, (size_t)(end - rest.ptr)};
    if (omadm_str_equal(one, server_id)) return true;
    rest.ptr = end + 1;
    rest.len -= one.len + 1;
  }
  return false;
}

static bool waits_for(const row *r, omadm_str server_id) {
  if (server_id.len == 0) return true;
  if (r->fields[ADDRESSEE].len > 0) return omadm_str_equal(r->fields[ADDRESSEE], server_id);
  return !has_answered(r, server_id);
}

void outbox_drop_strangers(omadm_framework *fw) {
  row r = {0};
  while (next_row(fw, r.id, &r) == 0) {
    if (r.fields[ADDRESSEE].len == 0) continue;
    fw->alert.len = 0; /* a copy, since the accounts are in the store too */
    if (fields_write(r.fields, FIELDS, &fw->alert) != 0 ||
        !fields_read(omadm_buf_str(&fw->alert), r.fields, FIELDS))
      return;
    const omadm_str server = r.fields[ADDRESSEE], type = r.fields[TYPE];
    if (!device_account_gone(fw, server)) continue;
    fw_log(fw, OMADM_LOG_WARN, "the alert %.*s for the server %.*s is dropped: its account is gone",
           (int)type.len, type.ptr, (int)server.len, server.ptr);
    if (remove_row(fw, r.id) != 0) return;
  }
}

size_t outbox_count(omadm_framework *fw, omadm_str server_id) {
  size_t n = 0;
  row r = {0};
  while (next_row(fw, r.id, &r) == 0)
    n += waits_for(&r, server_id);
  return n;
}

/* Who makes room for one more with that mark: the oldest of lowest mark; 0: nobody has to. LIMIT
 * where it is the new one. */
static omadm_err find_victim(omadm_framework *fw, int mark, uint64_t *victim) {
  size_t n = 0;
  row r = {0};
  int lowest = mark;
  *victim = 0;
  while (next_row(fw, r.id, &r) == 0) {
    n++;
    if (mark_of(&r) < lowest || (mark_of(&r) == lowest && *victim == 0)) {
      lowest = mark_of(&r);
      *victim = r.id;
    }
  }
  if (n < fw->config.limits.alerts) {
    *victim = 0;
    return OMADM_OK;
  }
  fw_log(fw, OMADM_LOG_WARN, "%zu alerts wait, which is the limit; %s is dropped", n,
         *victim != 0 ? "the oldest of lowest mark" : "the new one");
  return *victim != 0 ? OMADM_OK : OMADM_E_LIMIT;
}

static omadm_err next_id(omadm_framework *fw, uint64_t *id) {
  row r = {0};
  omadm_err err = 0;
  if (fw->next_alert == 0) {
    while ((err = next_row(fw, r.id, &r)) == 0)
      continue;
    if (err != OMADM_E_NOT_FOUND) return err;
    fw->next_alert = r.id + 1;
  }
  *id = fw->next_alert++;
  return OMADM_OK;
}

static omadm_err write_alert(omadm_str server_id, const omadm_csp_alert *a, omadm_buf *out) {
  int code = a->code != 0 ? a->code : 1226;
  const char numbers[N_NUMBERS] = {(char)(code >> 8), (char)code, (char)a->format, (char)a->mark,
                                   a->session_now != 0};
  const omadm_str fields[FIELDS] = {
      {numbers, sizeof numbers}, server_id, {"", 0}, a->type, a->source, a->data, a->correlator};
  out->len = 0;
  return fields_write(fields, FIELDS, out);
}

static void want_session(omadm_framework *fw, omadm_str server_id, const omadm_csp_alert *alert) {
  bool wanted = alert->session_now != 0 || alert->mark >= OMADM_MARK_CRITICAL;
  if (wanted && fw->config.session_wanted != NULL)
    fw->config.session_wanted(fw->config.ctx, server_id);
}

omadm_err outbox_raise_for(omadm_framework *fw, omadm_str server_id, const omadm_csp_alert *alert,
                           omadm_str journal_key) {
  if (alert->type.len == 0 || alert->mark < OMADM_MARK_NONE || alert->mark > OMADM_MARK_FATAL)
    return OMADM_E_ARGUMENT;
  char key[8], victim_key[8];
  uint64_t id = 0, victim = 0;
  omadm_store_change changes[3];
  size_t n = 0;
  omadm_err err = next_id(fw, &id);
  if (err == 0) err = write_alert(server_id, alert, &fw->row);
  if (err == 0 && fw->row.len > fw->config.limits.alert_size) {
    fw_log(fw, OMADM_LOG_WARN, "an alert of %zu octets is not kept: the limit alert-size is %llu",
           fw->row.len, (unsigned long long)fw->config.limits.alert_size);
    err = OMADM_E_LIMIT;
  }
  if (err != 0) return err;
  err = find_victim(fw, alert->mark, &victim);
  meta_put_u64(key, id);
  meta_put_u64(victim_key, victim);
  if (journal_key.len > 0)
    changes[n++] = (omadm_store_change){OMADM_STORE_JOURNAL, journal_key, {NULL, 0}};
  if (victim != 0)
    changes[n++] =
        (omadm_store_change){OMADM_STORE_ALERT, {victim_key, sizeof victim_key}, {NULL, 0}};
  if (err == 0)
    changes[n++] =
        (omadm_store_change){OMADM_STORE_ALERT, {key, sizeof key}, omadm_buf_str(&fw->row)};
  omadm_err stored = n > 0 ? apply(fw, changes, n) : 0;
  if (err == 0) err = stored;
  if (err == 0) want_session(fw, server_id, alert);
  return err;
}

omadm_err outbox_raise(omadm_framework *fw, omadm_str server_id, const omadm_csp_alert *alert) {
  return outbox_raise_for(fw, server_id, alert, (omadm_str){NULL, 0});
}

omadm_err host_alert_next(void *ctx, omadm_str server_id, uint64_t after, omadm_alert *alert) {
  omadm_framework *fw = ctx;
  row r = {.id = after};
  omadm_err err = 0;
  do
    err = next_row(fw, r.id, &r);
  while (err == 0 && !waits_for(&r, server_id));
  if (err != 0) return err;
  fw->alert.len = 0; /* a copy, since the store lends it until its next call only */
  err = fields_write(r.fields, FIELDS, &fw->alert);
  if (err != 0 || !fields_read(omadm_buf_str(&fw->alert), r.fields, FIELDS)) return OMADM_E_NOMEM;
  const unsigned char *numbers = (const unsigned char *)r.fields[NUMBERS].ptr;
  *alert = (omadm_alert){.id = r.id,
                         .code = numbers[CODE_HIGH] << 8 | numbers[CODE_LOW],
                         .type = r.fields[TYPE],
                         .format = (omadm_format)numbers[FORMAT],
                         .mark = (omadm_mark)numbers[MARK],
                         .source = r.fields[SOURCE],
                         .data = r.fields[DATA],
                         .correlator = r.fields[CORRELATOR],
                         .session_now = numbers[NOW]};
  return OMADM_OK;
}

/* The codes that end an alert: it arrived, or will never be taken. */
static bool ends(omadm_status status) {
  return omadm_status_is_success(status) || status == OMADM_ST_NOT_SUPPORTED ||
         status == OMADM_ST_INCOMPLETE || status == OMADM_ST_BAD_FORMAT ||
         status == OMADM_ST_FAILED;
}

/* Is there an account that has not answered? */
typedef struct rest {
  const row *row;
  bool waiting;
} rest;

static void look_at_account(void *ctx, omadm_str server_id) {
  rest *r = ctx;
  if (!has_answered(r->row, server_id)) r->waiting = true;
}

/* An alert for every account: notes who answered; it goes with the last of them. */
static omadm_err note_answer(omadm_framework *fw, row *r, omadm_str server_id) {
  char key[8];
  omadm_buf answered;
  omadm_buf_init(&answered, &fw->mem, 0);
  omadm_err err = omadm_buf_add_str(&answered, r->fields[ANSWERED]);
  if (err == 0) err = omadm_buf_add_str(&answered, server_id);
  if (err == 0) err = omadm_buf_add(&answered, "", 1);
  r->fields[ANSWERED] = omadm_buf_str(&answered);
  fw->alert.len = 0;
  if (err == 0) err = fields_write(r->fields, FIELDS, &fw->alert);
  if (err == 0 && !fields_read(omadm_buf_str(&fw->alert), r->fields, FIELDS)) err = OMADM_E_NOMEM;
  omadm_buf_dispose(&answered);
  if (err != 0) return err;
  rest others = {.row = r};
  device_each_account(fw, look_at_account, &others);
  if (!others.waiting) return remove_row(fw, r->id);
  meta_put_u64(key, r->id);
  const omadm_store_change change = {
      OMADM_STORE_ALERT, {key, sizeof key}, omadm_buf_str(&fw->alert)};
  return apply(fw, &change, 1);
}

omadm_err host_alert_answered(void *ctx, omadm_str server_id, uint64_t id, omadm_status status) {
  omadm_framework *fw = ctx;
  row r = {0};
  omadm_err err = id > 0 ? next_row(fw, id - 1, &r) : OMADM_E_NOT_FOUND;
  if (err == 0 && r.id != id) err = OMADM_E_NOT_FOUND;
  if (err != 0) return err;
  if (!ends(status)) return OMADM_OK;
  if (!omadm_status_is_success(status)) {
    fw_log(fw, OMADM_LOG_WARN, "the server %.*s answered the alert %.*s with %u; it is dropped",
           (int)server_id.len, server_id.len > 0 ? server_id.ptr : "", (int)r.fields[TYPE].len,
           r.fields[TYPE].ptr, status);
  }
  return r.fields[ADDRESSEE].len > 0 ? remove_row(fw, id) : note_answer(fw, &r, server_id);
}
