/* SPDX-License-Identifier: MIT */
/*
 * SCOMO 1.0, software components: packages to fetch (./SCOMO/Download), packages on the device
 * (Inventory/Delivered) and what is installed (Inventory/Deployed). A package keeps its node name
 * on its way through the three. The commands are settings; docs/fumo-scomo.md has them all.
 */
#include <omadm/csp.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "operations/object.h"
#include "scomo_ddf.h"
#include "scomo_nodes.h"

#define L(node) SCOMO_DOWNLOAD_ANY_##node
#define V(node) SCOMO_INVENTORY_DELIVERED_ANY_##node
#define P(node) SCOMO_INVENTORY_DEPLOYED_ANY_##node

enum { DOWNLOAD = 'L', DELIVERED = 'V', DEPLOYED = 'P' };

enum {
  PKG_ID = ROW_OWN, /* ID of a component */
  NAME,
  URL,
  PARAMS,
  DESCRIPTION,
  ENV_TYPE,
  PKG_TYPE,
  VERSION,
  STATE, /* Status is ROW_STATE */
  ID_REF
};

enum { IDLE = 10, DOWNLOAD_COMPLETE = 40 }; /* Status */
enum { STATE_DELIVERED = 10, STATE_INSTALLED = 20, STATE_INACTIVE = 10, STATE_ACTIVE = 20 };

static const node_rule nodes[SCOMO_NODES] = {
    [SCOMO_DOWNLOAD] = {NODE_TABLE, DOWNLOAD, 0},
    [SCOMO_DOWNLOAD_ANY] = {NODE_INSTANCE, DOWNLOAD, 0},
    [L(PKGID)] = {NODE_TEXT, DOWNLOAD, PKG_ID},
    [L(NAME)] = {NODE_TEXT, DOWNLOAD, NAME},
    [L(PKGURL)] = {NODE_TEXT, DOWNLOAD, URL},
    [L(INSTALLPARAMS)] = {NODE_TEXT, DOWNLOAD, PARAMS},
    [L(DESCRIPTION)] = {NODE_TEXT, DOWNLOAD, DESCRIPTION},
    [L(STATUS)] = {NODE_NUMBER, DOWNLOAD, ROW_STATE},
    [L(ENVTYPE)] = {NODE_TEXT, DOWNLOAD, ENV_TYPE},
    [L(PKGTYPE)] = {NODE_TEXT, DOWNLOAD, PKG_TYPE},
    [L(OPERATIONS)] = {NODE_INNER, DOWNLOAD, 0},
    [L(OPERATIONS_DOWNLOAD)] = {NODE_EMPTY, DOWNLOAD, 0},
    [L(OPERATIONS_DOWNLOADINSTALL)] = {NODE_EMPTY, DOWNLOAD, 0},
    [L(OPERATIONS_DOWNLOADINSTALLINACTIVE)] = {NODE_EMPTY, DOWNLOAD, 0},
    [SCOMO_INVENTORY_DELIVERED] = {NODE_TABLE, DELIVERED, 0},
    [SCOMO_INVENTORY_DELIVERED_ANY] = {NODE_INSTANCE, DELIVERED, 0},
    [V(PKGID)] = {NODE_TEXT, DELIVERED, PKG_ID},
    [V(DATA)] = {NODE_DATA, DELIVERED, 0},
    [V(NAME)] = {NODE_TEXT, DELIVERED, NAME},
    [V(DESCRIPTION)] = {NODE_TEXT, DELIVERED, DESCRIPTION},
    [V(INSTALLPARAMS)] = {NODE_TEXT, DELIVERED, PARAMS},
    [V(STATUS)] = {NODE_NUMBER, DELIVERED, ROW_STATE},
    [V(STATE)] = {NODE_NUMBER, DELIVERED, STATE},
    [V(ENVTYPE)] = {NODE_TEXT, DELIVERED, ENV_TYPE},
    [V(PKGTYPE)] = {NODE_TEXT, DELIVERED, PKG_TYPE},
    [V(OPERATIONS)] = {NODE_INNER, DELIVERED, 0},
    [V(OPERATIONS_INSTALL)] = {NODE_EMPTY, DELIVERED, 0},
    [V(OPERATIONS_INSTALLINACTIVE)] = {NODE_EMPTY, DELIVERED, 0},
    [V(OPERATIONS_REMOVE)] = {NODE_EMPTY, DELIVERED, 0},
    [SCOMO_INVENTORY_DEPLOYED] = {NODE_TABLE, DEPLOYED, 0},
    [SCOMO_INVENTORY_DEPLOYED_ANY] = {NODE_INSTANCE, DEPLOYED, 0},
    [P(ID)] = {NODE_TEXT, DEPLOYED, PKG_ID},
    [P(PKGIDREF)] = {NODE_TEXT, DEPLOYED, ID_REF},
    [P(NAME)] = {NODE_TEXT, DEPLOYED, NAME},
    [P(DESCRIPTION)] = {NODE_TEXT, DEPLOYED, DESCRIPTION},
    [P(VERSION)] = {NODE_TEXT, DEPLOYED, VERSION},
    [P(STATUS)] = {NODE_NUMBER, DEPLOYED, ROW_STATE},
    [P(STATE)] = {NODE_NUMBER, DEPLOYED, STATE},
    [P(ENVTYPE)] = {NODE_TEXT, DEPLOYED, ENV_TYPE},
    [P(OPERATIONS)] = {NODE_INNER, DEPLOYED, 0},
    [P(OPERATIONS_ACTIVATE)] = {NODE_EMPTY, DEPLOYED, 0},
    [P(OPERATIONS_DEACTIVATE)] = {NODE_EMPTY, DEPLOYED, 0},
    [P(OPERATIONS_REMOVE)] = {NODE_EMPTY, DEPLOYED, 0},
};

