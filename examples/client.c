/* SPDX-License-Identifier: MIT */
/*
 * A DM client on one screen: the engine, a tree made from a DDF file, HTTP, and the loop that joins
 * them.
 *
 *   example-client http://127.0.0.1:8080/dm urn:uuid:5ae1… csps/devinfo/devinfo.ddf.xml
 *
 * The tree lives in memory and starts with the defaults of the DDF. A real device mounts CSPs too
 * and opens a store on disk; omadm(1) is that program.
 */
#include <omadm/framework.h>
#include <omadm/session.h>
#include <omadm/store.h>
#include <omadm/transport.h>

#include <stdio.h>
#include <string.h>

static int pump(void *framework, int timeout_ms) {
  return omadm_framework_pump(framework, timeout_ms);
}

/* A command that the tree answered late: the session that waits for it goes on. */
static void completed(void *session, omadm_token token, omadm_status status,
                      const omadm_answer *answer) {
  omadm_session *const *running = session;
  if (*running != NULL) (void)omadm_session_complete(*running, token, status, answer);
}

/* DevId is what the header's Source says; a tree without DevInfo has none. */
static omadm_err set_device_id(omadm_framework *framework, const char *device_id,
                               omadm_error *error) {
  const omadm_tree *tree = omadm_framework_tree(framework);
  omadm_err err = omadm_framework_poke(framework, (omadm_str)OMADM_STR("./DevInfo/DevId"),
                                       OMADM_FORMAT_CHR, (omadm_str)OMADM_STR("text/plain"),
                                       (omadm_str){device_id, strlen(device_id)}, error);
  return err == 0 ? tree->settle(tree->ctx) : err == OMADM_E_NOT_FOUND ? 0 : err;
}

static omadm_err run(const char *url, const char *device_id, omadm_framework *framework,
                     omadm_session **running, omadm_result *result, omadm_error *error) {
  omadm_host host = {.struct_size = sizeof host};
  omadm_framework_host(framework, &host);

  omadm_session_config session_config;
  omadm_session_config_init(&session_config);
  session_config.tree = omadm_framework_tree(framework);
  session_config.host = &host;
  session_config.server_id = (omadm_str)OMADM_STR("example");
  session_config.server_uri = (omadm_str){url, strlen(url)};
  session_config.device_id = (omadm_str){device_id, strlen(device_id)};

  omadm_http_config http_config;
  omadm_http_config_init(&http_config);
  http_config.address = url;

  omadm_transport *transport = NULL;
  omadm_err err = omadm_session_new(&session_config, running, error);
  if (err == 0) err = omadm_http_new(&http_config, &transport, error);
  if (err == 0) {
    omadm_driver driver = {.struct_size = sizeof driver,
                           .session = *running,
                           .transport = transport,
                           .ctx = framework,
                           .pump = pump};
    err = omadm_driver_run(&driver, error);
    omadm_session_outcome(*running, result);
  }
  omadm_transport_free(transport);
  omadm_session_free(*running);
  *running = NULL;
  return err;
}

int main(int argc, char **argv) {
  if (argc != 4) return fprintf(stderr, "usage: %s URL DEVICE-ID FILE.ddf.xml\n", argv[0]), 2;
  omadm_error error = {0};
  omadm_result result = {0};
  omadm_store *store = NULL;
  omadm_framework *framework = NULL;
  omadm_session *session = NULL;
  omadm_ddf *ddf = NULL;
  omadm_framework_config config;
  omadm_framework_config_init(&config);

  omadm_err err = omadm_store_new_memory(&store, &error);
  config.store = store;
  config.ctx = &session;
  config.completed = completed;
  if (err == 0) err = omadm_framework_new(&config, &framework, &error);
  if (err == 0) err = omadm_ddf_read(argv[3], NULL, NULL, &ddf, &error);
  if (err == 0) err = omadm_framework_mount_ddf(framework, ddf, &error);
  if (err == 0) err = set_device_id(framework, argv[2], &error);
  if (err == 0) err = run(argv[1], argv[2], framework, &session, &result, &error);
  if (err != 0)
    fprintf(stderr, "%s\n", error.text);
  else
    printf("%llu messages, %llu commands\n", (unsigned long long)result.messages,
           (unsigned long long)result.commands);

  omadm_framework_free(framework);
  omadm_store_close(store);
  return err == 0 && result.outcome == OMADM_OUTCOME_DONE ? 0 : 1;
}
