// expect-error: anything
static_assert(sizeof(int) == 0, "anything");
#ifdef PERDURE_MUST_FAIL
#endif
