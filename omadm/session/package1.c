/* SPDX-License-Identifier: MIT */
#include "omadm/session/package1.h"

#include "omadm/session/late.h"
#include "omadm/session/reply.h"

/* The leaves that every device has, in the order in which they are sent (OMA-TS-DM_StdObj 5.3.2).
 */
static const omadm_str required[] = {OMADM_STR("DevId"), OMADM_STR("Man"), OMADM_STR("Mod"),
                                     OMADM_STR("DmV"), OMADM_STR("Lang")};
enum { REQUIRED = sizeof required / sizeof *required, LEVELS = 16 };

/* An Item on its way to the array that is sent. */
typedef struct found_item {
  struct found_item *next;
  wire_out_item item;
} found_item;

/* The walk through ./DevInfo: first the required leaves, then everything else below it, depth
 * first. */
struct package1 {
  size_t leaf; /* of the required ones: the next */
  bool reading; /* the value of walk.uri is asked for */
  bool must; /* and is sent even if it cannot be read */
  size_t depth; /* of `level` in use; 0: the walk is over */
  struct {
    omadm_str name; /* of the interior node */
    uint64_t cursor;
  } level[LEVELS];
  found_item *first, **last;
  size_t n;
};

static bool begin(omadm_session *s) {
  package1 *p = omadm_arena_new(&s->reply, 1, sizeof *p);
  if (p == NULL) return false;
  p->last = &p->first;
  p->depth = 1;
  p->level[0].name = (omadm_str)OMADM_STR("DevInfo");
  s->package1 = p;
  s->walk = (walk){.message_began = s->now, .command_began = s->now};
  s->origin.server_id = (omadm_str){NULL, 0}; /* the device reads its own tree */
  return true;
}

/* Makes walk.uri and walk.node those of the interior node that the walk is in, or of a child of it.
 */
static omadm_status locate(omadm_session *s, const omadm_str *child) {
  walk *w = &s->walk;
  omadm_str names[LEVELS + 1];
  size_t n = s->package1->depth;
  for (size_t i = 0; i < n; i++)
    names[i] = s->package1->level[i].name;
  if (child != NULL) names[n++] = *child;
  s->octets.len = 0;
  omadm_err err = omadm_uri_write(names, n, &s->octets);
  s->scratch.len = 0;
  if (err == OMADM_OK) err = omadm_buf_reserve(&s->scratch, s->octets.len);
  if (err != OMADM_OK) {
    session_fail(s, err);
    return OMADM_ST_FAILED;
  }
  omadm_status status = omadm_uri_parse(omadm_buf_str(&s->octets), 0, &s->config.limits,
                                        s->scratch.ptr, NULL, &w->uri);
  if (status != OMADM_ST_OK) return status;
  w->command_began = s->now;
  w->node = (omadm_node){0};
  return s->tree->resolve(s->tree->ctx, &s->origin, &w->uri, &w->node);
}

static void add_found(omadm_session *s, const omadm_answer *value) {
  package1 *p = s->package1;
  found_item *found = omadm_arena_new(&s->reply, 1, sizeof *found);
  omadm_err err =
      found != NULL ? reply_item(s, s->walk.uri.request, value, &found->item) : OMADM_E_NOMEM;
  if (err != OMADM_OK) {
    session_fail(s, err);
    return;
  }
  /* [MS-MDM] 3.1.5.1.2: the five Items have no Meta. */
  if (!s->dialect->devinfo_all) found->item.meta = (wire_out_meta){0};
  *p->last = found;
  p->last = &found->next;
  p->n++;
}

/* A required leaf is sent whatever the tree says: the DevId is known anyway, the others are empty
 * then. */
static void add_unreadable(omadm_session *s, omadm_status status) {
  package1 *p = s->package1;
  omadm_log_line(s->log, OMADM_LOG_WARN, "session", "%.*s cannot be read for package 1: %u: %s",
                 (int)s->walk.uri.request.len, s->walk.uri.request.ptr, status,
                 omadm_status_text(status));
  if (!p->must) return;
  omadm_answer value = {.format = OMADM_FORMAT_CHR};
  if (p->leaf == 1) value.data = s->config.device_id;
  add_found(s, &value);
}

static step read_value(omadm_session *s) {
  walk *w = &s->walk;
  omadm_status status = OMADM_ST_OK;
  if (!late_take(s, &status)) {
    w->reply = (omadm_answer){0};
    status = s->tree->get(s->tree->ctx, &s->origin, &w->node, &w->reply);
    if (status == OMADM_ST_PENDING) status = late_wait(s, w->reply.token);
  }
  if (status == OMADM_ST_PENDING) return STEP_WAIT;
  s->package1->reading = false;
  if (status == OMADM_ST_OK)
    add_found(s, &w->reply);
  else
    add_unreadable(s, status);
  /* What describes the device is not large. */
  if (status == OMADM_ST_OK && w->reply.snapshot != 0)
    s->tree->release(s->tree->ctx, w->reply.snapshot);
  return STEP_DONE;
}

