/* SPDX-License-Identifier: MIT */
/* The reading of one node's properties, shared by the files that each read a family of them. */
#ifndef OMADM_FRAMEWORK_DDF_READING_H
#define OMADM_FRAMEWORK_DDF_READING_H

#include "csp-framework/ddf/document.h"
#include "csp-framework/ddf/model.h"
#include "csp-framework/ddf/properties.h"

enum ddf_property {
  DDF_ACCESS,
  DDF_DEFAULT,
  DDF_DESCRIPTION,
  DDF_FORMAT,
  DDF_OCCURRENCE,
  DDF_SCOPE,
  DDF_TITLE,
  DDF_TYPE,
  DDF_CASE,
  DDF_APPLICABILITY,
  DDF_NAMING,
  DDF_ALLOWED,
  DDF_REPLACE_BEHAVIOR,
  DDF_REBOOT_BEHAVIOR,
  DDF_GP_MAPPING,
  DDF_COMMON_ERRORS,
  DDF_DEPRECATED,
  DDF_DEPENDENCY,
  DDF_CONFLICT,
  DDF_ATOMIC,
  DDF_PROPERTY_COUNT
};

typedef struct ddf_reading {
  ddf_document *document;
  omadm_ddf *ddf;
  const ddf_source *source;
  const omadm_ddf_node *parent; /* NULL for a root */
  omadm_ddf_node *node;
  const xmlNode *found[DDF_PROPERTY_COUNT]; /* elements of DFProperties */
  bool no_memory; /* ends the reading of the file */
} ddf_reading;

/* A word of an element, and what it means. */
typedef struct ddf_meaning {
  const char *text;
  uint32_t value;
  uint32_t more;
} ddf_meaning;

void ddf_reading_warn(ddf_reading *r, ddf_deviation deviation, const xmlNode *where,
                      const char *what);
/* A copy in the DDF's arena; notes where there is no memory. */
omadm_str ddf_reading_keep(ddf_reading *r, omadm_str text);
/* A zeroed array in the DDF's arena; NULL, which it notes, without memory. */
void *ddf_reading_new(ddf_reading *r, size_t n, size_t size);
/* The element's text, trimmed and kept; empty for NULL. */
omadm_str ddf_reading_text(ddf_reading *r, const xmlNode *element);
/* The same of an attribute. */
omadm_str ddf_reading_attribute(ddf_reading *r, const xmlNode *element, const char *name);

/* The row of a word, in any letter case; NULL for none. */
const ddf_meaning *ddf_reading_word(ddf_reading *r, const ddf_meaning *words, size_t n,
                                    omadm_str text, const xmlNode *where);
/* The row of the word that an element holds as an empty element. NULL where it holds none of them,
 * after a warning where it holds another. */
const ddf_meaning *ddf_reading_choice(ddf_reading *r, const xmlNode *element,
                                      const ddf_meaning *words, size_t n, const xmlNode **chosen);
/* The number of the word that is the element's text; 0 for NULL, and after a warning for what is no
 * such word. At most 8 words. */
uint32_t ddf_reading_enum(ddf_reading *r, const xmlNode *element, const char *const *words,
                          size_t n);
/* Complains of more than `most` of something. */
void ddf_reading_too_many(ddf_reading *r, const xmlNode *where, const char *what, size_t most);

/* Each fills the fields of r->node that its name tells. */
void ddf_leaf_read_format(ddf_reading *r);
void ddf_leaf_read_type(ddf_reading *r);
void ddf_leaf_read_default(ddf_reading *r);
void ddf_extension_read(ddf_reading *r);
void ddf_dependency_read(ddf_reading *r);

/* Reads an AllowedValues, or another element of its type, into ddf->allowed; its number. NONE for
 * NULL and after an error. */
uint32_t ddf_allowed_read(ddf_reading *r, const xmlNode *element);

#endif
