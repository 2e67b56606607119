#ifndef TSAOT_ABI_HPP
#define TSAOT_ABI_HPP
#include <cstddef>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace tsaot {

/* A failed call: the Python exception and its message; `what()` also tells where the program was. */
class Error : public std::runtime_error {
public:
    explicit Error(const ts_error &e) : std::runtime_error(describe(e)), status(e.code), type(e.type), message(e.message) {}
    ts_status status;
    std::string type, message;

private:
    static std::string describe(const ts_error &e) {
        std::string s = std::string(e.type) + ": " + e.message;
        for (std::size_t i = 0; i < e.frame_count; i++) {
            const ts_frame &f = *e.frames[i];
            s += std::string("\n  in ") + f.function + ", " + f.file + ":" + std::to_string(f.line);
        }
        return s;
    }
};

inline void check(ts_status status) {
    if (status != TS_OK) throw Error(*ts_last_error());
}

/* A tensor that a call handed out. Empty for None. */
class Tensor {
public:
    explicit Tensor(DLManagedTensorVersioned *owned = nullptr) : owned_(owned) {}
    Tensor(Tensor &&other) noexcept : owned_(other.release()) {}
    Tensor &operator=(Tensor &&other) noexcept {
        std::swap(owned_, other.owned_);
        return *this;
    }
    Tensor(const Tensor &) = delete;
    Tensor &operator=(const Tensor &) = delete;
    ~Tensor() {
        if (owned_ && owned_->deleter) owned_->deleter(owned_);
    }
    explicit operator bool() const { return owned_ != nullptr; }
    /* As the argument of another call. */
    operator const DLTensor *() const { return owned_ ? &owned_->dl_tensor : nullptr; }
    int ndim() const { return owned_->dl_tensor.ndim; }
    int64_t size(int dim) const { return owned_->dl_tensor.shape[dim]; }
    int64_t stride(int dim) const { return owned_->dl_tensor.strides[dim]; }
    template <class T> const T *data() const {
        return reinterpret_cast<const T *>(static_cast<const char *>(owned_->dl_tensor.data) + owned_->dl_tensor.byte_offset);
    }
    /* Gives up ownership: the caller calls the deleter. */
    DLManagedTensorVersioned *release() {
        DLManagedTensorVersioned *p = owned_;
        owned_ = nullptr;
        return p;
    }

private:
    DLManagedTensorVersioned *owned_;
};

namespace detail {
template <class T> struct Kind;
template <> struct Kind<float> { static const uint8_t code = 2; };
template <> struct Kind<double> { static const uint8_t code = 2; };
template <> struct Kind<int8_t> { static const uint8_t code = 0; };
template <> struct Kind<int16_t> { static const uint8_t code = 0; };
template <> struct Kind<int32_t> { static const uint8_t code = 0; };
template <> struct Kind<int64_t> { static const uint8_t code = 0; };
template <> struct Kind<uint8_t> { static const uint8_t code = 1; };
template <> struct Kind<bool> { static const uint8_t code = 6; };
} // namespace detail

/* The caller's row-major memory as an argument; it must outlive the call. */
class View {
public:
    template <class T>
    View(const T *data, std::vector<int64_t> shape) : shape_(std::move(shape)), dl_() {
        dl_.data = const_cast<T *>(data);
        dl_.device.device_type = kDLCPU;
        dl_.ndim = static_cast<int32_t>(shape_.size());
        dl_.dtype.code = detail::Kind<T>::code;
        dl_.dtype.bits = static_cast<uint8_t>(8 * sizeof(T));
        dl_.dtype.lanes = 1;
        dl_.shape = shape_.data();
    }
    View(const View &) = delete;
    View &operator=(const View &) = delete;
    operator const DLTensor *() const { return &dl_; }

private:
    std::vector<int64_t> shape_;
    DLTensor dl_;
};

/* A result with all that is in it. Empty for None. */
template <class T> class Block {
public:
    explicit Block(const T *owned = nullptr) : owned_(owned) {}
    Block(Block &&other) noexcept : owned_(other.owned_) { other.owned_ = nullptr; }
    Block &operator=(Block &&other) noexcept {
        std::swap(owned_, other.owned_);
        return *this;
    }
    Block(const Block &) = delete;
    Block &operator=(const Block &) = delete;
    ~Block() { ts_release(owned_); }
    explicit operator bool() const { return owned_ != nullptr; }
    const T &operator*() const { return *owned_; }
    const T *operator->() const { return owned_; }

private:
    const T *owned_;
};

/* Text for an argument; the string must outlive the call. */
inline ts_str str(const std::string &s) {
    ts_str r = {s.data(), s.size()};
    return r;
}
inline std::string text(const ts_str &s) { return s.len ? std::string(s.ptr, s.len) : std::string(); }

} // namespace tsaot
#endif
