#!/usr/bin/env bash
# Tests and measures TinySora on this machine's GPU, or where there is none on its processor, and writes gpu-report.md beside this file.
#
#   bash run.sh [compile] [tests] [memory] [bench] [compiled]      without words: all of them, in this order
#
# compile: the libraries over libtorch, for this processor and this PyTorch. tests: tensors, models, training, generation, continuing.
# memory: planned beside measured. bench: beside PyTorch; compiled: beside torch.compile, too, which takes minutes a network.
# It needs python3 with PyTorch, the headers that go with it, and g++; .NET is in this folder. On Debian:
# apt-get install g++ python3-torch libtorch-dev (python3-torch recommends the last, so that apt-get brings it unless told not to).
set -eu
cd "$(dirname "$0")"
here=$PWD
parts=${*:-compile tests memory bench compiled}
mkdir -p results
failed=0

if [ ! -e dotnet ]; then tar -xzf dotnet.tar.gz; fi
export DOTNET_ROOT=$here/dotnet DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
export TINYSORA_DEVICE=auto TINYSORA_PYTHON=python3

# A file of the report: its heading first.
section() { printf '## %s\n\n' "$2" > "results/$1.md"; }

mapfile -t torch < <(python3 -c '
import os, torch
print(os.path.dirname(torch.__file__))
print("false" if torch.compiled_with_cxx11_abi() else "true")
print(torch.__version__, "with CUDA " + torch.version.cuda if torch.version.cuda else "without CUDA")
print(torch.cuda.get_device_name() if torch.cuda.is_available() else "")')
if [ "${#torch[@]}" -lt 4 ]; then
  echo "run.sh: python3 has no PyTorch here." >&2
  exit 1
fi
gpu=${torch[3]}

compile() {
  LIBTORCH=${torch[0]} OLD_ABI=${torch[1]}
  if [ ! -e "$LIBTORCH/include/ATen/ATen.h" ] || [ ! -e "$LIBTORCH/lib/libtorch.so" ]; then LIBTORCH= OLD_ABI=; fi
  if [ -z "$LIBTORCH" ] && [ ! -e /usr/include/ATen/ATen.h ]; then
    echo "run.sh: the headers of this PyTorch are missing: apt-get install libtorch-dev" >&2
    exit 1
  fi
  if ! command -v g++ > /dev/null; then
    echo "run.sh: g++ is missing: apt-get install g++" >&2
    exit 1
  fi
  export LIBTORCH OLD_ABI
  echo "Compiling against ${LIBTORCH:-the libtorch in /usr/include} ..."
  bash native/compile.sh shim programs/libtinysora_torch.so
  bash native/compile.sh kernels programs/libtinysora_kernels.so
  cp programs/libtinysora_*.so TinySora/
}

tests() {
  section 2-tests "Tests"
  printf '| | passed, failed, left out |\n|---|---|\n' >> results/2-tests.md
  local name log
  for name in TinySora.LibTorch.Tests TinySora.Engine.Tests; do
    log=results/$name.log
    # Of the engine's tests those that are there to run on either.
    if [ $name = TinySora.Engine.Tests ]; then set -- -namespace TinySora.Engine.Tests.Gpu; else set --; fi
    programs/$name "$@" -noColor > "$log" 2>&1 && grep -q 'Total: [1-9]' "$log" || failed=1
    printf '| %s | %s |\n' "$name $*" "$(grep -o 'Total: .*' "$log" | tail -n 1 || true)" >> results/2-tests.md
    grep -E '\[(FAIL|SKIP)\]' "$log" | sed 's/^ */    /' > "$log.short" || true
    if [ -s "$log.short" ]; then printf '\n%s\n\n' "$(cat "$log.short")" >> results/2-tests.md; fi
    rm "$log.short"
    tail -n 3 "$log"
  done
}

memory() {
  section 3-memory "Memory and speed of training, measured by Measure-TinySoraModel"
  local config
  { echo '```'
    for config in default shapes-small; do
      ./tinysora Measure-TinySoraModel -Config $config -Device auto -Steps 5 '|' Format-List || failed=1
    done
    echo '```'; } >> results/3-memory.md 2>&1
}

measure() {
  section "$1" "$2"
  programs/TinySora.Benchmarks device "$3" >> "results/$1.md" || failed=1
}

for part in $parts; do
  case $part in
    compile | tests | memory) $part ;;
    bench) measure 4-bench "Beside PyTorch" eager ;;
    compiled) measure 5-compiled "Beside PyTorch, compiled" compiled ;;
    *) echo "run.sh: there is no part '$part'" >&2; exit 2 ;;
  esac
done

{
  echo "# TinySora on ${gpu:-a processor}"
  echo
  if [ -z "$gpu" ]; then printf '**This machine has no GPU that PyTorch sees: all that follows is of its processor.**\n\n'; fi
  section 1-machine "Machine"
  {
    echo "- $(date -u +'%Y-%m-%d %H:%M') UTC, $(uname -srm)"
    echo "- processor:$(grep -m 1 'model name' /proc/cpuinfo | cut -d: -f2), $(nproc) cores"
    if [ -n "$gpu" ]; then echo "- GPU: $(nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader)"; fi
    echo "- PyTorch ${torch[2]}, $(python3 --version), $(g++ --version | head -n 1)"
    echo "- $(./tinysora Get-TinySoraDevice '|' Select-Object Flavor, LibTorchVersion, Kernels, Threads '|' ConvertTo-Json | tr -d '\n ')"
    echo
  } >> results/1-machine.md
  for file in results/?-*.md; do cat "$file"; echo; done
} > gpu-report.md
echo "Report: $here/gpu-report.md"
exit $failed
