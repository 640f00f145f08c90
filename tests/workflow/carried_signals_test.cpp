// Nothing that was signalled is lost, doubled or overtaken when a run continues as new.
#include "support/virtual_world.hpp"

#include <random>

namespace {

using namespace std::chrono_literals;
using namespace perdure_test;
using perdure::event_type;

struct message {
  int sender{};
  int number{};
};
inline constexpr perdure::signal<message> post{"post"};
inline constexpr perdure::signal<int> number{"number"};
inline constexpr perdure::signal<> stop{"stop"};

struct progress {
  int wanted{};
  int runs{};
  std::vector<int> next{0, 0, 0}; ///< By sender: the number that comes next.
  int wrong{};
};

/// Receives a few, then goes on in a new run, whatever is left.
perdure::workflow<progress> takes_turns(progress state, int each) {
  for (int i = 0; i < each && state.wanted > 0; ++i, --state.wanted) {
    message const got = co_await perdure::receive(post);
    int& next = state.next[static_cast<std::size_t>(got.sender)];
    state.wrong += got.number == next ? 0 : 1;
    ++next;
  }
  if (state.wanted == 0) co_return state;
  ++state.runs;
  co_await perdure::continue_as_new<takes_turns>(state, each);
  co_return state;
}

TEST_CASE("signals of several senders come through many runs, each once and in order",
          "[workflow][continue_as_new][signal]") {
  auto const seed = std::random_device{}();
  CAPTURE(seed);
  live_and_replayed<virtual_world<takes_turns>>([&](auto& world) {
    std::mt19937 random{seed};
    constexpr int count = 900;
    auto const handle = world.template start<takes_turns>(progress{.wanted = count}, 7);
    auto const by_id = world.client.get_handle("w");
    std::vector<int> sent(3);
    for (int i = 0; i < count; ++i) {
      int const sender = static_cast<int>(random() % 3);
      by_id.signal(post, message{sender, sent[static_cast<std::size_t>(sender)]++});
      if (random() % 11 == 0) world.settle();
    }
    progress const end = handle.result();
    CHECK(end.next == sent);
    CHECK(end.wrong == 0);
    CHECK(end.runs >= count / 7 - 1);
    world.check_replay();
  });
}

/// Sends `count` signals of three senders, a few hundred at a time, through runs of a thousand
/// each.
void send_many(int count) {
  virtual_world<takes_turns> world;
  auto const handle = world.start<takes_turns>(progress{.wanted = count}, 1'000);
  auto const by_id = world.client.get_handle("w");
  std::mt19937 random{1};
  std::vector<int> sent(3);
  for (int i = 0; i < count; ++i) {
    int const sender = static_cast<int>(random() % 3);
    by_id.signal(post, message{sender, sent[static_cast<std::size_t>(sender)]++});
    if (random() % 700 == 0) world.settle();
  }
  progress const end = handle.result();
  CHECK(end.next == sent);
  CHECK(end.wrong == 0);
  CHECK(end.runs == (count - 1) / 1'000);
}

TEST_CASE("twenty thousand signals come through twenty runs",
          "[workflow][continue_as_new][signal]") {
  send_many(20'000);
}
TEST_CASE("a million signals come through a thousand runs", "[.million]") { send_many(1'000'000); }

perdure::workflow<std::string> keeps_order_across_names(int run) {
  if (run < 3) {
    co_await perdure::sleep(1s);
    co_await perdure::continue_as_new<keeps_order_across_names>(run + 1);
  }
  std::string all;
  for (int i = 0; i < 4; ++i) all += std::to_string(co_await perdure::receive(number));
  co_await perdure::receive(stop);
  co_return all;
}

TEST_CASE("what is unread goes from run to run, and later signals come behind it",
          "[workflow][continue_as_new][signal]") {
  live_and_replayed<virtual_world<keeps_order_across_names>>([](auto& world) {
    auto const handle = world.template start<keeps_order_across_names>(0);
    auto const by_id = world.client.get_handle("w");
    for (int i = 1; i <= 3; ++i) {
      by_id.signal(number, i);
      world.backend.advance(1s);
    }
    by_id.signal(stop);
    by_id.signal(number, 4);
    CHECK(handle.result() == "1234");
    auto const header = world.first(event_type::workflow_execution_started)
                            .template as<perdure::events::workflow_execution_started>()
                            .header;
    REQUIRE(header);
    CHECK(header->count("perdure-carried-signals") == 1);
    world.check_replay();
  });
}

inline constexpr perdure::signal<std::vector<std::byte>> raw{"raw"};

perdure::workflow<std::string> gets_bytes(int run) {
  if (run == 0) {
    co_await perdure::sleep(1s);
    co_await perdure::continue_as_new<gets_bytes>(1);
  }
  auto const got = co_await perdure::receive(raw);
  co_await perdure::receive(stop);
  std::string shown;
  for (std::byte const each : got) shown += std::to_string(std::to_integer<int>(each)) + " ";
  co_return shown;
}

TEST_CASE("signals of bytes and those that carry nothing are carried as they are",
          "[workflow][continue_as_new][signal]") {
  live_and_replayed<virtual_world<gets_bytes>>([](auto& world) {
    auto const handle = world.template start<gets_bytes>(0);
    handle.signal(raw, std::vector<std::byte>{std::byte{0}, std::byte{255}, std::byte{10}});
    handle.signal(stop);
    CHECK(handle.result() == "0 255 10 ");
    world.check_replay();
  });
}

perdure::workflow<std::string> may_drop(bool again) {
  if (again) {
    co_await perdure::sleep(1s);
    co_await perdure::continue_as_new<may_drop>(false,
                                                {.unread_signals = perdure::unread_signals::drop});
  }
  auto const got = co_await perdure::when_any(perdure::receive(number), perdure::sleep(1h));
  co_return got.index == 0 ? "received" : "none";
}

TEST_CASE("a workflow can say that unread signals end with its run",
          "[workflow][continue_as_new][signal]") {
  virtual_world<may_drop> world;
  auto const handle = world.start<may_drop>(true);
  handle.signal(number, 1);
  CHECK(handle.result() == "none");
}

std::vector<int> to_send;
virtual_world<takes_turns>* the_world = nullptr;

perdure::workflow<std::string> is_signalled_while_it_decides(std::string seen) {
  while (true) {
    // Whoever sends does so while the workflow task is being worked on.
    co_await perdure::side_effect([] {
      if (to_send.empty()) return;
      the_world->client.get_handle("busy").signal(number, to_send.front());
      to_send.erase(to_send.begin());
    });
    if (seen.size() == 3) co_return seen;
    auto const got = co_await perdure::when_any(perdure::receive(number), perdure::sleep(1min));
    if (got.index == 0) seen += std::to_string(std::get<0>(got.value));
    co_await perdure::continue_as_new<is_signalled_while_it_decides>(seen);
  }
}

TEST_CASE("a signal that arrives while a run decides to continue is seen, and not lost",
          "[workflow][continue_as_new][signal]") {
  virtual_world<takes_turns> world;
  the_world = &world;
  to_send = {1, 2, 3};
  virtual_worker other{world.backend, {.task_queue = "other"}};
  other.add<is_signalled_while_it_decides>();
  other.start();
  auto const handle = world.client.start_workflow<is_signalled_while_it_decides>(
      std::string{}, {.id = "busy", .task_queue = "other"});
  CHECK(handle.result() == "123");
}

perdure::workflow<std::string> is_cancelled_behind_a_shield(int run) {
  if (run > 0) co_return "ran on";
  co_await perdure::shield(perdure::sleep(1min));
  auto const end =
      co_await perdure::as_outcome(perdure::continue_as_new<is_cancelled_behind_a_shield>(run + 1));
  co_return end.has_value() ? "?" : "told";
}

TEST_CASE("a cancellation that a shield held back is told at continue_as_new",
          "[workflow][continue_as_new][cancellation]") {
  live_and_replayed<virtual_world<is_cancelled_behind_a_shield>>([](auto& world) {
    auto const handle = world.template start<is_cancelled_behind_a_shield>(0);
    world.backend.advance(1s);
    handle.cancel();
    CHECK(handle.result() == "told");
    world.check_replay();
    CHECK(world.client.count() == 1);
  });
}

perdure::workflow<std::string> ignores_its_cancellation(int run) {
  if (run > 0) {
    co_await perdure::sleep(1s); // the next run was not cancelled
    co_return "ran on";
  }
  co_await perdure::shield(perdure::sleep(1min));
  co_await perdure::shield(perdure::continue_as_new<ignores_its_cancellation>(run + 1));
  co_return "?";
}

TEST_CASE("a cancellation that a workflow is deaf to ends with its run",
          "[workflow][continue_as_new][cancellation]") {
  virtual_world<ignores_its_cancellation> world;
  auto const handle = world.start<ignores_its_cancellation>(0);
  world.backend.advance(1s);
  handle.cancel();
  CHECK(handle.result() == "ran on");
}

inline constexpr perdure::search_attribute<perdure::keyword> customer{"Customer"};

perdure::workflow<std::string> passes_things_on(int run) {
  auto const seen = perdure::info().search_attributes.get(customer).value_or("-") + " " +
                    perdure::memo<std::string>("stage").value_or("-");
  if (run == 2)
    co_return seen + " " + std::to_string(perdure::info().retry_policy.maximum_attempts) + " " +
        std::to_string(perdure::info().search_attributes.entries().size());
  perdure::upsert_search_attributes({customer("run" + std::to_string(run))});
  perdure::upsert_memo("stage", std::string{"stage"} + std::to_string(run));
  (void)perdure::patched<"p">();
  if (run == 0) co_await perdure::continue_as_new<passes_things_on>(1);
  co_await perdure::continue_as_new<passes_things_on>(
      2, {.backoff_start_interval = 1h,
          .retry_policy = {.maximum_attempts = 3},
          .memo = perdure::payload_map{{"stage", perdure::to_payload(std::string{"given"})}}});
  co_return "?";
}

TEST_CASE("the next run has memo and search attributes as they have become, or as it is given them",
          "[workflow][continue_as_new]") {
  live_and_replayed<virtual_world<passes_things_on>>([](auto& world) {
    auto const began = world.backend.now();
    CHECK(world.template start<passes_things_on>(0).result() == "run1 given 3 1");
    CHECK(world.backend.now() - began == 1h);
    CHECK(world.client.count("Customer = 'run1'") == 2);
    // Patches are those of one run.
    CHECK(world.client.count("TemporalChangeVersion = 'p'") == 2);
    world.check_replay();
  });
}

perdure::workflow<std::string> asks_for_reasons() {
  while (!perdure::info().continue_as_new_suggested) co_await perdure::sleep(1s);
  auto const& why = perdure::info().continue_as_new_reasons;
  co_return why.size() == 1 &&
          why[0] == perdure::suggest_continue_as_new_reason::too_many_history_events
      ? "events"
      : "?";
}

TEST_CASE("a run is told why it had better continue as new", "[workflow][continue_as_new]") {
  virtual_world<asks_for_reasons> world;
  CHECK(world.run<asks_for_reasons>() == "events");
}

} // namespace
