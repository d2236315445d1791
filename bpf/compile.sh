#!/bin/sh
# compile.sh CLANG OBJCOPY BPF_DIR SOURCE.bpf.c OUTPUT.swift
#
# Compiles SOURCE with BPF_DIR's headers and writes a Swift file that carries the object
# as gzip in base64 in a string literal: read-only data of the binary, and quick to compile. Runs
# inside `swift build`; keep it POSIX sh.
set -eu
clang=$1 objcopy=$2 headers=$3 source=$4 output=$5
object=${output%.swift}.bpf.o

case $(uname -m) in
x86_64) arch=x86 ;;
aarch64) arch=arm64 ;;
*) echo "compile.sh: no BPF target for $(uname -m)" >&2; exit 1 ;;
esac
if ! [ -e /usr/include/bpf/bpf_helpers.h ]; then
	echo "compile.sh: /usr/include/bpf/bpf_helpers.h is missing: apt-get install libbpf-dev" >&2
	exit 1
fi

# Names of files are kept for the verifier's messages; not of the directory that this was built in, which would
# make another object of the same source.
"$clang" -g -O2 -mcpu=v3 -target bpf "-D__TARGET_ARCH_$arch" -Wall -Wextra -Werror \
	-Wno-unused-parameter "-ffile-prefix-map=${headers%/*}/=" "-ffile-prefix-map=$PWD=." -I"$headers" -idirafter "/usr/include/$(uname -m)-linux-gnu" \
	-c "$source" -o "$object"
"$objcopy" --strip-debug "$object" # keeps BTF, drops DWARF

{
	echo "/// The compiled ${source##*/}: gzip, base64."
	printf 'let embeddedObjectBase64: StaticString = "'
	gzip -9nc "$object" | base64 -w0
	echo '"'
} > "$output"
