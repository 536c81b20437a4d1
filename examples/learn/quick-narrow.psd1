# quick-shift-3 with half the features on the lowest level, whose 2x2 positions are mostly border.
@{
    Preset = 'shapes-quick'
    Set = @{ 'diffusion.noise_shift' = 3; 'model.dim_mults' = @(1, 2, 2) }
    Clips = 10000
}
