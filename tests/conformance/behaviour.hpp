// What the files of the suite share: the world that a behaviour is seen in, and the macros that
// make a test of it for every backend.
#pragma once

#include "conformance/worlds.hpp"
#include "support/hand_worker.hpp"

#include <chrono>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace perdure_test::conformance {

using namespace std::chrono_literals;
namespace e = perdure::events;
using perdure::errc;
using perdure::event_type;
using perdure::retry_state;
using perdure::timeout_type;
using perdure::to_payloads;
using perdure::workflow_execution_status;
using event_types = std::vector<event_type>;
using by_hand = basic_hand_worker<any_backend>;

struct owned_backend {
  std::unique_ptr<any_backend> owned;
};

/// A backend with nothing in it, a worker by hand for the queue "tests", and a client.
class world : private owned_backend, public basic_server<any_backend> {
public:
  explicit world(std::unique_ptr<any_backend> fresh)
      : owned_backend{std::move(fresh)}, basic_server{*owned} {}

  /// As if the process had ended and another one had opened the same place.
  void reopen() { owned->reopen(); }

  // -------------------------------------------------------------------------- what a client does
  auto start_on(std::string id, std::string queue = "tests") -> perdure::workflow_execution;
  void signal(std::string name = "wake", perdure::payloads input = {}, std::string id = "w");
  void cancel(std::string reason = {}, std::string id = "w");
  void terminate(std::string reason = {}, std::string id = "w");
  /// Sends an update that waits for no worker, and says how it stands.
  auto update(std::string update_id, perdure::payloads input = {}, std::string id = "w")
      -> perdure::update_status;
  auto update(perdure::update_workflow_request request) -> perdure::update_status;
  /// How an update stands now.
  [[nodiscard]] auto poll_update(std::string update_id, perdure::workflow_execution const& run)
      -> perdure::update_status;
  [[nodiscard]] auto poll_update(std::string update_id) -> perdure::update_status;
  /// Asks; the worker by hand works by `hand.on_turn` meanwhile.
  [[nodiscard]] auto query(std::string type, perdure::payloads arguments = {},
                           perdure::workflow_execution const& run = {"w", {}})
      -> perdure::query_result;
  [[nodiscard]] auto describe(std::string id = "w") -> perdure::workflow_description;
  [[nodiscard]] auto describe(perdure::workflow_execution const& run)
      -> perdure::workflow_description;
  /// The workflow ids of the runs that `list` gives, one after the other, with a space between.
  [[nodiscard]] auto ids(perdure::list_filter const& filter = {}) -> std::string;
  /// The runs of a workflow id, oldest first.
  [[nodiscard]] auto runs(std::string id = "w") -> std::vector<perdure::workflow_execution>;

  // ---------------------------------------------------------------------- what a worker does
  /// Starts "w" and answers its first task: the events of the commands begin at 5.
  void begin(std::vector<perdure::command> decided, perdure::start_workflow_request request = {});
  /// Sends a signal and answers the task that it makes.
  void wake_and_decide(std::vector<perdure::command> decided);
  /// Starts "w" with one activity, which is event 5.
  void begin_activity(perdure::activity_options const& options);
  /// Starts "w" with one child "kid" on the queue "kids", which `kids` polls. It is event 5.
  void begin_child(perdure::command asked = commands::child("kid", "kids"));

  // ------------------------------------------------------------------------------ what is seen
  [[nodiscard]] auto events_of(perdure::workflow_execution const& run)
      -> std::vector<perdure::event>;
  /// The types of the last `count` events of "w".
  [[nodiscard]] auto tail(std::size_t count, std::string const& id = "w") -> event_types;
  [[nodiscard]] auto count(event_type type, std::string const& id = "w") -> std::size_t;
  /// When the last event of a type happened, since the start of time.
  [[nodiscard]] auto when(event_type type, std::string const& id = "w") -> perdure::duration;
  /// The attributes of the last event of type A. Fails the test if there is none.
  template <class A>
  [[nodiscard]] auto get(std::string const& id = "w") -> A {
    return last(A::type, id).template as<A>();
  }
  /// The names of all signals in history, one after the other.
  [[nodiscard]] auto signals(std::string const& id = "w") -> std::string;
  /// The ids of all timers that have fired, one after the other.
  [[nodiscard]] auto fired(std::string const& id = "w") -> std::string;
};

