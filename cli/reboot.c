/* SPDX-License-Identifier: MIT */
#include "cli/reboot.h"

#include <omadm/uri.h>

#include "base/str.h"
#include "cli/config.h"

#define NODE "./Vendor/MSFT/Reboot/RebootNow"

enum { SECONDS = 60 };

void reboot_wanted(agent *self, omadm_str uri, bool automatic) {
  self->reboot_wanted = self->reboot_wanted || automatic;
  omadm_log_line(&self->log, OMADM_LOG_WARN, "agent", "%.*s was changed: it asks for a reboot, %s",
                 (int)uri.len, uri.ptr,
                 automatic ? "at the end of the session" : "for which the server will ask");
}

static omadm_status execute(agent *self) {
  char scratch[sizeof NODE];
  omadm_uri uri;
  omadm_node node;
  omadm_answer answer = {0};
  const omadm_value nothing = {.format = OMADM_FORMAT_ABSENT};
  const omadm_origin device = {.server_id = {NULL, 0}};
  const omadm_tree *tree = omadm_framework_tree(self->framework);
  omadm_status status =
      omadm_uri_parse(omadm_str_of(NODE), 0, &self->config.limits, scratch, NULL, &uri);
  if (status == OMADM_ST_OK) status = tree->resolve(tree->ctx, &device, &uri, &node);
  if (status == OMADM_ST_OK) status = tree->exec(tree->ctx, &device, &node, &nothing, &answer);
  return status == OMADM_ST_PENDING ? agent_await(self, OMADM_VERB_EXEC, answer.token, &answer)
                                    : status;
}

void reboot_now(agent *self) {
  size_t i = 0;
  if (!self->reboot_wanted) return;
  self->reboot_wanted = false;
  if (config_next(&self->config, CONFIG_CSP, omadm_str_of("Reboot"), &i) == NULL) {
    omadm_log_line(&self->log, OMADM_LOG_WARN, "agent",
                   "the device should reboot now; [csp.Reboot] does not say how");
    return;
  }
  omadm_status status = execute(self);
  bool begun = omadm_status_is_success(status);
  omadm_log_line(&self->log, begun ? OMADM_LOG_INFO : OMADM_LOG_ERROR, "agent",
                 "a changed node asked for a reboot: Exec of " NODE " ended with %u", status);
  if (begun) agent_finish_jobs(self, SECONDS, NULL);
}
