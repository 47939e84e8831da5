/* SPDX-License-Identifier: MIT */
#include "base/address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

bool omadm_address_parse(const char *host, unsigned short port, struct sockaddr_storage *out) {
  struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
  struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
  memset(out, 0, sizeof *out);
  if (strcmp(host, "localhost") == 0) host = "127.0.0.1";
  if (inet_pton(AF_INET, host, &v4.sin_addr) == 1) {
    memcpy(out, &v4, sizeof v4);
    return true;
  }
  if (inet_pton(AF_INET6, host, &v6.sin6_addr) != 1) return false;
  memcpy(out, &v6, sizeof v6);
  return true;
}

bool omadm_port_write(const char *path, unsigned port) {
  char temporary[4096];
  if (path == NULL) return true;
  snprintf(temporary, sizeof temporary, "%s.new", path);
  FILE *file = fopen(temporary, "w");
  if (file == NULL) return false;
  bool good = fprintf(file, "%u\n", port) > 0;
  good = fclose(file) == 0 && good;
  return good && rename(temporary, path) == 0;
}
