/* SPDX-License-Identifier: MIT */
/*
 * strictness ENCODING FREE PLUGINS TRANSCRIPTS: what of a client's messages the transcripts do not
 * look at.
 *
 * Each transcript is played. Each message that agreed with it is then changed in one place, in all
 * the ways of mutations.h, and compared again, with all checks of the player: the step's pattern,
 * HTTP, the grammar, the CmdIDs, and, where the change bound a
 * {{name}} to something else, the messages that follow. A change that none of them notices must be
 * free by the standard: FREE lists these places, with the clause that leaves them free. Any other
 * is a failure, as is a line of FREE that nothing needs.
 */
#include <dirent.h>
#include <fnmatch.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/codec.h"
#include "base/mem.h"
#include "base/str.h"
#include "conformance/player/bindings.h"
#include "conformance/player/grammar.h"
#include "conformance/player/ids.h"
#include "conformance/player/inprocess.h"
#include "conformance/player/message.h"
#include "conformance/player/player.h"
#include "mutations.h"

#define MESSAGES_MAX 256
#define FREE_MAX 200
#define PLACES_MAX 4000

/* A message that agreed with its step. */
typedef struct kept {
  const omadm_transcript_step *step;
  xmlDoc *pattern;
  xmlDoc *message;
  char *url;
  char *content_type;
} kept;

typedef struct free_place {
  char *line; /* kind, place, clause, reason: with zeros between them */
  const char *kind;
  const char *place;
  size_t used;
} free_place;

typedef struct unnoticed {
  mutation_kind kind;
  char *place;
  char *example; /* the first transcript */
  size_t count;
} unnoticed;

typedef struct strictness {
  omadm_player_client client;
  omadm_player_options options;
  omadm_grammar *grammar;
  free_place free[FREE_MAX];
  size_t free_count;
  unnoticed places[PLACES_MAX];
  size_t place_count;
  size_t noticed[MUTATION_KINDS];
  size_t passed[MUTATION_KINDS]; /* unnoticed */
  size_t transcripts, messages;
  /* of the transcript under way */
  const omadm_transcript *transcript;
  kept kept[MESSAGES_MAX];
  size_t kept_count;
  bindings names;
  bindings truth; /* what the unchanged conversation binds */
  size_t at; /* the message that is changed */
  size_t bound; /* names bound before it */
} strictness;

static char *copy_of(omadm_str text) {
  char *out = strndup(text.len > 0 ? text.ptr : "", text.len);
  if (out == NULL) abort();
  return out;
}

/* Begins as the player does: with what it knows of the client. */
static void bind_known(strictness *self, bindings *names) {
  static const omadm_str known[] = {OMADM_STR("device"), OMADM_STR("url")};
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
    omadm_buf value;
    omadm_buf_init(&value, &omadm_mem_default, 0);
    if (self->client.known(self->client.self, known[i], &value) == OMADM_OK &&
        !bindings_add(names, known[i], omadm_buf_str(&value)))
      abort();
    omadm_buf_dispose(&value);
  }
}

static void keep(void *ctx, const omadm_transcript_step *step, const omadm_player_request *request,
                 const xmlDoc *message) {
  strictness *self = ctx;
  omadm_error error = {0};
  if (self->kept_count == MESSAGES_MAX) return;
  if (self->kept_count == 0) {
    bind_known(self, &self->names);
    bind_known(self, &self->truth);
  }
  kept *k = &self->kept[self->kept_count++];
  *k = (kept){
      .step = step, .url = copy_of(request->url), .content_type = copy_of(request->content_type)};
  k->message = xmlCopyDoc((xmlDoc *)(uintptr_t)message, 1);
  if (k->message == NULL || omadm_message_parse(step->body, &k->pattern, &error) != OMADM_OK)
    abort();
}

static void forget(strictness *self) {
  for (size_t i = 0; i < self->kept_count; i++) {
    xmlFreeDoc(self->kept[i].pattern);
    xmlFreeDoc(self->kept[i].message);
    free(self->kept[i].url);
    free(self->kept[i].content_type);
  }
  self->kept_count = 0;
  bindings_dispose(&self->names);
  bindings_dispose(&self->truth);
}

static bool http_matches(strictness *self, const kept *k, const char *url,
                         const char *content_type) {
  if (k->step->url.ptr != NULL && !bindings_match(&self->names, k->step->url, omadm_str_of(url)))
    return false;
  return k->step->content_type.ptr == NULL ||
         bindings_match(&self->names, k->step->content_type, omadm_str_of(content_type));
}

static bool matches(strictness *self, const kept *k) {
  message_difference difference;
  return http_matches(self, k, k->url, k->content_type) &&
         message_matches(k->pattern, k->message, &self->names, &difference);
}

