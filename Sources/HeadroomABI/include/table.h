#ifndef T
#define T
#endif
