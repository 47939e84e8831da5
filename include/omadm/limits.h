/* SPDX-License-Identifier: MIT */
/*
 * Every limit: its name in the configuration, its default, what it stops, the answer when it is
 * met.
 */
#ifndef OMADM_LIMITS_H
#define OMADM_LIMITS_H

#include <omadm/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/*  field, name, default, the least and the most that a configuration may ask for, what it stops;
 *  what happens */
/* clang-format off */
#define OMADM_LIMITS(X) \
  X(max_msg_size, "max-msg-size", 65536, 2048, 1073741824, "the largest message announced to the server; ours are cut at the server's") \
  X(max_obj_size, "max-obj-size", 16777216, 1, 4294967296, "the largest value announced and taken; 413") \
  X(inline_value, "inline-value", 65536, 1, 16777216, "values that fill the store and memory; a larger one is a file of its own") \
  X(receive, "receive", 8388608, 2048, 1073741824, "a body that fills memory; the session ends") \
  X(decoded, "decoded", 33554432, 2048, 1073741824, "a message that grows while decoded; the session ends") \
  X(depth, "depth", 32, 8, 1000, "nested SyncML elements that eat the stack; the session ends") \
  X(data_depth, "data-depth", 256, 1, 10000, "nested XML inside Data; the session ends") \
  X(commands, "commands", 10000, 1, 1000000, "a message of endless commands; the session ends") \
  X(items, "items", 10000, 1, 1000000, "a command of endless items; the session ends") \
  X(rounds, "rounds", 200, 1, 1000000, "messages of a server that never stops, but for those that move a large value on; alert 1223") \
  X(uri_length, "uri-length", 4096, 127, 65535, "a URI longer than any tree; 414") \
  X(uri_depth, "uri-depth", 64, 5, 128, "a URI deeper than any tree; 414") \
  X(uri_segment, "uri-segment", 255, 32, 65535, "a node name longer than any; 414") \
  X(alerts, "alerts", 100, 1, 1000000, "alerts that wait for a server; the oldest of lowest mark goes") \
  X(alert_size, "alert-size", 16384, 256, 1048576, "an alert that no message can carry; it is not kept") \
  X(store_size, "store-size", 268435456, 1048576, 1099511627776, "a store that fills the disk; 510") \
  X(transaction, "transaction", 67108864, 1048576, 1099511627776, "an Atomic, a document or a rename of more than memory holds; 413") \
  X(command_time, "command-time", 30, 1, 86400, "seconds a command may take; 202 or 500") \
  X(message_time, "message-time", 120, 1, 86400, "seconds all commands of a message may take; 500") \
  X(user_time, "user-time", 300, 1, 86400, "seconds a person may take to answer a server; 408") \
  X(cancel_time, "cancel-time", 10, 1, 86400, "seconds a roll-back waits for a late answer; 516") \
  X(reply_time, "reply-time", 60, 1, 86400, "seconds the server may take to answer; resend, then the end")
/* clang-format on */

typedef struct omadm_limits {
#define OMADM_LIMIT_FIELD_(field, name, value, least, most, text) uint64_t field;
  OMADM_LIMITS(OMADM_LIMIT_FIELD_)
#undef OMADM_LIMIT_FIELD_
} omadm_limits;

/* The defaults of the table. */
OMADM_EXPORT void omadm_limits_init(omadm_limits *limits);

/* Sets the limit of that name. OMADM_E_NOT_FOUND for an unknown name, OMADM_E_ARGUMENT for a value
 * of 0. */
OMADM_EXPORT omadm_err omadm_limits_set(omadm_limits *limits, omadm_str name, uint64_t value);

#ifdef __cplusplus
}
#endif
#endif
