/* SPDX-License-Identifier: MIT */
#include "provisioning/cp_tokens.h"

#include "base/str.h"

const cp_attribute_token cp_attribute_tokens[] = {
    {0, 0x05, CP_NAME, ""},
    {0, 0x06, CP_VALUE, ""},
    {0, 0x07, CP_NAME, "NAME"},
    {0, 0x08, CP_NAME, "NAP-ADDRESS"},
    {0, 0x09, CP_NAME, "NAP-ADDRTYPE"},
    {0, 0x0A, CP_NAME, "CALLTYPE"},
    {0, 0x0B, CP_NAME, "VALIDUNTIL"},
    {0, 0x0C, CP_NAME, "AUTHTYPE"},
    {0, 0x0D, CP_NAME, "AUTHNAME"},
    {0, 0x0E, CP_NAME, "AUTHSECRET"},
    {0, 0x0F, CP_NAME, "LINGER"},
    {0, 0x10, CP_NAME, "BEARER"},
    {0, 0x11, CP_NAME, "NAPID"},
    {0, 0x12, CP_NAME, "COUNTRY"},
    {0, 0x13, CP_NAME, "NETWORK"},
    {0, 0x14, CP_NAME, "INTERNET"},
    {0, 0x15, CP_NAME, "PROXY-ID"},
    {0, 0x16, CP_NAME, "PROXY-PROVIDER-ID"},
    {0, 0x17, CP_NAME, "DOMAIN"},
    {0, 0x18, CP_NAME, "PROVURL"},
    {0, 0x19, CP_NAME, "PXAUTH-TYPE"},
    {0, 0x1A, CP_NAME, "PXAUTH-ID"},
    {0, 0x1B, CP_NAME, "PXAUTH-PW"},
    {0, 0x1C, CP_NAME, "STARTPAGE"},
    {0, 0x1D, CP_NAME, "BASAUTH-ID"},
    {0, 0x1E, CP_NAME, "BASAUTH-PW"},
    {0, 0x1F, CP_NAME, "PUSHENABLED"},
    {0, 0x20, CP_NAME, "PXADDR"},
    {0, 0x21, CP_NAME, "PXADDRTYPE"},
    {0, 0x22, CP_NAME, "TO-NAPID"},
    {0, 0x23, CP_NAME, "PORTNBR"},
    {0, 0x24, CP_NAME, "SERVICE"},
    {0, 0x25, CP_NAME, "LINKSPEED"},
    {0, 0x26, CP_NAME, "DNLINKSPEED"},
    {0, 0x27, CP_NAME, "LOCAL-ADDR"},
    {0, 0x28, CP_NAME, "LOCAL-ADDRTYPE"},
    {0, 0x29, CP_NAME, "CONTEXT-ALLOW"},
    {0, 0x2A, CP_NAME, "TRUST"},
    {0, 0x2B, CP_NAME, "MASTER"},
    {0, 0x2C, CP_NAME, "SID"},
    {0, 0x2D, CP_NAME, "SOC"},
    {0, 0x2E, CP_NAME, "WSP-VERSION"},
    {0, 0x2F, CP_NAME, "PHYSICAL-PROXY-ID"},
    {0, 0x30, CP_NAME, "CLIENT-ID"},
    {0, 0x3D, CP_NAME, "PXADDR-FQDN"},
    {0, 0x3E, CP_NAME, "PROXY-PW"},
    {0, 0x3F, CP_NAME, "PPGAUTH-TYPE"},
    {0, 0x47, CP_NAME, "PULLENABLED"},
    {0, 0x48, CP_NAME, "DNS-ADDR"},
    {0, 0x45, CP_VERSION, ""},
    {0, 0x46, CP_VERSION, "1.0"},
    {0, 0x50, CP_TYPE, ""},
    {0, 0x51, CP_TYPE, "PXLOGICAL"},
    {0, 0x52, CP_TYPE, "PXPHYSICAL"},
    {0, 0x53, CP_TYPE, "PORT"},
    {0, 0x54, CP_TYPE, "VALIDITY"},
    {0, 0x55, CP_TYPE, "NAPDEF"},
    {0, 0x56, CP_TYPE, "BOOTSTRAP"},
    {0, 0x57, CP_TYPE, "VENDORCONFIG"},
    {0, 0x58, CP_TYPE, "CLIENTIDENTITY"},
    {0, 0x59, CP_TYPE, "PXAUTHINFO"},
    {0, 0x5A, CP_TYPE, "NAPAUTHINFO"},
    {0, 0x5B, CP_TYPE, "ACCESS"},
    {1, 0x05, CP_NAME, ""},
    {1, 0x06, CP_VALUE, ""},
    {1, 0x07, CP_NAME, "NAME"},
    {1, 0x14, CP_NAME, "INTERNET"},
    {1, 0x1C, CP_NAME, "STARTPAGE"},
    {1, 0x22, CP_NAME, "TO-NAPID"},
    {1, 0x23, CP_NAME, "PORTNBR"},
    {1, 0x24, CP_NAME, "SERVICE"},
    {1, 0x2E, CP_NAME, "AACCEPT"},
    {1, 0x2F, CP_NAME, "AAUTHDATA"},
    {1, 0x30, CP_NAME, "AAUTHLEVEL"},
    {1, 0x31, CP_NAME, "AAUTHNAME"},
    {1, 0x32, CP_NAME, "AAUTHSECRET"},
    {1, 0x33, CP_NAME, "AAUTHTYPE"},
    {1, 0x34, CP_NAME, "ADDR"},
    {1, 0x35, CP_NAME, "ADDRTYPE"},
    {1, 0x36, CP_NAME, "APPID"},
    {1, 0x37, CP_NAME, "APROTOCOL"},
    {1, 0x38, CP_NAME, "PROVIDER-ID"},
    {1, 0x39, CP_NAME, "TO-PROXY"},
    {1, 0x3A, CP_NAME, "URI"},
    {1, 0x3B, CP_NAME, "RULE"},
    {1, 0x50, CP_TYPE, ""},
    {1, 0x53, CP_TYPE, "PORT"},
    {1, 0x55, CP_TYPE, "APPLICATION"},
    {1, 0x56, CP_TYPE, "APPADDR"},
    {1, 0x57, CP_TYPE, "APPAUTH"},
    {1, 0x58, CP_TYPE, "CLIENTIDENTITY"},
    {1, 0x59, CP_TYPE, "RESOURCE"},
};
const size_t cp_attribute_token_count = sizeof cp_attribute_tokens / sizeof *cp_attribute_tokens;

