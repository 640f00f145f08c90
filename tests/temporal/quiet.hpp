// What protobuf refuses it reports on stderr, too: where it can be told not to, it is.
#pragma once

#if __has_include(<google/protobuf/stubs/logging.h>)
  #include <google/protobuf/stubs/logging.h>
#endif

namespace perdure_test {

struct quiet {
#if __has_include(<google/protobuf/stubs/logging.h>)
  google::protobuf::LogSilencer silencer{};
#endif
  quiet() {}
};

} // namespace perdure_test
