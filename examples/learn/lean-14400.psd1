# A U-Net of 32 features over the latents of the bundled autoencoder, for the arithmetic of quick-5600.
@{
    Preset = 'shapes-lean'
    Set = @{ 'unet.dim' = 32; 'trainer.train_num_steps' = 14400 }
    Clips = 10000
}
