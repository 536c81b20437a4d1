# Half the batch and twice the steps: rate and second moment are fitted to it.
@{
    Preset = 'shapes-quick'
    Set = @{
        'diffusion.noise_shift' = 3; 'trainer.train_batch_size' = 8; 'trainer.train_num_steps' = 4000
        'trainer.train_lr' = 0.0015; 'trainer.adam_beta2' = 0.995
    }
    Clips = 10000
}
