// Threads that wait leave no memory behind that others gave back.
#include "support/idle_threads.hpp"
#include "support/temporary_folder.hpp"

#include <perdure/sqlite.hpp>

#ifdef PERDURE_HEAPS_CAN_REST
namespace {

using namespace perdure_test;

TEST_CASE("a thread of a worker on a file rests its blocks while it waits for tasks",
          "[sqlite][idle]") {
  temporary_folder const place;
  perdure::sqlite_backend backend{place.file()};
  idle_threads{backend}.of_a_worker<watches_a_worker>();
}

TEST_CASE("a client of a file rests its blocks while it waits", "[sqlite][idle]") {
  temporary_folder const place;
  perdure::sqlite_backend backend{place.file()};
  SECTION("for the end of a run") {
    idle_threads{backend}.of_a_client<watches_a_worker>(
        [](auto const& handle) { return handle.result(); });
  }
  SECTION("for an update") {
    idle_threads{backend}.of_a_client<says_one>(
        [](auto const& handle) { return handle.update(asked_for_one); });
  }
}

} // namespace
#endif
