/* SPDX-License-Identifier: MIT */
/* Messages of a server for the tests of this folder. */
#ifndef TESTS_FAULTS_TALK_H
#define TESTS_FAULTS_TALK_H

#include "tests/faults/world.h"

#define SERVER_MESSAGE(msg_id, body)                                                               \
  "<SyncML xmlns=\"SYNCML:SYNCML1.2\"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto>"    \
  "<SessionID>" WORLD_SESSION "</SessionID><MsgID>" msg_id "</MsgID><Target><LocURI>" WORLD_DEVICE \
  "</LocURI></Target><Source><LocURI>" WORLD_SERVER                                                \
  "</LocURI></Source></SyncHdr><SyncBody><Status><CmdID>1</CmdID><MsgRef>" msg_id                  \
  "</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><Data>200</Data></Status>" body                    \
  "<Final/></SyncBody></SyncML>"
#define ITEM(uri, data) "<Item><Target><LocURI>" uri "</LocURI></Target>" data "</Item>"
#define DATA(text) "<Data>" text "</Data>"
#define COMMAND(name, id, items) "<" name "><CmdID>" id "</CmdID>" items "</" name ">"
#define ADD(id, uri, value) COMMAND("Add", id, ITEM(uri, DATA(value)))
#define REPLACE(id, uri, value) COMMAND("Replace", id, ITEM(uri, DATA(value)))
#define DELETE(id, uri) COMMAND("Delete", id, ITEM(uri, ""))
#define GET(id, uri) COMMAND("Get", id, ITEM(uri, ""))
#define EXEC(id, uri, value) COMMAND("Exec", id, ITEM(uri, DATA(value)))
#define ATOMIC(id, ...) COMMAND("Atomic", id, __VA_ARGS__)
#define SEQUENCE(id, ...) COMMAND("Sequence", id, __VA_ARGS__)

#define LEAVES "./Vendor/Test/Leaves/"
#define ITEMS "./Vendor/Test/Items/"
#define SLOW "./Vendor/Test/Slow/"

#endif
