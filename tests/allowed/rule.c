/* SPDX-License-Identifier: MIT */
#include "tests/allowed/rule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void take(void *ctx, int error, uint32_t line, const char *text) {
  rule_case *r = ctx;
  (void)line;
  assert_int_equal(omadm_buf_printf(&r->log, "%s: %s\n", error ? "error" : "warning", text), 0);
}

static void begin(rule_case *r, const char *name, const char *format, const char *value,
                  const char *properties) {
  char *text = NULL;
  int n = asprintf(
      &text,
      "<MgmtTree xmlns:MSFT=\"http://schemas.microsoft.com/MobileDevice/DM\"><VerDTD>1.2</VerDTD>"
      "<Node><NodeName>A</NodeName><Path>.</Path><DFProperties><AccessType><Get/></AccessType>"
      "<DFFormat><node/></DFFormat><DFType><DDFName/></DFType></DFProperties>"
      "<Node><NodeName>%s</NodeName><DFProperties><AccessType><Get/><Add/></AccessType>%s"
      "<DFFormat><%s/></DFFormat><DFType>%s</DFType>%s</DFProperties></Node></Node></MgmtTree>",
      name, value, format,
      strcmp(format, "node") == 0 ? "<DDFName></DDFName>" : "<MIME>text/plain</MIME>", properties);
  assert_true(n > 0);
  *r = (rule_case){.format = omadm_format_parse(omadm_str_of(format))};
  omadm_error error = {0};
  if (omadm_ddf_parse(omadm_str_of(text), "rule.xml", take, r, &r->ddf, &error) != 0)
    fail_msg("%s", error.text);
  free(text);
}

void rule_begin(rule_case *r, const char *format, const char *rule) {
  begin(r, "B", format, "", rule);
}

void rule_begin_leaf(rule_case *r, const char *format, const char *value, const char *rule) {
  char element[200];
  snprintf(element, sizeof element, "<DefaultValue>%s</DefaultValue>", value);
  begin(r, "B", format, element, rule);
}

void rule_begin_name(rule_case *r, const char *properties) {
  begin(r, "", "node", "", properties);
}

void rule_end(rule_case *r) {
  omadm_ddf_free(r->ddf);
  omadm_buf_dispose(&r->log);
}

omadm_status rule_ask(rule_case *r, omadm_str value) {
  const omadm_ddf_node *node = omadm_ddf_node_at(r->ddf, 1);
  omadm_error_clear(&r->why);
  omadm_status status = omadm_ddf_allows(r->ddf, node->allowed, r->format, value, &r->why);
  assert_int_equal(status == OMADM_ST_OK, r->why.text[0] == '\0');
  assert_int_equal(status, omadm_ddf_allows(r->ddf, node->allowed, r->format, value, NULL));
  return status;
}

omadm_status rule_ask_name(rule_case *r, const char *name) {
  omadm_error_clear(&r->why);
  return omadm_ddf_allows_name(r->ddf, 1, omadm_str_of(name), &r->why);
}

void rule_expect_one(rule_case *r, omadm_status status, const char *value) {
  omadm_status got = rule_ask(r, omadm_str_of(value));
  if (got != status) fail_msg("\"%.200s\" is %u and not %u: %s", value, got, status, r->why.text);
}

void rule_expect(rule_case *r, omadm_status status, const char *words) {
  char *copy = strdup(words);
  char *rest = NULL;
  for (char *w = strtok_r(copy, " ", &rest); w != NULL; w = strtok_r(NULL, " ", &rest))
    rule_expect_one(r, status, w);
  free(copy);
}

void rule_expect_why(const rule_case *r, const char *part) {
  if (strstr(r->why.text, part) == NULL) fail_msg("\"%s\" not in: %s", part, r->why.text);
}

void rule_expect_log(const rule_case *r, const char *part) {
  if (r->log.len == 0 || memmem(r->log.ptr, r->log.len, part, strlen(part)) == NULL)
    fail_msg("\"%s\" not in: %.*s", part, (int)r->log.len, r->log.ptr != NULL ? r->log.ptr : "");
}
