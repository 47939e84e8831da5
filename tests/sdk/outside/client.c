/* SPDX-License-Identifier: MIT */
/* A program with the library: a framework over a store in memory, and one DDF in it. */
#include <omadm/framework.h>
#include <omadm/version.h>

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv) {
  omadm_framework_config config;
  omadm_framework *framework = NULL;
  omadm_ddf *ddf = NULL;
  omadm_mount_info info;
  omadm_error error = {0};
  if (argc != 2) return 2;
  omadm_framework_config_init(&config);
  omadm_err err = omadm_store_new_memory(&config.store, &error);
  if (err == 0) err = omadm_framework_new(&config, &framework, &error);
  if (err == 0) err = omadm_ddf_read(argv[1], NULL, NULL, &ddf, &error);
  if (err == 0) err = omadm_framework_mount_ddf(framework, ddf, &error);
  if (err == 0) err = omadm_framework_mount_at(framework, 0, &info);
  if (err == 0)
    printf("%.*s by omadm %s\n", (int)info.root.len, info.root.ptr, OMADM_VERSION);
  else
    fprintf(stderr, "%s\n", error.text);
  omadm_framework_free(framework);
  omadm_store_close(config.store);
  return err == 0 ? 0 : 1;
}
