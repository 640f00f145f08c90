#include "conformance/worlds.hpp"

#include <perdure/codec.hpp>
#include <perdure/sqlite.hpp>

#include "conformance/journaled_memory.hpp"
#include "support/binding_codec.hpp"
#include "support/temporary_folder.hpp"

#include <stdexcept>

namespace perdure_test::conformance::worlds {

static auto in_memory(world_options const& asked) -> perdure::memory_backend_options {
  perdure::memory_backend_options options{};
  options.clock = asked.clock;
  options.limits = asked.limits;
  return options;
}

auto memory(world_options const& options) -> std::unique_ptr<any_backend> {
  return std::make_unique<erased<perdure::memory_backend>>(
      [=] { return std::make_unique<perdure::memory_backend>(in_memory(options)); });
}

static auto in_file(world_options const& options) -> perdure::sqlite_backend_options {
  perdure::sqlite_backend_options in_file{};
  // The promises are the same; nothing in these tests cuts the power.
  in_file.synchronous = perdure::sqlite_synchronous::normal;
  in_file.clock = options.clock;
  in_file.limits = options.limits;
  return in_file;
}

auto sqlite(world_options const& options) -> std::unique_ptr<any_backend> {
  auto const folder = std::make_shared<temporary_folder>();
  return std::make_unique<erased<perdure::sqlite_backend>>(
      [=] { return std::make_unique<perdure::sqlite_backend>(folder->file(), in_file(options)); },
      true);
}

namespace {

template <class Inner>
struct owned_inner {
  Inner owned;
};

/// A backend behind codecs, and what the suite asks of it beyond a backend.
template <class Inner>
class behind_codecs : owned_inner<Inner>, public perdure::coded_backend<Inner> {
public:
  template <class... A>
  explicit behind_codecs(A&&... arguments)
      : owned_inner<Inner>{Inner{std::forward<A>(arguments)...}},
        perdure::coded_backend<Inner>{this->owned,
                                      {{std::make_shared<binding_codec const>()}, "conformance"}} {}
  void advance(perdure::duration time) { this->owned.advance(time); }
};

} // namespace

auto coded(world_options const& options) -> std::unique_ptr<any_backend> {
  using backend = behind_codecs<perdure::memory_backend>;
  return std::make_unique<erased<backend>>(
      [=] { return std::make_unique<backend>(in_memory(options)); });
}

auto coded_sqlite(world_options const& options) -> std::unique_ptr<any_backend> {
  using backend = behind_codecs<perdure::sqlite_backend>;
  auto const folder = std::make_shared<temporary_folder>();
  return std::make_unique<erased<backend>>(
      [=] { return std::make_unique<backend>(folder->file(), in_file(options)); }, true);
}

auto journal(world_options const& options) -> std::unique_ptr<any_backend> {
  if (options.clock != perdure::clock_mode::virtual_time)
    throw std::logic_error{"the journal has no clock of its own"};
  auto const kept = std::make_shared<journaled_memory::journal>();
  return std::make_unique<erased<journaled_memory>>(
      [=] { return std::make_unique<journaled_memory>(kept, in_memory(options)); }, true);
}

} // namespace perdure_test::conformance::worlds
