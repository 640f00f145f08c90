// Where the translation of a message is: for error texts, and for what a structure keeps without
// having a member for it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "perdure/error.hpp"
#include "perdure/history/detail/unknown_path.hpp"
#include "perdure/history/ids.hpp"
#include "perdure/history/raw_json.hpp"

namespace perdure::inline v0::temporal {

/// What is translated, for error texts.
struct translated {
  std::string_view what{}; ///< "failure"
  event_id event{};        ///< Or this event, if it is not 0.
};

/// A path from the message that is translated to the part of it that is at hand. It lives on the
/// stack; text is made of it when something is wrong or unknown.
class schema_place {
public:
  explicit schema_place(translated subject) noexcept : subject_{subject} {}
  schema_place(schema_place const&) = delete;
  auto operator=(schema_place const&) -> schema_place& = delete;

  /// One step down, for as long as it lives.
  class step {
  public:
    step(schema_place& place, std::string_view name, std::size_t index = 0) noexcept
        : place_{place}, here_{place.at_, name, index} {
      place.at_ = &here_;
    }
    step(step const&) = delete;
    auto operator=(step const&) -> step& = delete;
    ~step() { place_.at_ = here_.above; }

  private:
    schema_place& place_;
    detail::unknown_path here_;
  };

  /// The structure at hand is the one that keeps what is unknown, for as long as it lives.
  class keeper {
  public:
    explicit keeper(schema_place& place) noexcept : place_{place}, before_{place.kept_from_} {
      place.kept_from_ = place.at_;
    }
    keeper(keeper const&) = delete;
    auto operator=(keeper const&) -> keeper& = delete;
    ~keeper() { place_.kept_from_ = before_; }

  private:
    schema_place& place_;
    detail::unknown_path const* before_;
  };

  /// The JSON pointer from the keeper to what is at hand.
  [[nodiscard]] auto pointer() const -> std::string {
    std::string text;
    append_pointer(text, at_);
    return text;
  }
  /// Likewise, to the member `name` of what is at hand.
  [[nodiscard]] auto pointer(std::string_view name) const -> std::string {
    auto text = pointer();
    detail::append_step(text, name);
    return text;
  }

  /// \throws error
  [[noreturn]] void fail(errc code, std::string_view name, std::string_view why) const {
    auto text = subject_.event != 0 ? "event " + std::to_string(subject_.event)
                                    : std::string{subject_.what};
    text += ": ";
    append_words(text, at_);
    if (!name.empty()) text.append(".").append(name);
    throw error{code, text.append(": ").append(why)};
  }

private:
  void append_pointer(std::string& to, detail::unknown_path const* at) const {
    if (at == kept_from_) return;
    append_pointer(to, at->above);
    detail::append_step(to,
                        at->name.empty() ? std::string_view{std::to_string(at->index)} : at->name);
  }
  static void append_words(std::string& to, detail::unknown_path const* at) {
    if (at == nullptr) return;
    append_words(to, at->above);
    if (at->name.empty())
      to.append("[").append(std::to_string(at->index)).append("]");
    else
      to.append(".").append(at->name);
  }

  translated subject_;
  detail::unknown_path const* at_{nullptr};
  detail::unknown_path const* kept_from_{nullptr};
};

} // namespace perdure::inline v0::temporal
