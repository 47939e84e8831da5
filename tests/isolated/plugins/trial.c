/* SPDX-License-Identifier: MIT */
/*
 * A plugin for a process of its own, which does what it is told, the worst included: Exec of
 * ./Vendor/Trial/Run with an order, or a Replace of ./Vendor/Trial/Die with the slot to die in.
 */
#include <omadm/csp.h>
#include <omadm/tpm.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef TRIAL_NAME
#define TRIAL_NAME "Trial"
#endif
#ifndef TRIAL_VERSION
#define TRIAL_VERSION "1.0"
#endif

#define NODE(name, access, format, more)                                                           \
  "<Node><NodeName>" name "</NodeName><DFProperties><AccessType>" access "</AccessType>"           \
  "<DFFormat><" format "/></DFFormat><Occurrence><One/></Occurrence><Scope><Permanent/></Scope>"   \
  "<DFType>" more "</DFType></DFProperties>"
#define LEAF(name, access) NODE(name, access, "chr", "<MIME>text/plain</MIME>") "</Node>"
#define GET "<Get/>"
#define BOTH "<Get/><Replace/>"

static const char ddf[] =
    "<MgmtTree><VerDTD>1.2</VerDTD>"
    "<Node><NodeName>" TRIAL_NAME "</NodeName><Path>./Vendor</Path><DFProperties><AccessType><Get/>"
    "</AccessType><DFFormat><node/></DFFormat><Occurrence><One/></Occurrence><Scope><Permanent/>"
    "</Scope><DFType><DDFName/></DFType></DFProperties>" LEAF("Value", BOTH) LEAF(
        "Die", "<Replace/>") LEAF("Run", "<Exec/><Get/>") LEAF("Fds", GET) LEAF("Late", GET)
        LEAF("Big", GET) LEAF("Pid", GET) LEAF("Now", GET) LEAF("Setting", GET) LEAF("Http", GET)
            LEAF("Key", GET) LEAF("Tpm", GET) LEAF("Events", GET) LEAF("Stray", GET)
                NODE("List", GET, "node",
                     "<DDFName/>") "<Node><NodeName/><DFProperties><AccessType><Get/></"
                                   "AccessType><DFFormat><chr/></DFFormat>"
                                   "<Occurrence><ZeroOrMore/></Occurrence><Scope><Dynamic/></"
                                   "Scope><DFType><MIME>text/plain</MIME>"
                                   "</DFType></DFProperties></Node></Node></Node></MgmtTree>";

typedef struct trial {
  const omadm_csp_services *services;
  uint64_t host;
  char die[40]; /* where */
  char next[40]; /* the same, of one that stages, from its next transaction on */
  char events[200];
  char *value; /* of Value, which the services' store keeps */
  uint64_t open; /* transaction */
  omadm_token token; /* of what is late */
  char ca[300]; /* file of certificates; "": none */
  char text[4096]; /* what a job finds */
} trial;

static omadm_str str(const char *s) {
  return (omadm_str){s, strlen(s)};
}

static void die(trial *t, const char *where) {
  if (strcmp(t->die, where) == 0) raise(SIGKILL);
}

static int is(omadm_str s, const char *text) {
  return s.len == strlen(text) && memcmp(s.ptr, text, s.len) == 0;
}

static omadm_status trial_open(const omadm_csp_services *services, uint64_t host, uint64_t *self) {
  trial *t = calloc(1, sizeof *t);
  omadm_str kept;
  const char *shut = getenv("TRIAL_SHUT"); /* the versions that do not open */
  if (t == NULL || (shut != NULL && strstr(shut, TRIAL_VERSION) != NULL)) {
    free(t);
    return OMADM_ST_FAILED;
  }
  t->services = services;
  t->host = host;
  if (services->setting(host, str("die"), &kept) == 0) raise(SIGKILL);
  *self = (uint64_t)(uintptr_t)t;
  return OMADM_ST_OK;
}

static void trial_close(uint64_t self) {
  trial *t = (trial *)(uintptr_t)self;
  die(t, "close");
  free(t->value);
  free(t);
}

static omadm_status give(trial *t, const omadm_csp_request *r, omadm_str value) {
  return t->services->value(t->host, r->token, value) == 0 ? OMADM_ST_OK : OMADM_ST_FAILED;
}

