#include <algorithm>
#include <string>

#include "lift/health/detail/health_page.h"
#include "lift/health/detail/health_text.h"

namespace lift::detail {
namespace {

// Of this page alone: its own style, nothing from elsewhere, no script.
constexpr std::string_view kPolicy =
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

constexpr std::string_view kHead = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="5"><title>)";

constexpr std::string_view kStyle = R"(</title><style>
:root{color-scheme:light dark;--pass:#1a7f37;--warn:#9a6700;--fail:#cf222e;--unknown:#6e7781;
--line:#8884}
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem}
h1{font-size:1.4rem;margin:0 0 .25rem}p{margin:.25rem 0}
table{border-collapse:collapse;width:100%;margin-top:1.5rem}
th,td{text-align:left;padding:.5rem .75rem .5rem 0;border-bottom:1px solid var(--line);
vertical-align:top}th{font-weight:600}td{font-variant-numeric:tabular-nums}
.s{display:inline-block;padding:0 .6rem;border-radius:1rem;color:#fff;font-weight:600}
.pass{background:var(--pass)}.warn{background:var(--warn)}.fail{background:var(--fail)}
.unknown{background:var(--unknown)}
.h{display:flex;gap:2px;height:1.4rem;align-items:end;min-width:9rem}
.h i{width:6px;height:100%;border-radius:1px}.h .fail{height:100%}.h .warn{height:75%}
.h .pass{height:50%}small{opacity:.75}
</style></head><body>
)";

void escape(std::string& out, std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
}

void badge(std::string& out, HealthStatus status) {
  out.append("<span class=\"s ").append(to_string(status)).append("\">");
  out.append(original_word(status)).append("</span>");
}

/// A bar a run, oldest first; told in words for those who cannot see it.
void strip(std::string& out, const CheckView& check) {
  std::size_t failed = 0;
  for (std::size_t i = 0; i < check.history_size; ++i) {
    if (check.history[i] == HealthStatus::fail) ++failed;
  }
  out.append("<div class=\"h\" role=\"img\" aria-label=\"").append(std::to_string(failed));
  out.append(" of the last ").append(std::to_string(check.history_size)).append(" runs failed\">");
  for (std::size_t i = 0; i < check.history_size; ++i) {
    out.append("<i class=\"").append(to_string(check.history[i])).append("\"></i>");
  }
  out += "</div>";
}

std::string seconds(Duration time) {
  const auto whole = std::chrono::round<std::chrono::seconds>(time).count();
  return std::to_string(std::max<std::int64_t>(whole, 0)) + " s";
}

void row(std::string& out, const CheckView& check, Instant now, HealthAudience audience) {
  out += "<tr><td><b>";
  escape(out, check.name);
  out.append("</b><br><small>").append(check.required ? "required" : "optional");
  if (check.gates != HealthGate::none) out.append(", gates ").append(to_string(check.gates));
  out += "</small></td><td>";
  badge(out, check.status);
  if (check.flapping) out += "<br><small>flapping</small>";
  if (check.overdue) out += "<br><small>has not returned</small>";
  if (check.circuit != CheckState::Circuit::closed) {
    out.append("<br><small>circuit ").append(to_string(check.circuit)).append("</small>");
  }
  out += "</td><td>";
  strip(out, check);
  out += "</td><td>";
  escape(out, check.last.code.empty() ? "–" : check.last.code);
  if (audience == HealthAudience::operators && !check.last.message.empty()) {
    out += "<br><small>";
    escape(out, check.last.message);
    out += "</small>";
  }
  out += "</td><td>";
  if (check.last_run) {
    out.append(seconds(now - *check.last_run)).append(" ago");
    out.append("<br><small>took ").append(milliseconds(check.took).text()).append("</small>");
  } else {
    out += "never";
  }
  out += "</td><td>";
  out.append("in ").append(seconds(check.next_run - now)).append("</td></tr>\n");
}

void standing(std::string& out, const Health& health, Instant now) {
  const Readiness readiness = health.readiness(now);
  out += readiness.ready() ? "<p>Ready for requests" : "<p>Not ready: ";
  out += to_string(readiness.reason);
  if (const auto held = health.in_maintenance(now)) {
    out += ", in maintenance: ";
    escape(out, held->reason);
  }
  if (const auto forced = health.forced(now)) {
    out += ", forced: ";
    escape(out, forced->reason);
  }
  out.append(". <small>As of ").append(Stamp(health, now).text()).append(".</small></p>\n");
}

}  // namespace

void fill_health_page(Response& response, const Health& health, Instant now,
                      HealthAudience audience) {
  const auto view = health.share();
  const std::string& service = health.telemetry().resource().service;
  std::string out(kHead);
  escape(out, service);
  out.append(kStyle).append("<h1>");
  escape(out, service);
  out += ' ';
  badge(out, health.status(now));
  out += "</h1>\n";
  standing(out, health, now);
  if (view->checks.empty()) {
    out += "<p>There are no checks.</p>\n";
  } else {
    out +=
        "<table><thead><tr><th>Check</th><th>Status</th><th>Last runs</th><th>Code</th>"
        "<th>Last run</th><th>Next run</th></tr></thead><tbody>\n";
    for (const auto& check : view->checks) row(out, *check, now, audience);
    out += "</tbody></table>\n";
  }
  out += "</body></html>\n";
  response.headers.set("content-type", "text/html; charset=utf-8");
  response.headers.set("content-security-policy", kPolicy);
  response.body.assign(std::move(out));
}

}  // namespace lift::detail
