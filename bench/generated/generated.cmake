# What generated code costs to compile. The compiler is the one that builds all this.
bench_group(generated generated/generated.c)
set_source_files_properties(generated/generated.c PROPERTIES COMPILE_DEFINITIONS
  "BENCH_BUSGEN=\"$<TARGET_FILE:busgen>\";BENCH_CC=\"${CMAKE_C_COMPILER}\";BENCH_INCLUDE=\"${PROJECT_SOURCE_DIR}/runtime/include\"")
