# The lowest level, 2x2 positions that are mostly edge, at half its features.
@{
    Preset = 'shapes-quick'
    Set = @{ 'diffusion.noise_shift' = 3; 'model.dim_mults' = @(1, 2, 2) }
    Clips = 10000
}
