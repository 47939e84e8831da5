/* SPDX-License-Identifier: MIT */
/*
 * A package on its way: a value that fits no message of the device's goes in chunks, each in a
 * message of its own (OMA-TS-DM_Protocol 7).
 */
#ifndef OMADM_SERVER_PARCEL_H
#define OMADM_SERVER_PARCEL_H

#include "conformance/server/compose.h"

/* Starts as all zero: nothing is on its way. */
typedef struct parcel {
  xmlNode *next; /* the command that is written next; NULL: all are */
  size_t offset; /* octets of its value that are sent */
  size_t most; /* octets of a message; 0: any number */
  size_t chunk; /* octets of a value in a message; 0: as many as fit */
  bool closed; /* Final was sent behind it */
  bool raw; /* base64 goes as octets, which Size counts */
} parcel;

/* Writes what goes into this message: all, or up to the end of a chunk. Commands without CmdID get
 * one, which stays in the document, as does the number of the message. */
omadm_err parcel_write(parcel *self, compose *out, unsigned message);

/* The command in the midst of whose value the parcel stands; NULL: none. */
const xmlNode *parcel_open(const parcel *self);
/* Its value is given up. */
void parcel_skip(parcel *self);

/* The message that carried a command, or its last chunk; 0: none did. */
unsigned parcel_message(const xmlNode *command);

#endif
