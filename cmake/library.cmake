# SPDX-License-Identifier: MIT

# One library for those who embed: libomadm.a is one object made of all the archives, in which every symbol that no public header
# exports (OMADM_EXPORT) is local, so that names of ours and of a vendor's program cannot meet. The CSPs that are built into omadm(1)
# are part of it (<omadm/builtin.h>); the command itself, the plugins and the test tools are not: no public header reaches them.
set(parts omadm_base omadm_uri omadm_engine omadm_framework omadm_tpm_digest omadm_tpm omadm_attestation omadm_eventlog
    omadm_transport omadm_settings omadm_provisioning omadm_csps omadm_builtin)
set(archives ${parts})
list(TRANSFORM archives PREPEND "$<TARGET_FILE:")
list(TRANSFORM archives APPEND ">")
set(object ${PROJECT_BINARY_DIR}/omadm.o)
set(library ${PROJECT_BINARY_DIR}/libomadm.a)
add_custom_command(OUTPUT ${library}
  COMMAND ${CMAKE_LINKER} -r --whole-archive ${archives} -o ${object}
  COMMAND ${CMAKE_OBJCOPY} --localize-hidden ${object}
  COMMAND ${CMAKE_COMMAND} -E rm -f ${library}
  COMMAND ${CMAKE_AR} rcs ${library} ${object}
  DEPENDS ${parts} VERBATIM)
add_custom_target(omadm_all ALL DEPENDS ${library})

# Its place is found from the place of omadm.pc, so that an installation may be moved. The archive always needs its libraries: they
# stand in Requires, and not in Requires.private, whose "pkg-config --static" asks for the archives behind libcurl too.
file(RELATIVE_PATH OMADM_PC_UP ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
configure_file(cmake/omadm.pc.in ${PROJECT_BINARY_DIR}/omadm.pc @ONLY)

install(FILES ${library} DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(FILES ${PROJECT_BINARY_DIR}/omadm.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/omadm ${PROJECT_BINARY_DIR}/include/omadm
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