static omadm_status give_value(trial *t, const omadm_csp_request *r) {
  omadm_str value = {"", 0};
  if (t->open != 0 && t->value != NULL) return give(t, r, str(t->value));
  t->services->store_get(t->host, str("value"), &value);
  return give(t, r, value);
}

/* What of descriptors the process has: "0 1 2 3 4". */
static omadm_status give_fds(trial *t, const omadm_csp_request *r) {
  t->text[0] = '\0';
  for (int fd = 0; fd < 1024; fd++) {
    if (fcntl(fd, F_GETFD) < 0) continue;
    size_t used = strlen(t->text);
    snprintf(t->text + used, sizeof t->text - used, "%s%d", used > 0 ? " " : "", fd);
  }
  return give(t, r, str(t->text));
}

static omadm_status give_number(trial *t, const omadm_csp_request *r, long long number) {
  char text[32];
  snprintf(text, sizeof text, "%lld", number);
  return give(t, r, str(text));
}

/* 300,000 octets, in pieces of different sizes. */
static omadm_status give_big(trial *t, const omadm_csp_request *r) {
  enum { ALL = 300000 };
  char *big = malloc(ALL);
  if (big == NULL) return OMADM_ST_FAILED;
  for (int i = 0; i < ALL; i++)
    big[i] = (char)('a' + i % 26);
  omadm_err err = 0;
  for (size_t at = 0, n = 1; err == 0 && at < ALL; at += n, n = n * 3 + 1) {
    if (n > ALL - at) n = ALL - at;
    err = t->services->value(t->host, r->token, (omadm_str){big + at, n});
  }
  free(big);
  return err == 0 ? OMADM_ST_OK : OMADM_ST_FAILED;
}

static omadm_status give_setting(trial *t, const omadm_csp_request *r) {
  omadm_str found;
  if (t->services->setting(t->host, str("greeting"), &found) != 0) return OMADM_ST_NOT_FOUND;
  return give(t, r, found); /* lent, and passed on at once */
}

static void run_late(void *arg) {
  trial *t = arg;
  snprintf(t->text, sizeof t->text, "late");
}

static void run_long(void *arg) {
  (void)arg;
  sleep(60);
}

static void run_http(void *arg) {
  trial *t = arg;
  char headers[200], body[2000];
  omadm_csp_http_request q = {.struct_size = sizeof q,
                              .method = str("POST"),
                              .url = str("https://host/"),
                              .body = str("ask"),
                              .ca = str(t->ca)};
  omadm_csp_http_reply a = {.struct_size = sizeof a,
                            .headers = headers,
                            .headers_size = sizeof headers,
                            .body = body,
                            .body_size = sizeof body};
  omadm_err err = t->services->http(t->host, &q, &a);
  snprintf(t->text, sizeof t->text, "%d %u %u %.*s %.*s", err, a.stage, a.status,
           (int)a.headers_len, headers, (int)a.body_len, body);
}

static void run_tpm(void *arg) {
  trial *t = arg;
  omadm_tpm_info info;
  uint8_t random[8] = {0};
  omadm_tpm_status status = t->services->tpm->info(t->host, &info);
  omadm_tpm_status second = t->services->tpm->random(t->host, random, sizeof random);
  snprintf(t->text, sizeof t->text, "%d %s %d %02x%02x", status,
           status == OMADM_TPM_OK ? info.manufacturer : "", second, random[0], random[7]);
}

static void run_key(void *arg) {
  trial *t = arg;
  omadm_tpm_key *key = calloc(1, sizeof *key);
  if (key == NULL) return;
  omadm_tpm_status status =
      t->services->tpm->key_open(t->host, OMADM_TPM_SIGN_P256, (omadm_str){"", 0}, key);
  snprintf(t->text, sizeof t->text, "%d %d", status, (int)key->handle);
  free(key);
}

static void run_stray(void *arg) {
  trial *t = arg;
  t->services->log(t->host, OMADM_CSP_LOG_INFO, str("from a job"));
  snprintf(t->text, sizeof t->text, "%d %d", t->services->value(t->host, t->token, str("x")),
           t->services->now(t->host) > 0);
}

static void done_text(void *arg) {
  trial *t = arg;
  die(t, "done");
  t->services->value(t->host, t->token, str(t->text));
  t->services->complete(t->host, t->token, OMADM_ST_OK, NULL);
}

