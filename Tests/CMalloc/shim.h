// What Glibc's own module leaves out: how much is allocated.
#include <malloc.h>
