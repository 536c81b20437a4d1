# Dot-sourced by every test file: imports the built module, or the one that TINYSORA_MODULE_PATH names.
$ErrorActionPreference = 'Stop'
$PSStyle.OutputRendering = 'PlainText'
$env:TINYSORA_THREADS = '1'
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
  image_size: 16
  num_frames: 2
  timesteps: 10
  sampler: ddim
  sampling_steps: 2
trainer:
  train_batch_size: 2
  train_num_steps: 3
  save_model_every: 100
  seed: 1
'@

# Clips in ./data, a configuration tiny.yaml and a checkpoint in ./saved_models.
function New-TinyRun([string]$Folder) {
    Set-Location -LiteralPath (New-Item -ItemType Directory -Force $Folder)
    Set-Content tiny.yaml $tinyConfig
    New-TinySoraDataset data -Count 40 -ImageSize 16 -Frames 2 | Start-TinySoraTraining tiny.yaml
}
