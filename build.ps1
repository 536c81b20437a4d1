#!/usr/bin/env pwsh
# Starts the build program (build/), which holds all build logic: ./build.ps1 [build|test|pack|demo|bench|gpu|learn|torture|fuzz|soak|simulate|clean]
$ErrorActionPreference = 'Stop'
Push-Location $PSScriptRoot
try {
  if (-not (Get-Command dotnet -ErrorAction Ignore)) {
    throw 'The .NET SDK 10 or later is missing; see https://dotnet.microsoft.com/download'
  }
  $env:DOTNET_CLI_TELEMETRY_OPTOUT = $env:DOTNET_NOLOGO = '1'
  dotnet build build/Build.csproj -c Release -v q -nologo
  if ($LASTEXITCODE -eq 0) { dotnet artifacts/build/bin/Build/release/Build.dll @args }
  exit $LASTEXITCODE
}
finally {
  Pop-Location
}
