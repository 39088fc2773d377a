#pragma once
// Writes JSON onto the end of a string: error bodies, log lines, health answers.
//
//   JsonWriter json(out);
//   json.begin_object().member("id",
//   7).key("tags").begin_array().value("a").value("b").end_array().end_object();
//
// Commas are its own business; that begins and ends match is the caller's. Strings are escaped;
// bytes that are not UTF-8 become U+FFFD. NaN and infinities, which JSON lacks, become null.
// Doubles are written with the fewest digits that read back as the same number.
// Thread-safety: none.
// Cost: about 20 ns a member; allocates only when the string grows.

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace lift {

class JsonWriter {
 public:
  /// `out` must outlive the writer.
  explicit JsonWriter(std::string& out) noexcept : out_(out) {}

  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }
  JsonWriter& key(std::string_view name);

  template <std::convertible_to<std::string_view> Text>
  JsonWriter& value(const Text& text) {
    return write_string(text);
  }
  template <std::signed_integral Int>
  JsonWriter& value(Int number) {
    return write_int(number);
  }
  template <std::unsigned_integral Uint>
    requires(!std::same_as<Uint, bool>)
  JsonWriter& value(Uint number) {
    return write_uint(number);
  }
  template <std::same_as<bool> Bool>
  JsonWriter& value(Bool truth) {
    return raw(truth ? "true" : "false");
  }
  template <std::floating_point Float>
  JsonWriter& value(Float number) {
    return write_double(static_cast<double>(number));
  }
  JsonWriter& null() { return raw("null"); }
  /// A whole value that is already JSON.
  JsonWriter& raw(std::string_view json);

  /// key() and value() in one.
  template <class T>
  JsonWriter& member(std::string_view name, const T& v) {
    return key(name).value(v);
  }

 private:
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  JsonWriter& write_string(std::string_view text);
  JsonWriter& write_int(std::int64_t number);
  JsonWriter& write_uint(std::uint64_t number);
  JsonWriter& write_double(double number);
  void separate();

  std::string& out_;
  bool comma_ = false;  // whether the next key or value follows another
};

}  // namespace lift
