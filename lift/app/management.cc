#include "lift/app/management.h"

#include <optional>
#include <utility>

#include "lift/app/routes.h"
#include "lift/edge/edge.h"
#include "lift/net/server.h"

namespace lift {

Problems ManagementOptions::validate() const {
  ServerOptions server;
  server.listen = {listen};
  Problems problems;
  problems.add_all("management", server.validate());
  return problems;
}

class Management::Pages final : public Service {
 public:
  [[nodiscard]] const Chain& route(Context& ctx) noexcept override { return routes.find(ctx); }

  Routes routes;
  ChainCounters counters;
  std::string index;
  std::optional<Server> server;
};

Management::Management(ManagementOptions options)
    : options_(std::move(options)), pages_(std::make_unique<Pages>()) {}

Management::~Management() { stop(); }

void Management::get(std::string_view path, std::string_view about, Handler handler) {
  pages_->index.append(path).append("  ").append(about).append("\n");
  pages_->routes.declare({.method = Method::get,
                          .pattern = std::string(path),
                          .handler = std::move(handler),
                          .options = {},
                          .layers = {}});
}

Result<> Management::start() {
  if (auto valid = options_.validate().as_result(); !valid) return valid;
  get("/", "this page", [pages = pages_.get()](Context&) { return text(pages->index); });
  std::vector<AnyLayer> layers;
  auto edge = Edge::make();
  if (edge) layers.emplace_back(std::move(*edge));
  const Problems problems =
      pages_->routes.build(layers, {.counters = &pages_->counters, .failures = nullptr});
  if (auto built = problems.as_result(); !built) return built;
  ServerOptions server;
  server.listen = {options_.listen};
  server.loops = 1;
  server.lame_duck = Duration::zero();
  server.workers = {.threads = 1, .queue = 16};
  pages_->server.emplace(server, *pages_);
  if (auto started = pages_->server->start(); !started) {
    pages_->server.reset();
    return fail(
        "management_port",
        started.error().message + "; choose another with --management PORT, or --management off");
  }
  return {};
}

std::string Management::address() const {
  if (!pages_->server) return "";
  const auto all = pages_->server->addresses();
  return all.empty() ? "" : "http://" + all.front().to_string();
}

void Management::stop() {
  if (pages_->server) pages_->server->stop();
  pages_->server.reset();
}

}  // namespace lift
