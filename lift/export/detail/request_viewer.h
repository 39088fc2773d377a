#pragma once
// Makes what encoders see of what was recorded: moments become calendar time, addresses text, and
// everything that may hold personal data or secrets is redacted, once for all destinations.
//
// Thread-safety: belongs to one loop. What it returns holds until the next call.
// Cost: some 100 ns for a usual request; keeps what it allocated.

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "lift/base/arena.h"
#include "lift/telemetry/record.h"
#include "lift/telemetry/redaction.h"
#include "lift/telemetry/request_view.h"
#include "lift/telemetry/telemetry.h"

namespace lift::detail {

class RequestViewer {
 public:
  /// `max_body` bytes of a body are shown at most. All outlive it.
  RequestViewer(const Telemetry& telemetry, const Redactor& redactor, std::size_t max_body) noexcept
      : telemetry_(telemetry), redactor_(redactor), max_body_(max_body) {}

  [[nodiscard]] const RequestView& request(const RequestRead& record);
  /// A line, and the request that it belongs to: of which only the names are known.
  struct Line {
    LogView line;
    const RequestView* request = nullptr;  ///< null outside of requests
  };
  [[nodiscard]] Line line(const LineReadAlone& record);

 private:
  void begin();
  void numbers(const RequestNumbers& from);
  void texts(const RequestRead& record);
  [[nodiscard]] std::string_view redacted_text(std::string_view text);
  [[nodiscard]] std::string_view redacted_body(std::string_view body, bool json, std::size_t most);
  [[nodiscard]] std::span<const Field> fields(const std::vector<Field>& from);
  [[nodiscard]] LogView line(const LineRead& from);
  [[nodiscard]] SpanView span(const SpanRecord& from);

  const Telemetry& telemetry_;
  const Redactor& redactor_;
  const std::size_t max_body_;
  RequestView view_;
  // Texts and lists that the view refers to; as many as were ever needed at once are kept.
  std::deque<std::string> kept_;
  std::size_t kept_count_ = 0;
  Arena arena_;  // of redacted fields
  std::deque<std::vector<Field>> field_lists_;
  std::size_t field_list_count_ = 0;
  std::deque<std::vector<EventView>> event_lists_;
  std::size_t event_list_count_ = 0;
  std::vector<LogView> lines_;
  std::vector<SpanView> spans_;
};

}  // namespace lift::detail
