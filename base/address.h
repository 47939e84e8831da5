/* SPDX-License-Identifier: MIT */
/* Addresses to listen on. */
#ifndef OMADM_BASE_ADDRESS_H
#define OMADM_BASE_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

/* An address in numbers, IPv4 or IPv6 without brackets, or localhost. False where it is none: no
 * name is looked up. */
bool omadm_address_parse(const char *host, unsigned short port, struct sockaddr_storage *out);

/* Writes the number of a port that somebody listens on into a file, which appears with its content,
 * so that a script may wait for it. A path of NULL is nothing to do; false: errno says why. */
bool omadm_port_write(const char *path, unsigned port);

#endif
