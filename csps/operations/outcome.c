/* SPDX-License-Identifier: MIT */
#include "operations/outcome.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "operations/settings.h"

bool outcome_is_code(const outcome_codes *codes, int code) {
  for (const outcome_range *r = codes->ranges; r->from != 0; r++)
    if (code >= r->from && code <= r->to) return true;
  return false;
}

bool outcome_is_success(const outcome_codes *codes, int code) {
  return code >= codes->success && code <= codes->success_last;
}

/* The code that "STATUS:CODE" pairs give to the status, 0: none. */
static int mapped(const outcome_codes *codes, const char *map, int status) {
  while (map != NULL && *map != '\0') {
    char *end = NULL;
    long left = strtol(map, &end, 10);
    long right = *end == ':' ? strtol(end + 1, NULL, 10) : 0;
    if (left == status && right > 0 && right < 10000 && outcome_is_code(codes, (int)right))
      return (int)right;
    map += strcspn(map, " \t");
    map += strspn(map, " \t");
  }
  return 0;
}

static int of_exit(const outcome_codes *codes, const command_result *result, const char *map,
                   int failed) {
  int said = outcome_is_code(codes, result->said.code) ? result->said.code : 0;
  if (result->value == 0) return said != 0 ? said : codes->success;
  /* It failed, whatever it says of success. */
  if (said != 0 && !outcome_is_success(codes, said)) return said;
  int code = mapped(codes, map, result->value);
  if (code != 0) return code;
  for (const outcome_exit *e = codes->exits; e->status != 0; e++)
    if (e->status == result->value) return e->code;
  return failed;
}

int outcome_of(const outcome_codes *codes, const command_result *result, const char *map,
               int failed, int late) {
  switch (result->end) {
  case COMMAND_EXITED: return of_exit(codes, result, map, failed);
  case COMMAND_TOO_LATE: return late;
  case COMMAND_SIGNALLED: return failed;
  case COMMAND_NOT_STARTED: break;
  }
  return codes->undefined;
}

void outcome_describe(const command_result *result, char *text, size_t size) {
  static const char *const words[] = {
      [COMMAND_NOT_STARTED] = "could not be started: ",
      [COMMAND_EXITED] = "ended with status",
      [COMMAND_SIGNALLED] = "was ended by signal",
      [COMMAND_TOO_LATE] = "did not end in time",
  };
  if (result->end == COMMAND_NOT_STARTED)
    snprintf(text, size, "%s%s", words[result->end], strerror(result->value));
  else if (result->end == COMMAND_TOO_LATE)
    snprintf(text, size, "%s", words[result->end]);
  else
    snprintf(text, size, "%s %d", words[result->end], result->value);
}

/* RFC 3986 2: reserved, unreserved, and '%'. */
static bool is_url_octet(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c != '\0' && strchr("-._~:/?#[]@!$&'()*+,;=%", c) != NULL);
}

bool outcome_url_is_good(omadm_str url, const char *schemes) {
  size_t colon = 0;
  while (colon < url.len && url.ptr[colon] != ':')
    colon++;
  if (url.len < colon + 4 || memcmp(url.ptr + colon, "://", 3) != 0) return false;
  char host = url.ptr[colon + 3];
  if (host == '/' || host == '?' || host == '#') return false;
  for (size_t i = 0; i < url.len; i++)
    if (!is_url_octet(url.ptr[i])) return false;
  return settings_lists(schemes, (omadm_str){url.ptr, colon});
}
