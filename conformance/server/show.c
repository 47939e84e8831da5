/* SPDX-License-Identifier: MIT */
#include "conformance/server/show.h"

#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/str.h"
#include "conformance/player/message.h"

#include "conformance/server/commands.h"

#define TEXT_MAX 200

static void indent(FILE *out, unsigned depth) {
  for (unsigned i = 0; i < depth; i++)
    fputs("    ", out);
}

/* Text without what would upset a terminal. */
static void show_plain(FILE *out, const char *text, size_t len) {
  for (size_t i = 0; i < len; i++) {
    unsigned char c = (unsigned char)text[i];
    unsigned char next = i + 1 < len ? (unsigned char)text[i + 1] : 0xff;
    if (c == '\n') {
      fputs("\\n", out);
    } else if (c == 0xc2 && next < 0xa0) {
      fprintf(out, "\\xc2\\x%02x", next);
      i++;
    } else if (c < ' ' || c == 0x7f) {
      fprintf(out, "\\x%02x", c);
    } else {
      fputc(c, out);
    }
  }
}

void show_text(FILE *out, const char *text) {
  size_t len = strlen(text);
  size_t shown = len <= TEXT_MAX ? len : TEXT_MAX;
  while (shown < len && ((unsigned char)text[shown] & 0xc0) == 0x80)
    shown--;
  fputc('"', out);
  show_plain(out, text, shown);
  fputs(shown < len ? "…\"" : "\"", out);
  if (shown < len) fprintf(out, " (%zu octets)", len);
}

void show_cell(FILE *out, const char *text, size_t width) {
  omadm_str s = omadm_str_of(text);
  size_t used = 0;
  for (size_t at = 0; at < s.len && used < width; used++) {
    uint32_t code = 0;
    size_t octets = omadm_utf8_decode(s, at, &code);
    bool plain = octets > 0 && code >= ' ' && code != 0x7f && !(code >= 0x80 && code < 0xa0);
    bool cut = used + 1 == width && at + octets < s.len;
    if (cut) {
      fputs("…", out);
    } else if (plain) {
      fwrite(s.ptr + at, 1, octets, out);
    } else {
      fputc('?', out);
    }
    at += octets == 0 ? 1 : octets;
  }
  for (; used < width; used++)
    fputc(' ', out);
}

/* The content of an item's Data: text, or inline XML in short. */
static void show_data(FILE *out, const char *before, const xmlNode *item) {
  const xmlNode *data = omadm_message_child(item, "Data");
  if (data == NULL) return;
  const xmlNode *element = commands_first(data);
  if (element != NULL) {
    fprintf(out, "%s<%s>…</%s>", before, (const char *)element->name, (const char *)element->name);
    return;
  }
  char *text = omadm_message_text(data);
  fputs(before, out);
  show_text(out, text == NULL ? "" : text);
  xmlFree(text);
}

static void show_word(FILE *out, const char *before, char *text) {
  if (text != NULL) {
    fputs(before, out);
    show_plain(out, text, strlen(text));
  }
  xmlFree(text);
}

void show_command(FILE *out, unsigned depth, const xmlNode *command, const xmlNode *item) {
  indent(out, depth);
  fprintf(out, "→ %s", (const char *)command->name);
  if (strcmp((const char *)command->name, "Alert") == 0)
    show_word(out, " ", commands_child_text(command, "Data"));
  if (item != NULL) {
    show_word(out, " ", commands_item_uri(item));
    show_data(out, " ", item);
  }
  fputc('\n', out);
}

void show_answer(FILE *out, unsigned depth, unsigned code, const xmlNode *result) {
  indent(out, depth);
  if (code == 0) {
    fputs("← no answer\n", out);
    return;
  }
  fprintf(out, "← %u", code);
  if (result != NULL) {
    char *format = commands_child_text(omadm_message_child(result, "Meta"), "Format");
    show_data(out, " ", result);
    if (format != NULL && strcmp(format, "chr") != 0) {
      show_word(out, " (", format);
      fputc(')', out);
    } else {
      xmlFree(format);
    }
  }
  fputc('\n', out);
}

static const char *alert_meaning(unsigned long code) {
  static const struct {
    unsigned long code;
    const char *meaning;
  } known[] = {
      {1200, " (the server asked for this session)"},
      {1201, " (the device asks for a session)"},
      {1222, " (more, please)"},
      {1223, " (the session is aborted)"},
      {1224, " (client event)"},
      {1225, " (end of data missing)"},
      {1226, " (generic alert)"},
  };
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
    if (known[i].code == code) return known[i].meaning;
  }
  return "";
}

static void show_alert_item(FILE *out, const xmlNode *item) {
  const xmlNode *meta = omadm_message_child(item, "Meta");
  indent(out, 1);
  fputs("type", out);
  show_word(out, " ", commands_child_text(meta, "Type"));
  show_word(out, ", mark ", commands_child_text(meta, "Mark"));
  show_word(out, ", from ", commands_item_uri(item));
  show_data(out, ": ", item);
  fputc('\n', out);
}

void show_device_command(FILE *out, const xmlNode *command) {
  bool alert = strcmp((const char *)command->name, "Alert") == 0;
  char *code = commands_child_text(command, "Data");
  fprintf(out, "← %s", (const char *)command->name);
  if (alert && code != NULL) {
    fputc(' ', out);
    show_plain(out, code, strlen(code));
    fputs(alert_meaning(strtoul(code, NULL, 10)), out);
  }
  xmlFree(code);
  show_word(out, ", correlator ", commands_child_text(command, "Correlator"));
  fputc('\n', out);
  const xmlNode *item = omadm_message_child(command, "Item");
  for (; item != NULL; item = omadm_message_sibling(item, "Item")) {
    if (alert) {
      show_alert_item(out, item);
      continue;
    }
    indent(out, 1);
    char *uri = commands_item_uri(item);
    show_plain(out, uri == NULL ? "?" : uri, uri == NULL ? 1 : strlen(uri));
    xmlFree(uri);
    show_data(out, " ", item);
    fputc('\n', out);
  }
}
