// One of the two backends that are compared: it does operations and says what came of them.
#pragma once

#include "conformance/any_backend.hpp"
#include "conformance/differential/operation.hpp"
#include "conformance/differential/texts.hpp"
#include "support/hand_worker.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace perdure_test::conformance {

/// A backend in virtual time and the workers that a random program works by hand. Two subjects that
/// are told the same operations draw the same details, as long as they have seen the same.
class subject {
public:
  /// Whether the operation of that name opens the place again. If it is done to either of two
  /// subjects, both take all tasks at once, in an order of their own: what is due in several runs
  /// at one moment happens in any order after a place was opened.
  enum class reopening : unsigned char { never, in_the_other, here };
  subject(std::unique_ptr<any_backend> fresh, reopening how);
  ~subject();
  subject(subject const&) = delete;
  auto operator=(subject const&) -> subject& = delete;

  /// What was done and what came of it, run ids by name: `signal w1 'a' -> error 23`.
  [[nodiscard]] auto apply(operation const& what) -> std::string;
  /// All that can be seen from outside: runs, histories, what is pending, the record of what
  /// operators did, the time.
  [[nodiscard]] auto observe() -> std::string;

private:
  using worker = basic_hand_worker<any_backend>;
  using call = std::function<std::string()>;

  void start_workers();
  /// Takes one task by `poll`, or all that there are; says which.
  template <class Task, class Poll>
  [[nodiscard]] auto take(std::vector<Task>& into, Poll poll) -> std::string;
  [[nodiscard]] auto do_as_client(operation_kind what, dice& random, std::string& said) -> call;
  [[nodiscard]] auto do_with_messages(operation_kind what, dice& random, std::string& said) -> call;
  [[nodiscard]] auto ask(perdure::query_workflow_request const& request) -> std::string;
  [[nodiscard]] auto do_as_worker(operation_kind what, dice& random, std::string& said) -> call;
  [[nodiscard]] auto do_as_operator(operation_kind what, dice& random, std::string& said) -> call;

  [[nodiscard]] auto any_start(dice& random) -> perdure::start_workflow_request;
  [[nodiscard]] auto any_target(dice& random) -> perdure::workflow_execution;
  [[nodiscard]] auto any_filter(dice& random) -> perdure::list_filter;
  [[nodiscard]] auto any_commands(dice& random, perdure::workflow_task const& task)
      -> std::vector<perdure::command>;
  [[nodiscard]] auto any_answer(dice& random, perdure::workflow_task const& task)
      -> perdure::workflow_task_completion;
  [[nodiscard]] auto any_update(dice& random) -> perdure::update_request;
  [[nodiscard]] auto any_command(dice& random, std::vector<perdure::event> const& seen)
      -> perdure::command;
  [[nodiscard]] auto any_event(dice& random, perdure::workflow_execution const& run)
      -> perdure::event_id;
  void give_up_tasks();

  std::unique_ptr<any_backend> backend_;
  reopening reopening_;
  std::vector<std::unique_ptr<worker>> workers_;
  std::vector<perdure::workflow_task> tasks_; ///< Handed out, in that order.
  std::vector<perdure::activity_task> attempts_;
  std::vector<perdure::workflow_execution> runs_; ///< That were ever given a name.
  std::size_t fresh_{0};                          ///< For ids that are used once.
  run_names names_;
};

} // namespace perdure_test::conformance
