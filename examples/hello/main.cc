#include <lift/lift.h>

int main(int argc, char** argv) {
  lift::App app{lift::options_from(argc, argv)};
  app.get("/hello/{name}",
          [](lift::Context& ctx) { return lift::text("Hello, ", ctx.param("name")); });
  return app.serve();
}