static const outcome_range ranges[] = {{1200, 1200}, {1250, 1299}, {1400, 1413}, {1450, 1499},
                                       {1500, 1501}, {1550, 1599}, {0, 0}};
static const outcome_exit exits[] = {
    {65, 1407}, /* EX_DATAERR: the package does not validate */
    {68, 1501}, /* EX_NOHOST */
    {69, 1501}, /* EX_UNAVAILABLE */
    {75, 1501}, /* EX_TEMPFAIL */
    {77, 1403}, /* EX_NOPERM: the download was not authorised */
    {0, 0},
};
static const outcome_codes codes = {.ranges = ranges,
                                    .exits = exits,
                                    .success = 1200,
                                    .success_last = 1299,
                                    .undefined = 1412,
                                    .bad_url = 1402,
                                    .not_implemented = 1411};

/* command, timeout, its default, OMADM_OPERATION, states (running, failed with data, failed
 * without), result codes (failed, too late) */
#define STEP(command, verb, running, failed, empty, code)                                          \
  { command "-command", command "-timeout", 3600, verb, running, failed, empty, code, code, false }

static const operation_step fetch = {.command = "download-command",
                                     .timeout = "download-timeout",
                                     .seconds = 3600,
                                     .verb = "download",
                                     .running = 30,
                                     .failed = 20,
                                     .failed_empty = 20,
                                     .code_failed = 1402,
                                     .code_late = 1402,
                                     .fetches = true};
static const operation_step fetched_install = STEP("install", "install", 50, 60, 70, 1405);
static const operation_step fetched_inactive =
    STEP("install", "install-inactive", 50, 60, 70, 1405);
static const operation_step install = STEP("install", "install", 40, 50, 60, 1405);
static const operation_step inactive = STEP("install", "install-inactive", 40, 50, 60, 1405);
static const operation_step remove_package = STEP("remove", "remove-package", 30, 20, 20, 1408);
static const operation_step activate = STEP("activate", "activate", 50, 40, 40, 1409);
static const operation_step deactivate = STEP("deactivate", "deactivate", 70, 60, 60, 1410);
static const operation_step remove_component = STEP("remove", "remove", 30, 20, 20, 1408);

static const operation operations[] = {
    {L(OPERATIONS_DOWNLOAD), DOWNLOAD, URL, 1, {&fetch, NULL}},
    {L(OPERATIONS_DOWNLOADINSTALL), DOWNLOAD, URL, 2, {&fetch, &fetched_install}},
    {L(OPERATIONS_DOWNLOADINSTALLINACTIVE), DOWNLOAD, URL, 2, {&fetch, &fetched_inactive}},
    {V(OPERATIONS_INSTALL), DELIVERED, 0, 1, {&install, NULL}},
    {V(OPERATIONS_INSTALLINACTIVE), DELIVERED, 0, 1, {&inactive, NULL}},
    {V(OPERATIONS_REMOVE), DELIVERED, 0, 1, {&remove_package, NULL}},
    {P(OPERATIONS_ACTIVATE), DEPLOYED, 0, 1, {&activate, NULL}},
    {P(OPERATIONS_DEACTIVATE), DEPLOYED, 0, 1, {&deactivate, NULL}},
    {P(OPERATIONS_REMOVE), DEPLOYED, 0, 1, {&remove_component, NULL}},
};

