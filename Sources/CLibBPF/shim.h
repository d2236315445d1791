#pragma once

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

/* linux/btf.h declares these in two ways that Swift cannot tell apart. */
static const unsigned int headroomStructKind = BTF_KIND_STRUCT;
static const unsigned int headroomTypedefKind = BTF_KIND_TYPEDEF;
static const unsigned int headroomFunctionKind = BTF_KIND_FUNC;
static const unsigned int headroomIntegerKind = BTF_KIND_INT;
static const unsigned int headroomEnumKind = BTF_KIND_ENUM;
static const unsigned int headroomArrayKind = BTF_KIND_ARRAY;
