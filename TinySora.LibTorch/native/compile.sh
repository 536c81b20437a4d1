#!/usr/bin/env bash
# Compiles what lies over libtorch: compile.sh shim|kernels FILE. The build and the GPU kit both go through here.
#
#   LIBTORCH    folder with include/ and lib/ of libtorch; empty: the compiler's own search paths, where Debian's libtorch-dev is
#   OLD_ABI     true: PyTorch's own wheels before 2.7 use the old string ABI; everything else the new one
#   PROCESSOR   the processors that it runs on; empty: this machine's
#   ONEDNN      true: the kernels use the oneDNN that is here; empty: where it is the one that the distribution's libtorch uses
set -eu
part=$1 file=$2
torch=${LIBTORCH:-}
sources=$(cd "$(dirname "$0")" && pwd)

# The folder of a distribution's PyTorch only refers to what the compiler finds by itself, and to that not whole.
if [ -n "$torch" ] && [ "$torch/lib/libtorch.so" -ef "$(g++ -print-file-name=libtorch.so)" ]; then torch=; fi

# From 2.14 on libtorch's headers want C++20; those of 1.13 do not compile as that.
standard=c++17
if grep -qs 202002L "${torch:-/usr}/include/ATen/ATen.h"; then standard=c++20; fi
compile=(g++ -std=$standard -O3 "-march=${PROCESSOR:-native}" -fno-math-errno -fno-trapping-math -Wno-psabi -Wno-stringop-overflow -fPIC -fvisibility=hidden)
link=(g++ -shared)
if [ "${OLD_ABI:-}" = true ]; then compile+=(-D_GLIBCXX_USE_CXX11_ABI=0); fi
if [ -n "$torch" ]; then
  compile+=("-I$torch/include" "-I$torch/include/torch/csrc/api/include")
  link+=("-L$torch/lib")
fi

objects=$file.objects
mkdir -p "$objects"
case $part in
  shim)
    # The run path is written into it, so that the libtorch it was compiled against is the one it loads.
    if [ -n "$torch" ]; then link+=("-Wl,-rpath,$torch/lib"); fi
    libraries=(-ltorch -ltorch_cpu -lc10)
    # CUDA kernels register themselves when their library is loaded; nothing refers to it, so the linker must keep it.
    cuda=$(if [ -n "$torch" ]; then echo "$torch/lib/libtorch_cuda.so"; else g++ -print-file-name=libtorch_cuda.so; fi)
    if [ -e "$cuda" ]; then libraries+=(-Wl,--no-as-needed -ltorch_cuda -lc10_cuda -Wl,--as-needed); fi
    "${compile[@]}" -c "$sources/shim.cpp" -o "$objects/shim.o"
    ;;
  kernels)
    # The library has no run path and names no OpenMP: libtorch is loaded before it, and with that the OpenMP whose threads libtorch's
    # operators use. All its symbols are bound when it is loaded, so that with another libtorch it fails there, and not in the middle of a step.
    link+=(-Wl,-z,now)
    libraries=(-ltorch_cpu -lc10)
    compile+=(-fopenmp)
    # A libtorch that brings its own oneDNN keeps it to itself.
    if [ -z "${ONEDNN:-}" ] && [ -z "$torch" ] && [ -e /usr/include/oneapi/dnnl/dnnl.hpp ]; then ONEDNN=true; fi
    if [ "${ONEDNN:-}" = true ]; then
      compile+=(-DTINYSORA_ONEDNN)
      libraries+=(-ldnnl)
    fi
    find "$sources" -name '*.cpp' ! -name shim.cpp -print0 | (cd "$objects" && xargs -0 -n 1 -P "$(nproc)" "${compile[@]}" -c)
    ;;
esac
"${link[@]}" "$objects"/*.o -o "$file" "${libraries[@]}"
rm -r "$objects"
