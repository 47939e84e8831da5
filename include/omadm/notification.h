/* SPDX-License-Identifier: MIT */
/*
 * Notifications (package 0, OMA-TS-DM_Notification): a server asks the device for a session, by
 * whatever brings a few octets to it. Nobody is ever answered: a notification leads to a session,
 * or to a line in the device's log. The order of calls:
 *
 *   read       octets into fields; a WAP push around them is taken off
 *   verify     is it from a server of ours, and new? Changes nothing
 *   remember   from here on the same notification is refused
 *   question   what its ui-mode asks the person at the device; the caller asks
 *   session    omadm_notification_session fills in what it decides
 *   forget     only where that session reached nobody: the server will send it again
 */
#ifndef OMADM_NOTIFICATION_H
#define OMADM_NOTIFICATION_H

#include <omadm/error.h>
#include <omadm/framework.h>
#include <omadm/host.h>
#include <omadm/session.h>
#include <omadm/types.h>
#include <omadm/ui.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The field ui-mode (OMA-TS-DM_Notification 6.2.5). */
typedef enum omadm_notification_ui {
  OMADM_NOTIFICATION_ANY = 0, /* not said */
  OMADM_NOTIFICATION_BACKGROUND,
  OMADM_NOTIFICATION_INFORM, /* the person is told */
  OMADM_NOTIFICATION_ASK /* the person decides */
} omadm_notification_ui;

/* The fields. Spans are borrowed from the octets that were read. */
typedef struct omadm_notification {
  unsigned version; /* times ten: 10, 11, 12 */
  omadm_notification_ui ui;
  int server_initiated; /* 0: something the user did caused it */
  uint32_t session; /* 1 to 65535 */
  omadm_str server_id;
  omadm_str digest; /* 16 octets */
  omadm_str trigger; /* what the digest is made over: everything behind it */
  omadm_str vendor; /* the vendor's own part of it; may be empty */
} omadm_notification;

/* The octets of a notification, or of a WAP push that carries one (OMA-TS-DM_Notification 7.1):
 * with or without a user data header. SYNTAX: it is none; UNSUPPORTED: a version that this one does
 * not know. */
OMADM_EXPORT omadm_err omadm_notification_read(omadm_str octets, omadm_notification *notification,
                                               omadm_error *error);

/* Against what it is verified. */
typedef struct omadm_notification_device {
  size_t struct_size;
  omadm_framework *framework; /* keeps which notifications came */
  const omadm_host *host; /* knows what the server proves itself with (host->credentials) */
  int64_t now; /* milliseconds since 1970 */
} omadm_notification_device;

/* What a verified notification decides of its session. */
typedef struct omadm_notification_verdict {
  size_t struct_size;
  int resync; /* made with the nonce of four zero octets: omadm_session_config.nonce_resync */
  char session_id[8]; /* upper-case hexadecimal, no leading zeros, terminated */
  unsigned char nonce_name[8]; /* private: names the nonce it was made with */
} omadm_notification_verdict;

/* Hours between two sessions of one server that begin with the nonce of four zero octets. Such a
 * notification can be replayed by who once saw it (OMA-TS-DM_Notification 5.1). */
#define OMADM_NOTIFICATION_RESYNC_HOURS 24

/*
 * The digest against the account's credentials of the server, with the stored nonce, then with four
 * zero octets; then whether it came before. Each comparison of a digest takes the same time
 * wherever they differ. Changes nothing. *verdict is set on 0. REFUSED: no such account, one whose
 * server has no secret here, a digest that does not fit, a repetition, a resynchronisation too
 * soon; *error says which, for a log and never for the peer.
 */
OMADM_EXPORT omadm_err omadm_notification_verify(const omadm_notification *notification,
                                                 const omadm_notification_device *device,
                                                 omadm_notification_verdict *verdict,
                                                 omadm_error *error);

/* Keeps that this notification came: it is refused as long as the nonce lives. Settled before it
 * returns. */
OMADM_EXPORT omadm_err omadm_notification_remember(const omadm_notification *notification,
                                                   const omadm_notification_device *device,
                                                   const omadm_notification_verdict *verdict,
                                                   omadm_error *error);

/* Takes omadm_notification_remember back. */
OMADM_EXPORT omadm_err omadm_notification_forget(const omadm_notification *notification,
                                                 const omadm_notification_device *device,
                                                 const omadm_notification_verdict *verdict,
                                                 omadm_error *error);

/* What ui-mode asks of the device: 1 and *question is filled (its text is appended to *text, which
 * must stay until the question is over); 0: nothing. `name` is the server's, for people; its
 * ServerID where it is empty. */
OMADM_EXPORT int omadm_notification_question(const omadm_notification *notification, omadm_str name,
                                             omadm_buf *text, omadm_ui_question *question);
/* May the session begin after that outcome? CANCELLED where there is nobody to ask: then a
 * notification that wants the person to decide is dropped (OMA-TS-DM_Notification 6.2.5). */
OMADM_EXPORT int omadm_notification_is_allowed(const omadm_notification *notification,
                                               omadm_ui_outcome outcome);

/* Alert 1200, the SessionID, and the nonce to begin with. Spans are borrowed from *verdict. */
OMADM_EXPORT void omadm_notification_session(const omadm_notification_verdict *verdict,
                                             omadm_session_config *config);

#ifdef __cplusplus
}
#endif
#endif
