// One case: a victim in a process of its own, then a checker in another.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "child_process.hpp"
#include "subject.hpp"

namespace reliability {

struct case_result {
  bool reached{false};     ///< The plan's call came: the case counts.
  bool finished{false};    ///< The victim got to its end.
  std::string violation{}; ///< Empty: all is well.
  std::int64_t calls{0};   ///< That were counted.
  std::size_t acks{0};
};

/// Runs cases in one directory, one after the other.
class case_runner {
public:
  /// `seconds`: how long a victim or a checker may take.
  /// `keeps`: the files of the last case are left where they are.
  case_runner(std::string directory, double seconds, bool keeps);
  case_runner(case_runner const&) = delete;
  auto operator=(case_runner const&) -> case_runner& = delete;
  ~case_runner();

  /// Lets the subject prepare its files; each run then begins with copies of them.
  void prepare(subject& what);
  auto run(subject& what, io_plan const& plan) -> case_result;
  /// What was counted in the last run.
  [[nodiscard]] auto trace() const -> std::vector<io_record>;

private:
  struct shared_memory;
  auto run_victim(subject& what, io_plan const& plan, case_result& result)
      -> std::vector<std::string>;

  place place_;
  std::vector<std::pair<std::string, std::string>> prepared_{}; ///< Paths and contents.
  double seconds_;
  bool keeps_;
  shared_memory* shared_;
};

} // namespace reliability
