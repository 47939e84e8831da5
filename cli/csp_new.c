/* SPDX-License-Identifier: MIT */
/* omadm csp new: a folder with a plugin that builds and passes its own tests. */
#include "cli/csp_new.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <omadm/builtin.h>
#include <omadm/store.h>
#include <omadm/uri.h>

#include "base/str.h"
#include "cli/commands.h"
#include "cli/input.h"
#include "cli/log.h"
#include "csp_new_cmakelists_txt.h"
#include "csp_new_csp_c.h"
#include "csp_new_kept_c.h"
#include "csp_new_kept_h.h"
#include "csp_new_readme_md.h"
#include "csp_new_session_xml.h"

enum { NAME_MAX_OCTETS = 64, DDF_MAX_OCTETS = 64 << 20 };

/* The files, and what they are made from. "@ID@" in the name of a file is filled in, too. */
#define TEMPLATE(symbol) (const char *)symbol, sizeof symbol - 1
static const struct {
  const char *file;
  const char *text;
  size_t len;
} templates[] = {
    {"CMakeLists.txt", TEMPLATE(csp_new_cmakelists_txt)},
    {"@ID@.c", TEMPLATE(csp_new_csp_c)},
    {"kept.c", TEMPLATE(csp_new_kept_c)},
    {"kept.h", TEMPLATE(csp_new_kept_h)},
    {"README.md", TEMPLATE(csp_new_readme_md)},
    {"session.xml", TEMPLATE(csp_new_session_xml)},
};
#undef TEMPLATE

enum { TEMPLATES = sizeof templates / sizeof *templates };

/* It becomes a folder, a literal of C and a section of the configuration. */
static bool is_name(const char *name) {
  size_t n = strlen(name);
  if (n == 0 || n > NAME_MAX_OCTETS || strchr(".-+ ", name[0]) != NULL) return false;
  for (size_t i = 0; i < n; i++) {
    unsigned char c = (unsigned char)name[i];
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!letter && c < 0x80 && strchr("._-+ ", c) == NULL) return false;
  }
  return true;
}

/* Appends the text with each @PART@ filled in. */
static omadm_err fill(const csp_parts *parts, omadm_str text, omadm_buf *out) {
  omadm_err err = 0;
  while (err == 0 && text.len > 0) {
    const char *at = memchr(text.ptr, '@', text.len);
    size_t before = at != NULL ? (size_t)(at - text.ptr) : text.len;
    err = omadm_buf_add(out, text.ptr, before);
    text = (omadm_str){text.ptr + before, text.len - before};
    if (err != 0 || text.len == 0) break;
    const char *end = memchr(text.ptr + 1, '@', text.len - 1);
    if (end == NULL) return omadm_buf_add_str(out, text);
    const omadm_str name = {text.ptr + 1, (size_t)(end - text.ptr) - 1};
    err = omadm_buf_add_str(out, csp_parts_get(parts, name));
    text = (omadm_str){end + 1, text.len - name.len - 2};
  }
  return err;
}

/* Fills a template: what stands between the lines "@if PART" and "@end" stays where the part has a
 * text. */
static omadm_err expand(const csp_parts *parts, omadm_str text, omadm_buf *out) {
  omadm_err err = 0;
  bool wanted = true;
  while (err == 0 && text.len > 0) {
    const char *end = memchr(text.ptr, '\n', text.len);
    const omadm_str line = {text.ptr, end != NULL ? (size_t)(end - text.ptr) + 1 : text.len};
    const omadm_str word = omadm_str_trim(line);
    text = (omadm_str){line.ptr + line.len, text.len - line.len};
    if (omadm_str_starts(word, "@if "))
      wanted = csp_parts_get(parts, (omadm_str){word.ptr + 4, word.len - 4}).len > 0;
    else if (omadm_str_is(word, "@end"))
      wanted = true;
    else if (wanted)
      err = fill(parts, line, out);
  }
  return err;
}

static omadm_err write_file(const char *path, omadm_str text, omadm_error *error) {
  FILE *file = fopen(path, "wxe");
  bool written = file != NULL && fwrite(text.ptr, 1, text.len, file) == text.len;
  if (file != NULL && fclose(file) != 0) written = false;
  if (written) return 0;
  return omadm_error_set(error, OMADM_E_IO, "%s cannot be written: %s", path, strerror(errno));
}

/* "FOLDER/FILE" with the parts filled in; ended by a zero octet. */
static omadm_err write_path(const csp_parts *parts, const char *folder, const char *file,
                            omadm_buf *path) {
  path->len = 0;
  omadm_err err = omadm_buf_printf(path, "%s/", folder);
  if (err == 0) err = fill(parts, omadm_str_of(file), path);
  return err == 0 ? omadm_buf_add(path, "", 1) : err;
}

static omadm_err write_all(const csp_parts *parts, const char *folder, omadm_str ddf,
                           omadm_error *error) {
  omadm_buf path, text;
  omadm_buf_init(&path, NULL, 0);
  omadm_buf_init(&text, NULL, 0);
  omadm_err err = write_path(parts, folder, "@ID@.ddf.xml", &path);
  if (err == 0) err = write_file(path.ptr, ddf, error);
  for (size_t i = 0; err == 0 && i < TEMPLATES; i++) {
    text.len = 0;
    err = write_path(parts, folder, templates[i].file, &path);
    if (err == 0) err = expand(parts, (omadm_str){templates[i].text, templates[i].len}, &text);
    if (err == 0) err = write_file(path.ptr, omadm_buf_str(&text), error);
  }
  omadm_buf_dispose(&path);
  omadm_buf_dispose(&text);
  return omadm_error_set(error, err, "out of memory for %s", folder);
}

