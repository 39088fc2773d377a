#include "lift/net/detail/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>
#include <new>
#include <utility>

#include "lift/http/address.h"

namespace lift::detail {
namespace {

/// The oldest error of this thread's queue, which is emptied.
std::string take_error() {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return "an unknown error";
  if (ERR_SYSTEM_ERROR(code)) return std::string(ERR_lib_error_string(code));
  const char* reason = ERR_reason_error_string(code);
  return reason != nullptr ? reason : "error " + std::to_string(code);
}

std::unexpected<Error> unreadable(const std::string& what) {
  return fail("tls_failed", "cannot use " + what + ": " + take_error());
}

// --- a BIO over a Stream, as the socket's own would raise SIGPIPE

Stream& below(BIO* bio) noexcept { return *static_cast<Stream*>(BIO_get_data(bio)); }

int bio_result(BIO* bio, const Io& io, int retry) noexcept {
  BIO_clear_retry_flags(bio);
  if (io.state == Io::State::ok) return static_cast<int>(io.bytes);
  if (io.state == Io::State::again) BIO_set_flags(bio, retry | BIO_FLAGS_SHOULD_RETRY);
  if (io.state == Io::State::end) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  return io.state == Io::State::end ? 0 : -1;
}

int bio_read(BIO* bio, char* into, int size) {
  return bio_result(bio, below(bio).read({into, static_cast<std::size_t>(size)}), BIO_FLAGS_READ);
}

int bio_write(BIO* bio, const char* from, int size) {
  const std::string_view part(from, static_cast<std::size_t>(size));
  return bio_result(bio, below(bio).write({&part, 1}), BIO_FLAGS_WRITE);
}

long bio_ctrl(BIO* bio, int command, long, void*) {
  if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

BIO_METHOD* stream_method() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "lift stream");
    if (made == nullptr) throw std::bad_alloc();
    BIO_meth_set_read(made, &bio_read);
    BIO_meth_set_write(made, &bio_write);
    BIO_meth_set_ctrl(made, &bio_ctrl);
    return made;
  }();
  return method;
}

Result<> trust(SSL_CTX* context, const TlsOptions& options) {
  if (options.ca_file.empty() && options.ca_path.empty()) {
    if (SSL_CTX_set_default_verify_paths(context) == 1) return {};
    return unreadable("the system's trust store");
  }
  if (!options.ca_file.empty() && SSL_CTX_load_verify_file(context, options.ca_file.c_str()) != 1) {
    return unreadable("ca_file " + options.ca_file);
  }
  if (!options.ca_path.empty() && SSL_CTX_load_verify_dir(context, options.ca_path.c_str()) != 1) {
    return unreadable("ca_path " + options.ca_path);
  }
  return {};
}

Result<> identify(SSL_CTX* context, const TlsOptions& options) {
  if (options.certificate_file.empty()) return {};
  if (SSL_CTX_use_certificate_chain_file(context, options.certificate_file.c_str()) != 1) {
    return unreadable("certificate_file " + options.certificate_file);
  }
  if (SSL_CTX_use_PrivateKey_file(context, options.key_file.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context) != 1) {
    return unreadable("key_file " + options.key_file);
  }
  return {};
}

/// Fails on memory alone.
bool expect_peer(SSL* ssl, const std::string& host) noexcept {
  SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (IpAddress::parse(host)) {
    return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) == 1;
  }
  return SSL_set1_host(ssl, host.c_str()) == 1 && SSL_set_tlsext_host_name(ssl, host.c_str()) == 1;
}

}  // namespace

TlsContext::~TlsContext() { SSL_CTX_free(context_); }

Result<std::shared_ptr<TlsContext>> TlsContext::make(const TlsOptions& options) {
  ERR_clear_error();
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  if (context == nullptr) return unreadable("OpenSSL");
  auto owner = std::make_shared<TlsContext>(context);
  const bool only_1_3 = options.min_version == TlsVersion::tls_1_3;
  SSL_CTX_set_min_proto_version(context, only_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_verify(context, options.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  constexpr unsigned char kProtocols[] = "\x08http/1.1";
  SSL_CTX_set_alpn_protos(context, kProtocols, sizeof(kProtocols) - 1);
  if (options.verify) {
    if (const Result<> trusted = trust(context, options); !trusted) {
      return std::unexpected(trusted.error());
    }
  }
  if (const Result<> ours = identify(context, options); !ours) {
    return std::unexpected(ours.error());
  }
  return owner;
}

TlsStream::TlsStream(TlsContext& context, const std::string& host, StreamEvents& events)
    : events_(events), ssl_(SSL_new(context.get())), host_(host) {
  BIO* bio = ssl_ != nullptr ? BIO_new(stream_method()) : nullptr;
  if (bio == nullptr || !expect_peer(ssl_, host)) {
    BIO_free(bio);
    SSL_free(ssl_);
    throw std::bad_alloc();
  }
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_, bio, bio);
  SSL_set_connect_state(ssl_);
}

TlsStream::~TlsStream() { SSL_free(ssl_); }

void TlsStream::over(std::unique_ptr<Stream> below) noexcept {
  below_ = std::move(below);
  BIO_set_data(SSL_get_rbio(ssl_), below_.get());
}

TlsStream::Step TlsStream::handshake() noexcept {
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_);
  if (result == 1) {
    up_ = true;
    return Step::done;
  }
  const int error = SSL_get_error(ssl_, result);
  if (error == SSL_ERROR_WANT_READ) return Step::wait_readable;
  if (error == SSL_ERROR_WANT_WRITE) return Step::wait_writable;
  explain(error);
  return Step::failed;
}

