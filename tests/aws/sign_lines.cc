// Signs what it reads, one request a line, and writes one Authorization a line: our side of
// botocore_compare.py. A line is a sequence of hex-encoded words: seconds since 1970, region,
// service, "s3" or "", key id, secret, token, method, URL, body, then names and values of headers.
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include "lift/aws/sigv4.h"

namespace {

std::vector<std::string> words_of(const std::string& line) {
  std::vector<std::string> words;
  std::istringstream in(line);
  for (std::string hex; in >> hex;) {
    std::string word(hex.size() / 2, '\0');  // the word "-" is empty
    auto* bytes = reinterpret_cast<std::uint8_t*>(word.data());
    if (hex != "-" && !lift::hex_decode(hex, std::span(bytes, word.size()))) std::exit(2);
    words.push_back(std::move(word));
  }
  return words;
}

std::string authorization(const std::vector<std::string>& w) {
  const lift::WallTime now{std::chrono::seconds(std::stoll(w[0]))};
  const lift::SigningScope scope{.region = w[1], .service = w[2]};
  const lift::AwsCredentials credentials{
      .access_key_id = w[4], .secret_access_key = w[5], .session_token = w[6], .expires = {}};
  lift::Result<lift::Url> url = lift::Url::parse(w[8]);
  if (!url) return url.error().message;
  lift::ClientRequest request(w[7], *std::move(url));
  request.body = w[9];
  for (std::size_t i = 10; i + 1 < w.size(); i += 2) request.headers.add(w[i], w[i + 1]);
  const auto options = w[3] == "s3" ? lift::SigningOptions::s3() : lift::SigningOptions{};
  if (const auto done = lift::sign(request, credentials, scope, now, options); !done)
    return done.error().message;
  return std::string(request.headers.value("authorization"));
}

}  // namespace

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    const std::vector<std::string> words = words_of(line);
    if (words.size() < 10) return EXIT_FAILURE;
    std::cout << authorization(words) << '\n';
  }
  return EXIT_SUCCESS;
}
