// What both files of the program share.
#pragma once

#include <perdure/perdure.hpp>

#include <string>

auto greet(std::string name) -> std::string;
auto greeting(std::string name) -> perdure::workflow<std::string>;

/// Asks for a greeting, from another file than the one that made the backend and the worker.
auto ask(perdure::memory_backend& backend, std::string name) -> std::string;
void serve(perdure::worker<perdure::memory_backend>& worker);
