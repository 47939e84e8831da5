/* SPDX-License-Identifier: MIT */
/*
 * FUMO 1.0, firmware updates (OMA-TS-DM-FUMO): each ./FUMO/NAME is a package that a server names or
 * delivers; the commands that fetch and install it are settings. docs/fumo-scomo.md has them all.
 */
#include <omadm/csp.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fumo_ddf.h"
#include "fumo_nodes.h"
#include "operations/object.h"
#include "operations/settings.h"

#define TYPE "org.openmobilealliance.dm.firmwareupdate."
enum { TABLE = 'F' };

/* State (OMA-TS-DM-FUMO 5). 40, download complete, becomes 50 at once: nothing else is to be done
 * before the package can be installed. */
enum {
  IDLE = 10,
  DOWNLOAD_FAILED = 20,
  DOWNLOADING = 30,
  READY = 50,
  UPDATING = 60,
  FAILED_DATA = 70,
  FAILED_EMPTY = 80,
  DONE_DATA = 90,
  DONE_EMPTY = 100
};

enum { PKG_NAME = ROW_OWN, PKG_VERSION, DOWNLOAD_URL, BOTH_URL };

static const node_rule nodes[FUMO_NODES] = {
    [FUMO_ROOT] = {NODE_TABLE, TABLE, 0},
    [FUMO_ANY] = {NODE_INSTANCE, TABLE, 0},
    [FUMO_ANY_PKGNAME] = {NODE_TEXT, TABLE, PKG_NAME},
    [FUMO_ANY_PKGVERSION] = {NODE_TEXT, TABLE, PKG_VERSION},
    [FUMO_ANY_DOWNLOAD] = {NODE_INNER, TABLE, 0},
    [FUMO_ANY_DOWNLOAD_PKGURL] = {NODE_TEXT, TABLE, DOWNLOAD_URL},
    [FUMO_ANY_UPDATE] = {NODE_INNER, TABLE, 0},
    [FUMO_ANY_UPDATE_PKGDATA] = {NODE_DATA, TABLE, 0},
    [FUMO_ANY_DOWNLOADANDUPDATE] = {NODE_INNER, TABLE, 0},
    [FUMO_ANY_DOWNLOADANDUPDATE_PKGURL] = {NODE_TEXT, TABLE, BOTH_URL},
    [FUMO_ANY_STATE] = {NODE_NUMBER, TABLE, ROW_STATE},
    [FUMO_ANY_EXT] = {NODE_INNER, TABLE, 0},
    [FUMO_ANY_EXT_RESULTCODE] = {NODE_NUMBER, TABLE, ROW_RESULT},
};

/* Result codes (OMA-TS-DM-FUMO 6). */
static const outcome_range ranges[] = {{200, 200}, {250, 299}, {400, 411}, {450, 499},
                                       {500, 503}, {550, 599}, {0, 0}};
static const outcome_exit exits[] = {
    {65, 402}, /* EX_DATAERR: the package is corrupted */
    {68, 503}, /* EX_NOHOST */
    {69, 503}, /* EX_UNAVAILABLE */
    {75, 503}, /* EX_TEMPFAIL */
    {77, 406}, /* EX_NOPERM: the download was not authorised */
    {0, 0},
};
static const outcome_codes codes = {.ranges = ranges,
                                    .exits = exits,
                                    .success = 200,
                                    .success_last = 299,
                                    .undefined = 409,
                                    .bad_url = 411,
                                    .not_implemented = 408};

static const operation_step download = {.command = "download-command",
                                        .timeout = "download-timeout",
                                        .seconds = 3600,
                                        .verb = "download",
                                        .running = DOWNLOADING,
                                        .failed = DOWNLOAD_FAILED,
                                        .failed_empty = DOWNLOAD_FAILED,
                                        .code_failed = 409,
                                        .code_late = 407,
                                        .fetches = true};
static const operation_step update = {.command = "update-command",
                                      .timeout = "update-timeout",
                                      .seconds = 3600,
                                      .verb = "update",
                                      .running = UPDATING,
                                      .failed = FAILED_DATA,
                                      .failed_empty = FAILED_EMPTY,
                                      .code_failed = 410,
                                      .code_late = 410};

