// Workflows that nobody adds to a worker: the library starts them itself, as children.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "perdure/config.hpp"
#include "perdure/workflow/main_coroutine.hpp"

namespace perdure::inline v0::detail {

/// One that all workers of this program know, under a name that begins with `perdure_`. An object
/// of static storage duration; names differ.
class hidden_workflow {
public:
  hidden_workflow(std::string name, workflow_starter start)
      : name_{std::move(name)}, start_{start}, next_{first()} {
    first() = this;
  }
  hidden_workflow(hidden_workflow const&) = delete;
  auto operator=(hidden_workflow const&) -> hidden_workflow& = delete;

  [[nodiscard]] auto name() const noexcept -> std::string const& { return name_; }
  /// Null: there is none.
  [[nodiscard]] static auto find(std::string_view name) noexcept -> workflow_starter;

private:
  [[nodiscard]] static auto first() noexcept -> hidden_workflow*&;

  std::string name_;
  workflow_starter start_;
  hidden_workflow* next_;
};

/// `Run` takes the payloads that such a workflow was started with, and gives those of its result.
template <auto Run>
[[nodiscard]] auto start_raw(payloads const& input) -> main_coroutine {
  return main_coroutine{Run(input)};
}

#if PERDURE_DEFINES
PERDURE_INLINE auto hidden_workflow::find(std::string_view name) noexcept -> workflow_starter {
  if (!name.starts_with("perdure_")) return nullptr;
  for (hidden_workflow const* each = first(); each != nullptr; each = each->next_)
    if (each->name_ == name) return each->start_;
  return nullptr;
}
PERDURE_INLINE auto hidden_workflow::first() noexcept -> hidden_workflow*& {
  static hidden_workflow* head = nullptr;
  return head;
}
#endif

} // namespace perdure::inline v0::detail
