#pragma once
// The payments service: its routes over a store. Every route is a tenant's own.
//
//   POST /payments                 create; once only under an Idempotency-Key, and only what
//                                  the card network authorizes, if there is one
//   GET  /payments?limit=&cursor=  newest first, by pages
//   GET  /payments/{id}            one
//   POST /payments/{id}/refunds    pay back, in parts or whole

#include <memory>

#include "cards.h"
#include "lift/app/app.h"
#include "store.h"

namespace payments {

/// Adds the routes to `app`; store and cards live as long as it.
void add_routes(lift::App& app, std::shared_ptr<Store> store, std::shared_ptr<Cards> cards);

}  // namespace payments
