// Which payloads values of certain types become in one client or worker, in place of the usual
// ones.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "perdure/config.hpp"
#include "perdure/data/payload.hpp"

namespace perdure::inline v0 {

class failure_converter;

namespace detail {

/// Its address stands for a type.
template <class T>
inline char type_mark{};

/// The two ways of one type.
class type_conversion {
public:
  virtual ~type_conversion() = default;
  [[nodiscard]] virtual auto to_payload(void const* value) const -> payload = 0;
};
template <class T>
class conversion_of : public type_conversion {
public:
  [[nodiscard]] virtual auto from_payload(payload const& from) const -> T = 0;
};
template <class T, class To, class From>
class conversion_by final : public conversion_of<T> {
public:
  conversion_by(To to, From from) : to_{std::move(to)}, from_{std::move(from)} {}
  [[nodiscard]] auto to_payload(void const* value) const -> payload override {
    return to_(*static_cast<T const*>(value));
  }
  [[nodiscard]] auto from_payload(payload const& from) const -> T override { return from_(from); }

private:
  To to_;
  From from_;
};

} // namespace detail

/// What a client or worker does in another way than usual when values become payloads, and
/// exceptions failures, and back; see `client_options::data_converter` and
/// `worker_options::data_converter`. All programs that meet in a workflow must read what the others
/// write: `from` is given whatever payload is in history, also what was written before there was a
/// converter, and can pass that on to `default_from_payload<T>`.
///
///     auto const converter = std::make_shared<perdure::data_converter>();
///     converter->use<chart>(to_message_pack, from_message_pack);
///     worker{backend, {.task_queue = "q", .data_converter = converter}};
///
/// For one way that all of a program uses, `payload_traits` is simpler, and decided when it is
/// compiled; for all payloads whatever they hold (compression, encryption) there are codecs.
class data_converter {
public:
  /// Values of type T that are whole arguments, results, messages, details or memo values are
  /// recorded as `to(T const&)` gives them, and read by `from(payload const&)`; T inside of another
  /// value stays as it is. Both may be called by several threads at once. What they throw passes
  /// through: of `from`, `error` (bad_payload) is what a reader expects.
  template <class T, class To, class From>
    requires std::is_invocable_r_v<payload, To const&, T const&> &&
             std::is_invocable_r_v<T, From const&, payload const&>
  auto use(To to, From from) -> data_converter& {
    put(&detail::type_mark<T>,
        std::make_shared<detail::conversion_by<T, To, From>>(std::move(to), std::move(from)));
    return *this;
  }
  /// Exceptions and failures are converted by `by`.
  auto use_failures(std::shared_ptr<failure_converter const> by) noexcept -> data_converter&;

  // ------------------------------------------------------------------------------ for the library
  /// How T is converted; null: as usual. In linear time of the number of types.
  template <class T>
  [[nodiscard]] auto find() const noexcept -> detail::conversion_of<T> const* {
    return static_cast<detail::conversion_of<T> const*>(find(&detail::type_mark<T>));
  }
  /// The same of the type that `mark` stands for.
  [[nodiscard]] auto find(void const* mark) const noexcept -> detail::type_conversion const*;
  [[nodiscard]] auto failures() const noexcept -> failure_converter const* {
    return failures_.get();
  }

private:
  struct entry {
    void const* mark;
    std::shared_ptr<detail::type_conversion const> how;
  };

  void put(void const* mark, std::shared_ptr<detail::type_conversion const> how);

  std::vector<entry> entries_{};
  std::shared_ptr<failure_converter const> failures_{};
};

namespace detail {

/// That of the client, workflow or activity whose code this thread runs; null: there is none.
inline constinit thread_local data_converter const* current_converter = nullptr;

/// Makes a converter the current one of this thread for a while.
class [[nodiscard]] converter_scope {
public:
  explicit converter_scope(data_converter const* converter) noexcept
      : before_{std::exchange(current_converter, converter)} {}
  converter_scope(converter_scope const&) = delete;
  auto operator=(converter_scope const&) -> converter_scope& = delete;
  ~converter_scope() { current_converter = before_; }

private:
  data_converter const* before_;
};

} // namespace detail

#if PERDURE_DEFINES
PERDURE_INLINE auto
data_converter::use_failures(std::shared_ptr<failure_converter const> by) noexcept
    -> data_converter& {
  failures_ = std::move(by);
  return *this;
}
PERDURE_INLINE void data_converter::put(void const* mark,
                                        std::shared_ptr<detail::type_conversion const> how) {
  for (entry& each : entries_)
    if (each.mark == mark) {
      each.how = std::move(how);
      return;
    }
  entries_.push_back({mark, std::move(how)});
}
PERDURE_INLINE auto data_converter::find(void const* mark) const noexcept
    -> detail::type_conversion const* {
  for (entry const& each : entries_)
    if (each.mark == mark) return each.how.get();
  return nullptr;
}
#endif

} // namespace perdure::inline v0