static omadm_status late(trial *t, const omadm_csp_request *r, void (*run)(void *arg)) {
  t->token = r->token;
  return t->services->job(t->host, run, done_text, t) == 0 ? OMADM_ST_PENDING : OMADM_ST_FAILED;
}

static omadm_status trial_get(uint64_t self, const omadm_csp_request *r) {
  trial *t = (trial *)(uintptr_t)self;
  size_t at = r->uri.len;
  while (at > 0 && r->uri.ptr[at - 1] != '/')
    at--;
  const omadm_str name = {r->uri.ptr + at, r->uri.len - at};
  die(t, "get");
  if (is(name, "Value")) return give_value(t, r);
  if (is(name, "Fds")) return give_fds(t, r);
  if (is(name, "Big")) return give_big(t, r);
  if (is(name, "Pid")) return give_number(t, r, getpid());
  if (is(name, "Now")) return give_number(t, r, t->services->now(t->host));
  if (is(name, "Setting")) return give_setting(t, r);
  if (is(name, "Events")) return give(t, r, str(t->events));
  if (is(name, "Late")) return late(t, r, strcmp(t->die, "job") == 0 ? run_long : run_late);
  if (is(name, "Http")) return late(t, r, run_http);
  if (is(name, "Key")) return late(t, r, run_key);
  if (is(name, "Tpm")) {
    enum { MANY = 70 }; /* more than may be open at once, one after the other */
    omadm_tpm_info info;
    for (int i = 0; i < MANY; i++)
      (void)t->services->tpm->info(t->host, &info);
    return late(t, r, run_tpm);
  }
  if (is(name, "Stray")) return late(t, r, run_stray);
  return give(t, r, str("x"));
}

static omadm_status trial_find(uint64_t self, const omadm_csp_request *r) {
  die((trial *)(uintptr_t)self, "find");
  return r->n_names == 1 && is(r->names[0], "none") ? OMADM_ST_NOT_FOUND : OMADM_ST_OK;
}

static omadm_status trial_list(uint64_t self, const omadm_csp_request *r) {
  trial *t = (trial *)(uintptr_t)self;
  die(t, "list");
  t->services->child(t->host, r->token, str("one"));
  if (t->services->child(t->host, r->token, str("a/../b\n")) != OMADM_E_ARGUMENT)
    return OMADM_ST_FAILED;
  t->services->child(t->host, r->token, str("two words"));
  t->services->child(t->host, r->token, str("three"));
  return OMADM_ST_OK;
}

static char *copy(omadm_str s) {
  char *text = malloc(s.len + 1);
  if (text == NULL) return NULL;
  if (s.len > 0) memcpy(text, s.ptr, s.len);
  text[s.len] = '\0';
  return text;
}

static omadm_status trial_replace(uint64_t self, const omadm_csp_request *r) {
  trial *t = (trial *)(uintptr_t)self;
  die(t, "replace");
  if (r->uri.len > 4 && memcmp(r->uri.ptr + r->uri.len - 4, "/Die", 4) == 0) {
    snprintf(t->open != 0 ? t->next : t->die, sizeof t->die, "%.*s", (int)r->value.len,
             r->value.ptr);
    return OMADM_ST_OK;
  }
  if (t->open == 0)
    return t->services->store_set(t->host, str("value"), r->value) == 0 ? OMADM_ST_OK
                                                                        : OMADM_ST_FAILED;
  free(t->value);
  t->value = copy(r->value);
  return OMADM_ST_OK;
}

static void run_nothing(void *arg) {
  (void)arg;
}

static void done_exec(void *arg) {
  trial *t = arg;
  const omadm_csp_alert alert = {.struct_size = sizeof alert,
                                 .type = str("com.example:trial"),
                                 .data = str("did it"),
                                 .format = OMADM_FORMAT_CHR};
  t->services->complete(t->host, t->token, OMADM_ST_OK, &alert);
}

