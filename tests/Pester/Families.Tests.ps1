BeforeAll { . $PSScriptRoot/Setup.ps1 }

Describe 'examples/compare-families.ps1' {
    It 'trains presets and their autoencoders, measures them, and resumes' {
        $configs = Join-Path $TestDrive configs
        New-Item $configs -ItemType Directory | Out-Null
        $trainer = 'trainer: { train_batch_size: 2, train_num_steps: 2 }'
        Set-Content $configs/shapes-vae.yaml @"
family: video-autoencoder
model: { network_variant: s1x4x4_kl, embedding_dim: 4, n_hiddens: 8, n_res_layers: 1 }
clip: { frames: 5, height: 32 }
$trainer
"@
        Set-Content $configs/shapes-latent.yaml @"
family: latent-transformer
model: { architecture: dit, depth: 1, hidden_size: 16, num_heads: 2, patch_size: 4, conditioning: text }
clip: { frames: 5, height: 32 }
latents: { codec: ./shapes-vae }
text: { width: 12 }
diffusion: { timesteps: 20, sampler: ddim, sampling_steps: 2 }
$trainer
"@
        (Get-Content $configs/shapes-latent.yaml) -notmatch 'latents' -replace 'patch_size: 4', 'patch_size: 16' | Set-Content $configs/shapes-pixels.yaml

        $script = Join-Path $PSScriptRoot ../../examples/compare-families.ps1
        $run = @{ Path = Join-Path $TestDrive families; Preset = 'shapes-pixels', 'shapes-latent'; Clips = 6; MeasuredClipsEach = 1; ConfigPath = $configs }
        $table = & $script @run -WarningAction SilentlyContinue
        $table | Should -HaveCount 4
        $table[3] | Should -Match '^\| `shapes-latent` \| 0\.0 \| 2 \| 0 \+ 0 \| '
        $rows = Import-Csv (Join-Path $run.Path families.csv)
        $rows.Preset | Should -Be $run.Preset
        $rows.Steps | Should -Be 2, 2
        Get-ChildItem (Join-Path $run.Path pictures) | Should -HaveCount 2
        Get-ChildItem (Join-Path $run.Path videos) -Recurse -Filter *.gif | Should -HaveCount 12

        $checkpoint = Get-ChildItem (Join-Path $run.Path shapes-latent) -Filter *.safetensors
        & $script @run -WarningAction SilentlyContinue | Out-Null
        (Get-ChildItem (Join-Path $run.Path shapes-latent) -Filter *.safetensors).LastWriteTime | Should -Be $checkpoint.LastWriteTime
    }
}
