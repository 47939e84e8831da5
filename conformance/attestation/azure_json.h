/* SPDX-License-Identifier: MIT */
/* JSON as the Azure-style service reads them: bounded, without duplicate keys. */
#ifndef CONFORMANCE_ATTESTATION_AZURE_JSON_H
#define CONFORMANCE_ATTESTATION_AZURE_JSON_H

#include <omadm/error.h>

#include <jansson.h>

enum { AZURE_JSON_DEPTH = 12, AZURE_JSON_VALUES = 4096 };

/* An object. NULL where the text is none, nests deeper than AZURE_JSON_DEPTH, holds
 * more than AZURE_JSON_VALUES values or says a key twice.
 * Owned by the caller, free with json_decref. */
json_t *azure_json_parse(omadm_str text);
/* The text of the value that stands under these keys (n of them, outermost first) of a text that
 * azure_json_parse took. Borrowed from it; empty where there is none, or where a key on the way is
 * written with escapes. */
omadm_str azure_json_raw(omadm_str text, const char *const *keys, size_t n);
/* The member's text, empty where it is absent or no string. Borrowed from the object. */
omadm_str azure_json_text(const json_t *object, const char *key);

/* The member's base64url decoded, appended to *out. SYNTAX where it is absent or malformed. */
omadm_err azure_json_octets(const json_t *object, const char *key, omadm_buf *out);
/* json_object_set_new with the base64url text. */
omadm_err azure_json_set_octets(json_t *object, const char *key, omadm_str octets);
/* Sets a text that need not be terminated. */
omadm_err azure_json_set_text(json_t *object, const char *key, omadm_str text);

#endif
