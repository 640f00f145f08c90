// Owners of one object: it is destroyed once, by the last one that has it.
#include "perdure/data/detail/owned.hpp"

#include <utility>

#include "support/catch.hpp"

using perdure::detail::make_owned;
using perdure::detail::owned;

namespace {

struct base {
  explicit base(int& count) : alive{&count} { ++*alive; }
  base(base const&) = delete;
  auto operator=(base const&) -> base& = delete;
  virtual ~base() { --*alive; }
  int* alive;
};
struct derived final : base {
  using base::base;
};

} // namespace

TEST_CASE("an owner destroys its object when it goes, and when it is given another") {
  int alive = 0;
  {
    owned<base> one = make_owned<base>(alive);
    CHECK(alive == 1);
    one = make_owned<base>(alive);
    CHECK(alive == 1);
    one.reset();
    CHECK(alive == 0);
    CHECK(one == nullptr);
    one = make_owned<base>(alive);
  }
  CHECK(alive == 0);
}

TEST_CASE("an object that moved to another owner is destroyed once, also as its base") {
  int alive = 0;
  {
    owned<derived> first = make_owned<derived>(alive);
    owned<base> second = std::move(first);
    owned<base> third;
    third = std::move(second);
    CHECK(third.get() != nullptr);
    CHECK(third->alive == &alive);
    CHECK(alive == 1);
    auto& itself = third;
    third = std::move(itself);
    CHECK(alive == 1);
  }
  CHECK(alive == 0);
}

TEST_CASE("an object that is released is the caller's") {
  int alive = 0;
  owned<base> one = make_owned<base>(alive);
  base* const object = one.release();
  CHECK_FALSE(one);
  CHECK(alive == 1);
  delete object;
  CHECK(alive == 0);
}
