/* SPDX-License-Identifier: MIT */
/* A plugin that does not open and says why. Its DDF holds what is no element of one. */
#include <omadm/csp.h>

static const char ddf[] =
    "<MgmtTree><VerDTD>1.2</VerDTD><Node><NodeName>Fails</NodeName><Path>./Vendor</Path>\n"
    "<DFProperties><Odd/><AccessType><Get/></AccessType>"
    "<DFFormat><node/></DFFormat><Scope><Permanent/></Scope><DFType><DDFName/></DFType>"
    "</DFProperties></Node></MgmtTree>";

static omadm_status open_fails(const omadm_csp_services *services, uint64_t host, uint64_t *self) {
  *self = 0;
  services->log(host, OMADM_CSP_LOG_ERROR, (omadm_str)OMADM_STR("there is no key"));
  return OMADM_ST_FAILED;
}

static void close_fails(uint64_t self) {
  (void)self;
}

static const omadm_csp_slots slots = {
    .struct_size = sizeof slots, .open = open_fails, .close = close_fails};
OMADM_CSP_DEFINE("Fails", "1", ddf, slots)
