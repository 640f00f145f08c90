// expect-error: perdure: parameters of workflows and activities are values: a reference would dangle
#include "perdure/workflow/child_workflow.hpp"

#ifdef PERDURE_MUST_FAIL
using text = std::string const&;
#else
using text = std::string;
#endif

auto child(text name) -> perdure::workflow<std::string> { co_return name; }

auto parent() -> perdure::workflow<std::string> {
  co_return co_await perdure::execute_child_workflow<child>(std::string{"name"});
}
