// Headers against a plain list of pairs, through any history of changes.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "fuzz/model_check.h"
#include "lift/http/headers.h"

namespace {

using lift::Headers;
using lift::fuzz::Choices;
using lift::fuzz::require;

bool same(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, [](char x, char y) { return lift::ascii::lower(x) == lift::ascii::lower(y); });
}

class Model {
 public:
  void add(std::string_view name, std::string_view value) {
    std::string stored(value);
    for (char& c : stored) {
      if (c == '\r' || c == '\n' || c == '\0') c = ' ';
    }
    list_.emplace_back(name, lift::ascii::trim(stored));
  }
  std::size_t remove(std::string_view name) {
    return std::erase_if(list_, [&](const auto& field) { return same(field.first, name); });
  }
  void clear() { list_.clear(); }
  void repeat() {
    const auto copy = list_;
    list_.insert(list_.end(), copy.begin(), copy.end());
  }
  void check(const Headers& headers, std::string_view name) const {
    require(headers.size() == list_.size());
    std::size_t bytes = 0;
    std::size_t named = 0;
    for (std::size_t i = 0; i < list_.size(); ++i) {
      require(headers[i].name == list_[i].first && headers[i].value == list_[i].second);
      bytes += list_[i].first.size() + list_[i].second.size();
      if (same(list_[i].first, name) && named++ == 0) require(headers.get(name) == list_[i].second);
    }
    require(headers.bytes() == bytes && headers.count(name) == named);
    require(headers.contains(name) == (named > 0));
  }

 private:
  std::vector<std::pair<std::string, std::string>> list_;
};

void change(Headers& headers, Model& model, std::uint8_t choice, std::string_view name,
            std::string_view value) {
  const bool token = lift::ascii::is_token(name);
  if (choice == 0) {
    require(headers.set(name, value) == token);
    if (token) model.remove(name);
    if (token) model.add(name, value);
  } else if (choice == 1) {
    require(headers.remove(name) == model.remove(name));
  } else if (choice == 2 && headers.size() < 500) {
    headers.append(Headers(headers));
    model.repeat();
  } else if (choice == 3) {
    Headers moved(std::move(headers));
    headers = std::move(moved);
  } else if (choice == 4) {
    headers.clear();
    model.clear();
  } else {
    require(headers.add(name, value) == token);
    if (token) model.add(name, value);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Choices choices(data, size);
  Headers headers;
  Model model;
  for (int step = 0; step < 200 && !choices.empty(); ++step) {
    const std::uint8_t choice = choices.byte() % 12;
    const std::string_view name = choices.text();
    change(headers, model, choice, name, choices.text());
    model.check(headers, name);
  }
  return 0;
}
