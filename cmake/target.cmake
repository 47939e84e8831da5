# SPDX-License-Identifier: MIT

# omadm_target(NAME): the flags that every target of the project is built with, and the public headers. A folder sees other
# folders' headers only by linking their targets, whose own include directories say what may be seen.
function(omadm_target name)
  target_compile_options(${name} PRIVATE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2
    -fstack-protector-strong)
  if(OMADM_WERROR)
    target_compile_options(${name} PRIVATE -Werror)
  endif()
  if(OMADM_SANITIZE)
    target_compile_options(${name} PRIVATE -fsanitize=${OMADM_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(${name} PRIVATE -fsanitize=${OMADM_SANITIZE})
  else()
    target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-D_FORTIFY_SOURCE=2>)
  endif()
  target_link_options(${name} PRIVATE LINKER:-z,relro,-z,now)
  target_compile_definitions(${name} PRIVATE _GNU_SOURCE)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/include ${PROJECT_BINARY_DIR}/include)
endfunction()

# omadm_include(TARGET FOLDER...): makes the headers of these folders of the project visible as "FOLDER/file.h", and no others.
# Works by a folder of links in the build tree, so that a wrong include does not compile.
function(omadm_include name)
  foreach(folder ${ARGN})
    string(REPLACE "/" "_" flat ${folder})
    set(view ${PROJECT_BINARY_DIR}/view/${flat})
    get_filename_component(parent ${view}/${folder} DIRECTORY)
    file(MAKE_DIRECTORY ${parent})
    if(NOT EXISTS ${view}/${folder})
      file(CREATE_LINK ${PROJECT_SOURCE_DIR}/${folder} ${view}/${folder} SYMBOLIC)
    endif()
    target_include_directories(${name} PRIVATE ${view})
  endforeach()
endfunction()

# omadm_test(NAME SOURCE...): a cmocka program that ctest runs.
function(omadm_test name)
  add_executable(${name} ${ARGN})
  omadm_target(${name})
  target_link_libraries(${name} PRIVATE PkgConfig::CMOCKA)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT 120)
endfunction()
