// expect-error: a number is needed, not 'text'
// expect-error-clang: no matching function for call to 'takes'
// expect-error-gcc: no matching function for call to 'takes
template <class T>
concept number = requires(T value) { value + 1; };

template <class T>
struct needs_number {
  static_assert(number<T>, "a number is needed, not \"text\"");
};

auto takes(number auto value) -> decltype(value) { return value; }

struct text {};

#ifdef PERDURE_MUST_FAIL
needs_number<text> const member{};
auto const result = takes(text{});
#else
needs_number<int> const member{};
auto const result = takes(1);
#endif
