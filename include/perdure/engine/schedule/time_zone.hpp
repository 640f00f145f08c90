// Time zones from the bytes of a TZif file (RFC 9636), versions 1 to 4. Pure: who reads the file
// is elsewhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "perdure/config.hpp"
#include "perdure/engine/schedule/zone_rule.hpp"
#include "perdure/error.hpp"

PERDURE_SELDOM_BEGIN

namespace perdure::inline v0::engine {

/// Whether a name is one that IANA's database could have: no way out of its folder.
[[nodiscard]] constexpr auto is_zone_name(std::string_view name) noexcept -> bool {
  if (name.empty() || name.size() > 255) return false;
  bool starts_part = true;
  for (char const c : name) {
    bool const plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '_' || c == '+' || c == '-';
    if (!plain && (starts_part || (c != '/' && c != '.'))) return false; // "..", "/x", "a//b"
    starts_part = c == '/';
  }
  return !starts_part;
}

/// The offsets of one zone, for all times. Immutable; UTC unless parsed.
class time_zone {
public:
  time_zone() = default;

  /// Reads a file's bytes. Memory: at most twice their size. `name` is for errors.
  /// \throws error (bad_time_zone) saying what is wrong
  [[nodiscard]] static auto parse(std::string_view bytes, std::string_view name) -> time_zone;

  /// The period that holds a time (seconds since 1970). Logarithmic in the transitions.
  [[nodiscard]] auto find(std::int64_t at) const noexcept -> zone_period {
    if (transitions_.empty() || at < transitions_.front().at)
      return transitions_.empty() ? after_last(at, INT64_MIN)
                                  : zone_period{INT64_MIN, transitions_.front().at, first_};
    std::size_t low = 0; // the last that is not after `at`
    std::size_t high = transitions_.size();
    while (high - low > 1) {
      std::size_t const middle = low + (high - low) / 2;
      (transitions_[middle].at <= at ? low : high) = middle;
    }
    if (high == transitions_.size()) return after_last(at, transitions_[low].at);
    return {transitions_[low].at, transitions_[high].at, transitions_[low].offset_seconds};
  }
  /// How many transitions the file itself lists.
  [[nodiscard]] auto listed_transitions() const noexcept -> std::size_t {
    return transitions_.size();
  }

private:
  struct transition {
    std::int64_t at;
    std::int64_t offset_seconds; ///< From then on.
  };
  [[nodiscard]] auto after_last(std::int64_t at, std::int64_t from) const noexcept -> zone_period {
    if (!rule_)
      return {from, INT64_MAX, transitions_.empty() ? first_ : transitions_.back().offset_seconds};
    zone_period found = rule_->find(at);
    if (found.from < from) found.from = from;
    return found;
  }

  std::vector<transition> transitions_;
  std::int64_t first_{0};         ///< Before the first transition.
  std::optional<zone_rule> rule_; ///< After the last.

  template <class Zone>
  friend class zone_file_reader;
};

/// Reads the format; a template only so that it costs nothing where no zone is read.
template <class Zone>
class zone_file_reader {
public:
  zone_file_reader(std::string_view bytes, std::string_view name) : rest_{bytes}, name_{name} {}

  [[nodiscard]] auto read() -> Zone {
    header const first = read_header();
    if (first.version == 0) {
      read_block<4>(first);
      return std::move(made_);
    }
    skip_block(first);
    header const second = read_header();
    read_block<8>(second);
    read_footer();
    return std::move(made_);
  }

private:
  struct header {
    int version{};
    std::size_t ut_flags{}, standard_flags{}, leaps{}, times{}, types{}, chars{};
    [[nodiscard]] auto bytes(std::size_t width) const noexcept -> std::size_t {
      return times * (width + 1) + types * 6 + chars + leaps * (width + 4) + standard_flags +
             ut_flags;
    }
  };

  [[noreturn, gnu::cold]] void refuse(std::string const& why) const {
    throw error{errc::bad_time_zone, "time zone '" + std::string{name_} + "': its data " + why};
  }
  [[nodiscard]] auto take(std::size_t count, char const* what) -> std::string_view {
    if (rest_.size() < count) refuse(std::string{"ends inside of its "} + what);
    auto const taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }
  [[nodiscard]] static auto number(std::string_view bytes) noexcept -> std::int64_t {
    std::uint64_t value = 0;
    for (char const c : bytes) value = (value << 8) | static_cast<unsigned char>(c);
    if (bytes.size() == 4) return static_cast<std::int32_t>(static_cast<std::uint32_t>(value));
    return static_cast<std::int64_t>(value);
  }
  [[nodiscard]] auto read_header() -> header {
    auto const bytes = take(44, "header");
    if (!bytes.starts_with("TZif")) refuse("does not begin with 'TZif'");
    auto const count = [&](std::size_t at) {
      return static_cast<std::size_t>(
          static_cast<std::uint32_t>(number(bytes.substr(20 + 4 * at, 4))));
    };
    header h{bytes[4] == '\0' ? 0 : bytes[4] - '0',
             count(0),
             count(1),
             count(2),
             count(3),
             count(4),
             count(5)};
    if (h.version != 0 && h.version < 2) refuse("has an unknown version");
    return h;
  }
  /// \throws error if the counts are more than the bytes that are left
  void check_counts(header const& h, std::size_t width) const {
    for (std::size_t const each :
         {h.ut_flags, h.standard_flags, h.leaps, h.times, h.types, h.chars})
      if (each > rest_.size()) refuse("is shorter than its header says");
    if (h.bytes(width) > rest_.size()) refuse("is shorter than its header says");
  }
  void skip_block(header const& h) {
    check_counts(h, 4);
    rest_.remove_prefix(h.bytes(4));
  }
  template <std::size_t Width>
  void read_block(header const& h) {
    check_counts(h, Width);
    if (h.types == 0) refuse("has no local time types");
    if (h.leaps != 0) refuse("counts leap seconds, which computer clocks do not: use another zone");
    auto const times = take(h.times * Width, "transitions");
    auto const indices = take(h.times, "transitions");
    auto const types = take(h.types * 6, "types");
    (void)take(h.chars + h.standard_flags + h.ut_flags, "names");
    auto const offset = [&](std::size_t type) {
      if (type >= h.types) refuse("has a transition to a type that is not there");
      return number(types.substr(type * 6, 4));
    };
    for (std::size_t i = 0; i < h.types; ++i)
      if (offset(i) < -93'599 || offset(i) > 93'599) refuse("has an offset of more than 25 hours");
    made_.first_ = offset(0);
    made_.transitions_.reserve(h.times);
    for (std::size_t i = 0; i < h.times; ++i) {
      std::int64_t const at = number(times.substr(i * Width, Width));
      if (i > 0 && at <= made_.transitions_.back().at) refuse("has transitions out of order");
      made_.transitions_.push_back({at, offset(static_cast<unsigned char>(indices[i]))});
    }
  }
  void read_footer() {
    if (take(1, "footer") != "\n") refuse("has no footer");
    auto const end = rest_.find('\n');
    if (end == std::string_view::npos) refuse("has no end of its footer");
    if (end == 0) return;
    made_.rule_ = parse_zone_rule(rest_.substr(0, end));
    if (!made_.rule_) refuse("has a rule in its footer that is none");
  }

  std::string_view rest_;
  std::string_view name_;
  Zone made_{};
};

inline auto time_zone::parse(std::string_view bytes, std::string_view name) -> time_zone {
  return zone_file_reader<time_zone>{bytes, name}.read();
}

} // namespace perdure::inline v0::engine

PERDURE_SELDOM_END
