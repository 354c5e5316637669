# Further peers: each takes part when its packages are installed (bench/run installs them).
set(peers ${CMAKE_CURRENT_BINARY_DIR}/peers)
set(here ${CMAKE_CURRENT_SOURCE_DIR}/peers)
file(MAKE_DIRECTORY ${peers})
set(google_packages flatbuffers-compiler libflatbuffers-dev)

# ---- ways between threads, for the bytes of Google's FlatBuffers ----
pkg_check_modules(BENCH_ZMQ IMPORTED_TARGET libzmq)
pkg_check_modules(BENCH_GLIB IMPORTED_TARGET glib-2.0)
find_path(BENCH_NNG nng/nng.h)
find_library(BENCH_NNG_LIBRARY nng)
mark_as_advanced(BENCH_NNG BENCH_NNG_LIBRARY)

bench_group(zmq peers/zmq.cpp TITLE "Google FlatBuffers + ZeroMQ"
  PACKAGES ${google_packages} libzmq3-dev
  NEEDS BENCH_FLATC BENCH_FLATBUFFERS BENCH_ZMQ_FOUND LIBRARIES PkgConfig::BENCH_ZMQ)
bench_group(glib peers/glib.cpp TITLE "Google FlatBuffers + GAsyncQueue"
  PACKAGES ${google_packages} libglib2.0-dev
  NEEDS BENCH_FLATC BENCH_FLATBUFFERS BENCH_GLIB_FOUND LIBRARIES PkgConfig::BENCH_GLIB)
bench_group(nng peers/nng.cpp TITLE "Google FlatBuffers + nng"
  PACKAGES ${google_packages} libnng-dev
  NEEDS BENCH_FLATC BENCH_FLATBUFFERS BENCH_NNG BENCH_NNG_LIBRARY LIBRARIES ${BENCH_NNG_LIBRARY})

# ---- LMAX Disruptor ----
find_program(BENCH_JAVA java)
find_program(BENCH_JAVAC javac)
find_file(BENCH_DISRUPTOR_JAR disruptor.jar PATHS /usr/share/java)
mark_as_advanced(BENCH_JAVA BENCH_JAVAC BENCH_DISRUPTOR_JAR)
if(BENCH_JAVA AND BENCH_JAVAC AND BENCH_DISRUPTOR_JAR)
  add_custom_command(OUTPUT ${peers}/Disruptor.class
    COMMAND ${BENCH_JAVAC} -cp ${BENCH_DISRUPTOR_JAR} -d ${peers} ${here}/Disruptor.java
    DEPENDS ${here}/Disruptor.java VERBATIM)
  target_sources(bench PRIVATE ${peers}/Disruptor.class)
  set_source_files_properties(peers/disruptor.c PROPERTIES COMPILE_DEFINITIONS
    "BENCH_JAVA=\"${BENCH_JAVA}\";BENCH_DISRUPTOR_CLASSES=\"${peers}:${BENCH_DISRUPTOR_JAR}\"")
endif()
bench_group(disruptor peers/disruptor.c TITLE "LMAX Disruptor"
  PACKAGES libdisruptor-java default-jdk-headless
  NEEDS BENCH_JAVA BENCH_JAVAC BENCH_DISRUPTOR_JAR)

# ---- Protocol Buffers in C; what their generators write is not held to our warnings ----
pkg_check_modules(BENCH_PROTOBUF_C IMPORTED_TARGET libprotobuf-c)
find_program(BENCH_PROTOC_C protoc-c)
find_program(BENCH_NANOPB_GENERATOR NAMES nanopb_generator.py nanopb_generator)
find_path(BENCH_NANOPB pb_encode.h)
find_library(BENCH_NANOPB_LIBRARY protobuf-nanopb)
mark_as_advanced(BENCH_PROTOC_C BENCH_NANOPB_GENERATOR BENCH_NANOPB BENCH_NANOPB_LIBRARY)
set_source_files_properties(${peers}/order.pb-c.c ${peers}/order.pb.c
  PROPERTIES COMPILE_OPTIONS -w)

if(BENCH_PROTOC_C AND BENCH_PROTOBUF_C_FOUND)
  add_custom_command(OUTPUT ${peers}/order.pb-c.c ${peers}/order.pb-c.h
    COMMAND ${BENCH_PROTOC_C} --c_out=${peers} -I ${here} ${here}/order.proto
    DEPENDS ${here}/order.proto VERBATIM)
  target_sources(bench PRIVATE ${peers}/order.pb-c.c ${peers}/order.pb-c.h)
endif()
bench_group(protobuf_c peers/protobuf_c.c TITLE protobuf-c
  PACKAGES libprotobuf-c-dev protobuf-c-compiler NEEDS BENCH_PROTOC_C BENCH_PROTOBUF_C_FOUND
  LIBRARIES PkgConfig::BENCH_PROTOBUF_C INCLUDES ${peers})

if(BENCH_NANOPB_GENERATOR AND BENCH_NANOPB AND BENCH_NANOPB_LIBRARY)
  add_custom_command(OUTPUT ${peers}/order.pb.c ${peers}/order.pb.h
    COMMAND ${BENCH_NANOPB_GENERATOR} -q -D ${peers} -I ${here} order.proto
    WORKING_DIRECTORY ${here} DEPENDS ${here}/order.proto ${here}/order.options VERBATIM)
  target_sources(bench PRIVATE ${peers}/order.pb.c ${peers}/order.pb.h)
endif()
bench_group(nanopb peers/nanopb.c TITLE nanopb PACKAGES nanopb libnanopb-dev
  NEEDS BENCH_NANOPB_GENERATOR BENCH_NANOPB BENCH_NANOPB_LIBRARY
  LIBRARIES ${BENCH_NANOPB_LIBRARY} INCLUDES ${peers})
