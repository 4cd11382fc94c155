// Findings: recorded once per kind and source line, written as one JSON object per line.
#include <cstdarg>
#include <cstdio>
#include <cstring>

#include <fstream>
#include <tuple>

#include "machine.hpp"

namespace ttsim {

Machine machine;

namespace {

struct Finding {
    std::string kind, core, kernel, file, message, extra;
    int line = 0;
    uint64_t count = 1;
};
std::vector<Finding> findings;
std::map<std::tuple<std::string, std::string, std::string, int>, std::size_t> known;
constexpr std::size_t most_findings = 200;

}  // namespace

std::string text(const char* format, ...) {
    char line[2048];
    va_list arguments;
    va_start(arguments, format);
    std::vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    return line;
}

std::string core_text(const Core& core) {
    return text("(%u,%u)", core.x, core.y);
}

const char* file_of(Where at) {
    if (at.file == nullptr) return "";
    const char* slash = std::strrchr(at.file, '/');
    return slash == nullptr ? at.file : slash + 1;
}

std::string quoted(const std::string& value) {
    std::string result = "\"";
    for (const char letter : value) {
        if (letter == '"' || letter == '\\') result += '\\';
        if (static_cast<unsigned char>(letter) < 0x20)
            result += text("\\u%04x", letter);
        else
            result += letter;
    }
    return result + "\"";
}

void report_for(const Fiber* fiber, const char* kind, const std::string& message, Where at,
                const std::string& extra) {
    Finding finding;
    finding.kind = kind;
    finding.message = message;
    finding.extra = extra;
    finding.line = at.line;
    finding.file = file_of(at);
    if (fiber != nullptr) {
        finding.kernel = fiber->kernel->name;
        finding.core = text("[%u,%u]", fiber->core->x, fiber->core->y);
    }
    const std::string subject = finding.line == 0 ? finding.message : "";
    auto [entry, fresh] = known.try_emplace(
        {finding.kind, finding.kernel, finding.file + subject, finding.line}, findings.size());
    if (!fresh) {
        if (entry->second < findings.size()) ++findings[entry->second].count;
        return;
    }
    if (findings.size() < most_findings) findings.push_back(finding);
}

void report(const char* kind, const std::string& message, Where at) {
    report_for(machine.current, kind, message, at);
}

void fail(const char* kind, const std::string& message, Where at) {
    report(kind, message, at);
    machine.stopped = true;
    switch_out();
    __builtin_unreachable();
}

void write_diagnostics() {
    std::ofstream out(machine.directory + "/diagnostics.jsonl");
    for (const Finding& finding : findings) {
        out << "{\"kind\": " << quoted(finding.kind)
            << ", \"core\": " << (finding.core.empty() ? "null" : finding.core)
            << ", \"kernel\": " << (finding.kernel.empty() ? "null" : quoted(finding.kernel))
            << ", \"file\": " << (finding.file.empty() ? "null" : quoted(finding.file))
            << ", \"line\": " << (finding.line == 0 ? "null" : std::to_string(finding.line))
            << ", \"message\": " << quoted(finding.message) << ", \"count\": " << finding.count;
        if (!finding.extra.empty()) out << ", " << finding.extra;
        out << "}\n";
    }
}

}  // namespace ttsim
