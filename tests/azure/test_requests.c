/* SPDX-License-Identifier: MIT */
/* What comes over HTTP to the service before there is evidence to judge. */
#include "pair.h"

#include <stdio.h>

static pair *p;
static omadm_buf answer;

static int begin(void **state) {
  (void)state;
  p = pair_new();
  omadm_buf_init(&answer, &omadm_mem_default, 0);
  return 0;
}

static int end(void **state) {
  (void)state;
  omadm_buf_dispose(&answer);
  pair_free(p);
  return 0;
}

static int post(const char *body) {
  int status = pair_ask(p, "POST", "/attest/Tpm", omadm_str_of(body), &answer);
  assert_int_equal(omadm_buf_add(&answer, "", 1), 0);
  return status;
}

static int post_message(const char *message) {
  omadm_buf body = {0};
  omadm_buf_init(&body, &omadm_mem_default, 0);
  (void)omadm_buf_add_text(&body, "{\"data\":\"");
  encode(omadm_str_of(message), &body);
  (void)omadm_buf_add(&body, "\"}", 3);
  int status = post(body.ptr);
  omadm_buf_dispose(&body);
  return status;
}

static void a_hello_is_answered_by_a_challenge_in_both_forms(void **state) {
  static const char *const hellos[] = {
      "{\"type\":\"aikcert\"}",
      "{\"payload\":{\"type\":\"aikcert\"},\"metadata\":{\"os_ver\":\"10.0\"}}",
  };
  (void)state;
  for (size_t i = 0; i < 2; i++) {
    assert_int_equal(post_message(hellos[i]), 200);
    assert_non_null(strstr(answer.ptr, "{\"data\":\""));
  }
}

static void ordinary_base64_is_taken_too(void **state) {
  (void)state;
  assert_int_equal(post("{\"data\":\"eyJ0eXBlIjoiYWlrY2VydCJ9\"}"), 200);
  assert_int_equal(post("{\"data\":\"eyJ0eXBlIjoiYWlrY2VydCIgfQ==\"}"), 200);
  assert_int_equal(post("{\"data\":\"eyJ0eXBlIjoiYWlrY2VydCIgfQ\"}"), 200);
}

/* A value of two octets costs the JSON library a hundred. */
static void a_message_of_very_many_values_is_refused(void **state) {
  omadm_buf message = {0};
  (void)state;
  omadm_buf_init(&message, &omadm_mem_default, 0);
  (void)omadm_buf_add_text(&message, "{\"type\":\"aikcert\",\"x\":[1");
  for (int i = 0; i < 5000; i++)
    (void)omadm_buf_add_text(&message, ",{}");
  (void)omadm_buf_add(&message, "]}", 3);
  assert_int_equal(post_message(message.ptr), 400);
  omadm_buf_dispose(&message);
}

static void what_is_no_message_is_refused_with_a_sentence(void **state) {
  static const char *const bodies[] = {
      "",
      "{}",
      "[]",
      "{\"data\":1}",
      "{\"data\":\"!\"}",
      "{\"data\":\"A\"}",
      "{\"data\":\"e31=\"}",
      "{\"data\":\"e30=\"}",
      "{\"data\":\"\"}",
      "{\"data\":\"e30\",\"data\":\"e30\"}",
      "{\"data\":[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]}",
      "\xff\xfe",
  };
  (void)state;
  for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
    assert_int_equal(post(bodies[i]), 400);
    assert_non_null(strstr(answer.ptr, "{\"error\":{\"code\":\"InvalidParameter\",\"message\":\""));
  }
}

