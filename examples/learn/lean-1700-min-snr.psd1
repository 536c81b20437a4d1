# lean-1700 with min-SNR weighting, which limits the weight of low noise.
@{
    Preset = 'shapes-lean'
    Set = @{ 'unet.dim' = 32; 'diffusion.min_snr_gamma' = 5; 'trainer.train_num_steps' = 1700 }
    Clips = 10000
}