/* True where names are bound as in the conversation as it was. */
static bool binds_truly(const strictness *self) {
  for (size_t i = 0; i < self->names.count; i++) {
    const char *value = bindings_find(&self->truth, omadm_str_of(self->names.entries[i].name));
    if (value == NULL || strcmp(value, self->names.entries[i].value) != 0) return false;
  }
  return true;
}

/* What the node held from the beginning; NULL where <setup> does not say. */
static const omadm_transcript_node *first_value(const strictness *self, omadm_str uri) {
  const omadm_transcript_setup *setup = &self->transcript->setup;
  for (size_t i = 0; i < setup->node_count; i++) {
    if (omadm_str_equal(setup->nodes[i].uri, uri)) return &setup->nodes[i];
  }
  return NULL;
}

/* Whether <after> shows it: a node that only was read must hold what the names make up. */
static bool ends_otherwise(strictness *self) {
  bool otherwise = false;
  size_t bound = self->names.count;
  size_t truly_bound = self->truth.count;
  for (size_t i = 0; i < self->transcript->after_count && !otherwise; i++) {
    const omadm_transcript_node *want = &self->transcript->after[i];
    const omadm_transcript_node *had = first_value(self, want->uri);
    omadm_buf text;
    omadm_buf_init(&text, &omadm_mem_default, 0);
    if (want->value.len == 0 || had == NULL) continue;
    omadm_str value = had->value;
    if (want->as_base64 && omadm_base64_encode(value, &text) == OMADM_OK)
      value = omadm_buf_str(&text);
    otherwise = bindings_match(&self->truth, want->value, value) &&
                !bindings_match(&self->names, want->value, value);
    omadm_buf_dispose(&text);
    bindings_truncate(&self->names, bound);
    bindings_truncate(&self->truth, truly_bound);
  }
  return otherwise;
}

/* Whether the messages behind the changed one show that a name was bound to something else. */
static bool noticed_later(strictness *self) {
  if (binds_truly(self)) return false;
  for (size_t i = self->at + 1; i < self->kept_count; i++) {
    if (!matches(self, &self->kept[i])) return true;
  }
  return ends_otherwise(self);
}

static void count_unnoticed(strictness *self, mutation_kind kind, const char *place) {
  self->passed[kind]++;
  for (size_t i = 0; i < self->free_count; i++) {
    free_place *f = &self->free[i];
    if (strcmp(f->kind, mutation_names[kind]) != 0 || fnmatch(f->place, place, 0) != 0) continue;
    f->used++;
    return;
  }
  for (size_t i = 0; i < self->place_count; i++) {
    unnoticed *u = &self->places[i];
    if (u->kind != kind || strcmp(u->place, place) != 0) continue;
    u->count++;
    return;
  }
  if (self->place_count == PLACES_MAX) return;
  self->places[self->place_count++] =
      (unnoticed){kind, copy_of(omadm_str_of(place)), copy_of(self->transcript->path), 1};
}

static void count(strictness *self, mutation_kind kind, const char *place, bool is_noticed) {
  bindings_truncate(&self->names, self->bound);
  if (is_noticed)
    self->noticed[kind]++;
  else
    count_unnoticed(self, kind, place);
}

static void try_change(void *ctx, mutation_kind kind, const char *place) {
  strictness *self = ctx;
  const kept *k = &self->kept[self->at];
  omadm_error error = {0};
  bool is_noticed = !matches(self, k) || noticed_later(self) ||
                    omadm_grammar_check(self->grammar, k->message, &error) != OMADM_OK ||
                    ids_check(k->message, &error) != OMADM_OK;
  count(self, kind, place, is_noticed);
}

/* The player itself looks at the media type of every message. */
static void try_http(strictness *self) {
  const kept *k = &self->kept[self->at];
  if (k->step->url.ptr != NULL) {
    char *other = mutation_altered(k->url);
    count(self, MUTATION_HTTP, "url",
          !http_matches(self, k, other, k->content_type) || noticed_later(self));
    free(other);
  }
  if (k->step->content_type.ptr != NULL) {
    char *other = mutation_altered(k->content_type);
    count(self, MUTATION_HTTP, "content-type", !http_matches(self, k, k->url, other));
    free(other);
  }
}

static void change_messages(strictness *self) {
  bindings names = self->names;
  self->names = self->truth;
  for (size_t i = 0; i < self->kept_count; i++)
    (void)matches(self, &self->kept[i]);
  self->truth = self->names;
  self->names = names;
  for (self->at = 0; self->at < self->kept_count; self->at++) {
    self->bound = self->names.count;
    mutations_make(self->kept[self->at].message, try_change, self);
    try_http(self);
    if (!matches(self, &self->kept[self->at])) {
      fprintf(stderr, "%s: message %zu is not as it was\n", self->transcript->path.ptr,
              self->at + 1);
      abort();
    }
    self->messages++;
  }
}

