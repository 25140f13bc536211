// SPDX-License-Identifier: Apache-2.0
#include "cli/http_server.h"

#include <fmt/format.h>
#include <httplib.h>

#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <thread>

namespace gosnoop::cli {
namespace {

// A client holds a thread for as long as it asks, and no longer than this without reading.
constexpr int kClientsAtOnce = 32;
constexpr int kPatienceSeconds = 3;
constexpr int kKeepAliveSeconds = 2;

// Not SO_REUSEPORT, which the library would set: a second gosnoop would get every other client.
void set_socket_options(socket_t socket) {
  int yes = 1;
  ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
}

std::string with_port(const std::string& host, int port) {
  bool v6 = host.find(':') != std::string::npos;
  return v6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

tl::unexpected<Error> cannot_listen(const ListenAddress& address, int os_error) {
  const char* next = os_error == EADDRINUSE
                         ? "another program listens there; take another port: --listen 127.0.0.1:0"
                         : "give an address of this machine: --listen 127.0.0.1:9435";
  return fail(ErrorCode::kCannotListen,
              fmt::format("cannot listen on {}: {}", with_port(address.host, address.port),
                          os_error != 0 ? std::strerror(os_error) : "no such address"),
              next, os_error);
}

}  // namespace

std::optional<ListenAddress> parse_listen_address(const std::string& text) {
  auto colon = text.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  ListenAddress address{text.substr(0, colon), 0};
  const char* end = text.data() + text.size();
  auto parsed = std::from_chars(text.data() + colon + 1, end, address.port);
  constexpr int kMost = 65535;
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  if (address.port < 0 || address.port > kMost) return std::nullopt;
  std::string& host = address.host;
  if (host.empty()) host = "0.0.0.0";
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string::npos) {
    return std::nullopt;  // whose last part is the port cannot be told
  }
  if (host.empty()) return std::nullopt;
  return address;
}

struct HttpServer::Impl {
  httplib::Server server;
  std::thread thread;
  std::atomic<bool> over = false;  // the thread is at its end
  std::string address;

  void answer(const Handler& handler, const httplib::Request& request,
              httplib::Response& response) const {
    auto answer = handler(request.path);
    response.status = answer.status;
    response.set_header("Cache-Control", "no-store");
    response.set_header("X-Content-Type-Options", "nosniff");
    response.set_content(*answer.content, answer.content_type);
  }

  void configure(Handler handler) {
    server.set_socket_options(set_socket_options);
    server.new_task_queue = [] { return new httplib::ThreadPool(kClientsAtOnce); };
    server.set_read_timeout(kPatienceSeconds);
    server.set_write_timeout(kPatienceSeconds);
    server.set_keep_alive_timeout(kKeepAliveSeconds);
    server.set_payload_max_length(0);
    server.Get(".*", [this, handler = std::move(handler)](const auto& request, auto& response) {
      answer(handler, request, response);
    });
  }

  // The port; -1 with errno where it cannot be had.
  int take_port(const ListenAddress& to) {
    errno = 0;
    if (to.port == 0) return server.bind_to_any_port(to.host);
    return server.bind_to_port(to.host, to.port) ? to.port : -1;
  }
};

Result<HttpServer> HttpServer::bind(const ListenAddress& address, Handler handler) {
  auto impl = std::make_unique<Impl>();
  impl->configure(std::move(handler));
  int port = impl->take_port(address);
  if (port < 0) return cannot_listen(address, errno);
  impl->address = with_port(address.host, port);
  return HttpServer(std::move(impl));
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::HttpServer(HttpServer&&) noexcept = default;

HttpServer::~HttpServer() {
  if (!impl_ || !impl_->thread.joinable()) return;
  // stop() before it runs does nothing.
  while (!impl_->server.is_running() && !impl_->over) std::this_thread::yield();
  impl_->server.stop();
  impl_->thread.join();
}

void HttpServer::start() {
  impl_->thread = std::thread([impl = impl_.get()] {
    impl->server.listen_after_bind();
    impl->over = true;
  });
}

const std::string& HttpServer::address() const { return impl_->address; }

}  // namespace gosnoop::cli
