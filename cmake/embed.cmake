# SPDX-License-Identifier: MIT

# Turns a file into a C header that holds its octets:
#   cmake -DIN=file -DOUT=file.h -DNAME=symbol -P embed.cmake
# The header defines `static const unsigned char NAME[]` and `static const size_t NAME_len` (without the zero octet that
# is put behind the content, so that text can be used as a string).
foreach(needed OUT NAME IN)
  if(NOT DEFINED ${needed})
    message(FATAL_ERROR "embed.cmake needs -D${needed}=…")
  endif()
endforeach()

file(READ "${IN}" hex HEX)
string(LENGTH "${hex}" digits)
math(EXPR length "${digits} / 2")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," octets "${hex}")
string(REGEX REPLACE "(0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,)" "  \\1\n" octets
       "${octets}")
get_filename_component(source "${IN}" NAME)
file(WRITE "${OUT}.new" "/* Made from ${source} by embed.cmake. */
#include <stddef.h>

static const unsigned char ${NAME}[] = {
${octets}0x00};
static const size_t ${NAME}_len = ${length};
")
file(COPY_FILE "${OUT}.new" "${OUT}" ONLY_IF_DIFFERENT)
file(REMOVE "${OUT}.new")
