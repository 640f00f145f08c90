#include "perdure/activity/activity_token.hpp"

#include "support/catch.hpp"

namespace {

using perdure::activity_task_token;
using perdure::activity_token;
using perdure::detail::make_token;
using perdure::detail::read_token;

TEST_CASE("an activity token gives back the attempt it was made of", "[activity][async]") {
  for (activity_task_token const& of :
       {activity_task_token{1, 5, 1, 1},
        activity_task_token{0x7fff'ffff'ffff'ffff, 0xff'ffff, 0x7fff'ffff, ~std::uint64_t{0}}}) {
    auto const text = make_token(of);
    CAPTURE(text.text);
    auto const again = read_token(text);
    CHECK(again.run == of.run);
    CHECK(again.scheduled_event_id == of.scheduled_event_id);
    CHECK(again.attempt == of.attempt);
    CHECK(again.lease == of.lease);
  }
}

TEST_CASE("what is no activity token is refused, whatever it is", "[activity][async]") {
  std::string const good = make_token({1, 5, 1, 0x1234}).text;
  for (std::string const& bad :
       {std::string{}, std::string{"p1"}, std::string{"p1."}, std::string{"p1.1.2.3"},
        std::string{"p2.1.2.3.4"}, std::string{"p1.1.2.3.4.5"}, std::string{"p1.1.2.3."},
        std::string{"p1.1.2.3.G"}, std::string{"p1.1.2.3.-4"}, std::string{"p1.1.2.80000000.4"},
        std::string{"p1.1.2.3.12345678901234567"}, good + " ", " " + good, good + "."}) {
    CAPTURE(bad);
    try {
      (void)read_token({bad});
      FAIL("it was taken");
    } catch (perdure::error const& why) {
      CHECK(why.code() == perdure::errc::invalid_argument);
    }
  }
}

} // namespace
