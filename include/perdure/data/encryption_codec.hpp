// Encrypts payloads with AES-256-GCM, so that each counts only where it was written.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "perdure/data/detail/aes_gcm.hpp"
#include "perdure/data/detail/payload_envelope.hpp"
#include "perdure/data/payload_codec.hpp"

namespace perdure::inline v0 {

struct encryption_options {
  /// All that payloads may be encrypted with. To rotate: add a new key everywhere, then make it
  /// `current`; drop an old one when no history names it any more.
  std::vector<encryption_key> keys{};
  std::string current{}; ///< The id of the key to encrypt with. Empty: the last one.
  /// Refuse payloads that are not encrypted. Else they are read as they are: histories that began
  /// in clear go on.
  bool require_encryption{false};
  /// Take what is encrypted in the same envelope but tied to no place, as the codecs of Temporal's
  /// samples do. Such a payload can be moved to another place unseen.
  bool accept_unbound{false};
};

/// Encrypts payloads. The envelope is that of Temporal's samples: encoding `binary/encrypted`, the
/// key's name under `encryption-key-id`, and as data a nonce of 96 random bits, the encrypted
/// `Payload` message, and the tag. Each key is good for 2^32 payloads.
///
/// Authenticated, and so tied to the ciphertext: the key's name and the payload's place (see
/// `payload_place`). A ciphertext is refused (errc::payload_refused) at any other place:
///  - of another workflow, field, argument, memo key, activity, signal name, update or query;
///  - what a run writes for itself (arguments, results, heartbeats and failures of its activities,
///    its local activities): also of another run, except for one that was reset from or forked off
///    the run that wrote it.
/// Not tied to one run, because it comes from outside or goes from run to run of one workflow id:
/// input, result and failure of the workflow, memo, signals, updates, queries. Ids of runs that a
/// schedule starts count without their time for result and failure, and in either form for input
/// and memo. Whoever can write to the store can still remove events, or give back older ones.
class encryption_codec final : public payload_codec {
public:
  /// \throws error (invalid_argument) without keys, or for a key that is not 32 bytes
  explicit encryption_codec(encryption_options options)
      : keys_{std::move(options.keys), std::move(options.current)},
        required_{options.require_encryption},
        accept_unbound_{options.accept_unbound} {}

  [[nodiscard]] auto encode(payload value, payload_place const& place) const -> payload override {
    auto const& key = keys_.current();
    payload made{};
    made.data = detail::seal(key, context(key, place_text(place, place.workflow_id, place.run_id)),
                             detail::write_envelope(value));
    made.metadata = payload_metadata{encoding};
    made.metadata.set(key_name, key.id);
    made.metadata.set(binding_name, binding);
    return made;
  }
  [[nodiscard]] auto decode(payload value, payload_place const& place) const -> payload override {
    if (value.metadata.encoding() != encoding) {
      if (required_) refuse(place, "is not encrypted, and all have to be");
      return value;
    }
    auto const id = value.metadata.find(key_name).value_or(std::string_view{});
    auto const* const key = keys_.find(id);
    if (key == nullptr)
      refuse(place, "is encrypted with key '" + shown(id) + "', which this process does not have");
    std::optional<std::string> plain;
    if (value.metadata.find(binding_name)) {
      (void)any_home(place, [&](std::string const& text) {
        plain = detail::open_sealed(*key, context(*key, text), value.data);
        return plain.has_value();
      });
    } else if (accept_unbound_) {
      plain = detail::open_sealed(*key, {}, value.data);
    } else {
      refuse(place, "is encrypted but tied to no place (see accept_unbound)");
    }
    if (!plain) refuse(place, "was altered, or was written for another place");
    auto read = detail::read_envelope(*plain);
    if (!read) refuse(place, "holds no payload");
    return std::move(*read);
  }

private:
  static constexpr std::string_view encoding = "binary/encrypted";
  static constexpr std::string_view key_name = "encryption-key-id";
  static constexpr std::string_view binding_name = "encryption-binding";
  static constexpr std::string_view binding = "place/1";

  [[nodiscard]] static auto context(encryption_key const& key, std::string_view place)
      -> std::string {
    std::string text{binding};
    text += ' ';
    text += std::to_string(key.id.size());
    text += ' ';
    text += key.id;
    return text += place;
  }
  /// A name of somebody else, fit for a message.
  [[nodiscard]] static auto shown(std::string_view name) -> std::string {
    std::string text;
    for (char const c : name.substr(0, 64)) text += c < 0x20 || c > 0x7E ? '?' : c;
    return text;
  }
  [[noreturn]] static void refuse(payload_place const& place, std::string_view why) {
    std::string what = "workflow '" + shown(place.workflow_id) + "': ";
    what += place.subject;
    if (!place.subject_id.empty()) what += " '" + shown(place.subject_id) + "'";
    what += ": the payload of its ";
    what += place.field;
    if (!place.key.empty()) what += " '" + shown(place.key) + "'";
    throw error{errc::payload_refused, what + " " + std::string{why}};
  }

  detail::key_ring keys_;
  bool required_;
  bool accept_unbound_;
};

} // namespace perdure::inline v0
