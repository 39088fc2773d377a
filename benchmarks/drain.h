#pragma once
// Takes the place of an exporter where only the recording is measured.

#include <atomic>
#include <thread>

#include "benchmarks/bench.h"
#include "lift/telemetry/record_buffer.h"

namespace lift::bench {

/// An exporter that looks at nothing: takes records out, so that none are lost.
class Drain : private RecordBuffer::Reader {
 public:
  explicit Drain(RecordBuffer& records) {
    records.on_wake([this] { wakes_.fetch_add(1), wakes_.notify_one(); });
    thread_ = std::thread([this, &records] {
      while (!stop_) {
        const unsigned seen = wakes_;
        if (records.drain(*this, kAtOnce) == 0) wakes_.wait(seen);
      }
    });
  }
  Drain(const Drain&) = delete;
  Drain& operator=(const Drain&) = delete;
  ~Drain() override {
    stop_ = true;
    wakes_.fetch_add(1);
    wakes_.notify_one();
    thread_.join();
  }

 private:
  static constexpr std::size_t kAtOnce = 1024;
  void request(const RequestRead& record) override { bench::keep(record.numbers.status); }
  void line(const LineReadAlone&) override {}

  std::atomic<bool> stop_{false};
  std::atomic<unsigned> wakes_{0};
  std::thread thread_;
};

}  // namespace lift::bench
