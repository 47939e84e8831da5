/* SPDX-License-Identifier: MIT */
#include <omadm/transport.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static omadm_err answer(void *ctx, const omadm_out *out, omadm_response *response,
                        omadm_error *error) {
  omadm_err wanted = *(omadm_err *)ctx;
  if (wanted != 0) return omadm_error_set(error, wanted, "as asked");
  response->body = out->body;
  return 0;
}

static void a_message_is_answered_by_the_function(void **state) {
  omadm_err wanted = 0;
  omadm_transport *t = NULL;
  omadm_out out = {.body = OMADM_STR("x")};
  omadm_response response = {0};
  (void)state;
  assert_int_equal(omadm_loopback_new(answer, &wanted, &t, NULL), 0);
  assert_int_equal(t->ops->step(t, 0, &response, NULL), OMADM_E_STATE);
  assert_int_equal(t->ops->post(t, &out, NULL), 0);
  assert_int_equal(t->ops->post(t, &out, NULL), OMADM_E_STATE);
  assert_int_equal(t->ops->step(t, 0, &response, NULL), 1);
  assert_int_equal(response.http_status, 200);
  assert_ptr_equal(response.body.ptr, out.body.ptr);
  assert_int_equal(t->ops->post(t, &out, NULL), 0);
  t->ops->cancel(t);
  assert_int_equal(t->ops->step(t, 0, &response, NULL), OMADM_E_STATE);
  omadm_transport_free(t);
}

static void a_failure_is_told_by_step_and_a_refusal_by_post(void **state) {
  omadm_err wanted = OMADM_E_TIMEOUT;
  omadm_transport *t = NULL;
  omadm_out out = {.body = OMADM_STR("x")};
  omadm_response response = {0};
  omadm_error error = {0};
  (void)state;
  assert_int_equal(omadm_loopback_new(answer, &wanted, &t, NULL), 0);
  assert_int_equal(t->ops->post(t, &out, NULL), 0);
  assert_int_equal(t->ops->step(t, 0, &response, &error), OMADM_E_TIMEOUT);
  assert_string_equal(error.text, "as asked");
  wanted = OMADM_E_REFUSED;
  assert_int_equal(t->ops->post(t, &out, NULL), OMADM_E_REFUSED);
  assert_int_equal(t->ops->step(t, 0, &response, NULL), OMADM_E_STATE);
  omadm_transport_free(t);
  omadm_transport_free(NULL);
  assert_int_equal(omadm_loopback_new(NULL, NULL, &t, NULL), OMADM_E_ARGUMENT);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_message_is_answered_by_the_function),
      cmocka_unit_test(a_failure_is_told_by_step_and_a_refusal_by_post),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
