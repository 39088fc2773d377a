// A project of its own: what it includes and links comes from the installed package.
#include <cstdio>

#include "lift/http/target.h"

int main() {
  lift::Target target;
  if (!target.parse("/hello/world?x=1") || target.path() != "/hello/world") return 1;
  std::puts("the installed package works");
  return 0;
}