static const operation_variable variables[] = {
    {DOWNLOAD, PKG_ID, "OMADM_ID"},          {DOWNLOAD, NAME, "OMADM_NAME"},
    {DOWNLOAD, PARAMS, "OMADM_PARAMS"},      {DOWNLOAD, ENV_TYPE, "OMADM_ENV_TYPE"},
    {DOWNLOAD, PKG_TYPE, "OMADM_PKG_TYPE"},  {DELIVERED, PKG_ID, "OMADM_ID"},
    {DELIVERED, NAME, "OMADM_NAME"},         {DELIVERED, PARAMS, "OMADM_PARAMS"},
    {DELIVERED, ENV_TYPE, "OMADM_ENV_TYPE"}, {DELIVERED, PKG_TYPE, "OMADM_PKG_TYPE"},
    {DEPLOYED, PKG_ID, "OMADM_ID"},          {DEPLOYED, NAME, "OMADM_NAME"},
    {DEPLOYED, VERSION, "OMADM_VERSION"},    {DEPLOYED, ENV_TYPE, "OMADM_ENV_TYPE"},
};

static void made(char table, omadm_str name, row *r) {
  row_set(r, PKG_ID, name);
  if (table == DELIVERED) row_set_number(r, STATE, STATE_DELIVERED);
}

/* Other data is another package: it is not installed. */
static void replaced(const node_rule *node, row *r) {
  if (node->kind != NODE_DATA) return;
  row_set_number(r, ROW_STATE, IDLE);
  row_set_number(r, STATE, STATE_DELIVERED);
}

/* An operation that would leave everything as it is, or has nothing to work on, is refused. */
static omadm_status may(object *self, const operation *op, omadm_str name, const row *r) {
  bool installs = op->n_steps == 2 || op->steps[0] == &install || op->steps[0] == &inactive;
  uint64_t state = row_number(r, STATE);
  if (op->table == DOWNLOAD && !rows_has_room(&self->rows, DELIVERED, name))
    return OMADM_ST_DEVICE_FULL;
  if (installs && !rows_has_room(&self->rows, DEPLOYED, name)) return OMADM_ST_DEVICE_FULL;
  if (installs && op->table == DELIVERED && row_number(r, ROW_DATA) == 0) return OMADM_ST_FORBIDDEN;
  if (op->steps[0] == &activate && state == STATE_ACTIVE) return OMADM_ST_FORBIDDEN;
  if (op->steps[0] == &deactivate && state == STATE_INACTIVE) return OMADM_ST_FORBIDDEN;
  return OMADM_ST_OK;
}

static void copy(const row *from, row *to, const int *fields, size_t n) {
  for (size_t i = 0; i < n; i++)
    row_set(to, fields[i], from->field[fields[i]]);
}

/* A package that was fetched is there: the file is that node's from now on. */
static omadm_err deliver(object *self, omadm_str name, const row *from) {
  static const int fields[] = {PKG_ID,   NAME,     PARAMS,   DESCRIPTION,
                               ENV_TYPE, PKG_TYPE, ROW_FILE, ROW_DATA};
  row r;
  row_init(&r);
  copy(from, &r, fields, sizeof fields / sizeof *fields);
  row_set_number(&r, ROW_STATE, IDLE);
  row_set_number(&r, STATE, STATE_DELIVERED);
  omadm_err err = rows_save(&self->rows, DELIVERED, name, &r);
  row_dispose(&r);
  return err;
}

static omadm_err deploy(object *self, omadm_str name, const char *version, bool active,
                        const row *from) {
  static const int fields[] = {PKG_ID, NAME, DESCRIPTION, ENV_TYPE};
  row r;
  row_init(&r);
  copy(from, &r, fields, sizeof fields / sizeof *fields);
  row_set(&r, ID_REF, from->field[PKG_ID]);
  row_set(&r, VERSION, (omadm_str){version, strlen(version)});
  row_set_number(&r, ROW_STATE, IDLE);
  row_set_number(&r, STATE, active ? STATE_ACTIVE : STATE_INACTIVE);
  omadm_err err = rows_save(&self->rows, DEPLOYED, name, &r);
  row_dispose(&r);
  return err;
}

