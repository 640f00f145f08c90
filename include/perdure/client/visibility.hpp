// Lists of runs by a query in text, and counts.
#pragma once

#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "perdure/config.hpp"
#include "perdure/history/requests.hpp"
#include "perdure/history/run_query.hpp"

PERDURE_SELDOM_BEGIN

namespace perdure::inline v0::detail {

/// All pages, which `page_of` asks `client` for.
[[nodiscard]] auto list_all(list_filter filter, void const* client,
                            auto (*page_of)(void const*, list_filter const&)->list_page)
    -> std::vector<workflow_description>;

/// The part of a client that lists runs. `Client` gives `list_workflows` and `count_workflows`.
template <class Client>
class visibility_calls {
public:
  /// The first `filter.limit` runs that match, oldest first unless the filter says otherwise.
  /// \throws error (invalid_argument)
  [[nodiscard]] auto list(list_filter filter = {}) const -> std::vector<workflow_description> {
    return list_all(std::move(filter), this, [](void const* calls, list_filter const& asked) {
      return static_cast<visibility_calls const*>(calls)->self().list_workflows(asked);
    });
  }
  /// The runs that match a query, see `parse_run_query`; the first thousand, oldest first unless
  /// the query says ORDER BY StartTime DESC. \throws error (invalid_argument) that names the place
  /// in the query
  template <std::convertible_to<std::string_view> Query>
  [[nodiscard]] auto list(Query const& query) const -> std::vector<workflow_description> {
    return list(filter_of(query));
  }
  /// The runs for which a condition holds: `client.list(customer == "acme" && total >= 3)`.
  template <std::same_as<run_condition> Condition>
  [[nodiscard]] auto list(Condition where) const -> std::vector<workflow_description> {
    return list(filter_of(std::move(where)));
  }
  /// How many runs match.
  [[nodiscard]] auto count(list_filter const& filter = {}) const -> std::size_t {
    return self().count_workflows(filter);
  }
  template <std::convertible_to<std::string_view> Query>
  [[nodiscard]] auto count(Query const& query) const -> std::size_t {
    return count(filter_of(query));
  }

  template <std::same_as<run_condition> Condition>
  [[nodiscard]] auto count(Condition where) const -> std::size_t {
    return count(filter_of(std::move(where)));
  }
  /// How many open runs, of these workflow types (none: of all), started before a time (none: at
  /// any time), have not recorded a patch; for `get_version` the id is `<id>-<version>`. They took
  /// the old branch, or have not come to the patch yet: once it is 0, `deprecate_patch` can take
  /// its place. Exact but for runs with more than 2 KiB of patch ids, which list only the first:
  /// those count as in need of the others.
  [[nodiscard]] auto count_runs_needing_patch(std::string_view id,
                                              std::vector<std::string> const& workflow_types = {},
                                              std::optional<time_point> started_before = {}) const
      -> std::size_t {
    static constexpr search_attribute<keyword_list> patches{"TemporalChangeVersion"};
    static constexpr search_attribute<keyword> status{"ExecutionStatus"};
    static constexpr search_attribute<keyword> type{"WorkflowType"};
    list_filter filter{};
    filter.where = status.in({"Running", "Paused"}) && !(patches == std::string{id});
    if (!workflow_types.empty()) filter.where = std::move(filter.where) && type.in(workflow_types);
    filter.started_before = started_before;
    return count(filter);
  }

protected:
  ~visibility_calls() = default;

private:
  [[nodiscard]] auto self() const noexcept -> Client const& {
    return static_cast<Client const&>(*this);
  }
  [[nodiscard]] static auto filter_of(run_condition where) -> list_filter {
    list_filter filter{};
    filter.where = std::move(where);
    return filter;
  }
  [[nodiscard]] static auto filter_of(std::string_view query) -> list_filter {
    run_query read = parse_run_query(query);
    list_filter filter{};
    filter.where = std::move(read.where);
    filter.order = read.order.value_or(list_order::oldest_first);
    return filter;
  }
};

#if PERDURE_DEFINES
PERDURE_INLINE auto list_all(list_filter filter, void const* client,
                             auto (*page_of)(void const*, list_filter const&)->list_page)
    -> std::vector<workflow_description> {
  std::vector<workflow_description> all;
  while (all.size() < filter.limit) {
    if (filter.limit - all.size() < filter.page_size) filter.page_size = filter.limit - all.size();
    list_page page = page_of(client, filter);
    for (auto& each : page.workflows) all.push_back(std::move(each));
    filter.next_page_token = std::move(page.next_page_token);
    if (filter.next_page_token.empty()) return all;
  }
  return all;
}
#endif

} // namespace perdure::inline v0::detail

PERDURE_SELDOM_END
