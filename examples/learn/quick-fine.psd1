# Blocks of 2x2 pixels at half the features, and a level more, for 1.3 times the arithmetic of a step.
@{
    Preset = 'shapes-quick'
    Set = @{ 'model.stem' = 2; 'model.dim' = 16; 'model.dim_mults' = 1, 2, 4, 8; 'diffusion.noise_shift' = 3 }
    Clips = 10000
}
