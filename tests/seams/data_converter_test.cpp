// Goal: a data_converter decides what values become wherever they cross into history, and failures
// what exceptions become, in one client or worker. Method: a type that only the converter knows,
// recorded as its own text form, sent through every door that takes a value.
#include "seams/seams_world.hpp"

#include <perdure/testing.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace seams_test {

/// No aggregate, and nothing says at compile time how it is recorded.
class parcel {
public:
  explicit parcel(int grams) : grams_{grams} {}
  [[nodiscard]] auto grams() const -> int { return grams_; }

private:
  int grams_;
};

class out_of_stock : public std::runtime_error {
public:
  explicit out_of_stock(int missing)
      : std::runtime_error{std::to_string(missing) + " are missing"}, missing_{missing} {}
  [[nodiscard]] auto missing() const -> int { return missing_; }

private:
  int missing_;
};

} // namespace seams_test

template <>
struct perdure::payload_traits<seams_test::parcel>
    : perdure::by_data_converter<seams_test::parcel> {};

namespace {

using namespace perdure_test;
using namespace seams_test;

constexpr std::string_view encoding = "text/parcel";

/// What the failures of `out_of_stock` are.
class stock_failures final : public perdure::failure_converter {
public:
  auto to_failure(std::exception_ptr const& thrown) const
      -> std::optional<perdure::failure> override {
    try {
      std::rethrow_exception(thrown);
    } catch (out_of_stock const& e) {
      perdure::failure why = perdure::default_failure(thrown);
      perdure::application_failure_info info{};
      info.type = "OutOfStock";
      info.non_retryable = true;
      info.details = perdure::to_payloads(e.missing());
      why.info = std::move(info);
      return why;
    } catch (...) {
      return std::nullopt;
    }
  }
  void throw_failure(perdure::failure const& why) const override {
    for (perdure::failure const* at = &why; at != nullptr; at = at->cause.get())
      if (auto const* const info = std::get_if<perdure::application_failure_info>(&at->info))
        if (info->type == "OutOfStock")
          throw out_of_stock{perdure::from_payload<int>(info->details[0])};
  }
};

auto make_converter() -> std::shared_ptr<perdure::data_converter const> {
  perdure::data_converter made;
  made.use<parcel>(
      [](parcel const& p) {
        return perdure::payload{std::to_string(p.grams()) + " g", {encoding}};
      },
      [](perdure::payload const& from) {
        if (from.metadata.encoding() != encoding) return parcel{perdure::from_payload<int>(from)};
        return parcel{std::stoi(from.data)};
      });
  // Known to everybody, and recorded in another way by this program.
  made.use<bool>([](bool yes) { return perdure::payload{yes ? "yes" : "no", {"text/answer"}}; },
                 [](perdure::payload const& from) {
                   return from.metadata.encoding() == "text/answer"
                              ? from.data == "yes"
                              : perdure::default_from_payload<bool>(from);
                 });
  made.use_failures(std::make_shared<stock_failures>());
  return std::make_shared<perdure::data_converter>(std::move(made));
}

parcel wrap(parcel what) {
  perdure::heartbeat(what);
  return parcel{what.grams() + 10};
}
perdure::activity<parcel> label(parcel what) { co_return parcel{what.grams() + 1}; }
parcel weigh_again(parcel what) { return what; }
perdure::workflow<parcel> repack(parcel what) {
  co_return co_await perdure::execute_activity<wrap>(what, {.start_to_close_timeout = 1min});
}
inline constexpr perdure::signal<parcel> add{"add"};
inline constexpr perdure::update<parcel(parcel)> swap{"swap"};
inline constexpr perdure::query<parcel(bool)> last{"last"};

perdure::workflow<parcel> ship(parcel first) {
  parcel now = first;
  auto const swaps = perdure::handle(swap, [&](parcel other) { return std::exchange(now, other); });
  auto const looks =
      perdure::handle(last, [&](bool packed) { return packed ? now : parcel{now.grams() - 10}; });
  now = co_await perdure::execute_activity<wrap>(now, {.start_to_close_timeout = 1min});
  now = co_await perdure::execute_activity<label>(now, {.start_to_close_timeout = 1min});
  now =
      co_await perdure::execute_local_activity<weigh_again>(now, {.start_to_close_timeout = 1min});
  now = co_await perdure::execute_child_workflow<repack>(now, {.id = "child"});
  now = co_await perdure::side_effect([&] { return parcel{now.grams() + 100}; });
  perdure::upsert_memo({{"parcel", perdure::to_payload(now)}});
  parcel const more = co_await perdure::receive(add);
  now = parcel{now.grams() + more.grams()};
  co_return now;
}

int take(int wanted) {
  if (wanted > 3) throw out_of_stock{wanted - 3};
  return wanted;
}
/// Sees the activity's own exception, and fails with it.
perdure::workflow<int> order(int wanted) {
  try {
    co_return co_await perdure::execute_activity<take>(wanted, {.start_to_close_timeout = 1min});
  } catch (out_of_stock const& e) {
    if (e.missing() == 1) co_return -1;
    throw;
  }
}
perdure::workflow<void> wait_for_ever() { co_await perdure::sleep(24h); }

constexpr std::string_view base64_json = "anNvbi9wbGFpbg==";   // json/plain
constexpr std::string_view base64_parcel = "dGV4dC9wYXJjZWw="; // text/parcel

auto count_of(std::string const& text, std::string_view what) -> std::size_t {
  std::size_t count = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1))
    ++count;
  return count;
}