static void what_is_no_request_is_refused_with_a_sentence(void **state) {
  static const char *const messages[] = {
      "{\"type\":\"other\"}",
      "{\"payload\":{\"request\":7}}",
      "{\"payload\":{\"request\":\"\"}}",
      "{\"payload\":{\"request\":\"a.b\"}}",
      "{\"payload\":{\"request\":\"a.b.c.d\"}}",
      "{\"payload\":{\"request\":\"e30.e30.e30\"}}",
      /* {"alg":"PS256","typ":"attReqV2"} and {} */
      "{\"request\":\"eyJhbGciOiJQUzI1NiIsInR5cCI6ImF0dFJlcVYyIn0.e30.AA\"}",
      "{\"request\":\"eyJhbGciOiJQUzI1NiIsInR5cCI6ImF0dFJlcVYyIn0..AA\"}",
  };
  (void)state;
  for (size_t i = 0; i < sizeof messages / sizeof *messages; i++) {
    assert_int_equal(post_message(messages[i]), 400);
    assert_non_null(strstr(answer.ptr, "InvalidParameter"));
  }
}

static void a_version_that_is_not_known_is_refused(void **state) {
  static const char *const queries[] = {"", "api-version=", "api-version=2019-01-01",
                                        "version=2020-10-01", "xapi-version=2020-10-01"};
  (void)state;
  for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
    service_reply reply = {.status = 0};
    omadm_buf_init(&reply.body, &omadm_mem_default, 0);
    const service_request request = {.method = OMADM_STR("POST"),
                                     .path = OMADM_STR("/attest/Tpm"),
                                     .query = omadm_str_of(queries[i]),
                                     .body = OMADM_STR("{\"data\":\"eyJ0eXBlIjoiYWlrY2VydCJ9\"}")};
    assert_int_equal(azure_answer(p->service, &request, &reply), 0);
    assert_int_equal(reply.status, 400);
    omadm_buf_dispose(&reply.body);
  }
}

static void another_path_or_method_is_refused(void **state) {
  (void)state;
  assert_int_equal(pair_ask(p, "GET", "/attest/Tpm", omadm_str_of(""), &answer), 405);
  assert_int_equal(pair_ask(p, "POST", "/certs", omadm_str_of(""), &answer), 405);
  assert_int_equal(pair_ask(p, "POST", "/attest/SgxEnclave", omadm_str_of(""), &answer), 404);
  assert_int_equal(pair_ask(p, "POST", "/ATTEST/tpm",
                            omadm_str_of("{\"data\":\"eyJ0eXBlIjoiYWlrY2VydCJ9\"}"), &answer),
                   200);
}

static void without_the_token_that_it_wants_it_answers_401(void **state) {
  static const struct {
    const char *header;
    int status;
  } cases[] = {{"", 401},
               {"Bearer", 401},
               {"Bearer other!", 401},
               {"Bearer secret2", 401},
               {"Basic secret", 401},
               {"Bearer secret", 200},
               {"bearer secret", 200}};
  (void)state;
  p->config.token = "secret";
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    service_reply reply = {.status = 0};
    omadm_buf_init(&reply.body, &omadm_mem_default, 0);
    const service_request request = {.method = OMADM_STR("POST"),
                                     .path = OMADM_STR("/attest/Tpm"),
                                     .query = OMADM_STR("api-version=2025-06-01"),
                                     .authorization = omadm_str_of(cases[i].header),
                                     .body = OMADM_STR("{\"data\":\"eyJ0eXBlIjoiYWlrY2VydCJ9\"}")};
    assert_int_equal(azure_answer(p->service, &request, &reply), 0);
    assert_int_equal(reply.status, cases[i].status);
    omadm_buf_dispose(&reply.body);
  }
}

int main(void) {
#define SERVICE(name) cmocka_unit_test_setup_teardown(name, begin, end)
  const struct CMUnitTest tests[] = {
      SERVICE(a_hello_is_answered_by_a_challenge_in_both_forms),
      SERVICE(ordinary_base64_is_taken_too),
      SERVICE(a_message_of_very_many_values_is_refused),
      SERVICE(what_is_no_message_is_refused_with_a_sentence),
      SERVICE(what_is_no_request_is_refused_with_a_sentence),
      SERVICE(a_version_that_is_not_known_is_refused),
      SERVICE(another_path_or_method_is_refused),
      SERVICE(without_the_token_that_it_wants_it_answers_401),
  };
  return cmocka_run_group_tests_name("requests", tests, NULL, NULL);
}
