// A place for a database that is gone when the test is.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace perdure_test {

class temporary_folder {
public:
  temporary_folder() {
    std::string name = (std::filesystem::temp_directory_path() / "perdure-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error{"mkdtemp"};
    path_ = name;
  }
  temporary_folder(temporary_folder const&) = delete;
  auto operator=(temporary_folder const&) -> temporary_folder& = delete;
  ~temporary_folder() { std::filesystem::remove_all(path_); }
  [[nodiscard]] auto file(std::string const& name = "test.db") const -> std::string {
    return (path_ / name).string();
  }

private:
  std::filesystem::path path_;
};

} // namespace perdure_test