const cp_value_token cp_value_tokens[] = {
    {0, 0x85, "IPV4"},        {0, 0x86, "IPV6"},    {0, 0x87, "E164"},   {0, 0x88, "ALPHA"},
    {0, 0x89, "APN"},         {0, 0x9A, "PAP"},     {0, 0x9B, "CHAP"},   {0, 0x9C, "HTTP-BASIC"},
    {0, 0x9D, "HTTP-DIGEST"}, {0, 0x9E, "WTLS-SS"}, {0, 0x9F, "MD5"},    {0, 0xAA, "GSM-CSD"},
    {0, 0xAB, "GSM-GPRS"},    {0, 0xCA, "CL-WSP"},  {0, 0xCB, "CO-WSP"}, {0, 0xCC, "CL-SEC-WSP"},
    {0, 0xCD, "CO-SEC-WSP"},  {1, 0x86, "IPV6"},    {1, 0x87, "E164"},   {1, 0x88, "ALPHA"},
    {1, 0x8D, "APPSRV"},      {1, 0x8E, "OBEX"},    {1, 0x90, ","},      {1, 0x91, "HTTP-"},
    {1, 0x92, "BASIC"},       {1, 0x93, "DIGEST"},
};
const size_t cp_value_token_count = sizeof cp_value_tokens / sizeof *cp_value_tokens;

static const char *const tag_names[] = {"wap-provisioningdoc", "characteristic", "parm"};
static const char *const attribute_names[] = {NULL, "name", "value", "type", "version"};

unsigned char cp_tag_of(omadm_str name) {
  for (unsigned char i = 0; i < CP_TAG_BEYOND - CP_TAG_ROOT; i++) {
    if (omadm_str_is(name, tag_names[i])) return (unsigned char)(CP_TAG_ROOT + i);
  }
  return 0;
}

cp_attribute cp_attribute_of(omadm_str name) {
  for (int i = CP_NAME; i <= CP_VERSION; i++) {
    if (omadm_str_is(name, attribute_names[i])) return (cp_attribute)i;
  }
  return CP_OTHER;
}

const char *cp_tag_name(unsigned char tag) {
  return tag >= CP_TAG_ROOT && tag < CP_TAG_BEYOND ? tag_names[tag - CP_TAG_ROOT] : NULL;
}

const char *cp_attribute_name(cp_attribute kind) {
  return attribute_names[kind];
}
