#include "benchmarks/child.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <ctime>
#include <optional>
#include <utility>

namespace lift::bench {
namespace {

constexpr int kStartMillis = 5000;
constexpr std::string_view kAddress = "127.0.0.1:";

std::unexpected<Error> failed(std::string_view what) {
  return fail("bench_child", std::string(what) + ": " + std::strerror(errno));
}

/// The processors this program was started on, before any thread was bound.
const cpu_set_t& usable() {
  static const cpu_set_t kUsable = [] {
    cpu_set_t all;
    CPU_ZERO(&all);
    sched_getaffinity(0, sizeof all, &all);
    return all;
  }();
  return kUsable;
}

int first_usable() {
  int cpu = 0;
  while (cpu < CPU_SETSIZE - 1 && !CPU_ISSET(cpu, &usable())) ++cpu;
  return cpu;
}

/// Runs in the child after fork, so it makes system calls only.
[[noreturn]] void become(char** arguments, int input, int output, const cpu_set_t& processor) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // it must not outlive a bench that crashed
  sched_setaffinity(0, sizeof processor, &processor);
  dup2(input, STDIN_FILENO);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  execv(arguments[0], arguments);
  _exit(127);
}

/// The port behind the first address in `text` once its digits are all there.
std::optional<std::uint16_t> find_port(std::string_view text) {
  const std::size_t at = text.find(kAddress);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view digits = text.substr(at + kAddress.size());
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc() || end == digits.data() + digits.size()) return std::nullopt;
  return port;
}

void read_away(int output) {
  std::array<char, 65536> sink{};
  while (read(output, sink.data(), sink.size()) > 0) {
  }
}

}  // namespace

Result<Child> Child::start(std::vector<std::string> arguments, std::string_view input) {
  std::array<int, 2> in{};
  std::array<int, 2> out{};
  if (pipe2(in.data(), O_CLOEXEC) != 0 || pipe2(out.data(), O_CLOEXEC) != 0) return failed("pipe");
  std::vector<char*> words;
  for (std::string& argument : arguments) words.push_back(argument.data());
  words.push_back(nullptr);
  cpu_set_t processor;
  CPU_ZERO(&processor);
  CPU_SET(first_usable(), &processor);
  const pid_t pid = fork();
  if (pid == 0) become(words.data(), in[0], out[1], processor);
  const ssize_t written = input.empty() ? 0 : write(in[1], input.data(), input.size());
  for (const int fd : {in[0], in[1], out[1]}) close(fd);
  if (pid < 0 || written != static_cast<ssize_t>(input.size())) {
    close(out[0]);
    return failed("start of " + arguments[0]);
  }
  return Child(pid, out[0]);
}

Child::Child(Child&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      output_(std::exchange(other.output_, -1)),
      drain_(std::move(other.drain_)) {}

Child::~Child() {
  if (pid_ < 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  if (drain_.joinable()) drain_.join();
  close(output_);
}

Result<std::uint16_t> Child::port() {
  std::string text;
  std::array<char, 4096> piece{};
  pollfd readable{output_, POLLIN, 0};
  while (poll(&readable, 1, kStartMillis) == 1) {
    const ssize_t got = read(output_, piece.data(), piece.size());
    if (got <= 0) return fail("bench_child", "ended before it listened, having said: " + text);
    text.append(piece.data(), static_cast<std::size_t>(got));
    if (const auto port = find_port(text)) {
      drain_ = std::jthread([output = output_] { read_away(output); });
      return *port;
    }
  }
  return fail("bench_child", "did not say where it listens: " + text);
}

Duration Child::cpu() const {
  clockid_t clock{};
  timespec used{};
  if (clock_getcpuclockid(pid_, &clock) != 0 || clock_gettime(clock, &used) != 0) return {};
  return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

void keep_off_child_processor() {
  cpu_set_t rest = usable();
  CPU_CLR(first_usable(), &rest);
  if (CPU_COUNT(&rest) > 0) sched_setaffinity(0, sizeof rest, &rest);
}

}  // namespace lift::bench
