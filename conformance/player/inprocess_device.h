/* SPDX-License-Identifier: MIT */
/* The device of one transcript: its store, its tree, its accounts and its clock. */
#ifndef OMADM_PLAYER_INPROCESS_DEVICE_H
#define OMADM_PLAYER_INPROCESS_DEVICE_H

#include "conformance/player/inprocess.h"

#include <omadm/account.h>
#include <omadm/framework.h>
#include <omadm/host.h>
#include <omadm/log.h>
#include <omadm/notification.h>
#include <omadm/session.h>
#include <omadm/store.h>
#include <omadm/tpm.h>
#include <omadm/worker.h>

#include "conformance/player/inprocess_user.h"

typedef struct device_job {
  void (*run)(void *arg);
  void (*done)(void *arg);
  void *arg;
} device_job;

typedef void (*device_completed)(void *ctx, omadm_token token, omadm_status status,
                                 const omadm_answer *answer);

/* The last notification. */
typedef enum device_arrival {
  DEVICE_NOTHING_ARRIVED = 0,
  DEVICE_NOTIFIED,
  DEVICE_NOT_NOTIFIED /* it was refused */
} device_arrival;

typedef struct device {
  const omadm_transcript_setup *setup;
  const omadm_inprocess_config *config;
  const omadm_log *log;
  unsigned host_flags;
  device_completed completed;
  void *completed_ctx;
  int64_t now; /* milliseconds since 1970; stands still between <wait>s */
  uint64_t random; /* the next octet's counter */
  omadm_limits limits;
  omadm_store *store;
  omadm_tpm tpm;
  omadm_worker worker; /* runs jobs on this thread */
  omadm_buf jobs; /* device_job, oldest first */
  omadm_framework *framework;
  omadm_accounts *accounts;
  omadm_account_host *accounts_host; /* which host passes on to */
  omadm_host host;
  omadm_buf device_id;
  omadm_buf value, acl, title; /* of the last node read */
  device_user user;
  bool has_user;
  device_arrival arrival;
  omadm_notification notification; /* borrowed from the transcript */
  omadm_notification_verdict notified;
  omadm_token awaited; /* of the device's own late read */
  omadm_status answered;
} device;

/* A fresh device as `setup` says. */
omadm_err device_begin(device *self, const omadm_transcript_setup *setup,
                       const omadm_player_mode *mode, const omadm_inprocess_config *config,
                       device_completed completed, void *ctx, omadm_error *error);
void device_end(device *self);
/* The same store under a new framework. */
omadm_err device_restart(device *self, omadm_error *error);

/* Reads the accounts again, and what they say of the root's ACL. */
omadm_err device_accounts(device *self, omadm_error *error);

/* Lets CSPs end what they began: jobs, and the jobs that these begin. */
void device_finish_jobs(device *self);

/* What a session with that account needs. */
omadm_err device_session(device *self, omadm_str server_id, omadm_session_config *config,
                         omadm_error *error);
/* The device's own change of a leaf, or an interior node where format is "node". */
omadm_err device_set(device *self, omadm_str uri, omadm_str format, omadm_str type, omadm_str value,
                     omadm_error *error);
/* inprocess_properties.c: is there such a node? */
bool device_has_node(device *self, omadm_str uri);
/* The device's own change of a property ("ACL", "Title"); none where value.ptr is NULL. */
omadm_err device_set_property(device *self, omadm_str uri, const char *property, omadm_str value,
                              omadm_error *error);
/* The property of a node, kept in `room`; ptr NULL where it cannot be read. */
omadm_str device_property(device *self, const omadm_node *node, const char *property,
                          omadm_buf *room);

/* A node as the device sees it. */
omadm_err device_read(device *self, omadm_str uri, omadm_player_node *out, omadm_error *error);

#endif
