/* SPDX-License-Identifier: MIT */
/*
 * One socket for all threads. Whoever waits reads, if nobody does: an answer for another waiter is
 * handed to that one, a slot to the main thread. So a round trip needs no thread in between.
 */
#include <poll.h>
#include <unistd.h>

#include "csp-framework/isolated/child/child.h"

void child_send(child *c, uint32_t type, uint64_t id, omadm_str body) {
  pthread_mutex_lock(&c->sending);
  (void)wire_send(WIRE_FD, type, id, body,
                  INT64_MAX); /* that the host is gone is seen where it is read */
  pthread_mutex_unlock(&c->sending);
}

static void swap(wire_message *a, wire_message *b) {
  wire_message kept = *a;
  *a = *b;
  *b = kept;
}

/* Hands a message to whom it is for. The lock is held. */
static void deliver(child *c, wire_message *m) {
  if (m->type == WIRE_SLOT && !c->asked) {
    swap(m, &c->question);
    c->asked = true;
    return;
  }
  child_waiter *w = c->waiters;
  while (w != NULL && (m->type != WIRE_RESULT || w->id != m->id))
    w = w->next;
  if (w == NULL) {
    c->gone = true; /* nobody asked that: it is no host of ours */
    return;
  }
  if (m != &w->message) swap(m, &w->message);
  w->here = true;
}

/* Reads one message into *m, and hands it on. The lock is held, but not while it reads. `bell`: the
 * end of a job ends it too. */
static void read_one(child *c, wire_message *m, bool bell) {
  wire_outcome outcome = WIRE_NONE;
  c->reading = true;
  pthread_mutex_unlock(&c->lock);
  struct pollfd fds[2] = {{.fd = WIRE_FD, .events = POLLIN}, {.fd = c->bell, .events = POLLIN}};
  if (bell) (void)poll(fds, 2, -1);
  if (fds[1].revents != 0) {
    uint64_t rings = 0;
    ssize_t n = read(c->bell, &rings, sizeof rings);
    (void)n; /* never blocks */
  }
  if (!bell || fds[0].revents != 0) outcome = wire_receive(WIRE_FD, m, SIZE_MAX, INT64_MAX, true);
  pthread_mutex_lock(&c->lock);
  c->reading = false;
  if (outcome == WIRE_OK) deliver(c, m);
  if (outcome != WIRE_OK && outcome != WIRE_NONE) c->gone = true;
  pthread_cond_broadcast(&c->changed);
}

bool child_ask(child *c, uint32_t type, omadm_str body, child_waiter *w) {
  pthread_mutex_lock(&c->lock);
  w->id = ++c->next_id;
  w->here = false;
  w->next = c->waiters;
  c->waiters = w;
  pthread_mutex_unlock(&c->lock);
  child_send(c, type, w->id, body);
  pthread_mutex_lock(&c->lock);
  while (!w->here && !c->gone) {
    if (c->reading)
      pthread_cond_wait(&c->changed, &c->lock);
    else
      read_one(c, &w->message, false);
  }
  child_waiter **link = &c->waiters;
  while (*link != w)
    link = &(*link)->next;
  *link = w->next;
  pthread_mutex_unlock(&c->lock);
  return w->here;
}

void child_waiter_dispose(child_waiter *w) {
  omadm_buf_dispose(&w->message.body);
}

bool child_listen(child *c) {
  pthread_mutex_lock(&c->lock);
  while (!c->asked && !c->gone && c->ended == 0) {
    if (c->reading)
      pthread_cond_wait(&c->changed, &c->lock);
    else
      read_one(c, &c->waiter.message, c->jobs > 0);
  }
  bool goes_on = !c->gone;
  pthread_mutex_unlock(&c->lock);
  return goes_on;
}