/* A node was located: its value is asked for next, where it is a leaf. */
static void begin_leaf(omadm_session *s, omadm_status found) {
  package1 *p = s->package1;
  p->reading = found == OMADM_ST_OK && s->walk.node.format != OMADM_FORMAT_NODE;
  if (!p->reading) add_unreadable(s, found == OMADM_ST_OK ? OMADM_ST_NOT_ALLOWED : found);
}

static bool is_required(omadm_str name) {
  for (size_t i = 0; i < REQUIRED; i++) {
    if (omadm_str_equal(name, required[i])) return true;
  }
  return false;
}

/* A child of the current level: a leaf is read, an interior node becomes the next level. */
static void visit_child(omadm_session *s, omadm_str given) {
  package1 *p = s->package1;
  if (p->depth == 1 && is_required(given)) return;
  omadm_str name = omadm_arena_copy(&s->reply, given);
  if (name.ptr == NULL) {
    session_fail(s, OMADM_E_NOMEM);
    return;
  }
  omadm_status found = locate(s, &name);
  if (s->state == STATE_DONE) return;
  if (found == OMADM_ST_OK && s->walk.node.format == OMADM_FORMAT_NODE && p->depth < LEVELS) {
    p->level[p->depth].name = name;
    p->level[p->depth++].cursor = 0;
    return;
  }
  begin_leaf(s, found);
}

/* The next child of the current level. The node is looked up for each: a change while we waited may
 * have moved it. */
static step next_child(omadm_session *s) {
  walk *w = &s->walk;
  package1 *p = s->package1;
  omadm_status status = OMADM_ST_OK;
  bool late = late_take(s, &status);
  if (!late || status == OMADM_ST_OK) {
    status = locate(s, NULL);
    w->reply = (omadm_answer){0};
    if (status == OMADM_ST_OK)
      status = s->tree->list(s->tree->ctx, &s->origin, &w->node, &p->level[p->depth - 1].cursor,
                             &w->reply);
    if (status == OMADM_ST_PENDING) status = late_wait(s, w->reply.token);
  }
  if (status == OMADM_ST_PENDING) return STEP_WAIT;
  if (status == OMADM_ST_OK && p->n < s->config.limits.items) {
    visit_child(s, w->reply.data);
    return STEP_DONE;
  }
  if (status != OMADM_ST_END) add_unreadable(s, status);
  p->depth--;
  return STEP_DONE;
}

static bool queue_alert(omadm_session *s, int code, const wire_out_item *item) {
  reply_row *row = reply_row_add(s, ROW_ALERT);
  if (row == NULL) return false;
  row->alert = code;
  row->items = item;
  row->n_items = item != NULL;
  return true;
}

static bool queue_login_status(omadm_session *s) {
  static const omadm_str none = OMADM_STR("none");
  wire_out_item *item = omadm_arena_new(&s->reply, 1, sizeof *item);
  if (item == NULL) {
    session_fail(s, OMADM_E_NOMEM);
    return false;
  }
  item->meta.type = (omadm_str)OMADM_STR("com.microsoft/MDM/LoginStatus");
  item->has_data = true;
  item->data = s->config.login_status.len > 0 ? s->config.login_status : none;
  return queue_alert(s, 1224, item);
}

static bool queue_devinfo(omadm_session *s) {
  const package1 *p = s->package1;
  reply_row *row = reply_row_add(s, ROW_REPLACE);
  wire_out_item *items = row != NULL ? omadm_arena_new(&s->reply, p->n, sizeof *items) : NULL;
  if (items == NULL) {
    session_fail(s, OMADM_E_NOMEM);
    return false;
  }
  row->items = items;
  for (const found_item *f = p->first; f != NULL; f = f->next)
    items[row->n_items++] = f->item;
  return true;
}

static bool queue_rows(omadm_session *s) {
  s->origin.server_id = s->config.server_id;
  if (!queue_alert(s, s->config.server_initiated ? 1200 : 1201, NULL)) return false;
  if (s->dialect->login_status && !queue_login_status(s)) return false;
  if (s->dialect->alerts_first && reply_row_add(s, ROW_OUTBOX) == NULL) return false;
  return queue_devinfo(s);
}

step package1_run(omadm_session *s) {
  if (s->package1 == NULL && !begin(s)) return session_fail(s, OMADM_E_NOMEM);
  package1 *p = s->package1;
  step r = STEP_DONE;
  while (r == STEP_DONE && s->state != STATE_DONE) {
    if (p->reading) {
      r = read_value(s);
    } else if (p->leaf < REQUIRED) {
      p->must = true;
      begin_leaf(s, locate(s, &required[p->leaf++]));
    } else if (s->dialect->devinfo_all && p->depth > 0) {
      p->must = false;
      r = next_child(s);
    } else {
      break;
    }
  }
  if (s->state == STATE_DONE) return STEP_FAIL;
  if (r != STEP_DONE) return r;
  if (!queue_rows(s)) return STEP_FAIL;
  s->package1 = NULL;
  return STEP_DONE;
}
