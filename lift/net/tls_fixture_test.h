#pragma once
// What tests of TLS share: an authority of their own, certificates it gives, and a server's side.

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>
#include <cstdio>
#include <memory>
#include <string>

#include "tests/support/scratch_folder.h"
#include "tests/support/scripted_server.h"

namespace lift::test {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

/// What a certificate says.
struct Wanted {
  std::string names = "IP:127.0.0.1,DNS:localhost";
  long from = -3600;  ///< seconds from now
  long until = 3600;
};

/// A key and a certificate, signed by an authority or by itself.
class Identity {
 public:
  explicit Identity(const Wanted& wanted = {}, const Identity* issuer = nullptr)
      : key_(EVP_EC_gen("P-256"), &EVP_PKEY_free), certificate_(X509_new(), &X509_free) {
    X509* x = certificate_.get();
    X509_set_version(x, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x), issuer == nullptr ? 1 : 2);
    X509_gmtime_adj(X509_getm_notBefore(x), wanted.from);
    X509_gmtime_adj(X509_getm_notAfter(x), wanted.until);
    X509_set_pubkey(x, key_.get());
    const std::string name = issuer == nullptr ? "Test Authority" : "Test Peer";
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    const Identity& signer = issuer == nullptr ? *this : *issuer;
    X509_set_issuer_name(x, X509_get_subject_name(signer.certificate_.get()));
    if (issuer == nullptr) {
      extend(NID_basic_constraints, "critical,CA:TRUE");
    } else {
      extend(NID_subject_alt_name, wanted.names);
    }
    X509_sign(x, signer.key_.get(), EVP_sha256());
  }

  [[nodiscard]] EVP_PKEY* key() const { return key_.get(); }
  [[nodiscard]] X509* certificate() const { return certificate_.get(); }
  /// As PEM files of that name.
  [[nodiscard]] std::string write_certificate(const std::string& path) const {
    std::FILE* file = std::fopen(path.c_str(), "w");
    PEM_write_X509(file, certificate());
    std::fclose(file);
    return path;
  }
  [[nodiscard]] std::string write_key(const std::string& path) const {
    std::FILE* file = std::fopen(path.c_str(), "w");
    PEM_write_PrivateKey(file, key(), nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(file);
    return path;
  }

 private:
  void extend(int what, const std::string& value) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, what, value.c_str());
    ASSERT_NE(extension, nullptr) << value;
    X509_add_ext(certificate(), extension, -1);
    X509_EXTENSION_free(extension);
  }

  Key key_;
  Certificate certificate_;
};

/// What a TLS server of a test is made with.
struct TlsServerSide {
  const Identity* identity = nullptr;
  int version = 0;                       ///< the only one spoken; 0: any
  const Identity* clients_of = nullptr;  ///< clients must come with its certificates
};

/// The server's side of TLS on one connection, blocking.
class TlsPeer {
 public:
  TlsPeer(Peer& peer, const TlsServerSide& side) : context_(SSL_CTX_new(TLS_server_method())) {
    if (side.version == TLS1_1_VERSION) SSL_CTX_set_security_level(context_, 0);
    SSL_CTX_use_certificate(context_, side.identity->certificate());
    SSL_CTX_use_PrivateKey(context_, side.identity->key());
    SSL_CTX_set_min_proto_version(context_, side.version);
    SSL_CTX_set_max_proto_version(context_, side.version);
    if (side.clients_of != nullptr) {
      X509_STORE_add_cert(SSL_CTX_get_cert_store(context_), side.clients_of->certificate());
      SSL_CTX_set_verify(context_, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    }
    SSL_CTX_set_alpn_select_cb(context_, &TlsPeer::select, this);
    ssl_ = SSL_new(context_);
    SSL_set_fd(ssl_, peer.descriptor());
    accepted_ = SSL_accept(ssl_) == 1;
    if (const char* name = SSL_get_servername(ssl_, TLSEXT_NAMETYPE_host_name)) sni_ = name;
  }
  TlsPeer(const TlsPeer&) = delete;
  TlsPeer& operator=(const TlsPeer&) = delete;
  ~TlsPeer() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
  }

  [[nodiscard]] bool accepted() const { return accepted_; }
  [[nodiscard]] const std::string& sni() const { return sni_; }
  [[nodiscard]] const std::string& offered() const { return offered_; }
  /// The client ended the session, and did not merely go.
  [[nodiscard]] bool ended_in_order() const {
    return (SSL_get_shutdown(ssl_) & SSL_RECEIVED_SHUTDOWN) != 0;
  }
  std::string head() {
    while (in_.find("\r\n\r\n") == std::string::npos) {
      if (!receive()) return "";
    }
    const std::size_t end = in_.find("\r\n\r\n") + 4;
    std::string head = in_.substr(0, end);
    in_.erase(0, end);
    return head;
  }
  std::string take(std::size_t size) {
    while (in_.size() < size && receive()) {
    }
    std::string out = in_.substr(0, size);
    in_.erase(0, out.size());
    return out;
  }
  void send(std::string_view bytes) {
    SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()));
  }
  bool answer(std::string_view response) {
    if (head().empty()) return false;
    send(response);
    return true;
  }
  /// Ends the session in order.
  void finish() { SSL_shutdown(ssl_); }

 private:
  static int select(SSL*, const unsigned char** out, unsigned char* size,
                    const unsigned char* offered, unsigned int offered_size, void* self) {
    static_cast<TlsPeer*>(self)->offered_.assign(reinterpret_cast<const char*>(offered),
                                                 offered_size);
    *out = offered + 1;
    *size = offered[0];
    return SSL_TLSEXT_ERR_OK;
  }
  bool receive() {
    std::array<char, 16384> buffer;
    const int n = SSL_read(ssl_, buffer.data(), static_cast<int>(buffer.size()));
    if (n <= 0) return false;
    in_.append(buffer.data(), static_cast<std::size_t>(n));
    return true;
  }

  SSL_CTX* context_;
  SSL* ssl_;
  bool accepted_ = false;
  std::string sni_;
  std::string offered_;
  std::string in_;
};

}  // namespace lift::test
