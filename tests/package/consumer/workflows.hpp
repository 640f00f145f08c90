// What both files of the program see.
#pragma once

#include <perdure/perdure.hpp>

#include <string>

auto greet(std::string name) -> std::string;
auto greeting(std::string name) -> perdure::workflow<std::string>;