static void take_file(strictness *self, const char *path) {
  omadm_transcript *transcript = NULL;
  omadm_player_result result;
  omadm_error error = {0};
  if (omadm_transcript_read(path, &transcript, &error) != OMADM_OK) {
    fprintf(stderr, "not played: %s\n", error.text);
    return;
  }
  self->transcript = transcript;
  if (omadm_player_play(transcript, &self->client, &self->options, &result, &error) != OMADM_OK)
    exit(2);
  if (result.verdict == OMADM_VERDICT_PASSED) {
    self->transcripts++;
    change_messages(self);
  } else if (result.verdict != OMADM_VERDICT_OTHER_ENCODING) {
    fprintf(stderr, "not played: %.*s\n", (int)result.reason.len, result.reason.ptr);
  }
  forget(self);
  omadm_player_result_dispose(&result);
  omadm_transcript_free(transcript);
}

static void take_folder(strictness *self, const char *path) {
  struct dirent **names = NULL;
  int count = scandir(path, &names, NULL, alphasort);
  for (int i = 0; i < count; i++) {
    char inside[4096];
    struct stat found;
    const char *name = names[i]->d_name;
    size_t len = strlen(name);
    snprintf(inside, sizeof inside, "%s/%s", path, name);
    if (name[0] != '.' && stat(inside, &found) == 0) {
      if (S_ISDIR(found.st_mode))
        take_folder(self, inside);
      else if (len > 4 && strcmp(name + len - 4, ".xml") == 0 && omadm_transcript_is(inside))
        take_file(self, inside);
    }
    free(names[i]);
  }
  free(names);
}

static void read_free(strictness *self, const char *path) {
  char *line = NULL;
  size_t size = 0;
  FILE *file = fopen(path, "r");
  if (file == NULL) {
    perror(path);
    exit(2);
  }
  while (getline(&line, &size, file) > 0) {
    line[strcspn(line, "\n")] = 0;
    if (line[0] == 0 || line[0] == '#') continue;
    if (self->free_count == FREE_MAX) exit(2);
    free_place *f = &self->free[self->free_count++];
    f->line = strdup(line);
    char *rest = f->line;
    f->kind = strsep(&rest, "\t");
    f->place = strsep(&rest, "\t");
    const char *clause = strsep(&rest, "\t");
    if (clause == NULL || rest == NULL) {
      fprintf(stderr, "%s: kind, place, clause and reason are wanted: %s\n", path, line);
      exit(2);
    }
  }
  free(line);
  fclose(file);
}

static int tell(strictness *self, bool whole) {
  int failures = 0;
  printf("%zu transcripts, %zu messages\n", self->transcripts, self->messages);
  for (int i = 0; i < MUTATION_KINDS; i++)
    printf("%-7s %7zu noticed, %5zu not noticed\n", mutation_names[i], self->noticed[i],
           self->passed[i]);
  for (size_t i = 0; i < self->place_count; i++) {
    const unnoticed *u = &self->places[i];
    printf("not noticed, and not free: %s\t%s\t%zu times, first in %s\n", mutation_names[u->kind],
           u->place, u->count, u->example);
    failures++;
  }
  for (size_t i = 0; i < self->free_count && whole; i++) {
    if (self->free[i].used > 0) continue;
    printf("free, and nothing needs it: %s\t%s\n", self->free[i].kind, self->free[i].place);
    failures++;
  }
  return failures;
}

int main(int argc, char **argv) {
  static strictness self;
  omadm_error error = {0};
  if (argc < 5) {
    fputs("usage: strictness xml|wbxml FREE PLUGINS TRANSCRIPTS...\n", stderr);
    return 2;
  }
  bool wbxml = strcmp(argv[1], "wbxml") == 0;
  read_free(&self, argv[2]);
  const char *const plugins[] = {argv[3]};
  const omadm_inprocess_config config = {
      .struct_size = sizeof config, .plugins = plugins, .plugin_count = 1};
  if (omadm_grammar_new(&self.grammar, &error) != OMADM_OK ||
      omadm_inprocess_new(&config, &self.client, &error) != OMADM_OK) {
    fprintf(stderr, "%s\n", error.text);
    return 2;
  }
  self.options = (omadm_player_options){.struct_size = sizeof self.options,
                                        .mode = {.struct_size = sizeof(omadm_player_mode),
                                                 .wbxml = wbxml,
                                                 .codec = &omadm_inprocess_codec},
                                        .watch = keep,
                                        .watch_ctx = &self};
  for (int i = 4; i < argc; i++)
    take_folder(&self, argv[i]);
  int failures = tell(&self, !wbxml);
  for (size_t i = 0; i < self.place_count; i++) {
    free(self.places[i].place);
    free(self.places[i].example);
  }
  for (size_t i = 0; i < self.free_count; i++)
    free(self.free[i].line);
  omadm_inprocess_free(&self.client);
  omadm_grammar_free(self.grammar);
  return failures == 0 ? 0 : 1;
}
