// A world in virtual time whose backend is behind codecs: memory or a file, a worker, a client.
#pragma once

#include <perdure/codec.hpp>
#include <perdure/sqlite.hpp>

#include "support/binding_codec.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <utility>

namespace perdure_test {

using namespace std::chrono_literals;

template <class Inner>
auto make_backend(temporary_folder const& folder) -> std::unique_ptr<Inner> {
  if constexpr (std::is_same_v<Inner, perdure::memory_backend>)
    return std::make_unique<Inner>(
        perdure::memory_backend_options{.clock = perdure::clock_mode::virtual_time});
  else
    return std::make_unique<Inner>(
        folder.file(), perdure::sqlite_backend_options{.clock = perdure::clock_mode::virtual_time});
}

template <class Inner>
class coded_world {
public:
  using coded = perdure::coded_backend<Inner>;

  explicit coded_world(perdure::payload_codecs codecs, std::size_t cached = 10'000)
      : backend{*inner, {std::move(codecs), "tests"}}, cached_{cached} {}

  temporary_folder folder;
  std::unique_ptr<Inner> inner{make_backend<Inner>(folder)};
  coded backend;

private:
  std::size_t cached_;

public:
  perdure::worker<coded> worker{backend, {.task_queue = "tests", .max_cached_workflows = cached_}};
  perdure::client<coded> client{backend};
  perdure::client<Inner> raw{*inner}; ///< What the backend behind sees.

  /// Starts W under an id.
  template <auto W, class... A>
  auto start(std::string id, A... arguments) {
    worker.start();
    return client.template start_workflow<W>(
        std::move(arguments)...,
        perdure::workflow_options{.id = std::move(id), .task_queue = "tests"});
  }
  void settle() { inner->advance(perdure::duration{}); }
};

} // namespace perdure_test
