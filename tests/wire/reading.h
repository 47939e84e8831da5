/* SPDX-License-Identifier: MIT */
/* Reads a message in one line of a test. */
#ifndef TESTS_WIRE_READING_H
#define TESTS_WIRE_READING_H

#include "omadm/wire/model.h"

#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

typedef struct reading {
  omadm_limits limits;
  omadm_arena arena;
  char *body; /* spans point into it */
  wire_message *message;
  omadm_error error;
} reading;

/* For cmocka_unit_test_setup_teardown: *state is a reading with the default limits. */
int reading_begin(void **state);
int reading_end(void **state);

#define READ_TEST(function) cmocka_unit_test_setup_teardown(function, reading_begin, reading_end)

/* Reads; what was read before is forgotten. */
omadm_err read_octets(reading *r, omadm_str body, const char *charset);
/* Reads a text that must be a message. */
wire_message *read_text(reading *r, const char *text);
/* A message with a good header and this body; its first command. */
wire_command *read_body(reading *r, const char *body);
/* Must fail with that code, with a sentence that contains `reason`. */
void refuse_text(reading *r, const char *text, omadm_err err, const char *reason);

#define HEADER                                                                                     \
  "<SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto><SessionID>1</SessionID><MsgID>1</"     \
  "MsgID>"                                                                                         \
  "<Target><LocURI>device</LocURI></Target><Source><LocURI>https://mdm.example.com/</LocURI></"    \
  "Source></SyncHdr>"
#define MESSAGE(body)                                                                              \
  "<SyncML xmlns=\"SYNCML:SYNCML1.2\">" HEADER "<SyncBody>" body "</SyncBody></SyncML>"

#define QUIRK(name) (1U << OMADM_QUIRK_##name)

void assert_span(omadm_str found, const char *expected);
/* All quirks of a message, its commands and its items. */
uint32_t quirks_of(const wire_message *message);

#endif
