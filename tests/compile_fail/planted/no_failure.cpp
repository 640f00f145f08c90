// expect-error: anything
#ifdef PERDURE_MUST_FAIL
static_assert(sizeof(int) != 0, "anything");
#endif
