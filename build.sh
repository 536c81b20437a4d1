#!/usr/bin/env bash
# Starts the build program (build/), which holds all build logic: bash build.sh [build|test|pack|demo|bench|gpu|learn|torture|fuzz|soak|simulate|clean]
set -eu
cd "$(dirname "$0")"
if ! command -v dotnet >/dev/null; then
  echo "build: the .NET SDK 10 or later is missing; see https://dotnet.microsoft.com/download" >&2
  exit 1
fi
# Without ICU, the SDK exits unless globalization is invariant. Nothing in the build depends on a culture.
dotnet --version >/dev/null 2>&1 || export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
dotnet build build/Build.csproj -c Release -v q -nologo
exec dotnet artifacts/build/bin/Build/release/Build.dll "$@"
