// Sends payloads, lists of them, failures and whole structures through a chain of codecs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "perdure/data/converter.hpp"
#include "perdure/data/payload_codec.hpp"
#include "perdure/history/detail/payload_walk.hpp"
#include "perdure/history/message_requests.hpp"

namespace perdure::inline v0::detail {

enum class coding : std::uint8_t { encode, decode };

/// What a failure says to people, as Temporal's SDKs hide it in `encoded_attributes`.
struct failure_texts {
  std::string message{};
  std::string stack_trace{};
};

/// One direction of a chain of codecs. The fields of a place that lie inside of a structure are set
/// here, all others by the caller.
class payload_coder {
public:
  payload_coder(payload_codecs const& codecs, coding way) : codecs_{&codecs}, way_{way} {
    for (auto const& each : codecs) hides_ = hides_ || each->hides_content();
  }

  [[nodiscard]] auto way() const noexcept -> coding { return way_; }
  /// A payload that cannot be decoded comes as it is, and nothing is thrown.
  void pass_what_fails() noexcept { lenient_ = true; }

  [[nodiscard]] auto code(payload value, payload_place const& place) const -> payload {
    if (way_ == coding::encode) {
      for (auto const& each : *codecs_) value = each->encode(std::move(value), place);
      return value;
    }
    if (lenient_) {
      try {
        return decode(value, place);
      } catch (error const&) {
        return value;
      }
    }
    return decode(std::move(value), place);
  }
  void code(payloads& list, payload_place place) const {
    if (list.empty()) return;
    std::vector<payload> made;
    made.reserve(list.size());
    for (place.index = 0; place.index < list.size(); ++place.index)
      made.push_back(code(payload{list[place.index]}, place));
    list = payloads{std::move(made)};
  }
  void code(payload_map& named, payload_place place) const {
    for (auto& [name, value] : named) {
      // A null takes an entry out of a memo: that is for the backend to see.
      if (place.field == "memo" && value.metadata.encoding() == encodings::null) continue;
      place.key = name;
      value = code(std::move(value), place);
    }
  }
  void code(indirect<payload_map>& named, payload_place const& place) const {
    if (named) code(named.make(), place);
  }
  void code(indirect<payload>& one, payload_place const& place) const {
    if (one) one = code(payload{*one}, place);
  }
  void code(indirect<user_metadata>& texts, payload_place place) const {
    if (!texts) return;
    auto& changed = texts.make();
    place.field = "summary";
    code(changed.summary, place);
    place.field = "details";
    code(changed.details, place);
  }
  /// The failure and its causes: messages, stack traces and details.
  void code(failure& why, payload_place place) const {
    for (failure* each = &why;; each = &each->cause.make()) {
      place.field = "failure";
      place.key = "texts";
      code_texts(*each, place);
      if (auto* const application = std::get_if<application_failure_info>(&each->info)) {
        place.key = "details";
        code(application->details, place);
      } else if (auto* const cancelled = std::get_if<canceled_failure_info>(&each->info)) {
        place.key = "details";
        code(cancelled->details, place);
      } else if (auto* const late = std::get_if<timeout_failure_info>(&each->info)) {
        place = heartbeat(place);
        code(late->last_heartbeat_details, place);
      } else if (auto* const reset = std::get_if<reset_workflow_failure_info>(&each->info)) {
        place = heartbeat(place);
        code(reset->last_heartbeat_details, place);
      }
      if (!each->cause) return;
    }
  }
  void code(indirect<failure>& why, payload_place const& place) const {
    if (why) code(why.make(), place);
  }
  void code(update_outcome& outcome, payload_place place) const {
    place.field = "success";
    code(outcome.success, place);
    code(outcome.failure, place);
  }
  void code(update_input& input, payload_place place) const {
    place.field = "header";
    code(input.header, place);
    place.field = "args";
    code(input.args, place);
  }

  /// Every payload of a structure. `keeps(name, key)`: whether a field, or an entry of it, is no
  /// business of codecs.
  template <class Keeps>
  void code_members(void* object, object_schema const& schema, payload_place const& place,
                    Keeps keeps) const {
    member_visitor<Keeps> visit{*this, place, keeps};
    walk_payloads(object, schema, visit);
  }

private:
  template <class Keeps>
  struct member_visitor {
    payload_coder const& coder;
    payload_place place;
    Keeps keeps;

    template <class M>
    void operator()(M& member, std::string_view name) {
      place.field = canonical(name);
      place.key = {};
      if (keeps(name, std::string_view{})) return;
      if constexpr (std::is_same_v<M, payload>) {
        member = coder.code(std::move(member), place);
      } else if constexpr (std::is_same_v<M, payloads_map>) {
        for (auto& [key, list] : member) {
          if (keeps(name, key)) continue;
          place.key = key;
          coder.code(list, place);
        }
      } else {
        coder.code(member, place);
      }
    }
  };

  /// One value has several names on its way from run to run.
  [[nodiscard]] static auto canonical(std::string_view name) noexcept -> std::string_view {
    if (name == "lastCompletionResult") return "result";
    if (name == "upsertedMemo") return "memo";
    return name;
  }
  [[nodiscard]] static auto heartbeat(payload_place place) noexcept -> payload_place {
    place.field = "heartbeat";
    place.key = {};
    return place;
  }

  [[nodiscard]] auto decode(payload value, payload_place const& place) const -> payload {
    for (auto each = codecs_->rbegin(); each != codecs_->rend(); ++each)
      value = (*each)->decode(std::move(value), place);
    return value;
  }
  void code_texts(failure& why, payload_place const& place) const {
    static constexpr std::string_view visible = "Encoded failure";
    if (way_ == coding::encode) {
      if (!hides_ || why.encoded_attributes || (why.message.empty() && why.stack_trace.empty()))
        return;
      why.encoded_attributes = code(
          to_payload(failure_texts{std::move(why.message), std::move(why.stack_trace)}), place);
      why.message = visible;
      why.stack_trace.clear();
      return;
    }
    if (!why.encoded_attributes) return;
    auto texts = code(payload{*why.encoded_attributes}, place);
    if (texts.metadata.encoding() != encodings::json) return; // some other program's: left alone
    auto read = from_payload<failure_texts>(texts);
    why.message = std::move(read.message);
    why.stack_trace = std::move(read.stack_trace);
    why.encoded_attributes.reset();
  }

  payload_codecs const* codecs_;
  coding way_;
  bool hides_{false};
  bool lenient_{false};
};

} // namespace perdure::inline v0::detail
