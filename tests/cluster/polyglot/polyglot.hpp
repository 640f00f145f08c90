// What the C++ and the Python halves of this test say to each other. The same in Python: shared.py.
#pragma once

#include <perdure/temporal.hpp>

namespace polyglot {

using bytes = std::vector<std::byte>;
using namespace std::chrono_literals;

enum class shipping { standard, express };

struct line {
  std::string item{};
  int count{};
  double price{};
  std::optional<std::string> note{};
};

struct order {
  std::string customer{};
  shipping how{};
  std::vector<line> lines{};
  std::map<std::string, std::int64_t> points{};
  bool gift{};
};

struct receipt {
  std::string customer{};
  shipping how{};
  double total{};
  std::vector<std::string> notes{};
  std::int64_t points{};
  bool gift{};
  std::vector<int> seal{};
  std::string made_by{};

  friend auto operator==(receipt const&, receipt const&) -> bool = default;
};

/// The details of errors.
struct reason {
  int code{};
  std::string text{};

  friend auto operator==(reason const&, reason const&) -> bool = default;
};

/// An error of the other language, as it has arrived.
struct seen_error {
  std::vector<std::string> chain{}; ///< Itself and its causes.
  int retry_state{};                ///< Of the activity or the child.
  bool non_retryable{};             ///< This and the details are of the first application error.
  std::optional<reason> details{};

  friend auto operator==(seen_error const&, seen_error const&) -> bool = default;
};

struct entry {
  std::string what{};
  std::int64_t amount{};

  friend auto operator==(entry const&, entry const&) -> bool = default;
};

struct balance {
  std::string unit{};
  std::int64_t total{};
  std::vector<std::string> whats{};

  friend auto operator==(balance const&, balance const&) -> bool = default;
};

/// Itself and its causes, one text each.
auto chain_of(perdure::failure const& why) -> std::vector<std::string>;

/// Takes tasks until it is told to end.
void serve(perdure::temporal_backend& backend, std::string const& queue);

/// Has the Python worker's workflows run, and talks to them. \throws std::runtime_error for what
/// is not as it should be
void run_client(perdure::temporal_backend& backend, std::string const& py_queue,
                std::string const& cpp_queue, std::string const& prefix);

} // namespace polyglot
