/* SPDX-License-Identifier: MIT */
/* omadm wbxml encode and decode */
#include <omadm/wbxml.h>

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "cli/commands.h"
#include "cli/input.h"
#include "cli/log.h"
#include "provisioning/cp_convert.h"

/* More than the limits of a message would take. */
enum { MOST = 64 << 20 };

static cli_exit read_input(const char *name, omadm_buf *out) {
  omadm_error error;
  omadm_error_clear(&error);
  omadm_err err = cli_input_read(name, out, &error);
  if (err == 0) return CLI_DONE;
  cli_complain("%s", error.text);
  return err == OMADM_E_LIMIT ? CLI_NO : CLI_SURROUNDINGS;
}

static cli_exit convert(const cli_options *options, const char *name, omadm_str in,
                        omadm_buf *out) {
  omadm_error error;
  omadm_error_clear(&error);
  bool encode = strcmp(options->verb->name, "encode") == 0;
  unsigned flags = 0;
  if (cli_options_count(options, CLI_OPT_RAW) > 0) flags |= OMADM_WBXML_RAW;
  if (cli_options_count(options, CLI_OPT_EMBED) > 0) flags |= OMADM_WBXML_EMBED;
  omadm_err err = OMADM_OK;
  if (encode)
    err = omadm_cp_is_xml(in) ? omadm_cp_encode(in, out, &error)
                              : omadm_wbxml_encode(in, flags, out, &error);
  else
    err = omadm_cp_is_wbxml(in) ? omadm_cp_decode(in, out, &error)
                                : omadm_wbxml_decode(in, flags, out, &error);
  if (err == 0 && !encode) err = omadm_buf_add_text(out, "\n");
  if (err == 0) return CLI_DONE;
  cli_complain("%s: %s", name, error.text[0] != '\0' ? error.text : omadm_err_text(err));
  return err == OMADM_E_NOMEM ? CLI_SURROUNDINGS : CLI_NO;
}

cli_exit cli_wbxml(const cli_options *options) {
  const char *name = options->n_arguments > 0 ? options->arguments[0] : "-";
  omadm_buf in, out;
  omadm_buf_init(&in, NULL, MOST);
  omadm_buf_init(&out, NULL, 0);
  cli_exit code = read_input(name, &in);
  if (strcmp(name, "-") == 0) name = "standard input";
  if (code == CLI_DONE) code = convert(options, name, omadm_buf_str(&in), &out);
  if (code == CLI_DONE) fwrite(out.ptr, 1, out.len, stdout);
  omadm_buf_dispose(&in);
  omadm_buf_dispose(&out);
  return code;
}
