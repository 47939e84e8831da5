/* SPDX-License-Identifier: MIT */
/* Calls slots, takes their answers, at once or late, and hands them to whoever waits. */
#ifndef OMADM_FRAMEWORK_DISPATCH_H
#define OMADM_FRAMEWORK_DISPATCH_H

#include "csp-framework/core.h"

typedef enum call_state {
  CALL_RUNNING = 0, /* its slot has not returned */
  CALL_PENDING,
  CALL_DONE, /* the answer is here and not delivered yet */
  CALL_TAKEN, /* it is delivered */
  CALL_TOLD /* an Exec whose server was told 200 or 202: its end becomes an alert */
} call_state;

/* One request that a CSP was asked. */
struct fw_call {
  fw_call *next, *prev; /* of all that are not free; of the free ones */
  fw_call *queued; /* behind it in fw->done */
  omadm_token token;
  fw_csp *csp;
  omadm_verb verb;
  call_state state;
  omadm_status status; /* the answer */
  omadm_status ended; /* of an Exec that ended before its answer was told: how; else 0 */
  bool completed; /* by the service, not by the slot's result */
  bool waited; /* somebody waits for it in dispatch_wait: pump leaves it alone */
  bool told; /* an Exec whose server waits for an alert, or waits no longer */
  omadm_token told_as; /* told: the token that the answer had */
  bool journalled; /* it is in the store, to be resumed after a restart */
  bool died; /* the process of its CSP ended before the answer: what it was asked may be done */
  fw_op *op; /* who waits; NULL: nobody */
  omadm_buf value; /* what the services value and child appended */
  fw_spool *large; /* what value appended, where it became large */
  fw_spool *given; /* the value of the request, where it is large */
  omadm_buf type; /* noted by the stored CSP */
  omadm_buf asked; /* the URI, for the log */
  omadm_arena arena; /* of what follows */
  bool has_alert;
  omadm_csp_alert alert; /* of the completion */
  omadm_str server_id, uri, correlator; /* told: whom the alert is for */
};

/* A call to that CSP, with its token. NULL without memory. End with dispatch_free. */
fw_call *dispatch_new(omadm_framework *fw, fw_csp *csp);
void dispatch_free(omadm_framework *fw, fw_call *call);
/* Keeps the call, whose value an answer lends, until dispatch_release. */
void dispatch_lend(omadm_framework *fw, fw_call *call);
/* Called when the tree is called: what the last answer lent is gone. */
static inline void dispatch_release(omadm_framework *fw) {
  if (fw->lent != NULL) dispatch_free(fw, fw->lent);
  fw->lent = NULL;
}

/*
 * Calls the slot of a verb. PENDING: the call's op is continued by pump. A missing slot answers as
 * <omadm/csp.h> says. `at_once` keeps the late host from deferring the answer; the CSP itself still
 * may: then dispatch_wait.
 */
omadm_status dispatch_run(omadm_framework *fw, fw_call *call, omadm_verb verb,
                          omadm_csp_request *request, bool at_once);
/* The name of a verb's slot where the CSP lacks it, and in *status what that answers; else NULL. */
const char *dispatch_missing(const fw_csp *csp, omadm_verb verb, omadm_status *status);
/* Waits for a pending call, for at most that many seconds. PENDING: it did not end. */
omadm_status dispatch_wait(omadm_framework *fw, fw_call *call, uint64_t seconds);

/* Slots that answer at once. */
omadm_status dispatch_find(omadm_framework *fw, const fw_node *node, size_t up);

/* A stored CSP answers a get with the value of a file; takes over its use. */
omadm_err dispatch_large(fw_csp *csp, omadm_token token, fw_spool *value);
/* The value of an open request where it is large; NULL: it is in the request. */
fw_spool *dispatch_given(const fw_csp *csp, omadm_token token);

/* The call of that CSP with that token; NULL: there is none. */
fw_call *dispatch_call(const fw_csp *csp, omadm_token token);
/* Logs "Brk: get ./Vendor/Brk/A", and what is wrong with it. Without memory the URI is missing. */
void dispatch_fault(omadm_framework *fw, const fw_call *call, const char *format, ...)
    OMADM_PRINTF(3, 4);

/* The services' side. NOT_FOUND: no such request of that CSP. */
omadm_err dispatch_value(fw_csp *csp, omadm_token token, omadm_str octets);
omadm_err dispatch_read(fw_csp *csp, omadm_token token, uint64_t offset, size_t most,
                        omadm_str *octets);
omadm_err dispatch_child(fw_csp *csp, omadm_token token, omadm_str name);
omadm_err dispatch_complete(fw_csp *csp, omadm_token token, omadm_status status,
                            const omadm_csp_alert *alert);
omadm_err dispatch_note_type(fw_csp *csp, omadm_token token, omadm_str type);

/* Logs that an Exec of which 202 is told goes on. */
void dispatch_accept(omadm_framework *fw, const fw_call *call);
/* Logs that nobody waits for the call any more. */
void dispatch_give_up(omadm_framework *fw, const fw_call *call);
/* The CSP is closed: warns of each request that it has not ended and never will. */
void dispatch_name_forgotten(const fw_csp *csp);

/* Delivers what is done; returns how much. */
int dispatch_deliver(omadm_framework *fw);
/* Calls that are outstanding. */
size_t dispatch_outstanding(const omadm_framework *fw);
void dispatch_dispose(omadm_framework *fw);

#endif
