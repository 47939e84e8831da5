/* SPDX-License-Identifier: MIT */
/* omadm-refserver: drives one device from a file of commands, and says what it answered. For tests:
 * its passwords stand on the command line. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <curl/curl.h>
#include <libxml/parser.h>

#include <omadm/wbxml.h>

#include "base/address.h"
#include "base/str.h"
#include "conformance/player/encoding.h"
#include "conformance/player/listener.h"

#include "conformance/server/auth.h"
#include "conformance/server/commands.h"
#include "conformance/server/dialogue.h"

enum { EXIT_GOOD = 0, EXIT_BAD = 1, EXIT_USAGE = 2, EXIT_SURROUNDINGS = 3 };

typedef struct options {
  const char *commands;
  const char *port_file;
  omadm_listener_options listener;
  unsigned sessions; /* 0: until a signal */
  unsigned timeout; /* seconds */
  size_t chunk; /* octets of a value in a message; 0: as many as fit */
  steps_services services;
  auth auth;
  bindings values; /* of {{names}} in the file */
} options;

static const char usage[] =
    "usage: omadm-refserver [OPTION]… COMMANDS.xml\n"
    "Waits for a device, sends it the commands of the file, and prints the conversation and what "
    "was expected and found.\n"
    "  --host ADDRESS   address to listen on (127.0.0.1)\n"
    "  --port PORT      port to listen on; 0, the default: any free one\n"
    "  --port-file FILE write the port number there once it listens\n"
    "  --tls CERT KEY   HTTPS with these PEM files\n"
    "  --once           end after one session\n"
    "  --sessions N     end after N sessions\n"
    "  --timeout S      give up when nothing comes for so many seconds (60)\n"
    "  --dha HOST:PORT  the Device Health Attestation service; {{dha}} in COMMANDS.xml\n"
    "  --azure URL      where devices get tokens; {{azure}} in COMMANDS.xml\n"
    "  --service-ca FILE  certificates that may sign those of both services\n"
    "  --set NAME=VALUE a value for {{NAME}} in COMMANDS.xml\n"
    "  --chunk N        send a value in chunks of N octets, not only where the device's MaxMsgSize "
    "asks "
    "for it\n"
    "  --auth TYPE      the device proves itself with basic, md5 or mac; --user, --secret, "
    "--nonce\n"
    "  --server-auth TYPE  so does this server; --server-user, --server-secret, --server-nonce\n"
    "Exit status: 0 all checks hold; 1 some do not; 2 usage or command file; 3 it cannot listen.\n";

static volatile sig_atomic_t stopped;

static void on_signal(int number) {
  (void)number;
  stopped = 1;
}

static bool parse_number(const char *text, unsigned long max, unsigned long *out) {
  char *end = NULL;
  errno = 0;
  *out = strtoul(text, &end, 10);
  return errno == 0 && *text >= '0' && *text <= '9' && *end == 0 && *out <= max;
}

/* Where the value of an option goes that takes any text; NULL: it is none of these. */
static const char **find_text(options *o, const char *name) {
  const struct {
    const char *name;
    const char **text;
  } texts[] = {
      {"--host", &o->listener.host},     {"--port-file", &o->port_file},
      {"--dha", &o->services.dha},       {"--azure", &o->services.azure},
      {"--service-ca", &o->services.ca},
  };
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    if (strcmp(texts[i].name, name) == 0) return texts[i].text;
  }
  return auth_option(&o->auth, name);
}

static bool bind_value(bindings *values, const char *name, size_t len, const char *value) {
  char pattern[80];
  snprintf(pattern, sizeof pattern, "{{%.*s}}", (int)(len < 64 ? len : 64), name);
  return bindings_match(values, omadm_str_of(pattern), omadm_str_of(value));
}

/* NAME=VALUE. */
static bool set_value(bindings *values, const char *text) {
  const char *equals = strchr(text, '=');
  return equals != NULL && equals > text &&
         bind_value(values, text, (size_t)(equals - text), equals + 1);
}

