// Cron strings, as the specs of schedules and as the cron schedules of workflows have them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "perdure/config.hpp"
#include "perdure/engine/schedule/calendar.hpp"

PERDURE_SELDOM_BEGIN

namespace perdure::inline v0::engine {

/// What a cron string says: a calendar, or, where `every` is set, an interval.
struct cron_text {
  schedule_calendar calendar{};
  schedule_interval interval{};
  bool is_interval{};
  std::string time_zone_name{}; ///< Empty: it names none.
  bool any_month_day{true};     ///< The day of the month was "*" or "?".
  bool any_week_day{true};      ///< Likewise.
};

/// Which strings are accepted.
enum class cron_dialect : std::uint8_t {
  schedule, ///< 5 to 7 fields, comments, "@every 1h/5m". Both days must match.
  classic,  ///< 5 fields, "?" for "*". One of the two days must match if both are restricted.
};

namespace detail {

/// Whole words as Go writes durations, with days: "1h30m", "2d", "1.5s". Nothing for other text and
/// beyond 292 years.
[[nodiscard]] inline auto parse_go_duration(std::string_view text) -> std::optional<duration> {
  struct unit {
    std::string_view name;
    std::int64_t nanos;
  };
  static constexpr unit units[] = {{"ns", 1},
                                   {"us", 1'000},
                                   {"ms", 1'000'000},
                                   {"d", 86'400'000'000'000},
                                   {"h", 3'600'000'000'000},
                                   {"m", 60'000'000'000},
                                   {"s", 1'000'000'000}};
  using perdure::detail::wide_int;
  if (text.empty()) return std::nullopt;
  wide_int all = 0;
  while (!text.empty()) {
    wide_int whole = 0;
    wide_int fraction = 0;
    wide_int scale = 1;
    if (!perdure::detail::take_digits(text, 0, whole)) return std::nullopt;
    if (text.starts_with('.')) {
      text.remove_prefix(1);
      std::size_t const before = text.size();
      if (!perdure::detail::take_digits(text, 0, fraction) || before - text.size() > 9)
        return std::nullopt;
      for (auto n = before - text.size(); n > 0; --n) scale *= 10;
    }
    unit const* found = nullptr;
    for (unit const& each : units)
      if (found == nullptr && text.starts_with(each.name)) found = &each;
    if (found == nullptr || whole > INT64_MAX) return std::nullopt;
    text.remove_prefix(found->name.size());
    all += whole * found->nanos + fraction * found->nanos / scale;
    if (all > INT64_MAX) return std::nullopt;
  }
  return duration{static_cast<std::int64_t>(all)};
}

/// Reads one cron string. A template only so that it costs nothing where none is read.
template <class Unused = void>
class cron_reader {
public:
  cron_reader(std::string_view text, cron_dialect dialect) : text_{text}, dialect_{dialect} {}

  [[nodiscard]] auto read() -> cron_text {
    if (text_.size() > 1'000) refuse("has more than 1000 bytes");
    cron_text made{};
    std::string_view rest = trim(text_);
    if (dialect_ == cron_dialect::schedule) {
      auto const hash = rest.find(" #"); // others mean "the third" by "5#3"
      if (hash != std::string_view::npos) {
        made.calendar.comment = trim(rest.substr(hash + 2));
        rest = trim(rest.substr(0, hash));
      }
    }
    for (std::string_view const prefix : {std::string_view{"TZ="}, std::string_view{"CRON_TZ="}})
      if (made.time_zone_name.empty() && rest.starts_with(prefix)) {
        auto const space = rest.find(' ');
        made.time_zone_name = rest.substr(0, space).substr(prefix.size());
        if (space == std::string_view::npos || made.time_zone_name.empty())
          refuse("needs a time zone and a space behind '" + std::string{prefix} + "'");
        rest = trim(rest.substr(space));
      }
    if (rest.starts_with("@every ")) {
      made.is_interval = true;
      read_interval(trim(rest.substr(7)), made.interval);
      return made;
    }
    read_fields(shorthand(rest), made);
    return made;
  }

private:
  using ranges = std::vector<schedule_range>;

  [[noreturn, gnu::cold]] void refuse(std::string const& why) const {
    throw error{errc::invalid_argument, "cron string '" + std::string{text_} + "' " + why};
  }
  [[nodiscard]] static auto trim(std::string_view text) -> std::string_view {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
  }
  void read_interval(std::string_view text, schedule_interval& to) const {
    auto const slash = text.find('/');
    auto const every = parse_go_duration(text.substr(0, slash));
    std::optional<duration> offset{duration{}};
    if (slash != std::string_view::npos && dialect_ == cron_dialect::schedule)
      offset = parse_go_duration(text.substr(slash + 1));
    else if (slash != std::string_view::npos)
      offset.reset();
    if (!every || !offset)
      refuse("needs a time like '90m' behind '@every', or 'every/offset' like '1h/5m'");
    to = {*every, *offset};
  }
  [[nodiscard]] auto shorthand(std::string_view text) const -> std::string_view {
    if (!text.starts_with('@')) return text;
    if (text == "@yearly" || text == "@annually") return "0 0 1 1 *";
    if (text == "@monthly") return "0 0 1 * *";
    if (text == "@weekly") return "0 0 * * 0";
    if (text == "@daily" || text == "@midnight") return "0 0 * * *";
    if (text == "@hourly") return "0 * * * *";
    refuse("has an unknown word: @yearly, @monthly, @weekly, @daily, @hourly and @every are known");
  }
  void read_fields(std::string_view text, cron_text& made) const {
    std::vector<std::string_view> fields;
    while (!(text = trim(text)).empty()) {
      fields.push_back(text.substr(0, text.find_first_of(" \t")));
      text.remove_prefix(fields.back().size());
    }
    bool const classic = dialect_ == cron_dialect::classic;
    if (fields.size() < 5 || fields.size() > (classic ? 5U : 7U))
      refuse("has " + std::to_string(fields.size()) + " fields: 'minute hour day month weekday'" +
             (classic ? " are needed" : ", a year behind and seconds before them can be given"));
    std::size_t at = 0;
    schedule_calendar& to = made.calendar;
    if (fields.size() == 7) to.second = field(fields[at++], "second", 0, 59);
    to.minute = field(fields[at++], "minute", 0, 59);
    to.hour = field(fields[at++], "hour", 0, 23);
    made.any_month_day = is_any(fields[at]);
    to.day_of_month = field(fields[at++], "day of month", 1, 31);
    to.month = field(fields[at++], "month", 1, 12);
    made.any_week_day = is_any(fields[at]);
    to.day_of_week = field(fields[at++], "day of week", 0, 7);
    if (fields.size() > 5)
      to.year = field(fields[at++], "year", calendar_first_year, calendar_last_year);
  }
  [[nodiscard]] auto is_any(std::string_view text) const -> bool {
    while (!text.empty()) {
      auto const part = take_until(text, ',');
      if (part == "*" || (part == "?" && dialect_ == cron_dialect::classic) || part == "*/1")
        return true;
    }
    return false;
  }
  /// Cuts off what stands before the first `mark`, and that.
  [[nodiscard]] static auto take_until(std::string_view& text, char mark) -> std::string_view {
    auto const at = text.find(mark);
    auto const taken = text.substr(0, at);
    text = at == std::string_view::npos ? std::string_view{} : text.substr(at + 1);
    return taken;
  }
  /// "*", "3", "3-9", "3-9/2", "3/2" (from 3 to the last), "*/2", and lists of them.
  [[nodiscard]] auto field(std::string_view text, char const* name, int least, int most) const
      -> ranges {
    ranges all;
    if (text.back() == ',') refuse(std::string{"has an empty part in its "} + name);
    while (!text.empty()) {
      std::string_view part = take_until(text, ',');
      schedule_range range{least, name[0] == 'd' && most == 7 ? 6 : most, 0};
      int const last = range.end;
      auto const slash = part.find('/');
      std::string_view const values = part.substr(0, slash);
      bool const any = values == "*" || (values == "?" && dialect_ == cron_dialect::classic);
      if (!any) {
        auto const dash = values.find('-');
        range.start = value(values.substr(0, dash), name, least, most);
        if (dash != std::string_view::npos)
          range.end = value(values.substr(dash + 1), name, range.start, most);
        else
          range.end = slash != std::string_view::npos && range.start <= last ? last : range.start;
      }
      if (slash != std::string_view::npos)
        range.step = value(part.substr(slash + 1), name, 1, 1'000'000);
      all.push_back(range);
    }
    return all;
  }
  [[nodiscard]] auto value(std::string_view text, char const* name, int least, int most) const
      -> int {
    int number = name_of_day_or_month(text, name);
    if (number < 0) {
      number = 0;
      bool good = !text.empty() && text.size() <= 7;
      for (char const c : text) {
        good = good && c >= '0' && c <= '9';
        number = good ? number * 10 + (c - '0') : 0;
      }
      if (!good) refuse("has '" + std::string{text} + "' as its " + name);
    }
    if (number < least || number > most)
      refuse("has " + std::to_string(number) + " as its " + name + ", which goes from " +
             std::to_string(least) + " to " + std::to_string(most));
    return number;
  }
  /// By at least three letters of a month or two of a day; -1 for other text.
  [[nodiscard]] static auto name_of_day_or_month(std::string_view text, std::string_view field)
      -> int {
    static constexpr std::string_view months[] = {"january",   "february", "march",    "april",
                                                  "may",       "june",     "july",     "august",
                                                  "september", "october",  "november", "december"};
    static constexpr std::string_view days[] = {"sunday",   "monday", "tuesday", "wednesday",
                                                "thursday", "friday", "saturday"};
    auto const begins = [&](std::string_view name) {
      if (text.size() > name.size()) return false;
      for (std::size_t i = 0; i < text.size(); ++i)
        if ((text[i] | 0x20) != name[i]) return false;
      return true;
    };
    if (field == "month" && text.size() >= 3)
      for (int i = 0; i < 12; ++i)
        if (begins(months[i])) return i + 1;
    if (field == "day of week" && text.size() >= 2)
      for (int i = 0; i < 7; ++i)
        if (begins(days[i])) return i;
    return -1;
  }

  std::string_view text_;
  cron_dialect dialect_;
};

} // namespace detail

/// \throws error (invalid_argument) saying what is wrong, and in which field
[[nodiscard]] inline auto parse_cron(std::string_view text,
                                     cron_dialect dialect = cron_dialect::schedule) -> cron_text {
  return detail::cron_reader<>{text, dialect}.read();
}

} // namespace perdure::inline v0::engine

PERDURE_SELDOM_END
