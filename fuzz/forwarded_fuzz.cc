// Whatever the lists say: the answer is the peer, or an address reached over trusted hops; and text
// forms round-trip.
#include <array>

#include "fuzz/model_check.h"
#include "lift/http/forwarded.h"

namespace {

using lift::Cidr;
using lift::ForwardedSource;
using lift::IpAddress;
using lift::fuzz::Choices;
using lift::fuzz::require;

const std::array<Cidr, 2> kTrusted = {*Cidr::parse("10.0.0.0/8"), *Cidr::parse("fd00::/8")};

void check_text_forms(std::string_view text) {
  if (const auto address = IpAddress::parse(text))
    require(IpAddress::parse(address->to_string()) == address);
  if (const auto cidr = Cidr::parse(text)) {
    const auto again = Cidr::parse(cidr->to_string());
    require(again && again->to_string() == cidr->to_string());
    const std::string printed = cidr->to_string();
    require(cidr->contains(*IpAddress::parse(printed.substr(0, printed.find('/')))));
  }
}

void check_walk(const lift::Headers& headers, ForwardedSource source) {
  const IpAddress proxy = IpAddress::v4({10, 0, 0, 1});
  require(client_address(proxy, headers, kTrusted, source).specified());
  const IpAddress stranger = IpAddress::v4({192, 0, 2, 1});
  require(client_address(stranger, headers, kTrusted, source) == stranger);
  // What a proxy of ours adds on the right decides, whatever a client wrote before it.
  lift::Headers appended = headers;
  const bool xff = source == ForwardedSource::x_forwarded_for;
  appended.add(xff ? "x-forwarded-for" : "forwarded", xff ? "192.0.2.1" : "for=192.0.2.1");
  require(client_address(proxy, appended, kTrusted, source) == stranger);
}

// The same within one field: what follows a client's words, broken or not, is believed or nothing
// is.
void check_same_field(std::string_view claimed, std::string_view added, ForwardedSource source) {
  const bool xff = source == ForwardedSource::x_forwarded_for;
  const IpAddress proxy = IpAddress::v4({10, 0, 0, 1});
  lift::Headers headers;
  headers.add(xff ? "x-forwarded-for" : "forwarded",
              std::string(claimed) + ", " + std::string(added));
  const IpAddress answer = client_address(proxy, headers, kTrusted, source);
  require(answer == proxy || answer == IpAddress::v4({192, 0, 2, 1}));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Choices choices(data, size);
  const std::string_view first = choices.text();
  const std::string_view second = choices.remaining();
  check_text_forms(first);
  check_text_forms(second);
  lift::Headers headers;
  for (const auto* name : {"x-forwarded-for", "forwarded"}) {
    headers.add(name, first);
    headers.add(name, second);
  }
  check_walk(headers, ForwardedSource::x_forwarded_for);
  check_walk(headers, ForwardedSource::forwarded);
  check_same_field(second, "192.0.2.1", ForwardedSource::x_forwarded_for);
  check_same_field(second, "for=192.0.2.1", ForwardedSource::forwarded);
  check_same_field(second, "for=\"192.0.2.1:80\";proto=https", ForwardedSource::forwarded);
  return 0;
}
