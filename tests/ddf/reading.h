/* SPDX-License-Identifier: MIT */
/* A DDF read for a test, with all that was complained of. */
#ifndef OMADM_TESTS_DDF_READING_H
#define OMADM_TESTS_DDF_READING_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <omadm/ddf.h>

#include "base/str.h"

#define DDF_HEAD                                                                                   \
  "<MgmtTree xmlns:MSFT=\"http://schemas.microsoft.com/MobileDevice/DM\">\n<VerDTD>1.2</VerDTD>\n"
#define DDF_TAIL "</MgmtTree>\n"
/* Properties of an interior node, of a leaf. */
#define INTERIOR                                                                                   \
  "<DFProperties><AccessType><Get/></AccessType><DFFormat><node/></DFFormat><DFType><DDFName/></"  \
  "DFType></DFProperties>"
#define LEAF                                                                                       \
  "<DFProperties><AccessType><Get/></AccessType><DFFormat><chr/></DFFormat><DFType><MIME>text/"    \
  "plain</MIME></DFType></DFProperties>"

typedef struct reading {
  omadm_err err;
  omadm_error error;
  omadm_ddf *ddf; /* NULL after a failure */
  size_t errors, warnings;
  omadm_buf log; /* "error LINE: TEXT\n" or "warning LINE: TEXT\n" for each */
} reading;

/* Reads text under the name "test.xml". */
void reading_begin(reading *r, const char *text);
/* Reads a file of tests/fixtures/ddf. */
void reading_begin_file(reading *r, const char *name);
void reading_end(reading *r);

/* Fails the test unless the log holds this text; unless it is empty. */
void reading_expect(const reading *r, const char *text);
void reading_expect_quiet(const reading *r);
/* The node of that path of names below root 0 ("A/B", "" is the root itself); "*" is an unnamed
 * one. Fails the test without it. */
const omadm_ddf_node *reading_node(const reading *r, const char *path);

#define assert_str(a, b) reading_assert_str((a), (b), __FILE__, __LINE__)
void reading_assert_str(omadm_str got, const char *expected, const char *file, int line);

#endif
