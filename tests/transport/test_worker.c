/* SPDX-License-Identifier: MIT */
#include <omadm/worker.h>

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/time.h>
#include <time.h>

#include <cmocka.h>

#include "transport/clock.h"

typedef struct job {
  pthread_t ran_on;
  pthread_t done_on;
  unsigned ms;
  atomic_int ran;
  int done;
} job;

static void run_job(void *arg) {
  job *j = arg;
  struct timespec t = {0, (long)j->ms * 1000000};
  nanosleep(&t, NULL);
  j->ran_on = pthread_self();
  atomic_fetch_add(&j->ran, 1);
}

static void end_job(void *arg) {
  job *j = arg;
  j->done_on = pthread_self();
  j->done++;
}

static omadm_worker *make(unsigned threads) {
  omadm_worker *w = NULL;
  assert_int_equal(omadm_worker_new(threads, &w, NULL), 0);
  assert_non_null(w);
  return w;
}

static void done_runs_on_the_thread_that_polls(void **state) {
  omadm_worker *w = make(2);
  job j = {.ms = 20};
  (void)state;
  assert_int_equal(w->submit(w->ctx, run_job, end_job, &j), 0);
  assert_int_equal(w->pending(w->ctx), 1);
  assert_int_equal(w->poll(w->ctx, 2000), 1);
  assert_int_equal(w->pending(w->ctx), 0);
  assert_int_equal(j.done, 1);
  assert_true(pthread_equal(j.done_on, pthread_self()));
  assert_false(pthread_equal(j.ran_on, pthread_self()));
  omadm_worker_free(w);
}

static void a_poll_waits_no_longer_than_it_may(void **state) {
  omadm_worker *w = make(1);
  (void)state;
  int64_t began = omadm_clock_ms();
  assert_int_equal(w->poll(w->ctx, 0), 0);
  assert_int_equal(w->poll(w->ctx, -1), 0);
  assert_true(omadm_clock_ms() - began < 50);
  assert_int_equal(w->poll(w->ctx, 60), 0);
  assert_true(omadm_clock_ms() - began >= 60);
  omadm_worker_free(w);
}

static void many_jobs_are_each_done_once(void **state) {
  enum { N = 2000 };
  static job jobs[N];
  omadm_worker *w = make(4);
  int done = 0;
  (void)state;
  for (int i = 0; i < N; i++) {
    jobs[i] = (job){0};
    assert_int_equal(w->submit(w->ctx, run_job, end_job, &jobs[i]), 0);
  }
  while (done < N)
    done += w->poll(w->ctx, 1000);
  for (int i = 0; i < N; i++)
    assert_true(jobs[i].done == 1 && atomic_load(&jobs[i].ran) == 1);
  assert_int_equal(w->poll(w->ctx, 0), 0);
  omadm_worker_free(w);
}

typedef struct chain {
  omadm_worker *worker;
  int left;
} chain;

static void run_nothing(void *arg) {
  (void)arg;
}

static void submit_next(void *arg) {
  chain *c = arg;
  if (--c->left > 0)
    assert_int_equal(c->worker->submit(c->worker->ctx, run_nothing, submit_next, c), 0);
}

static void done_may_submit(void **state) {
  omadm_worker *w = make(1);
  chain c = {w, 5};
  (void)state;
  assert_int_equal(w->submit(w->ctx, run_nothing, submit_next, &c), 0);
  while (c.left > 0)
    w->poll(w->ctx, 1000);
  assert_int_equal(w->pending(w->ctx), 0);
  omadm_worker_free(w);
}

static void jobs_of_two_threads_run_side_by_side(void **state) {
  omadm_worker *w = make(2);
  job a = {.ms = 150}, b = {.ms = 150};
  int done = 0;
  (void)state;
  int64_t began = omadm_clock_ms();
  w->submit(w->ctx, run_job, end_job, &a);
  w->submit(w->ctx, run_job, end_job, &b);
  while (done < 2)
    done += w->poll(w->ctx, 1000);
  assert_true(omadm_clock_ms() - began < 290);
  omadm_worker_free(w);
}

