// Exports the functions that .NET calls.

#pragma once

#include <cstddef>

#ifdef _WIN32
#define API extern "C" __declspec(dllexport)
#else
#define API extern "C" __attribute__((visibility("default")))
#endif
