# A U-Net with 32 features over the latents of the bundled autoencoder, with the TFLOP of quick-5600.
@{
    Preset = 'shapes-lean'
    Set = @{ 'unet.dim' = 32; 'trainer.train_num_steps' = 14400 }
    Clips = 10000
}
