# The transformer on latents of the autoencoder that comes along, at three times the preset's noise.
@{
    Preset = 'shapes-latent'
    Set = @{ 'latents.codec' = 'clips-vae'; 'diffusion.noise_shift' = 6; 'trainer.train_num_steps' = 2500 }
    Clips = 10000
}