static const operation operations[] = {
    {FUMO_ANY_DOWNLOAD, TABLE, DOWNLOAD_URL, 1, {&download, NULL}},
    {FUMO_ANY_UPDATE, TABLE, 0, 1, {&update, NULL}},
    {FUMO_ANY_DOWNLOADANDUPDATE, TABLE, BOTH_URL, 2, {&download, &update}},
};

static const operation_variable variables[] = {
    {TABLE, PKG_NAME, "OMADM_PKG_NAME"},
    {TABLE, PKG_VERSION, "OMADM_PKG_VERSION"},
};

static void drop_data(row *r) {
  row_set(r, ROW_FILE, (omadm_str){NULL, 0});
  row_set_number(r, ROW_DATA, 0);
}

/* Replace of PkgData makes it ready, and takes an empty package away. A new PkgURL is that of
 * another package: what was ready is not what the server means now. */
static void replaced(const node_rule *node, row *r) {
  bool url = node->kind == NODE_TEXT && (node->field == DOWNLOAD_URL || node->field == BOTH_URL);
  if (url && row_number(r, ROW_STATE) != READY) return;
  if (node->kind != NODE_DATA && !url) return;
  if (url) drop_data(r);
  row_set_number(r, ROW_STATE, row_number(r, ROW_DATA) != 0 ? READY : IDLE);
}

/* Update needs a package; a download begins from every state in which nothing runs. */
static omadm_status may(object *self, const operation *op, omadm_str name, const row *r) {
  (void)self;
  (void)name;
  bool needs_data = op->steps[0] == &update;
  return needs_data && row_number(r, ROW_DATA) == 0 ? OMADM_ST_FORBIDDEN : OMADM_ST_OK;
}

static bool keeps_package(const object *self) {
  char *text = settings_text(self->rows.services, self->rows.host, "keep-package");
  bool keep = text != NULL && strcmp(text, "yes") == 0;
  free(text);
  return keep;
}

static omadm_err succeeded(object *self, const operation *op, size_t step, omadm_str name,
                           const char *version, row *r) {
  (void)name;
  (void)version;
  if (op->steps[step] == &download) {
    row_set_number(r, ROW_STATE, READY);
    return OMADM_OK;
  }
  bool keep = keeps_package(self);
  if (!keep) drop_data(r);
  row_set_number(r, ROW_STATE, keep ? DONE_DATA : DONE_EMPTY);
  return OMADM_OK;
}

/* The source is the instance and not the node that was executed (OMA-TS-DM-FUMO 6). */
static void describe(const operation *op, const row *r, int code, omadm_csp_alert *alert,
                     char **data) {
  static const omadm_str types[] = {OMADM_STR(TYPE "download"), OMADM_STR(TYPE "update"),
                                    OMADM_STR(TYPE "downloadandupdate")};
  (void)r;
  alert->type = types[op - operations];
  alert->format = OMADM_FORMAT_INT;
  while (alert->source.len > 0 && alert->source.ptr[alert->source.len - 1] != '/')
    alert->source.len--;
  if (alert->source.len > 0) alert->source.len--;
  if (asprintf(data, "%d", code) < 0) *data = NULL;
}

static const object_rules rules = {
    .prefix = "fumo",
    .tables = "F",
    .nodes = nodes,
    .operations = operations,
    .n_operations = sizeof operations / sizeof *operations,
    .variables = variables,
    .n_variables = sizeof variables / sizeof *variables,
    .codes = &codes,
    .idle = IDLE,
    .replaced = replaced,
    .may = may,
    .succeeded = succeeded,
    .describe = describe,
};

static omadm_status fumo_open(const omadm_csp_services *services, uint64_t host, uint64_t *self) {
  return object_open(&rules, services, host, self);
}

static const omadm_csp_slots slots = {.struct_size = sizeof slots, .open = fumo_open, OBJECT_SLOTS};

static const omadm_csp_descriptor descriptor = {
    .abi = OMADM_CSP_ABI,
    .struct_size = sizeof descriptor,
    .name = "FUMO",
    .version = CSP_VERSION,
    .ddf = (const char *)fumo_ddf,
    .ddf_len = sizeof fumo_ddf - 1,
    .slots = &slots,
    .flags = OMADM_CSP_PIECES,
};
OMADM_CSP_PLUGIN(descriptor)
