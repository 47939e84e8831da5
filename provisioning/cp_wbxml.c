/* SPDX-License-Identifier: MIT */
/* The WBXML of client provisioning: read with the tokens of cp_tokens.c. */
#include "provisioning/cp.h"

#include "base/str.h"
#include "base/wbxml.h"
#include "provisioning/cp_tokens.h"

enum { MOST_DEPTH = 16, MOST_DECODED = 1024 * 1024, MOST_VALUE = 16384 };

typedef struct reader {
  cp_build build;
  unsigned char tag; /* of the element whose attributes are read; 0: none */
  cp_attribute attribute;
  omadm_buf texts[CP_VERSION + 1]; /* by cp_attribute */
  bool has_value; /* there was such an attribute, and nothing unknown in it */
} reader;

static void add(reader *r, omadm_str text) {
  if (r->attribute == CP_OTHER) return;
  omadm_err err = omadm_buf_add_str(&r->texts[r->attribute], text);
  if (err != 0) cp_build_fail(&r->build, err, "a value is too long");
}

static void take_attribute(reader *r, const omadm_wbxml_event *event) {
  const char *begins = "";
  r->attribute = event->token == 0 ? cp_attribute_of(event->text) : CP_OTHER;
  for (size_t i = 0; event->token != 0 && i < cp_attribute_token_count; i++) {
    if (cp_attribute_tokens[i].page != event->page || cp_attribute_tokens[i].token != event->token)
      continue;
    r->attribute = cp_attribute_tokens[i].kind;
    begins = cp_attribute_tokens[i].begins;
  }
  r->texts[r->attribute].len = 0;
  if (r->attribute == CP_VALUE) r->has_value = true;
  add(r, omadm_str_of(begins));
}

/* There are more tokens than are known here: what they stand for is not guessed, and the parameter
 * is kept without its value. */
static void take_value(reader *r, const omadm_wbxml_event *event) {
  if (event->token == 0) {
    add(r, event->text);
    return;
  }
  for (size_t i = 0; i < cp_value_token_count; i++) {
    if (cp_value_tokens[i].page != event->page || cp_value_tokens[i].token != event->token)
      continue;
    add(r, omadm_str_of(cp_value_tokens[i].text));
    return;
  }
  if (r->attribute == CP_VALUE) r->has_value = false;
}

/* The attributes of the last element are complete. */
static void finish_attributes(reader *r) {
  omadm_str value = r->has_value ? omadm_buf_str(&r->texts[CP_VALUE]) : (omadm_str){"", 0};
  if (r->tag == CP_TAG_ROOT) cp_build_root(&r->build);
  if (r->tag == CP_TAG_CHARACTERISTIC)
    cp_build_characteristic(&r->build, omadm_buf_str(&r->texts[CP_TYPE]));
  if (r->tag == CP_TAG_PARM)
    cp_build_parm(&r->build, omadm_buf_str(&r->texts[CP_NAME]), value, r->has_value);
  r->tag = 0;
}

static unsigned char tag_of(const omadm_wbxml_event *event) {
  if (event->token != 0) return event->page <= 1 ? event->token : 0;
  return cp_tag_of(event->text);
}

/* *open has a bit for each open element: 1 where its END closes something. */
static void take_start(reader *r, const omadm_wbxml_event *event, uint32_t *open) {
  finish_attributes(r);
  r->tag = tag_of(event);
  if (r->tag < CP_TAG_ROOT || r->tag > CP_TAG_PARM)
    cp_build_fail(&r->build, OMADM_E_SYNTAX, "it has an element of another kind");
  *open = *open << 1 | (r->tag != CP_TAG_PARM);
  r->attribute = CP_OTHER;
  r->has_value = false;
  for (size_t i = 0; i < sizeof r->texts / sizeof r->texts[0]; i++)
    r->texts[i].len = 0;
}

static void take_events(reader *r, omadm_wbxml_reader *wbxml) {
  omadm_wbxml_event event;
  uint32_t open = 0;
  while (r->build.err == 0) {
    switch (omadm_wbxml_next(wbxml, &event)) {
    case OMADM_WBXML_START: take_start(r, &event, &open); break;
    case OMADM_WBXML_ATTRIBUTE: take_attribute(r, &event); break;
    case OMADM_WBXML_VALUE: take_value(r, &event); break;
    case OMADM_WBXML_END:
      finish_attributes(r);
      if ((open & 1) != 0) cp_build_up(&r->build);
      open >>= 1;
      break;
    case OMADM_WBXML_TEXT:
    case OMADM_WBXML_OPAQUE: break;
    case OMADM_WBXML_FAILED: cp_build_fail(&r->build, wbxml->err, wbxml->problem); break;
    default: return;
    }
  }
}

omadm_err cp_read_wbxml(cp_document *document, omadm_str octets, omadm_error *error) {
  omadm_wbxml_reader wbxml = {.problem = NULL};
  reader r = {.tag = 0};
  cp_build_begin(&r.build, document);
  for (size_t i = 0; i < sizeof r.texts / sizeof r.texts[0]; i++)
    omadm_buf_init(&r.texts[i], NULL, MOST_VALUE);
  omadm_err err = octets.len > CP_MOST
                      ? cp_build_fail(&r.build, OMADM_E_LIMIT, "it is too large")
                      : omadm_wbxml_reader_init(&wbxml, octets, MOST_DEPTH, MOST_DECODED);
  if (err == 0)
    take_events(&r, &wbxml);
  else
    cp_build_fail(&r.build, err, wbxml.problem);
  if (document->root == NULL) cp_build_fail(&r.build, OMADM_E_SYNTAX, "it is empty");
  for (size_t i = 0; i < sizeof r.texts / sizeof r.texts[0]; i++)
    omadm_buf_dispose(&r.texts[i]);
  return r.build.err != 0
             ? omadm_error_set(error, r.build.err, "the provisioning document: %s", r.build.problem)
             : OMADM_OK;
}
