/* SPDX-License-Identifier: MIT */
/*
 * A whole session over the real framework; the input plays the server. Three octets choose:
 *   0  bit 0: windows; 1-2: quirks (tolerate, warn, refuse); 3: copying host; 4: late host;
 *      5: server-initiated; 6: an alert waits; 7: both sides have credentials
 *   1  size of the pieces that the server's octets come in; 0: whole
 *   2  the size, in 64 octets, that messages of our own announce as MaxMsgSize; 0: none; and the
 *      largest value taken, in 16 octets; with credentials its last two bits say their type
 * Then come the server's messages, with the octet 0x1E behind each. One that consists of a single
 * octet from 1 to 5 is an act instead (see act). When the input is used up, the server goes on with
 * messages of our own until the session ends, so that every command can get its Status.
 */
#include "base/mem.h"
#include "base/str.h"
#include "tests/faults/judge.h"
#include "tests/faults/world.h"

#include "tests/fuzz/fuzz.h"

#include <stdio.h>

enum { MARKER = 0x1E, ROUNDS = 20 };

typedef struct play {
  world world;
  judge judge;
  const uint8_t *at, *end;
  unsigned peer_size; /* of our own messages */
  uint64_t server_msg; /* the largest MsgID that may have been used */
  unsigned sent;
  bool last_sent; /* the message after which nothing is read */
  bool disturbed; /* by an act: not every command has to be answered */
  bool by_hand; /* the messages are our own */
} play;

static void options_read(play *p, const uint8_t *octets, world_options *o) {
  static const char *const quirks[] = {"tolerate", "warn", "refuse", "tolerate"};
  static const omadm_auth auths[] = {OMADM_AUTH_BASIC, OMADM_AUTH_MD5, OMADM_AUTH_MAC,
                                     OMADM_AUTH_MD5};
  world_options_init(o);
  o->dialect = (octets[0] & 1) != 0 ? OMADM_DIALECT_WINDOWS : OMADM_DIALECT_OMA;
  o->quirks = quirks[octets[0] >> 1 & 3];
  o->host_flags = octets[0] >> 3 & 3;
  o->server_initiated = (octets[0] & 32) != 0;
  if ((octets[0] & 128) != 0) o->auth = auths[octets[2] & 3];
  o->chunk = octets[1];
  o->limits.rounds = ROUNDS;
  if (octets[2] > 0) o->limits.max_obj_size = octets[2] * 16U;
  p->peer_size = octets[2] * 64U;
}

static void raise_alert(play *p) {
  const omadm_alert alert = {.code = 1226,
                             .type = OMADM_STR("urn:omadm:test:fuzz"),
                             .source = OMADM_STR("./Vendor/Test/Leaves/Text"),
                             .data = OMADM_STR("<something> & \xE2\x82\xAC")};
  omadm_framework_raise(p->world.framework, (omadm_str){NULL, 0}, &alert);
}

/* The result of a session never says that it goes on when it is over, nor the other way round. */
static omadm_result result_of(const play *p) {
  omadm_result r;
  omadm_session_outcome(p->world.session, &r);
  require((r.outcome == OMADM_OUTCOME_DONE || r.outcome == OMADM_OUTCOME_NONE) || r.reason[0] != 0);
  require(r.failed <= r.commands);
  return r;
}

/* Something that is not a message. False: the session is over. */
static void act(play *p, int which) {
  omadm_session *s = p->world.session;
  omadm_out again;
  p->disturbed = true;
  switch (which) {
  case 1:
    require(omadm_session_resend(s, &again) == 0);
    require(judge_client(&p->judge, again.body, again.last));
    break;
  case 2: omadm_session_abort(s); break;
  case 3: omadm_session_break(s, "broken by the fuzzer"); break;
  case 4: raise_alert(p); break;
  default: /* calls that are not allowed now */
    require(omadm_session_feed(s, "x", 1) == OMADM_E_STATE);
    require(omadm_session_end(s) == OMADM_E_STATE);
    require(omadm_session_complete(s, 1, OMADM_ST_OK, NULL) == OMADM_E_NOT_FOUND);
    break;
  }
}

