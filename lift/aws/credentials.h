#pragma once
// Who signs a request to AWS, and where that comes from.
//
// Thread-safety: plain values, shared unchanged; a provider belongs to one loop.
// Cost: an interface; see its implementations.

#include <iosfwd>
#include <memory>
#include <optional>
#include <string>

#include "lift/base/clock.h"
#include "lift/base/error.h"
#include "lift/base/task.h"

namespace lift {

struct AwsCredentials {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;        ///< empty for long-lived keys
  std::optional<WallTime> expires;  ///< absent: never
};

/// `AwsCredentials(key id ending MPLE)`: the last four characters of the key id, never a secret.
std::ostream& operator<<(std::ostream& out, const AwsCredentials& credentials);

/// A source of credentials. It must outlive the tasks that it gave.
class CredentialProvider {
 public:
  virtual ~CredentialProvider() = default;
  /// Never null. Errors: `not_configured` if nothing asks for this source, so that another may be
  /// tried; any other code if it was asked for and failed. No message holds a secret.
  virtual Task<Result<std::shared_ptr<const AwsCredentials>>> get() = 0;
};

/// Always the same, for tests and for keys that come from elsewhere.
class FixedCredentials final : public CredentialProvider {
 public:
  explicit FixedCredentials(AwsCredentials credentials)
      : credentials_(std::make_shared<const AwsCredentials>(std::move(credentials))) {}
  Task<Result<std::shared_ptr<const AwsCredentials>>> get() override;

 private:
  std::shared_ptr<const AwsCredentials> credentials_;
};

}  // namespace lift
