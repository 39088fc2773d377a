# What Lift stands on, all from Debian. None of it shows in a public header but lift/asio.h's Boost.
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(ZLIB REQUIRED)

# Boost is used by its headers alone. tools/deps unpacks it into .deps where installing it would
# remove another Boost.
find_path(LIFT_BOOST_INCLUDE boost/asio.hpp
  HINTS "${PROJECT_SOURCE_DIR}/.deps/boost/usr/include" REQUIRED)
set(lift_boost_header "${LIFT_BOOST_INCLUDE}/boost/version.hpp")
file(STRINGS "${lift_boost_header}" lift_boost_version REGEX "#define BOOST_VERSION ")
string(REGEX MATCH "[0-9]+" lift_boost_version "${lift_boost_version}")
if(lift_boost_version LESS 108100)
  message(FATAL_ERROR
    "Boost ${lift_boost_version} in ${LIFT_BOOST_INCLUDE} is older than 1.81: run tools/deps build")
endif()
add_library(lift_boost INTERFACE)
target_include_directories(lift_boost SYSTEM INTERFACE "${LIFT_BOOST_INCLUDE}")
target_compile_definitions(lift_boost INTERFACE BOOST_ASIO_NO_DEPRECATED)
