#pragma once
// The one thing that is needed of XML: the text of an element whose name comes once.
//
// Thread-safety: pure functions.
// Cost: one pass over the document for each call.

#include <optional>
#include <string>
#include <string_view>

namespace lift::detail {

/// The text of `<name>…</name>`, blanks around it cut, the five predefined entities replaced.
/// Nothing if the element is missing, comes twice, has attributes or elements within, or if the
/// document has a DOCTYPE, CDATA or a comment, which answers of AWS never have.
[[nodiscard]] std::optional<std::string> xml_text(std::string_view document, std::string_view name);

}  // namespace lift::detail
