/* SPDX-License-Identifier: MIT */
/* A DDF with one leaf and one rule, and what that says of values. */
#ifndef OMADM_TESTS_ALLOWED_RULE_H
#define OMADM_TESTS_ALLOWED_RULE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <omadm/ddf.h>
#include <omadm/status.h>

#include "base/str.h"

#define RANGE(text)                                                                                \
  "<MSFT:AllowedValues ValueType=\"Range\"><MSFT:Value>" text "</MSFT:Value></MSFT:AllowedValues>"
#define REGEX(text)                                                                                \
  "<MSFT:AllowedValues ValueType=\"RegEx\"><MSFT:Value>" text "</MSFT:Value></MSFT:AllowedValues>"
#define CHOICE(text) "<MSFT:Enum><MSFT:Value>" text "</MSFT:Value></MSFT:Enum>"
#define ENUM(choices) "<MSFT:AllowedValues ValueType=\"ENUM\">" choices "</MSFT:AllowedValues>"
#define FLAG(choices) "<MSFT:AllowedValues ValueType=\"Flag\">" choices "</MSFT:AllowedValues>"
#define KIND(kind) "<MSFT:AllowedValues ValueType=\"" kind "\"></MSFT:AllowedValues>"
#define XSD(text)                                                                                  \
  "<MSFT:AllowedValues ValueType=\"XSD\"><MSFT:Value><![CDATA[" text                               \
  "]]></MSFT:Value></MSFT:AllowedValues>"
#define XS "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\">"

typedef struct rule_case {
  omadm_ddf *ddf;
  omadm_format format;
  omadm_error why; /* of the last refusal */
  omadm_buf log; /* warnings of the reading */
} rule_case;

/* The leaf ./A/B of that format ("int") with that AllowedValues element. */
void rule_begin(rule_case *r, const char *format, const char *rule);
/* With that default, too. */
void rule_begin_leaf(rule_case *r, const char *format, const char *value, const char *rule);
/* ./A/{unnamed} with these further properties. */
void rule_begin_name(rule_case *r, const char *properties);
void rule_end(rule_case *r);

omadm_status rule_ask(rule_case *r, omadm_str value);
omadm_status rule_ask_name(rule_case *r, const char *name);
/* Every one of the words, separated by a blank, is answered so. */
void rule_expect(rule_case *r, omadm_status status, const char *words);
/* One value. */
void rule_expect_one(rule_case *r, omadm_status status, const char *value);
void rule_expect_why(const rule_case *r, const char *part);
void rule_expect_log(const rule_case *r, const char *part);

#endif
