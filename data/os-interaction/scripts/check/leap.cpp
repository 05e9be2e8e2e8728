// Passes when /opt/bin/leap ends as it should for these years.
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include <sys/wait.h>

int main() {
  const std::vector<std::pair<int, int>> expected = {{2000, 0}, {1900, 1}, {2024, 0}, {2023, 1}, {2100, 1}, {1600, 0}};
  for (const auto &[year, status] : expected) {
    const int ended = std::system(("/opt/bin/leap " + std::to_string(year)).c_str());
    if (!WIFEXITED(ended) || WEXITSTATUS(ended) != status) return 1;
  }
  return 0;
}
