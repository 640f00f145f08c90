// What both files of the program see.
#pragma once

#include <perdure/workflow.hpp>
#ifdef CONSUMER_IS_DURABLE
  #include <perdure/perdure.hpp>
  #include <perdure/sqlite.hpp>
#endif

#include <string>

auto greet(std::string name) -> std::string;
auto greeting(std::string name) -> perdure::workflow<std::string>;
#ifdef CONSUMER_IS_DURABLE
auto read_result(std::string const& file, std::string const& workflow_id) -> std::string;
#endif
