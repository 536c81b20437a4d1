// Runs work on the threads of libtorch's own OpenMP, because a second team on the same cores would compete with them.

#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>

// OpenMP functions that libtorch has loaded, found by .NET (dispatch.cpp).
struct ThreadTeam {
  int (*most)();            // threads of a new team
  int (*is_in_parallel)();
  int (*number)();          // index of this thread in its team
  int (*size)();            // number of threads in the team
  void (*start)(void (*body)(void*), void* argument, unsigned threads);  // returns when all threads have finished
};
extern ThreadTeam team;

// Whether this thread runs a whole program (replay.cpp), whose kernels do not start threads.
extern thread_local bool runs_alone;

namespace VARIANT {

inline int64_t thread_count() { return runs_alone || team.is_in_parallel() ? 1 : team.most(); }
inline int64_t thread_number() { return runs_alone ? 0 : team.number(); }

// Calls work(begin, end) for parts of a range. Each part except the last is at least as large as the grain.
template <typename Work>
void parallel_for(int64_t begin, int64_t end, int64_t grain, const Work& work) {
  if (begin >= end) return;
  const int64_t threads = std::min(thread_count(), (end - begin + grain - 1) / grain);
  if (threads <= 1) return work(begin, end);
  struct Task {
    const Work& work;
    int64_t begin, end;
    std::atomic_flag has_failed = ATOMIC_FLAG_INIT;
    std::exception_ptr failure = nullptr;
  } task{work, begin, end};
  team.start(
      [](void* argument) {
        Task& all = *static_cast<Task*>(argument);
        // The team may be smaller than requested.
        const int64_t part = (all.end - all.begin + team.size() - 1) / team.size(), first = all.begin + team.number() * part;
        if (first >= all.end) return;
        try {
          all.work(first, std::min(all.end, first + part));
        } catch (...) {
          if (!all.has_failed.test_and_set()) all.failure = std::current_exception();
        }
      },
      &task, threads);
  if (task.failure) std::rethrow_exception(task.failure);
}

}  // namespace VARIANT
