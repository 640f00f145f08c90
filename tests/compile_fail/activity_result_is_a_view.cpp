// expect-error: perdure: std::string_view can be written but not read back: use std::string
#include "perdure/workflow/execute_activity.hpp"

#ifdef PERDURE_MUST_FAIL
using text = std::string_view;
#else
using text = std::string;
#endif

auto title(int) -> text { return "title"; }

auto titles() -> perdure::workflow<std::string> {
  co_return std::string{
      co_await perdure::execute_activity<title>(1, {.start_to_close_timeout = std::chrono::seconds{1}})};
}
