# find_package(linnet) gives the target linnet::linnet, the shared library. For the archive, use `pkg-config --static`.
include("${CMAKE_CURRENT_LIST_DIR}/linnetTargets.cmake")
