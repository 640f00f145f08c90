// Goal: interceptors around activities, functions and coroutines, and around a client's calls, run
// in the order in which they are listed, and may change arguments, results and errors.
#include "seams/seams_world.hpp"

#include <coroutine>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace perdure_test;

struct out_of_paper : std::runtime_error {
  using std::runtime_error::runtime_error;
};

auto print(std::string text) -> std::string {
  if (text == "<<paper>>") throw out_of_paper{"no paper"};
  return "[" + text + "]";
}
auto print_slowly(std::string text) -> perdure::activity<std::string> { co_return print(text); }
auto print_slower(std::string text) -> perdure::activity<std::string> {
  co_return co_await print_slowly(std::move(text));
}

auto printing(std::string text) -> perdure::workflow<std::string> {
  co_return co_await perdure::execute_activity<print>(
      text, {.start_to_close_timeout = 1min, .retry_policy = {.maximum_attempts = 1}});
}
auto printing_slowly(std::string text) -> perdure::workflow<std::string> {
  co_return co_await perdure::execute_activity<print_slower>(
      text, {.start_to_close_timeout = 1min, .retry_policy = {.maximum_attempts = 1}});
}
auto printing_here(std::string text) -> perdure::workflow<std::string> {
  co_return co_await perdure::execute_local_activity<print_slowly>(
      text, {.start_to_close_timeout = 1min, .retry_policy = {.maximum_attempts = 1}});
}

/// Puts a pair of letters around arguments and results, and turns one exception into a result.
class brackets final : public perdure::worker_interceptor {
public:
  explicit brackets(std::string left, std::string right)
      : left_{std::move(left)}, right_{std::move(right)} {}

  auto execute_activity(perdure::activity_call& call, perdure::next_activity next)
      -> perdure::payloads override {
    change(call);
    try {
      return changed(next(call));
    } catch (out_of_paper const& lost) { // the exception itself, not what is recorded of it
      return answer(lost);
    }
  }
  auto execute_activity(perdure::activity_call& call, perdure::next_activity_coroutine next)
      -> perdure::activity<perdure::payloads> override {
    return around(*this, call, next);
  }

private:
  static auto around(brackets& self, perdure::activity_call& call,
                     perdure::next_activity_coroutine next)
      -> perdure::activity<perdure::payloads> {
    self.change(call);
    try {
      co_return self.changed(co_await next(call));
    } catch (out_of_paper const& lost) {
      co_return self.answer(lost);
    }
  }
  void change(perdure::activity_call& call) const {
    auto const [text] = perdure::from_payloads<std::string>(call.input);
    call.input = perdure::to_payloads(left_ + text + right_);
  }
  [[nodiscard]] auto changed(perdure::payloads const& result) const -> perdure::payloads {
    auto const [text] = perdure::from_payloads<std::string>(result);
    // The context is there before and after the activity.
    return perdure::to_payloads(left_ + text + right_ +
                                std::to_string(perdure::activity_info_now().attempt));
  }
  [[nodiscard]] auto answer(out_of_paper const& lost) const -> perdure::payloads {
    if (left_ != "<") throw lost;
    return perdure::to_payloads("lost: " + std::string{lost.what()});
  }
  std::string left_;
  std::string right_;
};

template <class Place, auto W>
void around_activities() {
  perdure::worker_options with{};
  with.interceptors = {std::make_shared<brackets>("(", ")"), std::make_shared<brackets>("<", ">")};
  seams_world<Place, W, print, print_slowly, print_slower> w{with};
  CHECK(w.template start<W>(std::string{"text"}).result() == "(<[<(text)>]>1)1");
}

TEST_CASE("interceptors around activities: the first one listed is the outermost",
          "[seams][interceptor][activity]") {
  around_activities<in_memory, printing>();
  around_activities<in_memory, printing_slowly>();
  around_activities<in_memory, printing_here>();
  around_activities<in_file, printing>();
  around_activities<in_file, printing_slowly>();
  around_activities<in_file, printing_here>();
  around_activities<behind_codec, printing>();
  around_activities<behind_codec, printing_slowly>();
  around_activities<behind_codec, printing_here>();
}

template <auto W>
void exceptions() {
  perdure::worker_options with{};
  with.interceptors = {std::make_shared<brackets>("<", ">"), std::make_shared<brackets>("<", ">")};
  seams_world<in_memory, W, print, print_slowly, print_slower> w{with};
  CHECK(w.template start<W>(std::string{"paper"}).result() == "<lost: no paper>1");
}