/* What the file may name without --set. */
static bool bind_own(options *o) {
  static const char *const nonces[] = {"nonce", "nonce-2", "nonce-3"};
  bool good = true;
  for (size_t i = 0; good && i < sizeof nonces / sizeof nonces[0]; i++) {
    unsigned char octets[16];
    char text[2 * sizeof octets + 1];
    good = getrandom(octets, sizeof octets, 0) == (ssize_t)sizeof octets;
    for (size_t at = 0; at < sizeof octets; at++)
      snprintf(text + 2 * at, 3, "%02x", octets[at]);
    good = good && bind_value(&o->values, nonces[i], strlen(nonces[i]), text);
  }
  if (good && o->services.dha != NULL) good = bind_value(&o->values, "dha", 3, o->services.dha);
  if (good && o->services.azure != NULL)
    good = bind_value(&o->values, "azure", 5, o->services.azure);
  return good;
}

/* Reads the option at arguments[*at], and steps over what belongs to it. */
static bool parse_option(options *o, char **arguments, int count, int *at) {
  const char *name = arguments[*at];
  unsigned long number = 0;
  if (strcmp(name, "--once") == 0) {
    o->sessions = 1;
    return true;
  }
  int needed = strcmp(name, "--tls") == 0 ? 2 : 1;
  if (*at + needed >= count) return false;
  const char *value = arguments[++*at];
  const char **text = find_text(o, name);
  if (text != NULL) {
    *text = value;
  } else if (auth_set_nonce(&o->auth, name, value)) {
    return true;
  } else if (strcmp(name, "--set") == 0) {
    return set_value(&o->values, value);
  } else if (strcmp(name, "--tls") == 0) {
    o->listener.certificate = value;
    o->listener.key = arguments[++*at];
  } else if (strcmp(name, "--port") == 0 && parse_number(value, 65535, &number)) {
    o->listener.port = (unsigned short)number;
  } else if (strcmp(name, "--sessions") == 0 && parse_number(value, 1000000, &number)) {
    o->sessions = (unsigned)number;
  } else if (strcmp(name, "--chunk") == 0 && parse_number(value, 1 << 24, &number)) {
    o->chunk = number;
  } else if (strcmp(name, "--timeout") == 0 && parse_number(value, 86400, &number)) {
    o->timeout = (unsigned)number;
  } else {
    return false;
  }
  return true;
}

static bool parse_arguments(options *o, int count, char **arguments) {
  for (int i = 1; i < count; i++) {
    if (strncmp(arguments[i], "--", 2) != 0 && o->commands == NULL) {
      o->commands = arguments[i];
    } else if (!parse_option(o, arguments, count, &i)) {
      return false;
    }
  }
  return o->commands != NULL && auth_check(&o->auth) == NULL;
}

static bool is_message(omadm_str type, bool wbxml) {
  omadm_str wanted = encoding_media_type(wbxml);
  return type.len >= wanted.len &&
         omadm_str_equal_nocase((omadm_str){type.ptr, wanted.len}, wanted);
}

static omadm_err encode(omadm_str xml, omadm_buf *out, omadm_error *error) {
  return omadm_wbxml_encode(xml, OMADM_WBXML_RAW | OMADM_WBXML_EMBED, out, error);
}

static omadm_err decode(omadm_str wbxml, omadm_buf *out, omadm_error *error) {
  return omadm_wbxml_decode(wbxml, OMADM_WBXML_EMBED, out, error);
}

static omadm_str header_of(const omadm_player_request *request, const char *name) {
  for (size_t i = 0; i < request->header_count; i++) {
    if (omadm_str_is(request->headers[i].name, name)) return request->headers[i].value;
  }
  return (omadm_str){NULL, 0};
}

static omadm_err serve_one(dialogue *d, omadm_listener *listener,
                           const omadm_player_request *request, omadm_error *error) {
  omadm_player_response response = {.status = 415};
  omadm_transcript_pair mac = {OMADM_STR("x-syncml-hmac"), {NULL, 0}};
  d->auth->header = header_of(request, "x-syncml-hmac");
  d->auth->mac.len = 0;
  d->wbxml = is_message(request->content_type, true);
  if (d->wbxml || is_message(request->content_type, false)) {
    response.status = dialogue_receive(d, request->body);
    response.body = omadm_buf_str(&d->answer);
    response.content_type = encoding_media_type(d->wbxml);
  } else {
    dialogue_complain(d, "Content-Type: expected that of a message in XML or WBXML, found %.*s",
                      (int)request->content_type.len,
                      request->content_type.len == 0 ? "" : request->content_type.ptr);
    d->ended++;
  }
  if (response.status != 200) response.body = (omadm_str){"", 0};
  mac.value = omadm_buf_str(&d->auth->mac);
  response.headers = &mac;
  response.header_count = response.status == 200 && mac.value.len > 0;
  fflush(d->out);
  return omadm_listener_answer(listener, &response, error);
}

