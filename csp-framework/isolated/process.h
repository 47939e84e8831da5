/* SPDX-License-Identifier: MIT */
/* An isolated plugin as the host's files of this folder share it. */
#ifndef OMADM_ISOLATED_PROCESS_H
#define OMADM_ISOLATED_PROCESS_H

#include <stdatomic.h>
#include <sys/types.h>

#include "csp-framework/isolated/isolated.h"
#include "csp-framework/isolated/wire.h"

enum { STORM_DEATHS = 5, STORM_MS = 60000 };
/* Exchanges of one process at once; and of them on the worker, whose threads serve all plugins. */
enum { REMOTE_MOST = 64, REMOTE_AT_ONCE = 2 };

/* The host's end of the socket; a job of the worker answers by it too. */
typedef struct process_link {
  int fd;
  atomic_uint users;
  atomic_bool late; /* it did not take a message in time, of which it may have a part */
  atomic_bool gone; /* the process is: nobody waits for what is under way */
  int64_t patience; /* ms that the process has for a message */
  pthread_mutex_t sending; /* one whole message after the other */
} process_link;

typedef enum process_stage { STAGE_NONE = 0, STAGE_BEGUN, STAGE_PREPARED } process_stage;

/* What belongs to one process and what it loaded. */
typedef struct process_life {
  process_link *link; /* NULL: there is no process */
  pid_t pid;
  bool opened;
  uint64_t jobs; /* as the process says */
  uint64_t ready; /* of them, those that have ended */
  omadm_buf hello; /* texts of the descriptor */
  omadm_csp_descriptor descriptor; /* as it says it is; it stays when the process goes */
  omadm_csp_slots slots; /* of the descriptor */
  uint64_t mask; /* which slots it has */
} process_life;

struct fw_isolated {
  fw_isolated *next;
  omadm_framework *fw;
  fw_csp *csp; /* NULL: not mounted yet */
  char *path, *program, *user;
  char **allow;
  size_t n_allow;
  uint64_t memory;
  uint32_t cpu_seconds;
  int64_t slot_ms;
  bool deny_http, deny_tpm;

  process_life life;
  unsigned remote; /* exchanges that are not finished */
  atomic_uint open_remote, running_remote; /* those not answered yet, and of these on the worker */
  struct exchange *waiting, *last_waiting; /* the others */
  wire_message message; /* that came last */
  omadm_buf out; /* a slot on its way */
  omadm_buf order; /* start and open */
  omadm_buf reply;
  uint64_t next_id;
  int64_t log_began; /* when the lines were counted from */
  uint64_t log_lines;
  int64_t until; /* the clock's; what is served has to be taken by then */
  /* Why what was served is no message of a plugin; NULL: no plugin sends it at all. */
  const char *misdeed;
  omadm_err spoiled; /* what it appended to its answer was not taken */
  omadm_token running; /* the request of the slot that runs; 0: it has none */

  process_stage stage; /* of transaction `number` */
  uint64_t number;
  bool lost; /* it died after begin: the transaction cannot be prepared */
  bool unsettled; /* a death left Execs to be resumed, or ended */
  int64_t deaths[STORM_DEATHS]; /* when; the newest is first */
  bool storm_told;
};

/* process.c */
/* Starts the process and reads what it says it is. */
omadm_err process_start(fw_isolated *p, omadm_error *error);
/* Lets it go: it has closed. */
void process_end(fw_isolated *p);
/* Kills it. `why` is for the log; NULL: it is gone by itself. */
void process_kill(fw_isolated *p, const char *why);
void process_link_leave(process_link *link);
/* Sends on the link before the clock's `until`. Any thread that uses it. False: the process is
 * gone, or takes it too slowly; then the link is shut. */
bool process_send(process_link *link, uint32_t type, uint64_t id, omadm_str body, int64_t until);

/* hello.c: reads p->message. */
omadm_err hello_read(fw_isolated *p, omadm_error *error);
/* proxy.c: the slots of p->life.mask. */
void proxy_fill(fw_isolated *p);

/* ask.c */
typedef enum ask_outcome {
  ASK_DONE = 0,
  ASK_UNSENT, /* the process was gone before */
  ASK_DIED /* it is gone now */
} ask_outcome;
/* Asks for a slot, and serves until it is answered. */
ask_outcome process_ask(fw_isolated *p, omadm_token token, omadm_str body, omadm_status *status);
/* Asks the process to open the plugin. */
omadm_status process_open(fw_isolated *p);
/* There is a process that is open. 200; 503: it died too often; 500. */
omadm_status process_ready(fw_isolated *p);

/* lost.c */
/* The process is gone, or, with a reason, has to be. */
void process_lost(fw_isolated *p, const char *why);
/* Hands Execs that were told 202 to the process that came after. Returns how many. */
int process_settle(fw_isolated *p);

/* serve.c: a message of the process, in a slot or between two; adds to *done what others wait for.
 * False: it is none that a plugin sends. */
bool serve(fw_isolated *p, wire_message *message, int *done);
/* The values and names at the end of a slot. *err: the first that was not taken. */
bool serve_answers(fw_isolated *p, wire_reader *r, omadm_err *err);

/* remote.c: an exchange that any thread may ask for; takes the body. False as above, or where there
 * are too many. */
bool remote_serve(fw_isolated *p, wire_message *message);
/* Those that wait for their turn, as far as there is one. */
void remote_start(fw_isolated *p);

#endif
