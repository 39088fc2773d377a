#include "lift/telemetry/armed_tenants.h"

#include <algorithm>
#include <utility>

namespace lift {

Result<> ArmedTenants::arm(std::string_view tenant, Instant until, Instant now) {
  if (tenant.empty() || tenant.size() > kMaxName)
    return fail("bad_tenant", "a tenant to arm must have 1 to 256 bytes");
  const std::lock_guard lock(mutex_);
  std::vector<Armed> next = *armed_.share();
  std::erase_if(next, [&](const Armed& a) { return a.until <= now || a.tenant == tenant; });
  if (next.size() == kMost)
    return fail("too_many_armed", "64 tenants are armed already: disarm one first");
  next.push_back({std::string(tenant), until});
  replace(std::move(next));
  return {};
}

bool ArmedTenants::disarm(std::string_view tenant) {
  const std::lock_guard lock(mutex_);
  std::vector<Armed> next = *armed_.share();
  const bool was = std::erase_if(next, [&](const Armed& a) { return a.tenant == tenant; }) > 0;
  if (was) replace(std::move(next));
  return was;
}

void ArmedTenants::replace(std::vector<Armed> next) {
  Duration::rep last = kNobody;
  for (const Armed& a : next) last = std::max(last, a.until.time_since_epoch().count());
  armed_.replace(std::move(next));
  last_.store(last, std::memory_order_release);
}

bool ArmedTenants::is_listed(std::string_view tenant, Instant now) const {
  return std::ranges::any_of(armed_.read(),
                             [&](const Armed& a) { return now < a.until && a.tenant == tenant; });
}

std::vector<ArmedTenants::Armed> ArmedTenants::list(Instant now) const {
  std::vector<Armed> out = *armed_.share();
  std::erase_if(out, [now](const Armed& a) { return a.until <= now; });
  return out;
}

}  // namespace lift
