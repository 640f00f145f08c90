// expect-error: words that stand only in the source: misleading
#ifdef PERDURE_MUST_FAIL
static_assert(sizeof(int) == 0, "other words"); // words that stand only in the source: misleading
#endif
