/* SPDX-License-Identifier: MIT */
#include "conformance/player/grammar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/relaxng.h>

#include "conformance/player/message.h"
#include "syncml_dm_rng.h"

struct omadm_grammar {
  xmlRelaxNG *schema;
};

/* The first complaint, and the elements that it is about. libxml2 tells the innermost cause first.
 */
typedef struct complaint {
  char path[256];
  char text[256];
} complaint;

static void keep_first(void *user, xmlErrorPtr error) {
  complaint *c = user;
  if (c->text[0] != 0 || error->message == NULL) return;
  snprintf(c->text, sizeof c->text, "%.*s", (int)strcspn(error->message, "\n"), error->message);
  if (error->node != NULL) omadm_message_path(error->node, c->path, sizeof c->path);
}

omadm_err omadm_grammar_new(omadm_grammar **out, omadm_error *error) {
  complaint c = {.path = ""};
  omadm_err err = OMADM_OK;
  omadm_grammar *self = calloc(1, sizeof *self);
  xmlRelaxNGParserCtxt *parser =
      xmlRelaxNGNewMemParserCtxt((const char *)syncml_dm_rng, (int)syncml_dm_rng_len);
  *out = NULL;
  if (self == NULL || parser == NULL) {
    err = omadm_error_set(error, OMADM_E_NOMEM, "out of memory");
    goto out;
  }
  xmlRelaxNGSetParserStructuredErrors(parser, keep_first, &c);
  self->schema = xmlRelaxNGParse(parser);
  if (self->schema == NULL) {
    err = omadm_error_set(error, OMADM_E_SYNTAX, "the built-in grammar is broken: %s", c.text);
    goto out;
  }
  *out = self;
  self = NULL;
out:
  xmlRelaxNGFreeParserCtxt(parser);
  free(self);
  return err;
}

void omadm_grammar_free(omadm_grammar *self) {
  if (self == NULL) return;
  xmlRelaxNGFree(self->schema);
  free(self);
}

omadm_err omadm_grammar_check(omadm_grammar *self, xmlDoc *message, omadm_error *error) {
  complaint c = {.path = ""};
  xmlRelaxNGValidCtxt *context = xmlRelaxNGNewValidCtxt(self->schema);
  if (context == NULL) return omadm_error_set(error, OMADM_E_NOMEM, "out of memory");
  xmlRelaxNGSetValidStructuredErrors(context, keep_first, &c);
  int result = xmlRelaxNGValidateDoc(context, message);
  xmlRelaxNGFreeValidCtxt(context);
  if (result == 0) return OMADM_OK;
  const char *text = c.text[0] == 0 ? "not allowed by the grammar" : c.text;
  return omadm_error_set(error, OMADM_E_SYNTAX, "%s%s%s", c.path, c.path[0] == 0 ? "" : ": ", text);
}