/* The next message of the input; false at its end. */
static bool take(play *p, omadm_str *message) {
  if (p->at == p->end) return false;
  const uint8_t *stop = memchr(p->at, MARKER, (size_t)(p->end - p->at));
  if (stop == NULL) stop = p->end;
  *message = (omadm_str){(const char *)p->at, (size_t)(stop - p->at)};
  p->at = stop < p->end ? stop + 1 : stop;
  return true;
}

/* A message that asks for more and brings nothing. */
static omadm_str own_message(play *p, char *out, size_t size) {
  char meta[100] = "";
  if (p->peer_size > 0)
    snprintf(meta, sizeof meta, "<Meta><MaxMsgSize xmlns=\"syncml:metinf\">%u</MaxMsgSize></Meta>",
             p->peer_size);
  int n =
      snprintf(out, size,
               "<SyncML xmlns=\"SYNCML:SYNCML1.2\"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2"
               "</VerProto><SessionID>" WORLD_SESSION "</SessionID><MsgID>%llu</MsgID>"
               "<Target><LocURI>" WORLD_DEVICE "</LocURI></Target><Source><LocURI>" WORLD_SERVER
               "</LocURI></Source>%s</SyncHdr><SyncBody><Status><CmdID>1</CmdID><MsgRef>%llu"
               "</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><Data>200</Data></Status><Final/>"
               "</SyncBody></SyncML>",
               (unsigned long long)++p->server_msg, meta, (unsigned long long)p->judge.msg_id);
  return (omadm_str){out, (size_t)n};
}

/* Hands over one message and looks at what became of it. */
static omadm_step answer(play *p, omadm_str message) {
  omadm_result before = result_of(p);
  uint64_t tree = world_hash(&p->world);
  require(tree != 0);
  omadm_err err = world_feed(&p->world, message.ptr, message.len);
  require(err == 0 || err == OMADM_E_LIMIT);
  omadm_step step = world_next(&p->world);
  omadm_result after = result_of(p);
  bool accepted = after.messages > before.messages;
  if (accepted) judge_server(&p->judge, message);
  bool same = step == OMADM_SEND && judge_client(&p->judge, p->world.out.body, p->world.out.last);
  if (!accepted || same) require(world_hash(&p->world) == tree);
  if (!accepted) require(after.commands == before.commands);
  return step;
}

static void play_on(play *p) {
  char own[1000];
  omadm_step step = world_next(&p->world);
  while (step != OMADM_DONE) {
    omadm_str message = {NULL, 0};
    require(step == OMADM_SEND && !p->last_sent && ++p->sent <= ROUNDS + 1);
    judge_client(&p->judge, p->world.out.body, p->world.out.last);
    p->last_sent = p->world.out.last;
    step = world_next(&p->world);
    if (step == OMADM_DONE) break;
    require(step == OMADM_RECEIVE);
    while (step == OMADM_RECEIVE) {
      if (!take(p, &message)) {
        p->by_hand = true;
        message = own_message(p, own, sizeof own);
      }
      if (message.len == 1 && message.ptr[0] >= 1 && message.ptr[0] <= 5) {
        act(p, message.ptr[0]);
        step = world_next(&p->world);
      } else {
        if (message.len == 0) p->disturbed = true;
        step = answer(p, message);
      }
    }
  }
  require(world_next(&p->world) == OMADM_DONE);
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t n) {
  static play p; /* large */
  world_options options;
  if (n < 3) return 0;
  p = (play){.at = octets + 3, .end = octets + n, .server_msg = 1000000};
  options_read(&p, octets, &options);
  judge_init(&p.judge);
  require(world_open(&p.world, &options) == 0);
  if ((octets[0] & 64) != 0) raise_alert(&p);
  require(world_session(&p.world) == 0);
  play_on(&p);
  omadm_result r = result_of(&p);
  require(r.outcome != OMADM_OUTCOME_NONE);
  if (r.outcome == OMADM_OUTCOME_DONE && !p.disturbed) judge_end(&p.judge);
  judge_dispose(&p.judge);
  world_close(&p.world);
  return 0;
}
