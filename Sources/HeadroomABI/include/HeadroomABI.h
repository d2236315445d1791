/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel side writes, and what the agent shares with its readers. */
#ifndef HEADROOM_ABI_MODULE_H
#define HEADROOM_ABI_MODULE_H

#include "../../../bpf/abi.h"
#include "table.h"

#endif
