/* SPDX-License-Identifier: MIT */
/* A document becomes nodes: one transaction of the tree, by the device itself. */
#include "base/str.h"
#include "provisioning/bootstrap.h"
#include "provisioning/read.h"

/* Whose account there is, only an authenticated document may replace: else whoever can hand the
 * device a file would take over its management. */
static omadm_err check_existing(const omadm_bootstrap *self, omadm_framework *framework,
                                const account_record *record, omadm_error *error) {
  omadm_buf uri;
  omadm_buf_init(&uri, NULL, 0);
  omadm_err err = read_account_uri(framework, record->server_id, &uri);
  omadm_buf_dispose(&uri);
  if (err == OMADM_E_NOT_FOUND) return OMADM_OK;
  if (err == 0 && !self->authenticated)
    err = omadm_error_set(error, OMADM_E_EXISTS,
                          "there is an account of \"%.*s\" already; only an authenticated document "
                          "replaces it",
                          (int)record->server_id.len, record->server_id.ptr);
  return err;
}

/* The record with references to the document made references to the tree. */
static omadm_err write_record(const omadm_bootstrap *self, omadm_framework *framework,
                              const account_record *record, omadm_error *error) {
  account_record final = *record;
  final.authenticated = self->authenticated;
  omadm_buf texts[RECORD_CONNECTIONS];
  omadm_err err = OMADM_OK;
  for (size_t i = 0; i < record->n_connections; i++) {
    omadm_buf_init(&texts[i], NULL, 0);
    if (err == 0) err = bootstrap_dm_refer(self, record->connections[i], &texts[i]);
    final.connections[i] = omadm_buf_str(&texts[i]);
  }
  if (err == 0) err = account_record_write(framework, &final, error);
  for (size_t i = 0; i < record->n_connections; i++)
    omadm_buf_dispose(&texts[i]);
  return err;
}

static omadm_err put(omadm_bootstrap *self, omadm_framework *framework, omadm_error *error) {
  omadm_err err = OMADM_OK;
  for (size_t i = 0; err == 0 && i < self->n_records; i++)
    err = check_existing(self, framework, self->records[i], error);
  if (err == 0) err = bootstrap_dm_apply(self, framework, error);
  for (size_t i = 0; err == 0 && i < self->n_records; i++)
    err = write_record(self, framework, self->records[i], error);
  return err;
}

omadm_err omadm_bootstrap_apply(omadm_bootstrap *self, omadm_framework *framework, int check_only,
                                omadm_error *error) {
  const omadm_tree *tree = omadm_framework_tree(framework);
  const omadm_origin origin = {.server_id = {NULL, 0}};
  size_t member = 0;
  if (tree->begin(tree->ctx, &origin) != OMADM_ST_OK)
    return omadm_error_set(error, OMADM_E_STATE,
                           "the tree is being changed; the document can be tried again");
  omadm_err err = put(self, framework, error);
  if (err != 0 || check_only)
    tree->rollback(tree->ctx, NULL, 0);
  else if (tree->commit(tree->ctx, &member, NULL, 0) != OMADM_ST_OK)
    err = OMADM_E_STORE;
  else
    err = tree->settle(tree->ctx);
  return err != 0 ? omadm_error_set(error, err, "the document could not be applied: %s",
                                    omadm_err_text(err))
                  : OMADM_OK;
}
