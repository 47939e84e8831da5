/* SPDX-License-Identifier: MIT */
#include "conformance/server/parcel.h"

#include <stdint.h>
#include <string.h>

#include "conformance/player/message.h"

#include "conformance/server/commands.h"

enum { TAIL = 256, LEAST = 64 }; /* room behind the chunk; octets that are worth one */

const xmlNode *parcel_open(const parcel *self) {
  return self->offset > 0 ? self->next : NULL;
}

void parcel_skip(parcel *self) {
  self->next = commands_next(self->next);
  self->offset = 0;
}

unsigned parcel_message(const xmlNode *command) {
  return (unsigned)(uintptr_t)command->_private;
}

/* The text of an Add or Replace of one Item that is nothing but text; NULL for anything else. */
static const char *value_of(const xmlNode *command) {
  const xmlNode *item = omadm_message_child(command, "Item");
  const xmlNode *data = omadm_message_child(item, "Data");
  bool sets = strcmp((const char *)command->name, "Add") == 0 ||
              strcmp((const char *)command->name, "Replace") == 0;
  if (!sets || data == NULL || omadm_message_sibling(item, "Item") != NULL) return NULL;
  const xmlNode *text = data->children;
  if (text == NULL || text->next != NULL ||
      (text->type != XML_TEXT_NODE && text->type != XML_CDATA_SECTION_NODE))
    return NULL;
  return (const char *)text->content;
}

static size_t written(char c) {
  return c == '&' || c == '\r' ? 5 : c == '<' || c == '>' ? 4 : c == '"' ? 6 : 1;
}

/* How much of the text fits: no character, and no group of base64, is cut. */
static size_t fitting(const char *text, size_t most, size_t room) {
  size_t n = 0;
  for (size_t used = 0; text[n] != 0 && n < most && used + written(text[n]) <= room; n++)
    used += written(text[n]);
  if (text[n] == 0) return n;
  size_t whole = n - n % 4;
  while (whole > 0 && ((unsigned char)text[whole] & 0xc0) == 0x80)
    whole--;
  return whole;
}

static size_t size_of(const parcel *self, const xmlNode *item, const char *value) {
  size_t n = strlen(value);
  char *format = commands_child_text(omadm_message_child(item, "Meta"), "Format");
  bool raw = self->raw && format != NULL && strcmp(format, "b64") == 0;
  xmlFree(format);
  if (!raw) return n;
  size_t digits = 0;
  for (size_t i = 0; i < n && value[i] != '='; i++)
    digits += strchr(" \t\r\n", value[i]) == NULL;
  return digits * 3 / 4;
}

omadm_err parcel_write(parcel *self, compose *out, unsigned message) {
  omadm_err err = OMADM_OK;
  for (; err == OMADM_OK && self->next != NULL; parcel_skip(self)) {
    const char *value = value_of(self->next);
    const xmlNode *item = omadm_message_child(self->next, "Item");
    size_t used = out->out->len + TAIL;
    err = compose_complete(out, self->next);
    if (err != OMADM_OK) break;
    size_t room = self->most == 0 ? SIZE_MAX : self->most > used ? self->most - used : LEAST;
    size_t most = self->chunk == 0 ? SIZE_MAX : self->chunk < LEAST ? LEAST : self->chunk;
    self->next->_private = (void *)(uintptr_t)message;
    if (value == NULL) {
      err = compose_command(out, self->next);
      continue;
    }
    /* What stands around the value is about as long as the rest of its command. */
    const char *rest = value + self->offset;
    size_t n = fitting(rest, most, room < 1024 + LEAST ? LEAST : room - 1024);
    if (self->offset == 0 && rest[n] == 0) {
      err = compose_command(out, self->next);
      continue;
    }
    const compose_chunk chunk = {.data = {rest, n},
                                 .size = self->offset == 0 ? size_of(self, item, value) : 0,
                                 .more = rest[n] != 0};
    err = compose_piece(out, self->next, &chunk);
    if (!chunk.more) continue;
    self->offset += n;
    break;
  }
  return err;
}