/* State of the package of that name, if it is there. */
static omadm_err mark_package(object *self, omadm_str name, uint64_t state) {
  row r;
  omadm_err err = rows_load(&self->rows, DELIVERED, name, &r);
  row_set_number(&r, STATE, state);
  if (err == 0) err = rows_save(&self->rows, DELIVERED, name, &r);
  row_dispose(&r);
  return err == OMADM_E_NOT_FOUND ? OMADM_OK : err;
}

static omadm_err fetched(object *self, const operation *op, omadm_str name, row *r) {
  omadm_err err = deliver(self, name, r);
  if (op->n_steps > 1) return err; /* the next step installs it */
  row_set(r, ROW_FILE, (omadm_str){NULL, 0});
  row_set_number(r, ROW_DATA, 0);
  row_set_number(r, ROW_STATE, DOWNLOAD_COMPLETE);
  return err;
}

static omadm_err installed(object *self, const operation *op, omadm_str name, const char *version,
                           bool active, row *r) {
  omadm_err err = deploy(self, name, version, active, r);
  if (op->table == DELIVERED) {
    row_set_number(r, ROW_STATE, IDLE);
    row_set_number(r, STATE, STATE_INSTALLED);
    return err;
  }
  row_set(r, ROW_FILE, (omadm_str){NULL, 0});
  row_set_number(r, ROW_DATA, 0);
  row_set_number(r, ROW_STATE, DOWNLOAD_COMPLETE);
  return err == 0 ? mark_package(self, name, STATE_INSTALLED) : err;
}

static omadm_err succeeded(object *self, const operation *op, size_t step, omadm_str name,
                           const char *version, row *r) {
  const operation_step *done = op->steps[step];
  if (done == &fetch) return fetched(self, op, name, r);
  if (done == &fetched_install || done == &install)
    return installed(self, op, name, version, true, r);
  if (done == &fetched_inactive || done == &inactive)
    return installed(self, op, name, version, false, r);
  row_set_number(r, ROW_STATE, IDLE);
  if (done == &activate || done == &deactivate) {
    row_set_number(r, STATE, done == &activate ? STATE_ACTIVE : STATE_INACTIVE);
    return OMADM_OK;
  }
  row_set_number(r, ROW_GONE, 1);
  return done == &remove_component ? mark_package(self, name, STATE_DELIVERED) : OMADM_OK;
}

/* The text as content of an element. NULL: no memory. */
static char *escape(omadm_str text) {
  char *out = malloc(5 * text.len + 1);
  size_t n = 0;
  for (size_t i = 0; out != NULL && i < text.len; i++) {
    char c = text.ptr[i];
    const char *entity = c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : NULL;
    if (entity == NULL) {
      out[n++] = c;
      continue;
    }
    memcpy(out + n, entity, strlen(entity));
    n += strlen(entity);
  }
  if (out != NULL) out[n] = '\0';
  return out;
}

static void describe(const operation *op, const row *r, int code, omadm_csp_alert *alert,
                     char **data) {
  char *id = escape(r->field[PKG_ID]);
  (void)op;
  alert->type = (omadm_str)OMADM_STR("urn:oma:at:scomo:1.0:OperationComplete");
  alert->format = OMADM_FORMAT_XML;
  if (id == NULL ||
      asprintf(data, "<ResultCode>%d</ResultCode><Identifier>%s</Identifier>", code, id) < 0)
    *data = NULL;
  free(id);
}

static const object_rules rules = {
    .prefix = "scomo",
    .tables = "LVP",
    .nodes = nodes,
    .operations = operations,
    .n_operations = sizeof operations / sizeof *operations,
    .variables = variables,
    .n_variables = sizeof variables / sizeof *variables,
    .codes = &codes,
    .idle = IDLE,
    .made = made,
    .replaced = replaced,
    .may = may,
    .succeeded = succeeded,
    .describe = describe,
};

static omadm_status scomo_open(const omadm_csp_services *services, uint64_t host, uint64_t *self) {
  return object_open(&rules, services, host, self);
}

static const omadm_csp_slots slots = {
    .struct_size = sizeof slots, .open = scomo_open, OBJECT_SLOTS};

static const omadm_csp_descriptor descriptor = {
    .abi = OMADM_CSP_ABI,
    .struct_size = sizeof descriptor,
    .name = "SCOMO",
    .version = CSP_VERSION,
    .ddf = (const char *)scomo_ddf,
    .ddf_len = sizeof scomo_ddf - 1,
    .slots = &slots,
    .flags = OMADM_CSP_PIECES,
};
OMADM_CSP_PLUGIN(descriptor)
