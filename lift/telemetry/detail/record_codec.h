#pragma once
// Requests and lines to bytes and back.
//
// Thread-safety: pure functions.
// Cost: copies what it is given once.

#include <cstddef>
#include <cstdint>

#include "lift/telemetry/detail/record_bytes.h"
#include "lift/telemetry/record.h"

namespace lift::detail {

/// Lines and child spans that write_request() writes.
[[nodiscard]] std::uint32_t lines_in(const RequestRecord& record, Extent extent) noexcept;
[[nodiscard]] std::uint32_t spans_in(const RequestRecord& record, Extent extent) noexcept;

/// The most bytes that `record` may take, without its trail.
[[nodiscard]] std::size_t bare_bytes(const RequestRecord& record) noexcept;
/// Returns how many bytes it took.
std::size_t write_request(std::byte* at, const RequestRecord& record, Extent extent) noexcept;
void read_request(BytesReader& from, RequestRead& record);

[[nodiscard]] std::size_t line_bytes(const LineRecord& record) noexcept;
std::size_t write_line(std::byte* at, const LineRecord& record) noexcept;
void read_line(BytesReader& from, LineReadAlone& record);

}  // namespace lift::detail
