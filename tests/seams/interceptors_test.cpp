// Goal: interceptors see and may change what passes, in the order in which they are listed, and
// what they send along arrives everywhere. Method: a client that puts a tenant into every header, a
// worker that hands it on, and code that says which tenant it was called for.
#include "seams/diary.hpp"
#include "seams/seams_world.hpp"

#include <string>
#include <vector>

namespace {

using namespace perdure_test;
using perdure::outgoing_kind;
using texts = std::vector<std::string>;

auto tenant_in(perdure::named_values const& header) -> std::string {
  return header.get<std::string>("tenant").value_or("nobody");
}

class tenant_of_client final : public perdure::client_interceptor {
public:
  explicit tenant_of_client(std::string name) : name_{perdure::to_payload(name)} {}
  auto start_workflow(
      perdure::start_workflow_request& request,
      perdure::next_call<perdure::start_workflow_request, perdure::start_workflow_result> next)
      -> perdure::start_workflow_result override {
    request.header.make()["tenant"] = name_;
    return next(request);
  }
  auto signal_with_start_workflow(
      perdure::signal_with_start_request& request,
      perdure::next_call<perdure::signal_with_start_request, perdure::start_workflow_result> next)
      -> perdure::start_workflow_result override {
    request.start.header.make()["tenant"] = name_;
    return next(request);
  }
  void signal_workflow(perdure::signal_workflow_request& request,
                       perdure::next_call<perdure::signal_workflow_request, void> next) override {
    request.header.make()["tenant"] = name_;
    next(request);
  }
  auto
  update_workflow(perdure::update_workflow_request& request,
                  perdure::next_call<perdure::update_workflow_request, perdure::update_status> next)
      -> perdure::update_status override {
    request.update.input.header.make()["tenant"] = name_;
    return next(request);
  }
  auto
  query_workflow(perdure::query_workflow_request& request,
                 perdure::next_call<perdure::query_workflow_request, perdure::query_result> next)
      -> perdure::query_result override {
    request.header.make()["tenant"] = name_;
    return next(request);
  }
  void create_schedule(perdure::create_schedule_request& request,
                       perdure::next_call<perdure::create_schedule_request, void> next) override {
    request.schedule.action.header.make()["tenant"] = name_;
    next(request);
  }

private:
  perdure::payload name_;
};

/// Hands the tenant of a run on to all that it starts, and notes what the run meets.
class tenant_of_run final : public perdure::workflow_interceptor {
public:
  explicit tenant_of_run(diary& notes) : notes_{&notes} {}
  void started(perdure::incoming_call const& call) override {
    tenant_ = tenant_in(call.header);
    note("started", call.name, tenant_, call.replaying);
  }
  void signaled(perdure::incoming_call const& call) override {
    note("signaled", call.name, tenant_in(call.header), call.replaying);
  }
  void updated(perdure::incoming_call const& call) override {
    note("updated", call.name, tenant_in(call.header), call.replaying);
  }
  void queried(perdure::incoming_call const& call, perdure::failure const* failed) override {
    note(failed == nullptr ? "queried" : "not queried", call.name, tenant_in(call.header), false);
  }
  void outgoing(perdure::outgoing_call& call) override {
    static constexpr char const* kinds[] = {"activity", "local",  "child",
                                            "signal",   "signal", "continue"};
    call.header.make()["tenant"] = perdure::to_payload(tenant_);
    note(kinds[static_cast<int>(call.kind)], call.name, tenant_, call.replaying);
  }
  void ended(perdure::workflow_end const& end) override {
    static constexpr char const* ways[] = {"completed", "failed", "cancelled", "continued"};
    std::string why = end.why == nullptr ? "" : end.why->message;
    note("ended", ways[static_cast<int>(end.how)], std::move(why), end.replaying);
  }
  void evicted() noexcept override { notes_->write("evicted"); }

private:
  void note(std::string what, std::string_view name, std::string who, bool again) {
    notes_->write(what + " " + std::string{name} + (who.empty() ? "" : " " + who) +
                  (again ? " again" : ""));
  }
  diary* notes_;
  std::string tenant_;
};

class tenant_of_worker final : public perdure::worker_interceptor {
public:
  explicit tenant_of_worker(diary& notes) : notes_{&notes} {}
  auto intercept_workflow() -> std::unique_ptr<perdure::workflow_interceptor> override {
    return std::make_unique<tenant_of_run>(*notes_);
  }

private:
  diary* notes_;
};

auto tenant() -> std::string { return tenant_in(perdure::activity_info_now().header); }

inline constexpr perdure::signal<> go{"go"};
inline constexpr perdure::query<std::string()> who{"who"};
inline constexpr perdure::update<std::string(std::string)> greet{"greet"};

auto child() -> perdure::workflow<std::string> {
  co_await perdure::receive(go);
  co_return tenant_in(perdure::info().header);
}

auto parent(bool again) -> perdure::workflow<texts> {
  auto const asked = perdure::handle(who, [] { return tenant_in(perdure::info().header); });
  auto const updated = perdure::handle(greet, [](std::string name) { return "hello " + name; });
  co_await perdure::receive(go);
  texts seen{tenant_in(perdure::info().header)};
  if (!again) co_return seen;
  seen.push_back(co_await perdure::execute_activity<tenant>({.start_to_close_timeout = 1min}));
  seen.push_back(
      co_await perdure::execute_local_activity<tenant>({.start_to_close_timeout = 1min}));
  auto kid = perdure::start_child_workflow<child>({.id = "kid"});
  co_await kid.signal(go);
  seen.push_back(co_await kid);
  if (seen == texts(4, "acme")) co_await perdure::continue_as_new<parent>(false);
  co_return seen;
}

/// The life of one workflow, as its interceptor sees it.
template <class Place>
void headers_arrive(std::size_t cached) {
  diary notes;
  perdure::worker_options with{.max_cached_workflows = cached};
  with.interceptors = {std::make_shared<tenant_of_worker>(notes)};
  seams_world<Place, parent, child, tenant> w{
      with, {.interceptors = {std::make_shared<tenant_of_client>("acme")}}};
  auto const handle = w.template start<parent>(true);
  w.settle();
  CHECK(handle.query(who) == "acme");
  CHECK(handle.update(greet, "Ann") == "hello Ann");
  handle.signal(go);
  w.settle();
  w.client.get_handle("w").signal(go); // for the run that continues
  CHECK(handle.result() == texts{"acme"});
  for (auto const* const line :
       {"started parent acme", "started child acme", "queried who acme", "updated greet acme",
        "signaled go acme", "activity tenant acme", "local tenant acme", "child child acme",
        "signal go acme", "continue parent acme", "ended continued", "ended completed"}) {
    CAPTURE(line);
    CHECK(notes.count(line) >= 1);
  }
  CHECK(notes.count("signaled go acme") == 3); // two from the client, one from the parent
  CHECK((notes.count("activity tenant acme again") != 0) == (cached == 0));
  CHECK((notes.count("evicted") != 0) == (cached == 0));
}

TEST_CASE("what interceptors send along arrives wherever calls lead, in memory",
          "[seams][interceptor]") {
  headers_arrive<in_memory>(10'000);
  headers_arrive<in_memory>(0);
}
TEST_CASE("what interceptors send along arrives wherever calls lead, in a file",
          "[seams][interceptor]") {
  headers_arrive<in_file>(10'000);
  headers_arrive<in_file>(0);
}
TEST_CASE("what interceptors send along arrives wherever calls lead, behind a codec",
          "[seams][interceptor]") {
  headers_arrive<behind_codec>(10'000);
  headers_arrive<behind_codec>(0);
}

TEST_CASE("without interceptors no header is copied to what a run starts", "[seams][interceptor]") {
  seams_world<in_memory, parent, child, tenant> w{
      {}, {.interceptors = {std::make_shared<tenant_of_client>("acme")}}};
  auto const handle = w.template start<parent>(true);
  handle.signal(go);
  CHECK(handle.result() == texts{"acme", "nobody", "nobody", "nobody"});
}

TEST_CASE("a signal that starts its workflow has the header of the start", "[seams][interceptor]") {
  diary notes;
  perdure::worker_options with{};
  with.interceptors = {std::make_shared<tenant_of_worker>(notes)};
  seams_world<in_memory, child> w{with,
                                  {.interceptors = {std::make_shared<tenant_of_client>("acme")}}};
  auto const handle = w.client.template signal_with_start<child>(
      perdure::workflow_options{.id = "w", .task_queue = "tests"}, go);
  CHECK(handle.result() == "acme");
  CHECK(notes.take() == texts{"started child acme", "signaled go acme", "ended completed"});
}

auto hears_late(bool again) -> perdure::workflow<void> {
  if (again) {
    co_await perdure::sleep(1min);
    co_await perdure::continue_as_new<hears_late>(false);
  }
  co_await perdure::receive(go);
}

/// A signal that a run does not receive is met by the next one, too, with its header.
template <class Place>
void headers_are_carried(std::size_t cached) {
  diary notes;
  perdure::worker_options with{.max_cached_workflows = cached};
  with.interceptors = {std::make_shared<tenant_of_worker>(notes)};
  seams_world<Place, hears_late> w{with,
                                   {.interceptors = {std::make_shared<tenant_of_client>("acme")}}};
  auto const handle = w.template start<hears_late>(true);
  handle.signal(go);
  handle.result();
  CHECK(notes.count("continue hears_late acme") == 1);
  CHECK(notes.count("signaled go acme") == 2);
  CHECK(notes.count("signaled go nobody") == 0);
}
TEST_CASE("a signal that is carried over to the next run keeps its header",
          "[seams][interceptor]") {
  for (std::size_t const cached : {std::size_t{10'000}, std::size_t{0}}) {
    headers_are_carried<in_memory>(cached);
    headers_are_carried<in_file>(cached);
    headers_are_carried<behind_codec>(cached);
  }
}

template <class Place>
void headers_are_scheduled() {
  seams_world<Place, child> w{{}, {.interceptors = {std::make_shared<tenant_of_client>("acme")}}};
  perdure::create_schedule_options now{};
  now.trigger_immediately = true;
  auto const made = w.client.create_schedule(
      "s", {.action = perdure::start_workflow_action<child>({.id = "c", .task_queue = "tests"})},
      now);
  w.settle();
  auto const started = made.describe().info.recent_actions.at(0).started;
  auto const handle = w.client.template get_handle<child>(started.workflow_id.str());
  handle.signal(go);
  CHECK(handle.result() == "acme");
}
TEST_CASE("runs of a schedule have the header that an interceptor gave its action",
          "[seams][interceptor]") {
  headers_are_scheduled<in_memory>();
  headers_are_scheduled<in_file>();
  headers_are_scheduled<behind_codec>();
}

class hides_memos final : public perdure::client_interceptor {
  auto describe_workflow(
      perdure::describe_workflow_request& request,
      perdure::next_call<perdure::describe_workflow_request, perdure::workflow_description> next)
      -> perdure::workflow_description override {
    auto seen = next(request);
    seen.memo = {};
    return seen;
  }
};
TEST_CASE("an interceptor may change what a description says", "[seams][interceptor]") {
  seams_world<in_memory, child> w{{}, {.interceptors = {std::make_shared<hides_memos>()}}};
  perdure::workflow_options options{.id = "w", .task_queue = "tests"};
  options.memo = {{"secret", perdure::to_payload(1)}};
  auto const handle = w.client.start_workflow<child>(options);
  CHECK(handle.describe().execution.workflow_id == "w");
  CHECK(handle.describe().memo.empty());
  perdure::client const plain{w.place.backend};
  CHECK_FALSE(plain.get_handle("w").describe().memo.empty());
}

// ------------------------------------------------------------------------------ misuse
class draws_a_number final : public perdure::worker_interceptor {
  class looks final : public perdure::workflow_interceptor {
    void started(perdure::incoming_call const&) override { (void)perdure::random()(); }
  };
  auto intercept_workflow() -> std::unique_ptr<perdure::workflow_interceptor> override {
    return std::make_unique<looks>();
  }
};

TEST_CASE("an interceptor that would change the run fails its workflow task",
          "[seams][interceptor]") {
  perdure::worker_options with{};
  with.interceptors = {std::make_shared<draws_a_number>()};
  seams_world<in_memory, child> w{with};
  auto const handle = w.template start<child>();
  w.settle();
  CHECK(handle.describe().workflow_task_failure.find("an interceptor") != std::string::npos);
}

} // namespace
