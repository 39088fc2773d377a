// lift-dynamodb: makes and shows the tables of DynamoDB that Lift's stores use, and the policy that
// they need.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lift/app/command_line.h"
#include "lift/aws/dynamodb_access.h"
#include "lift/aws/ensure_table.h"
#include "lift/aws/region.h"
#include "lift/base/ascii.h"
#include "lift/base/json_writer.h"
#include "lift/net/loop_thread.h"

namespace {

using lift::Result;
using lift::Task;

/// The attribute by which items of both kinds expire.
constexpr std::string_view kExpiresBy = "x";

struct Arguments {
  std::string table;
  std::string kind;
  std::string account = "*";
  lift::DynamoDbAccessOptions access;
  lift::Duration wait = std::chrono::minutes(5);
};

struct Said {
  std::string text;     ///< for the standard output
  std::string warning;  ///< "" for none
};

std::string shown(bool created) { return created ? "created" : "was there"; }

Task<Result<Said>> create_table(lift::DynamoDb& db, const Arguments& arguments) {
  lift::EnsureTable wanted{.table = {.table = arguments.table, .partition = {.name = "pk"}},
                           .expires_by = std::string(kExpiresBy),
                           .patience = arguments.wait};
  if (arguments.kind == "items") wanted.table.sort = lift::KeyAttribute{.name = "sk"};
  Task<Result<lift::EnsuredTable>> ensuring = lift::ensure_table(db, wanted);
  const Result<lift::EnsuredTable> table = co_await ensuring;
  if (!table) co_return std::unexpected(table.error());
  Said said;
  said.text = "table " + arguments.table + " " + shown(table->created) + ", keys " +
              lift::keys_text(wanted.table.partition, wanted.table.sort);
  if (table->expires) {
    said.text.append(", items expire by ").append(kExpiresBy);
  } else {
    said.warning = "this engine knows no time to live: items of " + arguments.table +
                   " stay until they are deleted";
  }
  co_return said;
}

Task<Result<Said>> describe(lift::DynamoDb& db, const Arguments& arguments) {
  Task<Result<lift::TableDescription>> asking = db.describe_table(arguments.table);
  const Result<lift::TableDescription> table = co_await asking;
  if (!table) co_return std::unexpected(table.error());
  Task<Result<lift::TimeToLive>> asking_expiry = db.describe_time_to_live(arguments.table);
  const Result<lift::TimeToLive> expiry = co_await asking_expiry;
  if (!expiry && expiry.error().code != "unsupported") co_return std::unexpected(expiry.error());
  Said said;
  said.text = "table    " + table->name + "\nstatus   " + table->status + "\nkeys     " +
              (table->partition ? lift::keys_text(*table->partition, table->sort) : "unknown") +
              "\nbilling  " + (table->billing.empty() ? "PROVISIONED" : table->billing) +
              "\nexpiry   " +
              (!expiry                     ? "not known to this engine"
               : expiry->attribute.empty() ? expiry->status
                                           : expiry->status + " by " + expiry->attribute);
  for (const std::string& replica : table->replicas) said.text += "\nreplica  " + replica;
  co_return said;
}

std::string_view partition_of(std::string_view region) {
  if (region.starts_with("cn-")) return "aws-cn";
  if (region.starts_with("us-gov-")) return "aws-us-gov";
  return "aws";
}

/// What a limit's store asks for, and no more.
Result<std::string> policy(const Arguments& arguments) {
  const Result<std::string> region = arguments.access.region.empty()
                                         ? aws_region(lift::AwsEnvironment::process())
                                         : Result<std::string>(arguments.access.region);
  if (!region) return std::unexpected(region.error());
  std::string arn = "arn:";
  arn.append(partition_of(*region)).append(":dynamodb:").append(*region).append(":");
  arn.append(arguments.account).append(":table/").append(arguments.table);
  std::string out;
  lift::JsonWriter json(out);
  json.begin_object().member("Version", "2012-10-17").key("Statement").begin_array().begin_object();
  json.member("Sid", "LiftLimits").member("Effect", "Allow").key("Action").begin_array();
  json.value("dynamodb:GetItem").value("dynamodb:UpdateItem").value("dynamodb:DescribeTable");
  json.end_array().member("Resource", arn).end_object().end_array().end_object();
  return out;
}

Result<> check_kind(const Arguments& arguments) {
  if (!arguments.kind.empty()) return {};
  return lift::fail("bad_kind", "--kind is missing: limits (key pk) or items (keys pk and sk)");
}

Task<Result<Said>> with_access(lift::Loop& loop, const Arguments& arguments,
                               Task<Result<Said>> (*call)(lift::DynamoDb&, const Arguments&)) {
  auto access = lift::DynamoDbAccess::make(loop, lift::AwsEnvironment::process(), arguments.access);
  if (!access) co_return std::unexpected(std::move(access.error()));
  Task<Result<Said>> calling = call((*access)->db(), arguments);
  Result<Said> said = co_await calling;
  co_return said;
}

Result<Said> ask(const Arguments& arguments,
                 Task<Result<Said>> (*call)(lift::DynamoDb&, const Arguments&)) {
  lift::LoopThread thread("dynamodb");
  if (auto started = thread.start(); !started) return std::unexpected(std::move(started.error()));
  Result<Result<Said>> said =
      thread.run_sync([&] { return with_access(thread.loop(), arguments, call); });
  return said ? *std::move(said) : std::unexpected(std::move(said.error()));
}

struct Command {
  std::string_view name;
  std::string_view help;
  Result<Said> (*run)(const Arguments& arguments);
};

constexpr Command kCommands[] = {
    {"create-table", "makes the table, billed by request, unless it is there; waits for it",
     [](const Arguments& a) -> Result<Said> {
       if (auto kind = check_kind(a); !kind) return std::unexpected(std::move(kind.error()));
       return ask(a, &create_table);
     }},
    {"describe", "shows the table's status, keys, billing and expiry",
     [](const Arguments& a) { return ask(a, &describe); }},
    {"policy", "writes the IAM policy that a service needs for a limits table",
     [](const Arguments& a) -> Result<Said> {
       Result<std::string> text = policy(a);
       if (!text) return std::unexpected(std::move(text.error()));
       return Said{.text = *std::move(text), .warning = {}};
     }},
};

Result<> read_table(const std::string& value, std::string& keep) {
  if (!lift::is_table_name(value))
    return lift::fail("bad_table", "must be 3 to 255 letters, digits, '_', '-' or '.'");
  keep = value;
  return {};
}

Result<> read_kind(const std::string& value, std::string& keep) {
  if (value != "limits" && value != "items")
    return lift::fail("bad_kind", "must be limits or items");
  keep = value;
  return {};
}

Result<> read_account(const std::string& value, std::string& keep) {
  if (value.size() != 12 || !std::ranges::all_of(value, lift::ascii::is_digit))
    return lift::fail("bad_account", "must be 12 digits");
  keep = value;
  return {};
}

Result<> read_endpoint(const std::string& value, std::string& keep) {
  if (const auto url = lift::Url::parse(value); !url) return std::unexpected(url.error());
  keep = value;
  return {};
}

Result<> read_region(const std::string& value, std::string& keep) {
  const auto nothing = [](const std::string&) { return std::optional<std::string>(); };
  const lift::AwsEnvironment none{.variable = nothing, .read_file = {}};
  const auto url = lift::aws_endpoint(none, lift::kAwsDynamoDb, value);
  if (!url) return lift::fail("bad_region", "must be a region such as eu-west-1");
  keep = value;
  return {};
}

Result<> read_wait(const std::string& value, lift::Duration& keep) {
  const auto time = lift::parse_duration_ns(value);
  if (!time) return std::unexpected(time.error());
  if (lift::Duration(*time) > std::chrono::hours(1))
    return lift::fail("bad_wait", "must be 0 to 1h");
  keep = lift::Duration(*time);
  return {};
}

/// A flag whose value goes to `keep` by `read`.
template <class T>
lift::Flag flag(std::string name, std::string placeholder, std::string help,
                Result<> (*read)(const std::string&, T&), T& keep) {
  auto set = [read, &keep](const std::string& value) { return read(value, keep); };
  return {std::move(name), "", std::move(placeholder), std::move(help), std::move(set)};
}

std::vector<lift::Flag> flags_of(Arguments& a) {
  return {
      flag("--table", "NAME", "the table", &read_table, a.table),
      flag("--kind", "KIND", "limits: key pk; items: keys pk and sk", &read_kind, a.kind),
      flag("--endpoint", "URL", "the engine (the region's DynamoDB)", &read_endpoint,
           a.access.endpoint),
      flag("--region", "REGION", "AWS's (AWS_REGION, the profile's)", &read_region,
           a.access.region),
      flag("--wait", "TIME", "at most, until a table can be used (5m)", &read_wait, a.wait),
      flag("--account", "ID", "whose table a policy is for (any)", &read_account, a.account),
  };
}

std::string usage() {
  Arguments defaults;
  std::string out = lift::flags_help("lift-dynamodb COMMAND", flags_of(defaults)) + '\n';
  for (const Command& command : kCommands) {
    constexpr std::size_t kColumn = 26;
    std::string name(command.name);
    name.resize(kColumn, ' ');
    out.append("  ").append(name).append(command.help) += '\n';
  }
  return out;
}

int say(const std::string& why, int code) {
  std::fprintf(stderr, "lift-dynamodb: %s\n", why.c_str());
  return code;
}

int run(const Command& command, std::span<const std::string> words) {
  Arguments arguments;
  const auto no_environment = [](const char*) -> const char* { return nullptr; };
  const std::vector<lift::Flag> flags = flags_of(arguments);
  const lift::Problems problems = lift::parse_flags(flags, words, no_environment);
  if (!problems.empty()) return say(problems.text(), 2);
  if (arguments.table.empty()) return say("--table is missing", 2);
  const Result<Said> said = command.run(arguments);
  if (!said) {
    const lift::Error& error = said.error();
    return error.code == "bad_kind" ? say(error.message, 2)
                                    : say(error.code + ": " + error.message, EXIT_FAILURE);
  }
  if (!said->warning.empty()) (void)say("warning: " + said->warning, 0);
  std::printf("%s\n", said->text.c_str());
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return EXIT_SUCCESS;
  return say("cannot write to the standard output", EXIT_FAILURE);
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (std::ranges::find(words, "--help") != words.end()) {
    std::printf("%s", usage().c_str());
    return EXIT_SUCCESS;
  }
  if (words.empty()) return say("a command is missing\n" + usage(), 2);
  for (const Command& command : kCommands) {
    if (words.front() == command.name) return run(command, std::span(words).subspan(1));
  }
  return say("unknown command \"" + words.front() + "\"\n" + usage(), 2);
}
