# Makes one C file of runtime/http/page: index.html with its style sheet and its scripts put into it, and
# the Content-Security-Policy that goes with it, which names both by their SHA-256.
#   cmake -DFOLDER=runtime/http/page -DOUTPUT=page_bytes.c -P embed_page.cmake
# In index.html each stands on a line of its own: <link rel="stylesheet" href="page.css">,
# <script src="NAME.js"></script>. The scripts become one, in the order of their lines.
cmake_minimum_required(VERSION 3.25)

# Base64 of bytes that are given in hexadecimal.
function(base64 hex out)
  set(letters ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/)
  string(LENGTH "${hex}" left)
  set(at 0)
  set(text)
  while(left GREATER 0)
    string(SUBSTRING "${hex}" ${at} 6 part)
    string(LENGTH "${part}" size)
    string(SUBSTRING "${part}0000" 0 6 part)
    math(EXPR bits "0x${part}")
    math(EXPR digits "(${size} / 2) + 1")
    foreach(shift IN ITEMS 18 12 6 0)
      if(digits GREATER 0)
        math(EXPR place "(${bits} >> ${shift}) & 63")
        string(SUBSTRING "${letters}" ${place} 1 letter)
        string(APPEND text "${letter}")
      else()
        string(APPEND text "=")
      endif()
      math(EXPR digits "${digits} - 1")
    endforeach()
    math(EXPR at "${at} + 6")
    math(EXPR left "${left} - 6")
  endwhile()
  set(${out} "${text}" PARENT_SCOPE)
endfunction()

# The texts of files as they will stand between two tags, byte by byte, and their hash.
function(part files out hash)
  set(all "\n")
  foreach(file IN LISTS files)
    file(READ "${FOLDER}/${file}" text)
    string(APPEND all "${text}")
  endforeach()
  if(all MATCHES "</(script|style)")
    message(FATAL_ERROR "${files}: would end the element that they are put into")
  endif()
  string(SHA256 sum "${all}")
  base64(${sum} sum)
  set(${out} "${all}" PARENT_SCOPE)
  set(${hash} "'sha256-${sum}'" PARENT_SCOPE)
endfunction()

# Puts `text` where `tag` is in `page`; it must be there once. The text is not looked at again.
function(put page tag text out)
  string(FIND "${page}" "${tag}" at)
  string(FIND "${page}" "${tag}" last REVERSE)
  if(at EQUAL -1 OR NOT at EQUAL last)
    message(FATAL_ERROR "${FOLDER}/index.html must have one line ${tag}")
  endif()
  string(LENGTH "${tag}" size)
  string(SUBSTRING "${page}" 0 ${at} before)
  math(EXPR at "${at} + ${size}")
  string(SUBSTRING "${page}" ${at} -1 behind)
  set(${out} "${before}${text}${behind}" PARENT_SCOPE)
endfunction()

file(READ "${FOLDER}/index.html" page)
string(REGEX MATCHALL "<script src=\"[a-z_]+\\.js\"></script>\n" tags "${page}")
set(scripts)
foreach(tag IN LISTS tags)
  string(REGEX REPLACE ".*\"(.*)\".*\n" "\\1" name "${tag}")
  list(APPEND scripts ${name})
  put("${page}" "${tag}" "" page)
endforeach()
part(page.css style style_hash)
part("${scripts}" script script_hash)
put("${page}" "<link rel=\"stylesheet\" href=\"page.css\">" "<style>${style}</style>" page)
put("${page}" "</body>" "<script>${script}</script>\n</body>" page)

string(HEX "${page}" hex)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
string(REGEX REPLACE "(0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,)" "\\1\n"
  bytes "${bytes}")
string(CONCAT policy "default-src 'none'; style-src ${style_hash}; script-src ${script_hash}; "
  "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
file(WRITE "${OUTPUT}" "/* Made from runtime/http/page by .cmake/embed_page.cmake. */
#include \"http/page.h\"

const unsigned char http_page_bytes[] = {
${bytes}
};
const size_t http_page_size = sizeof http_page_bytes;
const char http_page_policy[] = \"${policy}\";
")