/// One activity that runs for up to an hour.
[[nodiscard]] auto quick() -> perdure::activity_options;
/// A failure that says `message`.
[[nodiscard]] auto failure_of(std::string message) -> perdure::failure;
[[nodiscard]] auto id_of(perdure::activity_task const& task) -> std::string;
/// Texts that have broken other programs: quotes, NUL, unicode, SQL, formats, long ones.
[[nodiscard]] auto naughty_strings() -> std::vector<std::string> const&;

[[nodiscard]] auto types_of(std::span<perdure::event const> events) -> event_types;
/// Events have the ids 1, 2, 3, ..., and times that never go back.
void check_order(std::span<perdure::event const> events);

/// Opens the place again and checks that this changes nothing that is seen of "w".
void check_same_after_reopening(world& w);

[[nodiscard]] auto in_virtual_time() -> world_options;
[[nodiscard]] auto in_real_time() -> world_options;

using behaviour = void (*)(world&);
void run(behaviour which, std::unique_ptr<any_backend> fresh);

} // namespace perdure_test::conformance

// A sentence becomes a test for each backend: `memory: <sentence>`. Its body sees the world as `w`.
#define PERDURE_CHECK_IN(name, sentence, tags, body, options)                                      \
  TEST_CASE(#name ": " sentence, tags "[" #name "]") { run(&body, worlds::name(options)); }
#define PERDURE_JOIN_(a, b) a##b
#define PERDURE_JOIN(a, b) PERDURE_JOIN_(a, b)
#define PERDURE_BEHAVIOUR(list, sentence, tags, body, options)                                     \
  [[maybe_unused]] static void body(world& w);                                                     \
  list(PERDURE_CHECK_IN, sentence, tags, body, options) static void body([[maybe_unused]] world& w)
#define PERDURE_BODY PERDURE_JOIN(behaviour_, __COUNTER__)

/// In virtual time, for every backend.
#define BEHAVIOUR(sentence, tags)                                                                  \
  PERDURE_BEHAVIOUR(PERDURE_WORLDS, sentence, "[conformance]" tags, PERDURE_BODY, in_virtual_time())
/// The same with options of its own for the backend.
#define BEHAVIOUR_WITH(options, sentence, tags)                                                    \
  PERDURE_BEHAVIOUR(PERDURE_WORLDS, sentence, "[conformance]" tags, PERDURE_BODY, options)
/// With the clock of the system and with threads, for every backend.
#define REAL_TIME_BEHAVIOUR(sentence, tags)                                                        \
  PERDURE_BEHAVIOUR(PERDURE_WORLDS, sentence, "[conformance]" tags, PERDURE_BODY, in_real_time())
/// In virtual time, for backends that keep what they have acknowledged: `w.reopen()`.
#define DURABLE_BEHAVIOUR(sentence, tags)                                                          \
  PERDURE_BEHAVIOUR(PERDURE_DURABLE_WORLDS, sentence, "[conformance][durable]" tags, PERDURE_BODY, \
                    in_virtual_time())
/// The same for backends that can read what they keep.
#define CLEAR_BEHAVIOUR(sentence, tags)                                                            \
  PERDURE_BEHAVIOUR(PERDURE_CLEAR_WORLDS, sentence, "[conformance]" tags, PERDURE_BODY,            \
                    in_virtual_time())
#define CLEAR_BEHAVIOUR_WITH(options, sentence, tags)                                              \
  PERDURE_BEHAVIOUR(PERDURE_CLEAR_WORLDS, sentence, "[conformance]" tags, PERDURE_BODY, options)
#define DURABLE_CLEAR_BEHAVIOUR(sentence, tags)                                                    \
  PERDURE_BEHAVIOUR(PERDURE_DURABLE_CLEAR_WORLDS, sentence, "[conformance][durable]" tags,         \
                    PERDURE_BODY, in_virtual_time())
