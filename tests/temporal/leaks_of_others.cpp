// What the leak sanitizer is not to report: c-ares keeps the name that it looked up last, and
// OpenSSL the errors of threads of gRPC that still run when the process ends.
extern "C" auto __lsan_default_suppressions() -> char const*; // NOLINT: the sanitizer's name
extern "C" auto __lsan_default_suppressions() -> char const* {
  return "leak:libcares.so\nleak:libcrypto.so\n";
}
