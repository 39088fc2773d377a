#include "lift/chain/chain.h"

#include "lift/chain/order.h"

namespace lift {
namespace {

constexpr std::size_t kSlotAlign = 16;

}  // namespace

Chain::Chain(std::string operation, std::vector<AnyLayer> layers, Handler handler,
             RouteOptions options, const ChainSettings& settings)
    : operation_(std::move(operation)),
      layers_(std::move(layers)),
      handler_(std::move(handler)),
      options_(options),
      classify_(settings.classify),
      own_counters_(settings.counters == nullptr ? std::make_shared<ChainCounters>() : nullptr),
      counters_(settings.counters == nullptr ? own_counters_.get() : settings.counters),
      failures_(settings.failures) {
  std::size_t offset = 0;
  for (AnyLayer& layer : layers_) {
    if (layer.bind != nullptr) layer.bound = layer.bind(layer.object, {operation_, options_});
    slot_offsets_.push_back(offset);
    offset += (layer.slot_bytes + kSlotAlign - 1) / kSlotAlign * kSlotAlign;
  }
  slot_offsets_.push_back(offset);
}

Result<Chain> Chain::build(std::string operation, std::vector<AnyLayer> layers, Handler handler,
                           RouteOptions options, ChainSettings settings) {
  std::vector<std::string_view> names;
  for (const AnyLayer& layer : layers) names.push_back(layer.name);
  Problems problems = check_order(names);
  problems.add_all("options", options.validate());
  if (!problems.empty()) return fail("bad_chain", operation + ": " + problems.text());
  return Chain(std::move(operation), std::move(layers), std::move(handler), options, settings);
}

std::string Chain::describe() const {
  std::string text;
  for (const AnyLayer& layer : layers_) {
    text += layer.name;
    text += layer.wrap != nullptr ? " (wrap) > " : " > ";
  }
  return text + "[handler]";
}

}  // namespace lift