std::optional<WallTime> TlsStream::certificate_ends() const noexcept {
  const X509* certificate = SSL_get0_peer_certificate(ssl_);
  std::tm at{};
  if (certificate == nullptr || ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &at) != 1) {
    return std::nullopt;
  }
  return WallTime(std::chrono::seconds(::timegm(&at)));
}

void TlsStream::explain(int error) noexcept {
  const long verified = SSL_get_verify_result(ssl_);
  if (verified != X509_V_OK && SSL_get_verify_mode(ssl_) != SSL_VERIFY_NONE) {
    ERR_clear_error();
    failure_ = X509_verify_cert_error_string(verified);
    failure_ = "the peer's certificate is not accepted: " + failure_;
    return;
  }
  const unsigned long code = ERR_peek_error();
  const bool closed = error == SSL_ERROR_SYSCALL || code == 0 ||
                      ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
  failure_ = closed ? "the peer ended the connection without a word" : take_error();
  ERR_clear_error();
}

Io TlsStream::outcome(int result, std::size_t bytes, Want& want) noexcept {
  if (result == 1) return {Io::State::ok, bytes};
  const int error = SSL_get_error(ssl_, result);
  switch (error) {
    case SSL_ERROR_WANT_READ:
      want = Want::read;
      return {Io::State::again};
    case SSL_ERROR_WANT_WRITE:
      want = Want::write;
      return {Io::State::again};
    case SSL_ERROR_ZERO_RETURN:
      return {Io::State::end};
    default:  // an end that the peer did not announce, too: bytes may have been cut off
      up_ = false;
      explain(error);
      return {Io::State::broken};
  }
}

Io TlsStream::read(std::span<char> into) noexcept {
  ERR_clear_error();
  std::size_t bytes = 0;
  const int result = SSL_read_ex(ssl_, into.data(), into.size(), &bytes);
  return outcome(result, bytes, read_wants_);
}

Io TlsStream::write(std::span<const std::string_view> parts) noexcept {
  Io total{Io::State::ok};
  for (const std::string_view part : parts) {
    if (part.empty()) continue;
    ERR_clear_error();
    std::size_t bytes = 0;
    const int result = SSL_write_ex(ssl_, part.data(), part.size(), &bytes);
    const Io io = outcome(result, bytes, write_wants_);
    total.bytes += io.bytes;
    if (io.state != Io::State::ok) return total.bytes > 0 ? total : io;
    if (bytes < part.size()) break;
  }
  return total;
}

void TlsStream::wait_readable() noexcept {
  reading_ = true;
  read_wants_ == Want::read ? below_->wait_readable() : below_->wait_writable();
}

void TlsStream::wait_writable() noexcept {
  writing_ = true;
  write_wants_ == Want::write ? below_->wait_writable() : below_->wait_readable();
}

void TlsStream::readable() noexcept { wake(Want::read); }

void TlsStream::writable() noexcept { wake(Want::write); }

void TlsStream::wake(Want happened) noexcept {
  const bool write = writing_ && write_wants_ == happened;
  const bool read = reading_ && read_wants_ == happened;
  if (write) writing_ = false;
  if (read) reading_ = false;
  if (write) events_.writable();
  // What is reported and not waited for is the end, which a reader learns of.
  if (read || (happened == Want::read && !write)) events_.readable();
}

void TlsStream::finish_sending() noexcept {
  ERR_clear_error();
  if (std::exchange(up_, false)) SSL_shutdown(ssl_);
  ERR_clear_error();
  below_->finish_sending();
}

void TlsStream::close(bool abort) noexcept {
  ERR_clear_error();
  if (std::exchange(up_, false) && !abort) SSL_shutdown(ssl_);
  ERR_clear_error();
  below_->close(abort);
}

}  // namespace lift::detail
