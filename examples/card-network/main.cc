// The card network that the payments demo may call, beside it on one machine:
// ./run card-network --port 8090 --management off --errors 30
// ./run --card-network http://127.0.0.1:8090
#include <memory>
#include <utility>

#include "network.h"

int main(int argc, char** argv) {
  card_network::Faults faults;
  lift::AppOptions options = lift::options_from(argc, argv, card_network::flags(faults));
  lift::App app{std::move(options)};
  card_network::add_routes(app, std::make_shared<card_network::Network>(faults));
  return app.serve();
}