static omadm_status trial_exec(uint64_t self, const omadm_csp_request *r) {
  static const char junk[100] = "junk";
  trial *t = (trial *)(uintptr_t)self;
  if (is(r->value, "kill")) raise(SIGKILL);
  if (is(r->value, "abort")) abort();
  if (is(r->value, "exit")) _exit(7);
  if (is(r->value, "close")) close(3);
  if (is(r->value, "hang")) sleep(600);
  if (is(r->value, "junk")) (void)!write(3, junk, sizeof junk);
  if (is(r->value, "short")) (void)!write(3, junk, 3);
  if (is(r->value, "alone") && fork() == 0) {
    sleep(600);
    _exit(0);
  }
  if (r->value.len > 3 && memcmp(r->value.ptr, "ca ", 3) == 0)
    snprintf(t->ca, sizeof t->ca, "%.*s", (int)r->value.len - 3, r->value.ptr + 3);
  t->token = r->token;
  if (is(r->value, "job"))
    return t->services->job(t->host, run_nothing, done_exec, t) == 0 ? OMADM_ST_ACCEPTED
                                                                     : OMADM_ST_FAILED;
  if (is(r->value, "wait")) return OMADM_ST_ACCEPTED;
  if (is(r->value, "log"))
    t->services->log(t->host, OMADM_CSP_LOG_WARN, str("a line from elsewhere"));
  return OMADM_ST_OK;
}

static omadm_status trial_resume(uint64_t self, const omadm_csp_request *r) {
  trial *t = (trial *)(uintptr_t)self;
  t->token = r->token;
  return t->services->job(t->host, run_nothing, done_exec, t) == 0 ? OMADM_ST_PENDING
                                                                   : OMADM_ST_FAILED;
}

static void trial_event(uint64_t self, omadm_csp_event event, omadm_str text) {
  trial *t = (trial *)(uintptr_t)self;
  size_t used = strlen(t->events);
  snprintf(t->events + used, sizeof t->events - used, "%d:%.*s ", (int)event, (int)text.len,
           text.ptr);
}

#ifdef TRIAL_STAGES
/* What is prepared survives in the store; a commit makes it the value. */
static omadm_status trial_begin(uint64_t self, uint64_t transaction) {
  trial *t = (trial *)(uintptr_t)self;
  die(t, "begin");
  t->open = transaction;
  free(t->value);
  t->value = NULL;
  return OMADM_ST_OK;
}

static omadm_status trial_prepare(uint64_t self, uint64_t transaction) {
  trial *t = (trial *)(uintptr_t)self;
  die(t, "prepare");
  if (t->open != transaction) return OMADM_ST_FAILED;
  if (t->value != NULL) t->services->store_set(t->host, str("staged"), str(t->value));
  die(t, "prepared");
  return OMADM_ST_OK;
}

static omadm_status trial_commit(uint64_t self, uint64_t transaction) {
  trial *t = (trial *)(uintptr_t)self;
  omadm_str staged;
  die(t, "commit");
  (void)transaction;
  if (t->services->store_get(t->host, str("staged"), &staged) == 0)
    t->services->store_set(t->host, str("value"), staged);
  t->services->store_set(t->host, str("staged"), str(""));
  t->open = 0;
  die(t, "committed");
  if (t->next[0] != '\0') memcpy(t->die, t->next, sizeof t->die);
  t->next[0] = '\0';
  return OMADM_ST_OK;
}

static omadm_status trial_rollback(uint64_t self, uint64_t transaction) {
  trial *t = (trial *)(uintptr_t)self;
  (void)transaction;
  die(t, "rollback");
  t->services->store_set(t->host, str("staged"), str(""));
  t->open = 0;
  return OMADM_ST_OK;
}
#endif

static const omadm_csp_slots slots = {
    .struct_size = sizeof slots,
    .open = trial_open,
    .close = trial_close,
    .find = trial_find,
    .list = trial_list,
    .get = trial_get,
    .replace = trial_replace,
    .exec = trial_exec,
    .resume = trial_resume,
    .event = trial_event,
#ifdef TRIAL_STAGES
    .begin = trial_begin,
    .prepare = trial_prepare,
    .commit = trial_commit,
    .rollback = trial_rollback,
#endif
};

static const omadm_csp_descriptor descriptor = {.abi = OMADM_CSP_ABI,
                                                .struct_size = sizeof descriptor,
                                                .name = TRIAL_NAME,
                                                .version = TRIAL_VERSION,
                                                .ddf = ddf,
                                                .ddf_len = sizeof ddf - 1,
                                                .slots = &slots};
OMADM_CSP_PLUGIN(descriptor)
