# latent-conv with spatial text conditioning: a small network adds text, frame, row and column to each patch.
@{
    Preset = 'shapes-latent'
    Set = @{
        'model.rotary' = $true; 'model.text_field' = $true; 'diffusion.noise_shift' = 4
        'diffusion.sampling_steps' = 12; 'trainer.train_num_steps' = 2000
    }
    Clips = 10000
}
