# SPDX-License-Identifier: MIT
# What `cmake --install` puts where, in three components: runtime (the command, omadm-csp-host, the shared library, manuals), plugins,
# and sdk (headers, both libraries' files to link, pkg-config and CMake packages, DDF files, documents). Every place is found from the
# place of the file that names it, so that an installation may be moved.
include(CMakePackageConfigHelpers)

set(OMADM_REQUIRES "expat libxml-2.0 sqlite3 libcurl libcrypto tss2-esys tss2-tctildr tss2-mu tss2-rc libpcre2-8")
set(OMADM_COMMAND ${CMAKE_INSTALL_BINDIR}/omadm)
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/omadm)

# The archive always needs its libraries: they stand in Requires, and not in Requires.private, whose "pkg-config --static" asks for
# the archives behind libcurl too.
file(RELATIVE_PATH OMADM_PC_UP ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
foreach(name omadm omadm-csp)
  configure_file(cmake/${name}.pc.in ${PROJECT_BINARY_DIR}/${name}.pc @ONLY)
endforeach()
configure_package_config_file(cmake/omadm-config.cmake.in ${PROJECT_BINARY_DIR}/omadm-config.cmake INSTALL_DESTINATION ${package}
                              PATH_VARS CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_LIBDIR OMADM_PLUGIN_DIR OMADM_COMMAND)
# Until 1.0 a minor version may differ in the library's functions; the plugin interface has its own number.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/omadm-config-version.cmake COMPATIBILITY SameMinorVersion)

install(TARGETS omadm_shared LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT runtime NAMELINK_COMPONENT sdk)
install(FILES ${PROJECT_SOURCE_DIR}/docs/man/omadm.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT runtime)
install(FILES ${PROJECT_SOURCE_DIR}/docs/man/omadm.conf.5 DESTINATION ${CMAKE_INSTALL_MANDIR}/man5 COMPONENT runtime)

install(FILES ${library} DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT sdk)
install(FILES ${PROJECT_BINARY_DIR}/omadm.pc ${PROJECT_BINARY_DIR}/omadm-csp.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig
        COMPONENT sdk)
install(FILES ${PROJECT_BINARY_DIR}/omadm-config.cmake ${PROJECT_BINARY_DIR}/omadm-config-version.cmake
              ${PROJECT_SOURCE_DIR}/cmake/omadm-csp.cmake ${PROJECT_SOURCE_DIR}/cmake/embed.cmake ${PROJECT_SOURCE_DIR}/cmake/nodes.cmake
        DESTINATION ${package} COMPONENT sdk)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/omadm ${PROJECT_BINARY_DIR}/include/omadm
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT sdk FILES_MATCHING PATTERN "*.h")
file(GLOB ddfs CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/csps/*/*.ddf.xml)
install(FILES ${ddfs} DESTINATION ${CMAKE_INSTALL_DATADIR}/omadm/ddf COMPONENT sdk)
install(FILES ${PROJECT_SOURCE_DIR}/README.md ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT sdk)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/docs ${PROJECT_SOURCE_DIR}/examples DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT sdk
        PATTERN man EXCLUDE PATTERN demo EXCLUDE PATTERN "__pycache__" EXCLUDE)