/// A type that only a converter knows passes through every door.
template <class Place>
void check_doors() {
  auto const converter = make_converter();
  seams_world<Place, ship, wrap, label, weigh_again, repack> world{{.data_converter = converter},
                                                                   {.data_converter = converter}};
  auto const run = world.template start<ship>(parcel{1});
  world.settle();
  CHECK(run.update(swap, parcel{1000}).grams() == 122);
  CHECK(run.query(last, true).grams() == 1000);
  CHECK(run.query(last, false).grams() == 990);
  run.signal(add, parcel{5});
  CHECK(run.result().grams() == 1005);
  auto const memo = run.describe().memo.entries().at("parcel");
  CHECK(perdure::from_payload<parcel>(memo, *converter).grams() == 122);
}

/// Exceptions cross from an activity to a workflow and its client as themselves.
template <class Place>
void check_exceptions() {
  auto const converter = make_converter();
  seams_world<Place, order, take> world{
      {.fail_run_on = {"OutOfStock"}, .data_converter = converter}, {.data_converter = converter}};
  auto const asked = [&](int wanted) {
    return world.client.template execute_workflow<order>(
        wanted, {.id = "order of " + std::to_string(wanted), .task_queue = "tests"});
  };
  CHECK(asked(3) == 3);
  CHECK(asked(4) == -1);
  int missing = 0;
  try {
    (void)asked(10);
  } catch (out_of_stock const& e) {
    missing = e.missing();
  }
  CHECK(missing == 7);
  perdure::client const plain{world.place.backend};
  auto const failed = plain.template get_handle<int>("order of 10");
  perdure::failure seen{};
  try {
    (void)failed.result();
  } catch (perdure::application_error const& e) {
    seen = e.failure();
  }
  CHECK(seen.message == "7 are missing");
}

} // namespace

TEST_CASE("a type that only a converter knows passes through every door, in memory", "[seams]") {
  check_doors<in_memory>();
}
TEST_CASE("a type that only a converter knows passes through every door, in a file", "[seams]") {
  check_doors<in_file>();
}
TEST_CASE("a type that only a converter knows passes through every door, behind a codec",
          "[seams]") {
  check_doors<behind_codec>();
}

