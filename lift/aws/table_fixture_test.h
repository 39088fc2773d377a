#pragma once
// Items of two types for the tests of typed tables.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lift/aws/table.h"

namespace lift::test {

/// With a version and an expiry, under one partition a tenant.
struct Payment {
  std::string id;
  std::int64_t amount = 0;
  std::optional<std::string> note;
  std::int64_t version = 0;
  std::optional<std::int64_t> expires_at;

  friend bool operator==(const Payment&, const Payment&) = default;
  static void describe(Fields<Payment>& f) {
    f.field("id", &Payment::id);
    f.field("amount", &Payment::amount).min(0);
    f.field("note", &Payment::note).max_length(5);
    f.field("version", &Payment::version);
    f.field("expires_at", &Payment::expires_at);
  }
  static TableSchema<Payment> schema(std::string table) {
    TableSchema<Payment> out(std::move(table), "payment");
    out.sort(&Payment::id).version(&Payment::version).expires(&Payment::expires_at);
    return out;
  }
};

struct Place {
  std::string room;
  bool outside = false;
  friend bool operator==(const Place&, const Place&) = default;
  static void describe(Fields<Place>& f) {
    f.field("room", &Place::room);
    f.field("outside", &Place::outside);
  }
};

/// Of every type that a description knows, by day and number.
struct Reading {
  std::string day;
  std::int32_t number = 0;
  double value = 0;
  std::uint64_t large = 0;
  Place place;
  std::vector<std::optional<double>> series;
  std::optional<Place> other;

  friend bool operator==(const Reading&, const Reading&) = default;
  static void describe(Fields<Reading>& f) {
    f.field("day", &Reading::day);
    f.field("number", &Reading::number);
    f.field("value", &Reading::value);
    f.field("large", &Reading::large);
    f.field("place", &Reading::place);
    f.field("series", &Reading::series);
    f.field("other", &Reading::other);
  }
  static TableSchema<Reading> schema(std::string table) {
    TableSchema<Reading> out(std::move(table), "reading");
    out.partition(&Reading::day).sort(&Reading::number);
    return out;
  }
};

}  // namespace lift::test
