// SPDX-License-Identifier: Apache-2.0
#include "output/gzip.h"

#include <zlib.h>

#include <limits>
#include <stdexcept>

namespace gosnoop::output {
namespace {

constexpr int kGzipWindow = 15 + 16;  // zlib.h, deflateInit2: 16 asks for gzip's header
constexpr int kMemoryLevel = 8;       // zlib's default

class Deflate {
 public:
  Deflate() {
    if (deflateInit2(&stream_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindow, kMemoryLevel,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
      throw std::runtime_error("gzip: zlib does not begin");
    }
  }
  ~Deflate() { deflateEnd(&stream_); }
  Deflate(const Deflate&) = delete;
  Deflate& operator=(const Deflate&) = delete;

  std::string all(std::string_view data) {
    std::string out(deflateBound(&stream_, data.size()), '\0');
    if (out.size() > std::numeric_limits<uInt>::max()) throw std::runtime_error("gzip: too much");
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
    stream_.avail_in = static_cast<uInt>(data.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    if (deflate(&stream_, Z_FINISH) != Z_STREAM_END) throw std::runtime_error("gzip: no memory");
    out.resize(stream_.total_out);
    return out;
  }

 private:
  z_stream stream_ = {};
};

}  // namespace

std::string gzip(std::string_view data) { return Deflate().all(data); }

}  // namespace gosnoop::output
