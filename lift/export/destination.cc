#include "lift/export/destination.h"

namespace lift {

Destination::~Destination() = default;

}  // namespace lift
