// SPDX-License-Identifier: Apache-2.0
#include "cli/http_server.h"

#include <fmt/format.h>
#include <microhttpd.h>
#include <netdb.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <string_view>
#include <utility>

#include "base/fd.h"
#include "output/gzip.h"

namespace gosnoop::cli {
namespace {

using Content = std::shared_ptr<const std::string>;

constexpr unsigned kPatienceSeconds = 3;  // with a client that neither asks nor reads
constexpr std::size_t kMostClients = 4096;
constexpr std::size_t kOwnFiles = 256;  // that are left to the rest of gosnoop
constexpr std::size_t kRequestBytes = 16 * 1024;
constexpr std::size_t kWorthCompressing = 1024;

std::string with_port(const std::string& host, int port) {
  bool v6 = host.find(':') != std::string::npos;
  return v6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

tl::unexpected<Error> cannot_listen(const ListenAddress& address, const std::string& why,
                                    int os_error) {
  const char* next = os_error == EADDRINUSE
                         ? "another program listens there; take another port: --listen 127.0.0.1:0"
                         : "give an address of this machine: --listen 127.0.0.1:9435";
  return fail(ErrorCode::kCannotListen,
              fmt::format("cannot listen on {}: {}", with_port(address.host, address.port), why),
              next, os_error);
}

struct AddressList {
  ~AddressList() { ::freeaddrinfo(first); }
  addrinfo* first = nullptr;
};

// None, with errno. Not SO_REUSEPORT: a second gosnoop would get every other client.
Fd listen_on(const addrinfo& to) {
  Fd fd(::socket(to.ai_family, to.ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, to.ai_protocol));
  const int yes = 1;
  if (!fd || ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) != 0 ||
      ::bind(fd.get(), to.ai_addr, to.ai_addrlen) != 0 || ::listen(fd.get(), SOMAXCONN) != 0) {
    return {};
  }
  return fd;
}

int port_of(const Fd& listener) {
  sockaddr_storage own{};
  socklen_t size = sizeof(own);
  ::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&own), &size);
  return own.ss_family == AF_INET6 ? ntohs(reinterpret_cast<sockaddr_in6&>(own).sin6_port)
                                   : ntohs(reinterpret_cast<sockaddr_in&>(own).sin_port);
}

// The socket that listens; `address` gets the port.
Result<Fd> take_port(ListenAddress& address) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_PASSIVE;
  AddressList found;
  if (::getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &wanted,
                    &found.first) != 0) {
    return cannot_listen(address, "no such address", 0);
  }
  for (const addrinfo* at = found.first; at != nullptr; at = at->ai_next) {
    if (Fd fd = listen_on(*at)) {
      address.port = port_of(fd);
      return fd;
    }
  }
  return cannot_listen(address, std::strerror(errno), errno);
}

// As many as files may be open, so that idle ones keep out nobody until their time is over.
std::size_t clients_at_once() {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur =
      std::max(files.rlim_cur, std::min<rlim_t>(files.rlim_max, kMostClients + kOwnFiles));
  ::setrlimit(RLIMIT_NOFILE, &files);  // never above what it may
  const std::size_t own = std::min<std::size_t>(kOwnFiles, files.rlim_cur / 2);
  return std::min<std::size_t>(kMostClients, files.rlim_cur - own);
}

// What a proxy asks for has the host before the path (RFC 9112, 3.2.2).
std::string path_of(std::string_view url) {
  constexpr std::string_view kScheme = "http://";
  if (url.starts_with(kScheme))
    url.remove_prefix(std::min(url.find('/', kScheme.size()), url.size()));
  return std::string(url);
}

bool takes_gzip(MHD_Connection* client) {
  const char* encodings =
      MHD_lookup_connection_value(client, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT_ENCODING);
  return encodings != nullptr && std::string_view(encodings).find("gzip") != std::string_view::npos;
}

void drop_content(void* content) { delete static_cast<Content*>(content); }

MHD_Response* response_of(const Content& content) {
  return MHD_create_response_from_buffer_with_free_callback_cls(
      content->size(), const_cast<char*>(content->data()), drop_content, new Content(content));
}

MHD_Result send(MHD_Connection* client, unsigned status, MHD_Response* response) {
  const MHD_Result result = MHD_queue_response(client, status, response);
  MHD_destroy_response(response);
  return result;
}

MHD_Result refuse_method(MHD_Connection* client) {
  MHD_Response* response =
      response_of(std::make_shared<const std::string>("there are GET and HEAD\n"));
  MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
  return send(client, MHD_HTTP_METHOD_NOT_ALLOWED, response);
}

MHD_Result send_answer(MHD_Connection* client, const HttpAnswer& answer) {
  const bool small = answer.content->size() < kWorthCompressing || !takes_gzip(client);
  MHD_Response* response = response_of(
      small ? answer.content : std::make_shared<const std::string>(output::gzip(*answer.content)));
  if (!small) MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_ENCODING, "gzip");
  MHD_add_response_header(response, MHD_HTTP_HEADER_VARY, "Accept-Encoding");
  MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, answer.content_type.c_str());
  MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
  MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
  return send(client, static_cast<unsigned>(answer.status), response);
}

// MHD_AccessHandlerCallback: called as the head of a request is there, and, for those that may go
// on, once more. A body is never waited for.
MHD_Result on_request(void* handler, MHD_Connection* client, const char* url, const char* method,
                      const char*, const char*, std::size_t*, void** seen) {
  const std::string_view asked = method;
  if (asked != MHD_HTTP_METHOD_GET && asked != MHD_HTTP_METHOD_HEAD) return refuse_method(client);
  if (*seen == nullptr) {
    *seen = handler;
    return MHD_YES;
  }
  return send_answer(client, (*static_cast<HttpServer::Handler*>(handler))(path_of(url)));
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
  ~Impl() {
    if (daemon != nullptr) MHD_stop_daemon(daemon);
  }

  Handler handler;
  std::string address;
  Fd listener;  // until the daemon has it
  MHD_Daemon* daemon = nullptr;
};

Result<HttpServer> HttpServer::bind(const ListenAddress& address, Handler handler) {
  ListenAddress where = address;
  TRY_ASSIGN(auto listener, take_port(where));
  auto impl = std::make_unique<Impl>();
  impl->handler = std::move(handler);
  impl->address = with_port(where.host, where.port);
  impl->listener = std::move(listener);
  return HttpServer(std::move(impl));
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::HttpServer(HttpServer&&) noexcept = default;
HttpServer::~HttpServer() = default;

Result<void> HttpServer::start() {
  impl_->daemon =
      MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, 0, nullptr, nullptr, on_request,
                       &impl_->handler, MHD_OPTION_LISTEN_SOCKET, impl_->listener.get(),       //
                       MHD_OPTION_CONNECTION_TIMEOUT, kPatienceSeconds,                        //
                       MHD_OPTION_CONNECTION_LIMIT, static_cast<unsigned>(clients_at_once()),  //
                       MHD_OPTION_CONNECTION_MEMORY_LIMIT, kRequestBytes, MHD_OPTION_END);
  if (impl_->daemon == nullptr) {
    return fail(ErrorCode::kInternal, "the web server could not be started",
                "free some file descriptors and memory, or report this");
  }
  impl_->listener.release();
  return {};
}

const std::string& HttpServer::address() const { return impl_->address; }

}  // namespace gosnoop::cli
