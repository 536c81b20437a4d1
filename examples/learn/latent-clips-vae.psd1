# The recipe for latents of shapes-vae on latents of the bundled autoencoder, with three times the noise shift.
@{
    Preset = 'shapes-latent'
    Set = @{
        'model.rotary' = $true; 'model.position_conv' = $false; 'diffusion.objective' = 'v'
        'diffusion.sampler' = 'ddim'; 'diffusion.sampling_steps' = 20; 'diffusion.guidance_scale' = 2.5
        'trainer.train_batch_size' = 16; 'trainer.adam_beta2' = 0.99; 'trainer.train_num_steps' = 2500
    }
    Clips = 10000
}
