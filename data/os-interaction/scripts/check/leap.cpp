// Passes when /opt/bin/leap ends as it should for these years, and prints nothing.
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include <sys/wait.h>

int main() {
  const std::vector<std::pair<int, int>> expected = {{2000, 0}, {1900, 1}, {2024, 0}, {2023, 1}, {2100, 1}, {1600, 0}};
  for (const auto &[year, status] : expected) {
    FILE *output = popen(("/opt/bin/leap " + std::to_string(year) + " 2>&1").c_str(), "r");
    if (output == nullptr) return 1;
    const bool is_silent = fgetc(output) == EOF;
    const int ended = pclose(output);
    if (!is_silent || !WIFEXITED(ended) || WEXITSTATUS(ended) != status) return 1;
  }
  return 0;
}
