// The C++ binding of counter.py and kinds.py: instances copy and free themselves, failures are exceptions.
#include <cstdio>
#include <cstring>

#include "counter.hpp"
#include "kinds.hpp"

static int failures;
#define CHECK(condition) ((condition) ? (void)0 : (void)(std::printf("line %d: %s\n", __LINE__, #condition), failures++))

int main() {
    const float data[] = {1, 2};
    tsaot::View x(data, {2});
    tsaot::counter::counter a, b;
    CHECK(a.forward(x) == 1 && a.forward(x) == 2 && b.forward(x) == 1);
    tsaot::counter::counter c = a;
    CHECK(c.forward(x) == 3 && a.get_count() == 2);
    tsaot::Tensor mean = c.mean();
    CHECK(mean && mean.ndim() == 1 && mean.size(0) == 2 && mean.data<float>()[1] == 2);
    float out[2] = {0, 0};
    c.mean_into(tsaot::View(out, {2}));
    CHECK(out[0] == 1 && out[1] == 2);
    try {
        c.mean_into(tsaot::View(out, {1}));
        CHECK(false);
    } catch (const tsaot::Error &e) {
        CHECK(e.status == TS_ARGUMENT_ERROR && e.message.find("size [2]") != std::string::npos);
    }
    b = c;
    CHECK(b.get_count() == 3);
    CHECK(b.get_sum().data<float>()[1] == 6);

    tsaot::counter::Stack s(1);
    CHECK(s.push(5) && !s.push(6) && s.top() == 5);
    CHECK(s.get_items()->len == 2 && s.get_items()->ptr[1] == 5);

    CHECK(tsaot::kinds::add(40, 2) == 42);
    try {
        tsaot::kinds::check(-1);
        CHECK(false);
    } catch (const tsaot::Error &e) {
        CHECK(e.type == "ValueError" && std::strstr(e.what(), "kinds.py"));
    }
    std::printf(failures ? "%d failures\n" : "all as expected\n", failures);
    return failures != 0;
}
