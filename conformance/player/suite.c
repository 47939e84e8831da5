/* SPDX-License-Identifier: MIT */
#include "conformance/player/suite.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/mem.h"
#include "base/str.h"

#include "conformance/player/har.h"

#define DEPTH_MAX 16 /* folders in folders; a link may lead round in a circle */

typedef struct suite {
  const omadm_player_client *client;
  const omadm_player_options *options;
  omadm_report *report;
  omadm_error *error;
  size_t found; /* transcripts */
} suite;

static bool ends_with(const char *text, const char *end) {
  size_t len = strlen(text);
  return len > strlen(end) && strcmp(text + len - strlen(end), end) == 0;
}

static double seconds_between(const struct timespec *from, const struct timespec *to) {
  return (double)(to->tv_sec - from->tv_sec) + (double)(to->tv_nsec - from->tv_nsec) / 1e9;
}

static omadm_err read_any(const char *path, omadm_transcript **out, omadm_error *error) {
  omadm_buf made;
  if (!ends_with(path, ".har")) return omadm_transcript_read(path, out, error);
  omadm_buf_init(&made, &omadm_mem_default, 0);
  omadm_err err = omadm_har_read(path, &made, error);
  if (err == OMADM_OK) err = omadm_transcript_parse(omadm_buf_str(&made), path, out, error);
  omadm_buf_dispose(&made);
  return err;
}

static omadm_err play_file(suite *self, const char *path) {
  omadm_transcript *transcript = NULL;
  omadm_error cause = {0};
  omadm_player_result result;
  struct timespec from;
  struct timespec to;
  self->found++;
  if (read_any(path, &transcript, &cause) != OMADM_OK) {
    omadm_report_add_broken(self->report, path, &cause);
    return OMADM_OK;
  }
  omadm_report_begin(self->report, transcript);
  clock_gettime(CLOCK_MONOTONIC, &from);
  omadm_err err = omadm_player_play(transcript, self->client, self->options, &result, self->error);
  clock_gettime(CLOCK_MONOTONIC, &to);
  if (err == OMADM_OK)
    omadm_report_add(self->report, transcript, &result, seconds_between(&from, &to));
  omadm_player_result_dispose(&result);
  omadm_transcript_free(transcript);
  return err;
}

static int is_visible(const struct dirent *entry) {
  return entry->d_name[0] != '.';
}

static omadm_err play_path(suite *self, const char *path, unsigned depth);

static omadm_err play_folder(suite *self, const char *path, unsigned depth) {
  struct dirent **names = NULL;
  omadm_err err = OMADM_OK;
  if (depth == DEPTH_MAX) return OMADM_OK;
  int count = scandir(path, &names, is_visible, alphasort);
  if (count < 0) return omadm_error_set(self->error, OMADM_E_IO, "%s: %s", path, strerror(errno));
  for (int i = 0; i < count; i++) {
    omadm_buf inside;
    omadm_buf_init(&inside, &omadm_mem_default, 0);
    if (err == OMADM_OK)
      err = omadm_buf_printf(&inside, "%s%s%s", path, ends_with(path, "/") ? "" : "/",
                             names[i]->d_name);
    if (err == OMADM_OK) err = omadm_buf_add(&inside, "", 1);
    if (err == OMADM_OK) err = play_path(self, inside.ptr, depth + 1);
    omadm_buf_dispose(&inside);
    free(names[i]);
  }
  free(names);
  return err;
}

static omadm_err play_path(suite *self, const char *path, unsigned depth) {
  struct stat found;
  if (stat(path, &found) != 0) {
    if (depth > 0) return OMADM_OK;
    return omadm_error_set(self->error, OMADM_E_NOT_FOUND, "%s: %s", path, strerror(errno));
  }
  if (S_ISDIR(found.st_mode)) return play_folder(self, path, depth);
  /* In a folder there are other files too; what was named is played whatever it is. */
  if (depth > 0 && !(ends_with(path, ".xml") && omadm_transcript_is(path))) return OMADM_OK;
  return play_file(self, path);
}

omadm_err omadm_suite_play(const char *path, const omadm_player_client *client,
                           const omadm_player_options *options, omadm_report *report,
                           omadm_error *error) {
  suite self = {client, options, report, error, 0};
  omadm_err err = play_path(&self, path, 0);
  if (err == OMADM_OK && self.found == 0)
    return omadm_error_set(error, OMADM_E_NOT_FOUND, "no transcript found in %s", path);
  return err;
}
