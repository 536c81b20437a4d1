# Dot-sourced by every test file. Imports the built module, or the one at TINYSORA_MODULE_PATH.
$ErrorActionPreference = 'Stop'
$PSStyle.OutputRendering = 'PlainText'
$modulePath = $env:TINYSORA_MODULE_PATH ? $env:TINYSORA_MODULE_PATH : (Join-Path $PSScriptRoot ../../out/TinySora)
$module = Join-Path (Resolve-Path -LiteralPath $modulePath).ProviderPath TinySora.psd1
Import-Module $module
$pwsh = (Get-Process -Id $PID).Path

# A model that trains in a second.
$tinyConfig = @'
training_data_dir: ./data
model:
  dim: 8
  dim_mults: [1, 2]
  init_kernel_size: 3
  attn_heads: 2
  attn_dim_head: 8
  text_encoder: learned
  cond_dim: 16
diffusion:
  height: 16
  frames: 2
  timesteps: 10
  sampler: ddim
  sampling_steps: 2
trainer:
  train_batch_size: 2
  train_num_steps: 3
  save_model_every: 100
  seed: 1
'@

# Creates clips in ./data, a configuration tiny.yaml and a checkpoint in ./saved_models.
function New-TinyRun([string]$Folder) {
    Set-Location -LiteralPath (New-Item -ItemType Directory -Force $Folder)
    Set-Content tiny.yaml $tinyConfig
    New-TinySoraDataset data -Count 40 -ImageSize 16 -Frames 2 | Start-TinySoraTraining tiny.yaml
}

# Waits until a condition holds. After a timeout, fails with the condition's description.
function Wait-Until([string]$What, [scriptblock]$Condition, [int]$Seconds = 60) {
    $deadline = [DateTime]::UtcNow.AddSeconds($Seconds)
    while (-not (& $Condition)) {
        if ([DateTime]::UtcNow -gt $deadline) { throw "Waited $Seconds seconds in vain until $What." }
        Start-Sleep -Milliseconds 50
    }
}

# Waits for the end of a job and returns its output. Fails if the job does not end.
function Receive-Ended([System.Management.Automation.Job]$Job, [int]$Seconds = 120) {
    Wait-Until "the job $($Job.Id) ends" { $Job.State -notin 'NotStarted', 'Running', 'Stopping' } $Seconds
    Receive-Job $Job
}

# Runs a separate PowerShell, returns its lines of output, and sets $LASTEXITCODE. Kills it and fails if it does not end.
function Invoke-Pwsh([string[]]$Arguments, [string]$WorkingDirectory = (Get-Location).ProviderPath, [int]$Seconds = 180) {
    $start = [Diagnostics.ProcessStartInfo]::new($pwsh)
    $start.WorkingDirectory = $WorkingDirectory
    $start.RedirectStandardOutput = $start.RedirectStandardError = $true
    '-NoProfile', '-NonInteractive' + $Arguments | ForEach-Object { $start.ArgumentList.Add($_) }
    $process = [Diagnostics.Process]::Start($start)
    $output, $errors = $process.StandardOutput.ReadToEndAsync(), $process.StandardError.ReadToEndAsync()
    try {
        Wait-Until "PowerShell ends: $Arguments" { $process.HasExited } $Seconds
    }
    finally {
        if (-not $process.HasExited) { $process.Kill($true) }
    }
    $global:LASTEXITCODE = $process.ExitCode
    if ($errors.Result) { Write-Warning $errors.Result }
    $output.Result.TrimEnd() -split '\r?\n'
}