static void free_waits_and_calls_done(void **state) {
  omadm_worker *w = make(1);
  job jobs[3] = {{.ms = 50}, {.ms = 10}, {.ms = 10}};
  (void)state;
  for (int i = 0; i < 3; i++)
    w->submit(w->ctx, run_job, end_job, &jobs[i]);
  omadm_worker_free(w);
  for (int i = 0; i < 3; i++)
    assert_true(atomic_load(&jobs[i].ran) == 1 && jobs[i].done == 1);
  omadm_worker_free(NULL);
}

static void submit_too_late(void *arg) {
  chain *c = arg;
  c->left = c->worker->submit(c->worker->ctx, run_nothing, submit_next, c);
}

static void a_done_during_free_cannot_submit(void **state) {
  omadm_worker *w = make(1);
  chain c = {w, 0};
  (void)state;
  w->submit(w->ctx, run_nothing, submit_too_late, &c);
  omadm_worker_free(w);
  assert_int_equal(c.left, OMADM_E_STATE);
}

static void *wake_soon(void *arg) {
  omadm_worker *w = arg;
  struct timespec t = {0, 30000000};
  nanosleep(&t, NULL);
  w->wake(w->ctx);
  return NULL;
}

static void wake_ends_a_poll(void **state) {
  omadm_worker *w = make(1);
  pthread_t thread;
  (void)state;
  int64_t began = omadm_clock_ms();
  pthread_create(&thread, NULL, wake_soon, w);
  assert_int_equal(w->poll(w->ctx, 5000), 0);
  assert_true(omadm_clock_ms() - began < 2000);
  pthread_join(thread, NULL);
  w->wake(w->ctx); /* before the poll, and twice: it is not lost and not kept */
  w->wake(w->ctx);
  assert_int_equal(w->poll(w->ctx, 5000), 0);
  began = omadm_clock_ms();
  assert_int_equal(w->poll(w->ctx, 40), 0);
  assert_true(omadm_clock_ms() - began >= 40);
  omadm_worker_free(w);
}

static omadm_worker *to_wake;

static void on_alarm(int number) {
  (void)number;
  to_wake->wake(to_wake->ctx);
}

static void wake_works_in_a_signal_handler(void **state) {
  struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
  struct itimerval soon = {.it_value = {0, 30000}};
  (void)state;
  to_wake = make(3);
  sigaction(SIGALRM, &action, NULL);
  setitimer(ITIMER_REAL, &soon, NULL);
  int64_t began = omadm_clock_ms();
  assert_int_equal(to_wake->poll(to_wake->ctx, 5000), 0);
  assert_true(omadm_clock_ms() - began < 2000);
  omadm_worker_free(to_wake);
}

static void a_pool_without_threads_is_refused(void **state) {
  omadm_worker *w = NULL;
  omadm_error error = {0};
  (void)state;
  assert_int_equal(omadm_worker_new(0, &w, &error), OMADM_E_ARGUMENT);
  assert_null(w);
  assert_int_equal(omadm_worker_new(100000, &w, NULL), OMADM_E_ARGUMENT);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(done_runs_on_the_thread_that_polls),
      cmocka_unit_test(a_poll_waits_no_longer_than_it_may),
      cmocka_unit_test(many_jobs_are_each_done_once),
      cmocka_unit_test(done_may_submit),
      cmocka_unit_test(jobs_of_two_threads_run_side_by_side),
      cmocka_unit_test(free_waits_and_calls_done),
      cmocka_unit_test(a_done_during_free_cannot_submit),
      cmocka_unit_test(wake_ends_a_poll),
      cmocka_unit_test(wake_works_in_a_signal_handler),
      cmocka_unit_test(a_pool_without_threads_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
