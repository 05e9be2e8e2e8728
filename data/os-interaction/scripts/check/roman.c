/* Passes when /opt/bin/roman is right for these numbers. */
#include <stdio.h>
#include <string.h>

struct pair {
  int number;
  const char *roman;
};

static const struct pair pairs[] = {
    {1, "I"},       {4, "IV"},       {9, "IX"},          {14, "XIV"},        {40, "XL"},
    {90, "XC"},     {400, "CD"},     {944, "CMXLIV"},    {1666, "MDCLXVI"},  {2019, "MMXIX"},
    {3888, "MMMDCCCLXXXVIII"},       {3999, "MMMCMXCIX"},
};

static int is_right(struct pair pair) {
  char command[64], line[64] = "";
  snprintf(command, sizeof command, "/opt/bin/roman %d", pair.number);
  FILE *output = popen(command, "r");
  if (!output) return 0;
  if (!fgets(line, sizeof line, output)) line[0] = '\0';
  if (pclose(output) != 0) return 0;
  line[strcspn(line, "\r\n")] = '\0';
  return strcmp(line, pair.roman) == 0;
}

int main(void) {
  for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
    if (!is_right(pairs[i])) return 1;
  return 0;
}