/* Serves until the sessions are over. In steps of half a second, for the sake of signals. */
static omadm_err serve(dialogue *d, omadm_listener *listener, const options *o,
                       omadm_error *error) {
  omadm_err err = OMADM_OK;
  unsigned silent = 0;
  while (err == OMADM_OK && !stopped && (o->sessions == 0 || d->ended < o->sessions)) {
    omadm_player_request request;
    err = omadm_listener_next(listener, 500, &request, NULL);
    if (err == OMADM_OK) {
      silent = 0;
      err = serve_one(d, listener, &request, error);
    } else if (err == OMADM_E_TIMEOUT) {
      err = OMADM_OK;
      if (++silent >= o->timeout * 2) {
        dialogue_give_up(d);
        return OMADM_OK;
      }
    }
  }
  if (stopped && (d->open || d->ended == 0)) dialogue_give_up(d);
  return err;
}

static int summarize(const dialogue *d) {
  fputc('\n', d->out);
  size_t bad = table_write(d->table, d->out) + d->complaints;
  if (bad == 0) {
    fputs("all checks hold\n", d->out);
  } else {
    fprintf(d->out, "%zu check%s failed\n", bad, bad == 1 ? "" : "s");
  }
  return bad == 0 ? EXIT_GOOD : EXIT_BAD;
}

static int run(options *o) {
  static const omadm_player_codec codec = {encode, decode};
  int status = EXIT_SURROUNDINGS;
  omadm_error error = {0};
  omadm_listener *listener = NULL;
  omadm_grammar *grammar = NULL;
  table *claims = NULL;
  xmlDoc *commands = NULL;
  dialogue d = {.commands = NULL};
  if (commands_read(o->commands, &o->values, &commands, &error) != OMADM_OK) {
    status = EXIT_USAGE;
    goto out;
  }
  if (table_new(commands, &claims) != OMADM_OK || omadm_grammar_new(&grammar, &error) != OMADM_OK)
    goto out;
  if (omadm_listener_new(&o->listener, &listener, &error) != OMADM_OK) goto out;
  fprintf(stderr, "listening on %s\n", omadm_listener_origin(listener));
  if (!omadm_port_write(o->port_file, omadm_listener_port(listener))) {
    omadm_error_set(&error, OMADM_E_IO, "%s: %s", o->port_file, strerror(errno));
    goto out;
  }
  dialogue_init(&d, commands, grammar, claims, stdout);
  d.services = &o->services;
  d.auth = &o->auth;
  d.codec = &codec;
  d.chunk = o->chunk;
  if (serve(&d, listener, o, &error) == OMADM_OK) status = summarize(&d);
out:
  if (error.text[0] != 0) fprintf(stderr, "omadm-refserver: %s\n", error.text);
  omadm_listener_free(listener);
  dialogue_dispose(&d);
  table_free(claims);
  omadm_grammar_free(grammar);
  xmlFreeDoc(commands);
  return status;
}

int main(int count, char **arguments) {
  options o = {.listener = {.struct_size = sizeof o.listener}, .timeout = 60};
  struct sigaction action = {.sa_handler = on_signal};
  auth_init(&o.auth);
  if (count == 2 && strcmp(arguments[1], "--help") == 0) {
    fputs(usage, stdout);
    return EXIT_GOOD;
  }
  if (!parse_arguments(&o, count, arguments) || !bind_own(&o)) {
    fputs(usage, stderr);
    return EXIT_USAGE;
  }
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  signal(SIGPIPE, SIG_IGN);
  curl_global_init(CURL_GLOBAL_DEFAULT);
  int status = run(&o);
  bindings_dispose(&o.values);
  auth_dispose(&o.auth);
  curl_global_cleanup();
  xmlCleanupParser();
  return status;
}