TEST_CASE("an interceptor catches what the activity throws, as it was thrown",
          "[seams][interceptor][activity]") {
  exceptions<printing>();
  exceptions<printing_slowly>();
  exceptions<printing_here>();
}

/// Refuses every attempt, in one of the two forms.
class refuses final : public perdure::worker_interceptor {
  auto execute_activity(perdure::activity_call&, perdure::next_activity)
      -> perdure::payloads override {
    throw perdure::application_error{"not today", {.type = "Closed"}};
  }
  auto execute_activity(perdure::activity_call&, perdure::next_activity_coroutine)
      -> perdure::activity<perdure::payloads> override {
    throw perdure::application_error{"not today", {.type = "Closed"}};
  }
};

TEST_CASE("what an interceptor throws fails the attempt", "[seams][interceptor][activity]") {
  perdure::worker_options with{};
  with.interceptors = {std::make_shared<refuses>()};
  seams_world<in_memory, printing, printing_slowly, print, print_slowly, print_slower> w{with};
  CHECK_THROWS_WITH(w.template start<printing>(std::string{"text"}).result(),
                    contains("not today"));
  CHECK_THROWS_WITH(w.template start<printing_slowly>(std::string{"text"}).result(),
                    contains("not today"));
}

std::vector<std::thread> helpers; // of one activity at a time

struct on_another_thread {
  [[nodiscard]] static auto await_ready() noexcept -> bool { return false; }
  static void await_suspend(std::coroutine_handle<> waiting) {
    helpers.emplace_back([waiting] { waiting.resume(); });
  }
  static void await_resume() noexcept {}
};
auto print_elsewhere(std::string text) -> perdure::activity<std::string> {
  co_await on_another_thread{};
  co_return print(std::move(text));
}
auto printing_elsewhere(std::string text) -> perdure::workflow<std::string> {
  co_return co_await perdure::execute_activity<print_elsewhere>(text,
                                                                {.start_to_close_timeout = 1min});
}

TEST_CASE("interceptors go on where a coroutine activity does", "[seams][interceptor][activity]") {
  perdure::memory_backend backend;
  {
    perdure::worker_options with{.task_queue = "tests"};
    with.interceptors = {std::make_shared<brackets>("(", ")"),
                         std::make_shared<brackets>("<", ">")};
    perdure::worker worker{backend, with};
    worker.add<printing_elsewhere, print_elsewhere>();
    worker.start();
    perdure::client const client{backend};
    for (int i = 0; i < 50; ++i)
      CHECK(client.execute_workflow<printing_elsewhere>(
                std::string{"text"}, {.id = std::to_string(i), .task_queue = "tests"}) ==
            "(<[<(text)>]>1)1");
  }
  for (std::thread& each : helpers) each.join();
  helpers.clear();
}

// ------------------------------------------------------------------------------ clients
class renames final : public perdure::client_interceptor {
public:
  explicit renames(std::string suffix) : suffix_{std::move(suffix)} {}
  auto start_workflow(
      perdure::start_workflow_request& request,
      perdure::next_call<perdure::start_workflow_request, perdure::start_workflow_result> next)
      -> perdure::start_workflow_result override {
    request.workflow_id = request.workflow_id.str() + suffix_;
    return next(request);
  }
  void cancel_workflow(perdure::cancel_workflow_request& request,
                       perdure::next_call<perdure::cancel_workflow_request, void> next) override {
    if (request.reason != "really") return; // the call is not made
    next(request);
  }

private:
  std::string suffix_;
};

auto waits() -> perdure::workflow<void> { co_await perdure::sleep(24h); }

TEST_CASE("interceptors around a client's calls may change them, or not make them",
          "[seams][interceptor][client]") {
  seams_world<in_memory, waits> w{
      {}, {.interceptors = {std::make_shared<renames>("-a"), std::make_shared<renames>("-b")}}};
  auto const handle = w.template start<waits>();
  CHECK(handle.id() == "w-a-b");
  handle.cancel();
  w.settle();
  CHECK(handle.describe().status == perdure::workflow_execution_status::running);
  handle.cancel("really");
  CHECK_THROWS_AS(handle.result(), perdure::cancelled_error);
}

} // namespace
