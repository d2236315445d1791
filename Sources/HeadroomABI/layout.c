#include "HeadroomABI.h"
