/* SPDX-License-Identifier: MIT */
/* Octets as a rule and a value: KIND DELIMITER RULE NUL VALUE. Whatever they are, the answer is
 * 200, 413 or 415, the same each time, and a refusal has its sentence. */
#include <omadm/ddf.h>
#include <omadm/status.h>

#include "base/codec.h"
#include "base/str.h"

#include "tests/fuzz/fuzz.h"

static const char *const kinds[] = {"ENUM", "Flag", "Range", "RegEx", "XSD",
                                    "JSON", "SDDL", "ADMX",  "None"};
static const omadm_format formats[] = {OMADM_FORMAT_CHR, OMADM_FORMAT_INT, OMADM_FORMAT_BOOL};

/* As the text of an element; what XML has no place for becomes a blank. */
static void add_text(omadm_buf *out, omadm_str text) {
  for (size_t i = 0; i < text.len; i++) {
    unsigned char c = (unsigned char)text.ptr[i];
    require((c < ' ' || c == '&' || c == '<' || c == '"'
                 ? omadm_buf_printf(out, "&#%u;", c < ' ' ? ' ' : c)
                 : omadm_buf_add(out, &text.ptr[i], 1)) == 0);
  }
}

static omadm_ddf *read_rule(size_t kind, omadm_str rule, omadm_str delimiter) {
  bool choices = kind < 2;
  omadm_ddf *ddf = NULL;
  omadm_buf out = {0};
  omadm_buf_printf(
      &out,
      "<MgmtTree xmlns:MSFT=\"http://schemas.microsoft.com/MobileDevice/DM\"><VerDTD>1.2</VerDTD>"
      "<Node><NodeName></NodeName><Path>.</Path><DFProperties><AccessType><Get/></AccessType>"
      "<DFFormat><chr/></DFFormat><DFType><MIME/></DFType><MSFT:AllowedValues ValueType=\"%s\">%s"
      "<MSFT:Value>",
      kinds[kind], choices ? "<MSFT:Enum>" : "");
  add_text(&out, rule);
  omadm_buf_printf(&out, "</MSFT:Value>%s<MSFT:List Delimiter=\"", choices ? "</MSFT:Enum>" : "");
  add_text(&out, delimiter);
  omadm_buf_add_text(&out, "\"/></MSFT:AllowedValues></DFProperties></Node></MgmtTree>");
  (void)omadm_ddf_parse(omadm_buf_str(&out), "fuzz.xml", NULL, NULL, &ddf, NULL);
  omadm_buf_dispose(&out);
  return ddf;
}

static void ask(const omadm_ddf *ddf, omadm_format format, omadm_str value) {
  omadm_error why = {0};
  omadm_status status = omadm_ddf_allows(ddf, 0, format, value, &why);
  require(status == OMADM_ST_OK || status == OMADM_ST_BAD_FORMAT || status == OMADM_ST_TOO_LARGE);
  require((status == OMADM_ST_OK) == (why.text[0] == '\0'));
  require(strchr(why.text, '\n') == NULL && omadm_utf8_is_valid(omadm_str_of(why.text)));
  require(omadm_ddf_allows(ddf, 0, format, value, NULL) == status);
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t n) {
  if (n < 3 || n > 4096) return 0;
  omadm_str rest = {(const char *)octets + 2, n - 2};
  const char *end = memchr(rest.ptr, '\0', rest.len);
  omadm_str rule = {rest.ptr, end != NULL ? (size_t)(end - rest.ptr) : rest.len};
  omadm_str value = {rest.ptr + rule.len, rest.len - rule.len};
  if (end != NULL) value = (omadm_str){value.ptr + 1, value.len - 1};
  omadm_str delimiter = {(const char *)octets + 1, octets[1] >= ' ' && octets[1] < 0x7F};
  omadm_ddf *ddf = read_rule(octets[0] % (sizeof kinds / sizeof *kinds), rule, delimiter);
  if (ddf == NULL) return 0;
  for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
    ask(ddf, formats[i], value);
  (void)omadm_ddf_allows_name(ddf, 0, value, NULL);
  omadm_ddf_free(ddf);
  return 0;
}
