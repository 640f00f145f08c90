// Goal: interceptors of runs and of clients see what updates give, and those of a worker look into
// the runs that a replayer replays. Method: they note what they see, or change what a run asks for.
#include "seams/diary.hpp"
#include "seams/seams_world.hpp"

#include <memory>
#include <string>

namespace {

using namespace perdure_test;

// ------------------------------------------------------------------------------ updates
inline constexpr perdure::signal<> go{"go"};
inline constexpr perdure::update<int(int)> halve{"halve"};
auto calculates() -> perdure::workflow<void> {
  auto const registration = perdure::handle(halve, [](int number) -> perdure::workflow<int> {
    co_await perdure::sleep(1min);
    if (number % 2 != 0) throw perdure::application_error{"odd"};
    co_return number / 2;
  });
  co_await perdure::receive(go);
}

/// Notes what updates give.
class watches_updates final : public perdure::worker_interceptor {
  class looks final : public perdure::workflow_interceptor {
  public:
    explicit looks(diary& notes) : notes_{&notes} {}
    void update_ended(perdure::update_end const& end) override {
      std::string const what =
          end.why == nullptr ? std::string{end.result[0].data} : end.why->message;
      notes_->write(std::string{end.name} + " " + std::string{end.id} + ": " + what +
                    (end.replaying ? " again" : ""));
    }

  private:
    diary* notes_;
  };

public:
  explicit watches_updates(diary& notes) : notes_{&notes} {}
  auto intercept_workflow() -> std::unique_ptr<perdure::workflow_interceptor> override {
    return std::make_unique<looks>(*notes_);
  }

private:
  diary* notes_;
};
class watches_answers final : public perdure::client_interceptor {
public:
  explicit watches_answers(diary& notes) : notes_{&notes} {}
  auto poll_update(perdure::poll_update_request& request,
                   perdure::next_call<perdure::poll_update_request, perdure::update_status> next)
      -> perdure::update_status override {
    auto seen = next(request);
    notes_->write("client: " + request.update_id.str() +
                  (seen.outcome.failure ? " failed" : " " + seen.outcome.success[0].data));
    return seen;
  }

private:
  diary* notes_;
};

template <class Place>
void results_of_updates_pass(std::size_t cached) {
  diary notes;
  perdure::worker_options with{.max_cached_workflows = cached};
  with.interceptors = {std::make_shared<watches_updates>(notes)};
  seams_world<Place, calculates> w{with,
                                   {.interceptors = {std::make_shared<watches_answers>(notes)}}};
  auto const handle = w.template start<calculates>();
  auto const even = handle.start_update(halve, 6, perdure::update_options{.id = "even"});
  CHECK(even.result() == 3);
  auto const odd = handle.start_update(halve, 7, perdure::update_options{.id = "odd"});
  CHECK_THROWS_AS(odd.result(), perdure::application_error);
  handle.signal(go);
  handle.result();
  CHECK(notes.count("halve even: 3") == 1);
  CHECK(notes.count("halve odd: odd") == 1);
  CHECK((notes.count("halve even: 3 again") != 0) == (cached == 0));
  CHECK(notes.count("client: even 3") == 1);
  CHECK(notes.count("client: odd failed") == 1);
}
TEST_CASE("interceptors of runs and of clients see what updates give", "[seams][interceptor]") {
  for (std::size_t const cached : {std::size_t{10'000}, std::size_t{0}}) {
    results_of_updates_pass<in_memory>(cached);
    results_of_updates_pass<in_file>(cached);
    results_of_updates_pass<behind_codec>(cached);
  }
}

// ------------------------------------------------------------------------------ replay
/// Refuses what a run asks for: its code goes another way.
class refuses_activities final : public perdure::worker_interceptor {
  class looks final : public perdure::workflow_interceptor {
    void outgoing(perdure::outgoing_call& call) override {
      if (call.kind == perdure::outgoing_kind::activity)
        throw perdure::application_error{"not now"};
    }
  };
  auto intercept_workflow() -> std::unique_ptr<perdure::workflow_interceptor> override {
    return std::make_unique<looks>();
  }
};
auto looks_up() -> std::string { return "found"; }
auto asks_or_sleeps() -> perdure::workflow<std::string> {
  try {
    co_return co_await perdure::execute_activity<looks_up>({.start_to_close_timeout = 1min});
  } catch (perdure::application_error const&) {
  }
  co_await perdure::sleep(1min);
  co_return "slept";
}

TEST_CASE("a replayer has its worker's interceptors", "[seams][interceptor]") {
  perdure::worker_interceptors const around{std::make_shared<refuses_activities>()};
  perdure::worker_options with{};
  with.interceptors = around;
  seams_world<in_memory, asks_or_sleeps, looks_up> w{with};
  auto const handle = w.start<asks_or_sleeps>();
  CHECK(handle.result() == "slept");
  auto const recorded = handle.fetch_history();
  perdure::replayer as_the_worker{{.interceptors = around}};
  as_the_worker.add<asks_or_sleeps>();
  CHECK(as_the_worker.replay(recorded).problem.empty());
  perdure::replayer without;
  without.add<asks_or_sleeps>();
  CHECK(without.replay(recorded).divergence);
}

} // namespace
