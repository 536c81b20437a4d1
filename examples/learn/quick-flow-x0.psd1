# shapes-quick with the error of the velocity, which gives low noise more weight.
@{
    Preset = 'shapes-quick'
    Set = @{ 'diffusion.objective' = 'flow-x0'; 'diffusion.sampler' = 'euler' }
    Clips = 10000
}
