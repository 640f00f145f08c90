# Finds or installs what is needed to build. Sourced by examples/run, tests/run and .ci/run.

say() { printf '%s\n' "$*" >&2; }

# Whether $1 is GCC 14 or later or Clang 17 or later, with a standard library that has coroutines.
is_supported_compiler() {
  command -v "$1" >/dev/null 2>&1 || return 1
  "$1" -std=c++20 -fsyntax-only -x c++ - >/dev/null 2>&1 <<'PROGRAM'
#include <coroutine>
#if defined(__clang__) ? __clang_major__ < 17 : __GNUC__ < 14
  #error too old
#endif
std::coroutine_handle<> handle;
PROGRAM
}

# Prints a supported compiler: $CXX if it is set, else the first that is installed.
find_compiler() {
  local candidate
  for candidate in ${CXX:-c++ g++ g++-16 g++-15 g++-14 clang++ clang++-21 clang++-20 clang++-19 clang++-18 clang++-17}; do
    if is_supported_compiler "$candidate"; then
      printf '%s\n' "$candidate"
      return 0
    fi
  done
  return 1
}

# Runs apt-get as root, or through sudo where that asks no password; returns 1 where neither is possible.
as_root() {
  if [[ $EUID -eq 0 ]]; then
    "$@"
  elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    sudo -n "$@"
  else
    return 1
  fi
}

may_install() {
  [[ -z "${PERDURE_NO_INSTALL:-}" ]] && command -v apt-get >/dev/null 2>&1 && as_root true
}

# Installs the Debian packages named, or says which are needed and ends the script with 2.
install_packages() {
  if ! may_install; then
    say "These packages are needed, and this script may not install them here: $*"
    say "On Debian or Ubuntu: apt-get install $*"
    exit 2
  fi
  say "Installing: $*"
  refresh_package_lists
  if ! as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" >&2; then
    say "apt-get could not install: $*"
    exit 2
  fi
}

refresh_package_lists() {
  [[ -n "${package_lists_are_fresh:-}" ]] && return
  as_root apt-get update -q >&2 || say "apt-get update failed; going on with the lists that are there"
  package_lists_are_fresh=1
}

# The first of the packages named that apt has. (`apt-cache show` would take g++-14 for a pattern.)
first_available() {
  local package
  for package in "$@"; do
    if apt-cache pkgnames "$package" | grep -qFx "$package"; then
      printf '%s\n' "$package"
      return 0
    fi
  done
  return 1
}

# Sets `compiler`, installing one if there is none.
need_compiler() {
  compiler=$(find_compiler) && return
  if [[ -n "${CXX:-}" ]]; then
    say "CXX is $CXX, and that is not GCC 14 or later, nor Clang 17 or later"
    exit 2
  fi
  local package="g++-14 (or clang-19)"
  if may_install; then
    refresh_package_lists
    package=$(first_available g++-14 g++-15 clang-19 clang-18 clang-17) || package=g++-14
  fi
  case $package in
    clang*) install_packages "$package" g++ ;; # g++ brings the standard library
    *) install_packages $package ;;
  esac
  compiler=$(find_compiler) || { say "Installed $package, and still found no compiler that will do"; exit 2; }
}

# Whether `compiler` finds a header.
have_header() { "$compiler" -std=c++20 -fsyntax-only -x c++ -include "$1" /dev/null >/dev/null 2>&1; }

# Whether `compiler` finds SQLite 3.40 or later, and can link with it.
have_sqlite() {
  "$compiler" -x c++ - -lsqlite3 -o /dev/null >/dev/null 2>&1 <<'PROGRAM'
#include <sqlite3.h>
#if SQLITE_VERSION_NUMBER < 3040000
  #error too old
#endif
int main() { return sqlite3_libversion_number() == 0; }
PROGRAM
}