TEST_CASE("a history holds what the converter has made, and a replayer with it reads that",
          "[seams]") {
  auto const converter = make_converter();
  perdure::test_environment env{{.data_converter = converter}};
  env.add<ship, wrap, label, weigh_again, repack>();
  auto const run = env.start_workflow<ship>(parcel{1}, {.id = "w"});
  run.signal(add, parcel{5});
  CHECK(run.result().grams() == 127);

  perdure::history const recorded = run.fetch_history();
  std::string const text = recorded.to_json();
  INFO(text);
  CHECK(count_of(text, base64_json) == 2); // what the two markers say of their activities
  CHECK(count_of(text, base64_parcel) >= 12);
  CHECK(perdure::replayer{{.data_converter = converter}}.add<ship>().replay(recorded).ok());
  auto const without = perdure::replayer{}.add<ship>().replay(recorded);
  CHECK(without.problem.find("data_converter") != std::string::npos);
}

/// Runs of a schedule read what its action was made of, before and after it was changed.
template <class Place>
void check_schedule() {
  auto const converter = make_converter();
  seams_world<Place, repack, wrap> world{{.data_converter = converter},
                                         {.data_converter = converter}};
  auto const repacks = [&](int grams) {
    return perdure::start_workflow_action<repack>(parcel{grams}, {.id = "r", .task_queue = "tests"},
                                                  *converter);
  };
  auto const made = world.client.create_schedule("s", {.action = repacks(1)});
  auto const weight_of_next = [&] {
    made.trigger(perdure::schedule_overlap_policy::allow_all);
    world.settle();
    auto const newest = made.describe().info.recent_actions.back().started;
    return world.client.template get_handle<repack>(newest.workflow_id.str(), newest.run_id.str())
        .result()
        .grams();
  };
  CHECK(weight_of_next() == 11);
  CHECK(made.describe().schedule.action.input[0].metadata.encoding() == encoding);
  world.place.clock().advance(1s);
  made.update([&](perdure::schedule& now) { now.action = repacks(5); });
  CHECK(weight_of_next() == 15);
}
TEST_CASE("what a schedule starts is given what the converter has made", "[seams]") {
  check_schedule<in_memory>();
  check_schedule<in_file>();
  check_schedule<behind_codec>();
}

TEST_CASE("somebody without the converter is told what is missing", "[seams]") {
  seams_world<in_memory, repack, wrap> world{{}, {}};
  CHECK_THROWS_WITH(world.start<repack>(parcel{1}), contains("data_converter"));
}

TEST_CASE("a converter reads what was written before there was one", "[seams]") {
  perdure::memory_backend backend{{.clock = perdure::clock_mode::virtual_time}};
  perdure::worker worker{backend, {.task_queue = "tests", .data_converter = make_converter()}};
  worker.add<repack, wrap>();
  worker.start();
  perdure::start_workflow_request old{};
  old.workflow_id = std::string_view{"old"};
  old.workflow_type = std::string_view{"repack"};
  old.task_queue = std::string_view{"tests"};
  old.input = perdure::to_payloads(7);
  (void)backend.start_workflow(old);
  perdure::client const client{backend, {.data_converter = make_converter()}};
  CHECK(client.get_handle<repack>("old").result().grams() == 17);
}

TEST_CASE("exceptions cross from an activity to a workflow and its client as themselves, in memory",
          "[seams]") {
  check_exceptions<in_memory>();
}
TEST_CASE("exceptions cross from an activity to a workflow and its client as themselves, in a file",
          "[seams]") {
  check_exceptions<in_file>();
}
TEST_CASE(
    "exceptions cross from an activity to a workflow and its client as themselves, behind a codec",
    "[seams]") {
  check_exceptions<behind_codec>();
}

TEST_CASE("cancellations stay what they are, whatever a failure converter does", "[seams]") {
  class everything final : public perdure::failure_converter {
  public:
    auto to_failure(std::exception_ptr const&) const -> std::optional<perdure::failure> override {
      throw std::logic_error{"asked for a cancellation"};
    }
    void throw_failure(perdure::failure const&) const override {
      throw std::logic_error{"asked for a cancellation"};
    }
  };
  auto const converter = std::make_shared<perdure::data_converter>();
  converter->use_failures(std::make_shared<everything>());
  seams_world<in_memory, wait_for_ever> world{{.data_converter = converter},
                                              {.data_converter = converter}};
  auto const run = world.start<wait_for_ever>();
  world.settle();
  run.cancel();
  CHECK_THROWS_AS(run.result(), perdure::cancelled_error);
}
