#!/usr/bin/env bash
# Compiles the kernels: compile.sh FILE [linux|windows]. What depends on the processor is compiled once for each class of them.
set -eu
file=$1 system=${2:-linux}
sources=$(cd "$(dirname "$0")" && pwd)
compile=(g++ -std=c++17 -O3 -fno-math-errno -fno-trapping-math -fopenmp-simd -Wall -Wno-psabi -Wno-stringop-overflow -Wno-uninitialized -Wno-maybe-uninitialized -fPIC -fvisibility=hidden)
link=(g++ -shared -static-libgcc -static-libstdc++ -Wl,--exclude-libs,ALL -s)
if [ "$system" = windows ]; then
  compile[0]=x86_64-w64-mingw32-g++ link=(x86_64-w64-mingw32-g++ -shared -static)
fi

objects=$file.objects
mkdir -p "$objects"
{
  echo "-c $sources/choose.cpp -o $objects/choose.o"
  # Of a function of the C++ library that several classes have, the linker keeps the first: that of the class that any processor can run comes first.
  while read -r number name flags; do
    for source in "$sources"/*.cpp; do
      if [ "$(basename "$source")" = choose.cpp ]; then continue; fi
      echo "-DVARIANT=$name $flags -c $source -o $objects/$number-$name-$(basename "$source" .cpp).o"
    done
  done <<'CLASSES'
1 avx2 -march=x86-64-v3
2 avx512 -march=x86-64-v4
3 avx512_bf16 -march=x86-64-v4 -mavx512bf16
CLASSES
} | xargs -P "$(nproc)" -L 1 "${compile[@]}"
"${link[@]}" "$objects"/choose.o "$objects"/[0-9]*.o -o "$file"
rm -r "$objects"
