/* SPDX-License-Identifier: MIT */
/*
 * The results of a suite: for a person, as TAP, or as JUnit XML.
 */
#ifndef OMADM_PLAYER_REPORT_H
#define OMADM_PLAYER_REPORT_H

#include <stdio.h>

#include "conformance/player/player.h"

typedef enum omadm_report_format {
  OMADM_REPORT_TEXT = 0, /* quiet on what passes; the last line is "N passed, N failed", with ", N
                            skipped" where there are any, and ", N in another encoding only" */
  OMADM_REPORT_TAP, /* version 13 */
  OMADM_REPORT_JUNIT
} omadm_report_format;

typedef struct omadm_report omadm_report;

/* The format of a word (text, tap, junit); false for any other. */
bool omadm_report_format_parse(const char *word, omadm_report_format *out);

/*
 * Results go to `out`; where `progress` is a terminal, the name under test goes there. Both are
 * borrowed until free. *report is owned by the caller, free with omadm_report_free. NOMEM.
 */
omadm_err omadm_report_new(omadm_report_format format, FILE *out, FILE *progress,
                           omadm_report **report, omadm_error *error);

/* What stands behind the id of what comes next, where one transcript is played several times;
 * borrowed until free. "" for nothing. */
void omadm_report_suffix(omadm_report *self, const char *suffix);

/* Says what is being played now. */
void omadm_report_begin(omadm_report *self, const omadm_transcript *transcript);

/* The result of the transcript; `seconds` as it took. */
void omadm_report_add(omadm_report *self, const omadm_transcript *transcript,
                      const omadm_player_result *result, double seconds);

/* A file that could not be read as a transcript counts as failed. */
void omadm_report_add_broken(omadm_report *self, const char *path, const omadm_error *error);

/* How many transcripts passed so far. */
size_t omadm_report_passed(const omadm_report *self);

/* Writes the end. Returns the number of failures. */
size_t omadm_report_end(omadm_report *self);
void omadm_report_free(omadm_report *self);

#endif
