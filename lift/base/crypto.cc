#include "lift/base/crypto.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <cstddef>
#include <cstdlib>

#include "lift/base/ascii.h"

namespace lift {
namespace {

/// A context of this thread: making one costs more than a digest.
class Hmac {
 public:
  Hmac() {
    EVP_MAC* const algorithm = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    context_ = algorithm == nullptr ? nullptr : EVP_MAC_CTX_new(algorithm);
    EVP_MAC_free(algorithm);  // the context holds it
    char digest[] = "SHA256";
    const OSSL_PARAM rules[] = {OSSL_PARAM_construct_utf8_string("digest", digest, 0),
                                OSSL_PARAM_construct_end()};
    if (context_ == nullptr || EVP_MAC_CTX_set_params(context_, rules) != 1) std::abort();
  }
  Hmac(const Hmac&) = delete;
  Hmac& operator=(const Hmac&) = delete;
  ~Hmac() { EVP_MAC_CTX_free(context_); }

  [[nodiscard]] bool digest(std::span<const std::uint8_t> key, std::string_view bytes,
                            Sha256& out) noexcept {
    const std::uint8_t none = 0;  // a null key would mean the one of before
    const std::uint8_t* const start = key.empty() ? &none : key.data();
    const auto* text = reinterpret_cast<const unsigned char*>(bytes.data());
    std::size_t size = 0;
    return EVP_MAC_init(context_, start, key.size(), nullptr) == 1 &&
           EVP_MAC_update(context_, text, bytes.size()) == 1 &&
           EVP_MAC_final(context_, out.data(), &size, out.size()) == 1 && size == out.size();
  }

 private:
  EVP_MAC_CTX* context_;
};

}  // namespace

Sha256 hmac_sha256(std::span<const std::uint8_t> key, std::string_view bytes) {
  static thread_local Hmac hmac;
  Sha256 digest;
  if (!hmac.digest(key, bytes, digest)) std::abort();  // as for sha256
  return digest;
}

Sha256 sha256(std::string_view bytes) {
  // Fetched once: asking OpenSSL by name at every call costs more than the digest of a token.
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  Sha256 digest;
  if (algorithm == nullptr ||
      EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, algorithm, nullptr) != 1) {
    std::abort();  // out of memory or a broken OpenSSL: no secret can be checked
  }
  return digest;
}

bool constant_time_equal(std::span<const std::uint8_t> a,
                         std::span<const std::uint8_t> b) noexcept {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string hex_encode(std::span<const std::uint8_t> bytes) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::uint8_t byte : bytes) {
    text += kHex[byte >> 4];
    text += kHex[byte & 15];
  }
  return text;
}

bool hex_decode(std::string_view text, std::span<std::uint8_t> out) noexcept {
  if (text.size() != out.size() * 2) return false;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const int high = ascii::hex_value(text[2 * i]);
    const int low = ascii::hex_value(text[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    out[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return true;
}

}  // namespace lift