/* A folder that is not whole is no use. */
static void remove_all(const csp_parts *parts, const char *folder) {
  omadm_buf path;
  omadm_buf_init(&path, NULL, 0);
  if (write_path(parts, folder, "@ID@.ddf.xml", &path) == 0) unlink(path.ptr);
  for (size_t i = 0; i < TEMPLATES; i++)
    if (write_path(parts, folder, templates[i].file, &path) == 0) unlink(path.ptr);
  rmdir(folder);
  omadm_buf_dispose(&path);
}

static cli_exit make_folder(const char *folder, const csp_parts *parts, omadm_str ddf) {
  omadm_error error = {0};
  if (mkdir(folder, 0777) != 0) {
    const char *hint = errno == EEXIST ? "; take another name, or remove it" : "";
    cli_complain("the folder %s cannot be made: %s%s", folder, strerror(errno), hint);
    return errno == EEXIST ? CLI_NO : CLI_SURROUNDINGS;
  }
  if (write_all(parts, folder, ddf, &error) != 0) {
    cli_complain("%s", error.text);
    remove_all(parts, folder);
    return CLI_SURROUNDINGS;
  }
  printf("%s: build it with cmake, test it with ctest; its README.md says how\n", folder);
  return CLI_DONE;
}

/* Does a CSP that comes with omadm serve that root, or something below it? */
static bool is_built_in(const omadm_framework *framework, const omadm_ddf *ddf,
                        const omadm_ddf_root *root) {
  omadm_buf uri, found;
  omadm_buf_init(&uri, NULL, 0);
  omadm_buf_init(&found, NULL, DDF_MAX_OCTETS);
  omadm_err err = omadm_buf_add_str(&uri, root->path);
  if (err == 0) err = omadm_buf_add(&uri, "/", 1);
  if (err == 0) err = omadm_uri_write_name(omadm_ddf_node_at(ddf, root->node)->name, &uri);
  if (err == 0) err = omadm_framework_export(framework, omadm_buf_str(&uri), &found);
  omadm_buf_dispose(&uri);
  omadm_buf_dispose(&found);
  return err == 0;
}

/* omadm refuses a plugin where one of its own CSPs is; a program that embeds the library may leave
 * that one out. */
static void warn_of_built_in(const omadm_ddf *ddf) {
  omadm_framework_config config;
  omadm_framework *framework = NULL;
  omadm_store *store = NULL;
  omadm_framework_config_init(&config);
  omadm_err err = omadm_store_new_memory(&store, NULL);
  config.store = store;
  if (err == 0) err = omadm_framework_new(&config, &framework, NULL);
  if (err == 0) err = omadm_builtin_mount(framework, NULL);
  for (size_t i = 0; err == 0 && i < omadm_ddf_root_count(ddf); i++) {
    const omadm_ddf_root *root = omadm_ddf_root_at(ddf, i);
    const omadm_str name = omadm_ddf_node_at(ddf, root->node)->name;
    if (is_built_in(framework, ddf, root))
      cli_complain("%.*s/%.*s is built in: omadm will refuse the plugin, and its session fails",
                   (int)root->path.len, root->path.ptr, (int)name.len, name.ptr);
  }
  omadm_framework_free(framework);
  omadm_store_close(store);
}

cli_exit cli_csp_new(const cli_options *options) {
  const char *name = options->arguments[0];
  const char *file = cli_options_text(options, CLI_OPT_DDF_DIR, NULL);
  if (!is_name(name)) {
    cli_complain("%s is no name for a CSP: letters, digits, blanks and . _ - +, at most %d octets",
                 name, NAME_MAX_OCTETS);
    return CLI_USAGE;
  }
  if (cli_options_count(options, CLI_OPT_DDF_DIR) != 1) {
    cli_complain("csp new takes one --ddf FILE, which describes the nodes of the CSP");
    return CLI_USAGE;
  }
  char *folder = NULL;
  omadm_error error = {0};
  omadm_ddf *ddf = NULL;
  csp_parts parts = {.n = 0};
  omadm_buf text;
  omadm_buf_init(&text, NULL, DDF_MAX_OCTETS);
  cli_exit code = CLI_NO;
  omadm_err err = cli_input_read(file, &text, &error);
  if (err == 0) err = omadm_ddf_parse(omadm_buf_str(&text), file, NULL, NULL, &ddf, &error);
  if (err == 0) err = csp_parts_make(&parts, name, ddf);
  if (err == 0 &&
      asprintf(&folder, "%s/%s", cli_options_text(options, CLI_OPT_DIR, "."), name) < 0) {
    folder = NULL;
    err = OMADM_E_NOMEM;
  }
  if (err == 0) warn_of_built_in(ddf);
  if (err == 0)
    code = make_folder(folder, &parts, omadm_buf_str(&text));
  else
    cli_complain("%s", error.text[0] != '\0' ? error.text : omadm_err_text(err));
  free(folder);
  csp_parts_dispose(&parts);
  omadm_ddf_free(ddf);
  omadm_buf_dispose(&text);
  return code;
}
