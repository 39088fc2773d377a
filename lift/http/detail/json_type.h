#pragma once
// How typed JSON sees a C++ type without knowing it: constant tables that json_read.cc and
// json_write.cc walk.
//
// Thread-safety: constants, and field lists built once.
// Cost: none until used.

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace lift {

template <class T>
class Fields;

/// A struct that says which fields it has.
template <class T>
concept Described = std::is_class_v<T> && std::default_initializable<T> &&
                    requires(Fields<T>& fields) { T::describe(fields); };

namespace detail {

enum class JsonKind : std::uint8_t {
  boolean,
  signed_integer,
  unsigned_integer,
  number,
  string,
  array,
  optional,
  object,
};

template <class N>
struct JsonRange {
  N least = std::numeric_limits<N>::lowest();
  N most = std::numeric_limits<N>::max();
};

/// What a value must keep to besides its type. Only those of its kind are looked at.
struct JsonRules {
  JsonRange<std::int64_t> signed_range;
  JsonRange<std::uint64_t> unsigned_range;
  JsonRange<double> number_range;
  std::size_t min_length = 0;
  std::size_t max_length = 65'536;
  std::size_t max_items = 10'000;
  std::vector<std::string> one_of;  // empty: anything
};

struct JsonType;

struct JsonField {
  std::string name;
  const JsonType* type;
  std::size_t offset;
  JsonRules rules;
};

// A deque, so that rules can be added to a field while others follow.
struct JsonFields : std::deque<JsonField> {
  bool others_ignored = false;
};

struct JsonType {
  JsonKind kind;
  void (*store)(void* at, std::uint64_t bits) = nullptr;  // integers
  std::uint64_t (*load)(const void* at) = nullptr;        // integers, sign-extended
  const JsonType* inner = nullptr;                        // array, optional
  void (*clear)(void* at) = nullptr;
  void (*add)(void* at, const std::function<void(void*)>& fill) = nullptr;
  void (*each)(const void* at, const std::function<void(const void*)>& visit) = nullptr;
  const JsonFields& (*fields)() = nullptr;  // object; a call, as types may contain themselves
};

template <class T>
struct JsonInner {
  static constexpr bool kOptional = false;
  static constexpr bool kArray = false;
  using Scalar = T;
};
template <class T>
struct JsonInner<std::optional<T>> {
  static constexpr bool kOptional = true;
  static constexpr bool kArray = false;
  using Type = T;
  using Scalar = typename JsonInner<T>::Scalar;
};
template <class T>
struct JsonInner<std::vector<T>> {
  static constexpr bool kOptional = false;
  static constexpr bool kArray = true;
  using Type = T;
  using Scalar = typename JsonInner<T>::Scalar;
};

/// What is left of T once optional and vector are taken off: what rules speak of.
template <class T>
using JsonScalar = typename JsonInner<T>::Scalar;

template <class T>
concept JsonCharacter =
    std::same_as<T, char> || std::same_as<T, wchar_t> || std::same_as<T, char8_t> ||
    std::same_as<T, char16_t> || std::same_as<T, char32_t>;
template <class T>
concept JsonInteger = std::integral<T> && !std::same_as<T, bool> && !JsonCharacter<T>;
template <class T>
concept JsonNumber = JsonInteger<T> || std::same_as<T, double>;
template <class T>
concept JsonValue = JsonNumber<JsonScalar<T>> || std::same_as<JsonScalar<T>, bool> ||
                    std::same_as<JsonScalar<T>, std::string> || Described<JsonScalar<T>>;

template <class T>
const JsonFields& json_fields();

template <class T>
consteval JsonType json_type();

template <class T>
inline constexpr JsonType kJsonType = json_type<T>();

template <JsonInteger T>
consteval JsonType json_integer() {
  return {
      .kind = std::signed_integral<T> ? JsonKind::signed_integer : JsonKind::unsigned_integer,
      .store = [](void* at, std::uint64_t bits) { *static_cast<T*>(at) = static_cast<T>(bits); },
      .load =
          [](const void* at) { return static_cast<std::uint64_t>(*static_cast<const T*>(at)); }};
}

template <class T>
consteval JsonType json_optional() {
  using Inner = typename JsonInner<T>::Type;
  return {
      .kind = JsonKind::optional,
      .inner = &kJsonType<Inner>,
      .clear = [](void* at) { *static_cast<T*>(at) = T{}; },
      .add = [](void* at,
                const std::function<void(void*)>& fill) { fill(&static_cast<T*>(at)->emplace()); },
      .each =
          [](const void* at, const std::function<void(const void*)>& visit) {
            const T& value = *static_cast<const T*>(at);
            if (value) visit(&*value);
          }};
}

template <class T>
consteval JsonType json_array() {
  using Inner = typename JsonInner<T>::Type;
  return {.kind = JsonKind::array,
          .inner = &kJsonType<Inner>,
          .clear = [](void* at) { *static_cast<T*>(at) = T{}; },
          // Filled, then moved in: a std::vector<bool> has no element to point to.
          .add =
              [](void* at, const std::function<void(void*)>& fill) {
                Inner item{};
                fill(&item);
                static_cast<T*>(at)->push_back(std::move(item));
              },
          .each =
              [](const void* at, const std::function<void(const void*)>& visit) {
                for (const Inner& item : *static_cast<const T*>(at)) visit(&item);
              }};
}

template <class T>
consteval JsonType json_type() {
  if constexpr (std::same_as<T, bool>) {
    return {.kind = JsonKind::boolean};
  } else if constexpr (JsonInteger<T>) {
    return json_integer<T>();
  } else if constexpr (std::same_as<T, double>) {
    return {.kind = JsonKind::number};
  } else if constexpr (std::same_as<T, std::string>) {
    return {.kind = JsonKind::string};
  } else if constexpr (JsonInner<T>::kOptional) {
    return json_optional<T>();
  } else if constexpr (JsonInner<T>::kArray) {
    return json_array<T>();
  } else {
    return {.kind = JsonKind::object, .fields = &json_fields<T>};
  }
}

/// The rules that come with the type alone: the range of its integers.
template <class T>
JsonRules json_rules() {
  JsonRules rules;
  using Scalar = JsonScalar<T>;
  if constexpr (JsonInteger<Scalar> && std::signed_integral<Scalar>) {
    rules.signed_range = {std::numeric_limits<Scalar>::min(), std::numeric_limits<Scalar>::max()};
  } else if constexpr (JsonInteger<Scalar>) {
    rules.unsigned_range = {0, std::numeric_limits<Scalar>::max()};
  }
  return rules;
}

}  // namespace detail
}  // namespace lift
