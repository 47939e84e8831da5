/* SPDX-License-Identifier: MIT */
/* Addresses to listen on. */
#ifndef OMADM_BASE_ADDRESS_H
#define OMADM_BASE_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

/* An address in numbers, IPv4 or IPv6 without brackets, or localhost. False where it is none: no
 * name is looked up. */
bool omadm_address_parse(const char *host, unsigned short port, struct sockaddr_storage *out);

#endif
