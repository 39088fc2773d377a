#pragma once
// Expected failures as values: configuration, stores, clients, parsers.
//
// Thread-safety: plain values.
// Cost: building an Error allocates; it never happens on a success
// path.

#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lift {

/// Why an operation failed. `code` is stable and machine-readable (`snake_case`), `message` is for
/// people and may hold internals, so it goes to logs and never to a client unasked.
struct Error {
  std::string code;
  std::string message;
};

template <class T = void>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(std::string_view code, std::string message) {
  return std::unexpected<Error>(Error{std::string(code), std::move(message)});
}

/// One broken rule of a configuration: which field, what it held, what it must hold.
struct Problem {
  std::string field;
  std::string value;
  std::string rule;
};

/// Everything wrong with a configuration, reported at once. Empty means valid.
class Problems {
 public:
  void add(std::string field, std::string value, std::string rule) {
    list_.push_back(Problem{std::move(field), std::move(value), std::move(rule)});
  }
  /// Takes over the problems of a nested options struct, each field prefixed by `prefix` and a dot.
  void add_all(std::string_view prefix, const Problems& nested);

  [[nodiscard]] bool empty() const noexcept { return list_.empty(); }
  [[nodiscard]] const std::vector<Problem>& list() const& noexcept { return list_; }
  [[nodiscard]] std::vector<Problem> list() && noexcept { return std::move(list_); }
  /// One line a problem: `field: value "x" must be …`.
  [[nodiscard]] std::string text() const;
  /// Success when empty, else an Error with code `bad_configuration` and text() as message.
  [[nodiscard]] Result<> as_result() const;

 private:
  std::vector<Problem> list_;
};

}  // namespace lift
