// SPDX-License-Identifier: Apache-2.0
// A web server for pages that are there already. Only this file's .cpp sees the HTTP library.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"

namespace gosnoop::cli {

struct HttpAnswer {
  int status = 200;
  std::string content_type;
  std::shared_ptr<const std::string> content;
};

struct ListenAddress {
  std::string host;  // "127.0.0.1", "::1", "localhost"; "0.0.0.0" and "::": every one
  int port = 0;      // 0: any that is free
};

// "127.0.0.1:9435", "[::1]:9435", ":9435" (every IPv4 address). Nothing where it is none of these.
std::optional<ListenAddress> parse_listen_address(const std::string& text);

// Answers in a thread of its own, so that no client keeps another waiting; one that does not read
// or ask is dropped after some seconds. GET and HEAD.
class HttpServer {
 public:
  // Called for each request, in the server's thread, with the path. Must neither block nor throw.
  using Handler = std::function<HttpAnswer(const std::string& path)>;

  // Takes the port; clients wait until start(). An Error (kCannotListen) where it cannot be had.
  static Result<HttpServer> bind(const ListenAddress& address, Handler handler);

  HttpServer(HttpServer&&) noexcept;
  // Takes leave of the clients at once.
  ~HttpServer();

  Result<void> start();
  // "127.0.0.1:9435"
  const std::string& address() const;

 private:
  struct Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace gosnoop::cli
