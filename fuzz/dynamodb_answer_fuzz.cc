// Answers of DynamoDB: whatever comes in is read or refused; an item that was read is written and
// read back the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "lift/aws/detail/attribute_json.h"
#include "lift/aws/detail/dynamodb_json.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

template <class Answer>
void read_as(const lift::JsonDocument& document) {
  Answer answer;
  const lift::Result<> read = lift::detail::read_dynamo(document, answer);
  require(read || read.error().code == "bad_answer");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto item = lift::read_item(text)) {
    const lift::Result<std::string> written = lift::write_item(*item);
    // An answer may hold what is refused when it is sent: an attribute without a name.
    if (written) require(lift::read_item(*written) == *item);
  }
  const auto document = lift::JsonDocument::parse(text, lift::detail::kDynamoJsonDepth);
  if (!document) return 0;
  read_as<lift::GotItem>(*document);
  read_as<lift::WriteAnswer>(*document);
  read_as<lift::QueryPage>(*document);
  read_as<lift::BatchGotItem>(*document);
  read_as<lift::BatchWroteItem>(*document);
  read_as<lift::TableDescription>(*document);
  read_as<lift::TimeToLive>(*document);
  return 0;
}
