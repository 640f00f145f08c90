// Time zones from the files of this machine.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "perdure/engine/schedule/time_zone.hpp"

namespace perdure::inline v0 {

/// IANA's time zone database as Linux systems have it: one TZif file for each zone, in $TZDIR or in
/// /usr/share/zoneinfo. Each is read once. Not thread-safe.
template <class Unused = void>
class zone_files {
public:
  zone_files() {
    char const* const folder = std::getenv("TZDIR");
    folder_ = folder != nullptr && *folder != '\0' ? folder : "/usr/share/zoneinfo";
  }
  explicit zone_files(std::string folder) : folder_{std::move(folder)} {}

  /// An empty name, "UTC" and its like need no file.
  /// \throws error (bad_time_zone) naming the zone and the folder
  [[nodiscard]] auto find(std::string_view name) -> std::shared_ptr<engine::time_zone const> {
    auto& known = known_[std::string{name}];
    if (known == nullptr) {
      bool const utc = name.empty() || name == "UTC" || name == "Etc/UTC" || name == "Z";
      known = std::make_shared<engine::time_zone const>(
          utc ? engine::time_zone{} : engine::time_zone::parse(read(name), name));
    }
    return known;
  }

private:
  static constexpr std::size_t bytes_max = 1U << 20; ///< The largest that IANA has is 4 KB.

  [[nodiscard]] auto read(std::string_view name) const -> std::string {
    auto const refuse = [&](std::string const& why) {
      throw error{errc::bad_time_zone, "time zone '" + std::string{name} + "' " + why};
    };
    if (!engine::is_zone_name(name)) refuse("is no name of a zone, like 'Europe/Berlin'");
    std::string const path = folder_ + '/' + std::string{name};
    std::FILE* const file = std::fopen(path.c_str(), "rbe");
    if (file == nullptr)
      refuse("is not known: there is no file '" + path +
             "' (install tzdata, or set TZDIR to its folder)");
    std::string bytes(bytes_max, '\0');
    bytes.resize(std::fread(bytes.data(), 1, bytes.size(), file)); // of a folder: nothing
    std::fclose(file);
    return bytes;
  }

  std::string folder_;
  std::map<std::string, std::shared_ptr<engine::time_zone const>> known_;
};

} // namespace perdure::inline v0
