#include <utility>

#include "lift/aws/credential_sources.h"

namespace lift {

void CredentialChain::add(std::string_view name, std::unique_ptr<CredentialProvider> source) {
  sources_.push_back({std::string(name), std::move(source)});
}

Task<Result<std::shared_ptr<const AwsCredentials>>> CredentialChain::get() {
  std::string tried;
  for (const Source& source : sources_) {
    auto found = co_await source.provider->get();
    if (found) co_return found;
    tried += (tried.empty() ? "" : "; ") + source.name + ": " + found.error().message;
    if (found.error().code != "not_configured") break;
  }
  co_return fail("no_credentials", "no AWS credentials: " + tried);
}

std::unique_ptr<CredentialProvider> default_credentials(HttpTransport& transport,
                                                        const AwsEnvironment& environment,
                                                        std::string region) {
  auto chain = std::make_unique<CredentialChain>();
  chain->add("environment", std::make_unique<EnvironmentCredentials>(environment));
  chain->add("web identity",
             std::make_unique<WebIdentityCredentials>(transport, environment, std::move(region)));
  chain->add("profile", std::make_unique<ProfileCredentials>(environment));
  chain->add("container", std::make_unique<ContainerCredentials>(transport, environment));
  chain->add("instance metadata", std::make_unique<InstanceCredentials>(transport, environment));
  return chain;
}

}  // namespace lift
