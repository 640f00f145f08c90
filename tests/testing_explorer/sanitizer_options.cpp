// AddressSanitizer keeps 256 MiB of freed memory from being used again by default, and then every
// replay finds fresh memory in the same order: bugs that depend on addresses would stay hidden.
extern "C" auto __asan_default_options() -> char const*; // NOLINT(bugprone-reserved-identifier)
extern "C" auto __asan_default_options() -> char const* {
  return "quarantine_size_mb=1:thread_local_quarantine_size_kb=16";
}
