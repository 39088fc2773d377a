#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "lift/base/random.h"
#include "lift/http/json.h"

namespace lift {
namespace {

struct Leaf {
  std::int8_t tiny = 0;
  std::uint64_t big = 0;
  double real = 0;
  bool truth = false;
  friend bool operator==(const Leaf&, const Leaf&) = default;
  static void describe(Fields<Leaf>& f) {
    f.field("tiny", &Leaf::tiny);
    f.field("big", &Leaf::big);
    f.field("real", &Leaf::real);
    f.field("truth", &Leaf::truth);
  }
};

struct Node {
  std::string name;
  std::optional<std::int64_t> number;
  std::optional<Leaf> leaf;
  std::vector<std::optional<std::string>> words;
  std::vector<Node> children;
  friend bool operator==(const Node&, const Node&) = default;
  static void describe(Fields<Node>& f) {
    f.field("na/me~", &Node::name);
    f.field("number", &Node::number);
    f.field("leaf", &Node::leaf);
    f.field("words", &Node::words);
    f.field("children", &Node::children);
  }
};

std::string random_text(Random& random) {
  static constexpr std::string_view kPieces[] = {
      "a",    "\"", "\\", "/",  "\n", "\t", std::string_view("\0", 1),
      "\x7f", "ä",  "€",  "😀", "~",  " "};
  std::string text;
  for (auto length = random.below(9); length > 0; --length) {
    text += kPieces[random.below(std::size(kPieces))];
  }
  return text;
}

double random_double(Random& random) {
  const auto value = std::bit_cast<double>(random.next());
  return std::isfinite(value) ? value : -0.0;
}

Node random_node(Random& random, int depth) {
  Node node;
  node.name = random_text(random);
  if (random.below(2) == 0) node.number = static_cast<std::int64_t>(random.next());
  if (random.below(2) == 0) {
    node.leaf = Leaf{static_cast<std::int8_t>(random.next()), random.next(), random_double(random),
                     random.below(2) == 0};
  }
  for (auto words = random.below(4); words > 0; --words) {
    node.words.push_back(random.below(3) == 0 ? std::optional<std::string>()
                                              : std::optional(random_text(random)));
  }
  for (auto children = depth == 0 ? 0 : random.below(4); children > 0; --children) {
    node.children.push_back(random_node(random, depth - 1));
  }
  return node;
}

TEST(JsonProperty, WhatIsWrittenReadsBackEqual) {
  for (std::uint64_t seed = 0; seed < 1'000; ++seed) {
    SeededRandom random(seed);
    const Node node = random_node(random, 3);
    const std::string text = to_json(node);
    const auto read = from_json<Node>(text);
    ASSERT_TRUE(read) << "seed " << seed << ": " << text;
    ASSERT_EQ(*read, node) << "seed " << seed << ": " << text;
    ASSERT_EQ(to_json(*read), text) << "seed " << seed;
  }
}

TEST(JsonProperty, ADamagedDocumentIsReadOrRefusedButNeverMore) {
  for (std::uint64_t seed = 0; seed < 1'000; ++seed) {
    SeededRandom random(seed);
    std::string text = to_json(random_node(random, 2));
    for (int change = 0; change < 3; ++change) {
      text[random.below(text.size())] = static_cast<char>(random.next());
    }
    if (const auto read = from_json<Node>(text)) {
      const auto again = from_json<Node>(to_json(*read));
      ASSERT_TRUE(again) << "seed " << seed;
      ASSERT_EQ(*again, *read) << "seed " << seed;
    } else {
      ASSERT_TRUE(read.error().status() == 400 || read.error().status() == 422);
    }
  }
}

}  // namespace
}  // namespace lift
