#!/usr/bin/env bash
# Compiles the kernels: compile.sh FILE [linux|windows]. Code that depends on the processor is compiled once for each class of processors.
set -eu
file=$1 system=${2:-linux}
sources=$(cd "$(dirname "$0")" && pwd)
common=(-std=c++17 -O3 -fno-math-errno -fno-trapping-math -fopenmp-simd -Wall)
if [ "$system" = windows ]; then
  # On Windows, GCC does not align the stack for AVX. So clang compiles, and GCC only links and provides the C++ library (the posix variant, which
  # supports threads). GCC's linker misplaces clang's thread-local memory, hence -femulated-tls. It also warns that classes of the C++ library's
  # exceptions differ in size from clang's, which is harmless.
  gcc=x86_64-w64-mingw32-g++-posix
  headers=$(dirname "$("$gcc" -print-libgcc-file-name)")/include/c++
  compile=(clang++ --target=x86_64-w64-mingw32 -femulated-tls -isystem "$headers" -isystem "$headers/x86_64-w64-mingw32" "${common[@]}" -Wno-pass-failed)
  link=("$gcc" -shared -static -s)
else
  compile=(g++ "${common[@]}" -Wno-psabi -Wno-stringop-overflow -Wno-uninitialized -Wno-maybe-uninitialized -fPIC -fvisibility=hidden)
  link=(g++ -shared -static-libgcc -static-libstdc++ -Wl,--exclude-libs,ALL,-z,defs -s)
fi

on_tiles="attention kernel_table linear" # the only files that are compiled for AMX: kernels that multiply pairs of bfloat16 values
once="dispatch module_patch replay tensor_allocator" # files that do not depend on the processor
objects=$file.objects
mkdir -p "$objects"
{
  for source in $once; do echo "-c \"$sources/$source.cpp\" -o \"$objects/$source.o\""; done
  # If several classes contain a function of the C++ library, the linker keeps the first copy. So the class that every supported processor can run comes first.
  while read -r number name flags; do
    for source in "$sources"/*.cpp; do
      name_of_source=$(basename "$source" .cpp)
      case " $once " in *" $name_of_source "*) continue ;; esac
      case "$name $on_tiles " in amx*" $name_of_source "* | avx*) ;; *) continue ;; esac
      echo "-DVARIANT=$name $flags -c \"$source\" -o \"$objects/$number-$name-$name_of_source.o\""
    done
  done <<'CLASSES'
1 avx2 -march=x86-64-v3
2 avx512 -march=x86-64-v4
3 avx512_bf16 -march=x86-64-v4 -mavx512bf16
4 amx -march=x86-64-v4 -mavx512bf16 -mamx-tile -mamx-bf16 -DTILES
CLASSES
} | xargs -P "$(nproc)" -L 1 "${compile[@]}"
"${link[@]}" "$objects"/[a-z]*.o "$objects"/[0-9]*.o -o "$file" 2> >(grep -v "duplicate section .* has different size" >&2)
rm -r "$objects"
