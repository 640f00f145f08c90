// A world in virtual time with interceptors: a backend (in memory, in a file, or behind a codec
// that ties every payload to its place), a worker and a client.
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

struct in_memory {
  perdure::memory_backend backend{{.clock = perdure::clock_mode::virtual_time}};
  auto clock() -> auto& { return backend; }
};
struct in_file {
  temporary_folder folder{};
  perdure::sqlite_backend backend{folder.file(), {.clock = perdure::clock_mode::virtual_time}};
  auto clock() -> auto& { return backend; }
};
struct behind_codec {
  perdure::memory_backend inner{{.clock = perdure::clock_mode::virtual_time}};
  perdure::coded_backend<perdure::memory_backend> backend{
      inner, {{std::make_shared<binding_codec const>()}, "tests"}};
  auto clock() -> auto& { return inner; }
};

/// `Place`: one of the three above. The worker knows F.
template <class Place, auto... F>
class seams_world {
public:
  explicit seams_world(perdure::worker_options worker_with,
                       perdure::client_options client_with = {})
      : worker{place.backend, with_queue(std::move(worker_with))},
        client{place.backend, std::move(client_with)} {
    worker.template add<F...>();
    worker.start();
  }

  Place place{};
  perdure::worker<decltype(Place::backend)> worker;
  perdure::client<decltype(Place::backend)> client;

  template <auto W, class... A>
  auto start(A... arguments) {
    return client.template start_workflow<W>(
        std::move(arguments)..., perdure::workflow_options{.id = "w", .task_queue = "tests"});
  }
  void settle() { place.clock().advance(perdure::duration{}); }

private:
  static auto with_queue(perdure::worker_options options) -> perdure::worker_options {
    options.task_queue = "tests";
    return options;
  }
};

} // namespace perdure_test
