/* SPDX-License-Identifier: MIT */
/*
 * Add and Replace whose Data is a TNDS document, and Adds into ./Inbox (OMA-TS-DM_RepPro 6.6.1,
 * 6.6.11; OMA-TS-DM_StdObj 5.3.4): many nodes, one transaction, one Status.
 */
#ifndef OMADM_SESSION_TNDS_H
#define OMADM_SESSION_TNDS_H

#include <omadm/tnds.h>

#include "omadm/session/state.h"
#include "omadm/session/subtree.h"

/* First all is checked, in the order in which it will be done, and only then anything is changed:
 * what fails must leave nothing behind, wherever it stands (OMA-TS-DM_RepPro 6.6.11), also where a
 * CSP cannot take back what it did. Occurrence alone is found out on the way. */
typedef enum tnds_stage {
  TNDS_SCAN = 0, /* Replace: what is there, and goes */
  TNDS_CHECK_REMOVE,
  TNDS_CHECK_NODES,
  TNDS_CHECK_TITLES,
  TNDS_CHECK_ACLS,
  TNDS_REMOVE,
  TNDS_NODES,
  TNDS_TITLES,
  TNDS_ACLS, /* last, lowest node first: an ACL of the document must not stop the document */
  TNDS_STAGES
} tnds_stage;

typedef struct tnds_removal {
  struct tnds_removal *next;
  omadm_str uri;
} tnds_removal;

struct tnds_task {
  omadm_tnds *doc; /* NULL: nothing is under way */
  bool replace;
  bool placed; /* of ./Inbox: the URIs are those of omadm_tnds_place */
  bool open; /* the transaction is its own, not that of an Atomic */
  bool waiting; /* for the answer to the call of the stage */
  bool enlists; /* more than one change: each has to be one that can be undone */
  tnds_stage stage;
  size_t i; /* node of the stage */
  uint32_t top; /* the node of the document that is the Target */
  size_t changes; /* accepted */
  omadm_arena arena; /* of what follows */
  bool *stays; /* one a node of doc: it is there, and is not added */
  bool *goes; /* likewise: it is there, is removed, and is added anew */
  tnds_removal *removals, **last_removal;
  const tnds_removal *removal; /* of the stage */
  omadm_str base; /* the Target, as written */
  omadm_buf text, scratch, octets;
  subtree tree;
  /* Of a document that comes in chunks (OMA-TS-DM_Protocol 7): what is here, and the Item that it
   * makes with the Meta of the first. */
  omadm_buf gathered, meta;
  wire_item whole;
};

/* Is the Item of the running Add or Replace one of these? Once it is begun it stays so. */
bool tnds_concerns(const omadm_session *s);
/* Runs it. PENDING: called again. */
omadm_status tnds_run(omadm_session *s);
/* The same in chunks: the first is here, which names everything but Data; octets come; the last is
 * here, and the whole is run. PENDING: this is called again. */
omadm_status tnds_gather_begin(omadm_session *s);
omadm_status tnds_gather_add(omadm_session *s, omadm_str octets);
omadm_status tnds_gather_run(omadm_session *s);

/* Rolls back what is under way. */
void tnds_drop(omadm_session *s);
void tnds_free(omadm_session *s);

/* tnds_scan.c: compares the Target's subtree with the document. PENDING: called again. */
omadm_status tnds_scan(omadm_session *s, tnds_task *t);

/* tnds_node.c: one call of the tree each, PENDING: called again. */
omadm_status tnds_remove(omadm_session *s, tnds_task *t, omadm_str uri);
omadm_status tnds_node(omadm_session *s, tnds_task *t, size_t i);
omadm_status tnds_title(omadm_session *s, tnds_task *t, size_t i);
omadm_status tnds_acl(omadm_session *s, tnds_task *t, size_t i);

/* tnds_check.c: what each of these would be refused for; nothing is changed. */
omadm_status tnds_check_remove(omadm_session *s, tnds_task *t, omadm_str uri);
omadm_status tnds_check_node(omadm_session *s, tnds_task *t, size_t i);
omadm_status tnds_check_title(omadm_session *s, tnds_task *t, size_t i);
omadm_status tnds_check_acl(omadm_session *s, tnds_task *t, size_t i);

/* tnds_judge.c: what decides in the check and in the change alike. 200, or the refusal; what is
 * found is in walk.node, the value in walk.value. */
omadm_status tnds_locate(omadm_session *s, tnds_task *t, size_t i);
omadm_status tnds_locate_uri(omadm_session *s, tnds_task *t, omadm_str uri);
omadm_status tnds_judge_remove(omadm_session *s, const tnds_task *t);
/* `acl` is the one that decides; ptr NULL: the right is the document's own. */
omadm_status tnds_judge_add(omadm_session *s, tnds_task *t, size_t i, omadm_str acl);
omadm_status tnds_judge_replace(omadm_session *s, tnds_task *t, size_t i, omadm_str acl);
/* Does the document say anything of its value, where it is there? */
bool tnds_gives_value(const omadm_tnds_node *n);
/* Is the node above it one that this document makes? */
bool tnds_parent_is_made(const tnds_task *t, size_t i);
/* Does the document's ACL say nothing that is to be set? Of a node that is found. */
bool tnds_acl_is_idle(const omadm_session *s, const omadm_tnds_node *n);

/* inbox.c: is it the URI of ./Inbox or of something in it? */
bool inbox_leads(const omadm_uri *uri);
/* The same of a target as it came, not parsed. */
bool inbox_holds(omadm_str target);
/* May the server put something there, and where does the document belong? 200: it is placed. */
omadm_status inbox_place(omadm_session *s, omadm_tnds *doc);

#endif
